"""The store on Valkey (7.2 and later) or Redis (7.0 and later), by one server-side function. Imports redis alone.

One connection, and one round trip under way at a time: what is asked meanwhile goes out together with the next one,
slots given back first. So a slot that a call gave back is free for the same consumer's next call on this node.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from policies.store import StoreAwayError, Take
from policies.windows import SECOND_US, Calendar, Gcra, Hold, NodeSlots, Sliding, Slots, Taken

_SOURCE = Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")
_DIGEST = hashlib.sha256(_SOURCE.encode()).hexdigest()[:12]
_LIBRARY: Final = _SOURCE.replace("@DIGEST@", _DIGEST)
"""Named by its own digest: nodes of different versions share a server without overwriting each other's function."""
_TAKE: Final = f"tidewaiter_take_{_DIGEST}"
_CHARGE: Final = f"tidewaiter_charge_{_DIGEST}"
_RELEASE: Final = f"tidewaiter_release_{_DIGEST}"
_RENEW: Final = f"tidewaiter_renew_{_DIGEST}"

_ROUND_SECONDS = 1.0
"""A round trip, connecting included, may go on this long though its callers have given up: so a connection that is
slow to make is there for the next call."""
_LEASE_SECONDS = 30.0
"""A node that dies keeps its slots this long. A living one renews them three times as often."""
_LAG_SECONDS = 0.01
_ENDING_MOST = 10_000
_CHARGES_MOST = 10_000
_AT_ONCE = 500
"""Holders in one command."""

Command = tuple[str | bytes | int, ...]
Slot = tuple[str, str]
"""Counter and holder."""
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (exceptions.AuthenticationError, "auth"),
    (exceptions.AuthorizationError, "auth"),
    (exceptions.NoPermissionError, "auth"),
    (exceptions.ReadOnlyError, "readonly"),
    (exceptions.OutOfMemoryError, "oom"),
    (exceptions.BusyLoadingError, "loading"),
    (exceptions.TimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (exceptions.ConnectionError, "connect"),
    (OSError, "connect"),
)


class _Ask:
    """The takes of one call, and who waits for the answer."""

    __slots__ = ("answer", "takes")

    def __init__(self, takes: Sequence[Take], answer: "asyncio.Future[tuple[Taken, ...]]") -> None:
        self.takes = takes
        self.answer = answer


class ValkeyStore:
    """Decides on the server, by the server's clock. Every failure is a StoreAwayError with its reason.

    A restart of the gateway forgets nothing; a restart of the server forgets what it did not persist. `clock` gives
    microseconds in place of the server's clock, for the proof that both stores agree.
    """

    def __init__(
        self,
        url: str,
        timeout_seconds: float,
        *,
        clock: Callable[[], int] | None = None,
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        """Connects with the first call. Raises ValueError where `url` is no redis://, rediss:// or unix:// URL."""
        self._connection = _connection(url)
        self._timeout = timeout_seconds
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._lease_us = round(lease_seconds * SECOND_US)
        self._asks: list[_Ask] = []
        self._held: dict[Slot, None] = {}
        """Held by calls of this process."""
        self._ending: dict[Slot, None] = {}
        """To give back, the oldest first."""
        self._charges: list[Take] = []
        self._renew = False
        self._closed = False
        self._beat: asyncio.TimerHandle | None = None
        self._pump: asyncio.Task[None] | None = None

    async def take(self, takes: Sequence[Take]) -> tuple[Taken, ...]:
        """Ask all limits of a call. Raises StoreAwayError after `timeout_seconds` at the latest."""
        return await self._ask(takes, self._timeout)

    async def probe(self, take: Take) -> None:
        """One real decision, a write included, with the patience to connect; then one with a call's patience.

        Raises StoreAwayError where either fails: a store that answers, but slower than calls wait, is away.
        """
        await self._ask((take,), _ROUND_SECONDS)
        await self._ask((take,), self._timeout)

    def release(self, take: Take) -> None:
        """Give a slot back with the next round trip; where that fails, again with later ones, until its lease ends."""
        if self._closed:
            return  # it was given back when the store was closed
        self._held.pop((take.key, take.slot), None)
        if len(self._ending) >= _ENDING_MOST:
            del self._ending[next(iter(self._ending))]
        self._ending[take.key, take.slot] = None
        self._wake()

    def charge(self, take: Take) -> None:
        """Count with the next round trip. Where that fails it is counted again with the next: rather twice than not."""
        if not self._closed and len(self._charges) < _CHARGES_MOST:
            self._charges.append(take)
            self._wake()

    async def aclose(self) -> None:
        """Give back what is held, within a second, and disconnect."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        self._ending.update(self._held)
        self._held.clear()
        if self._ending or self._charges:
            self._wake()
        self._closed = True
        if self._pump is not None:
            await asyncio.wait((self._pump,), timeout=_ROUND_SECONDS)
            self._pump.cancel()
        await self._connection.disconnect(nowait=True)

    async def _ask(self, takes: Sequence[Take], seconds: float) -> tuple[Taken, ...]:
        if self._closed:
            raise StoreAwayError("closed")
        loop = asyncio.get_running_loop()
        ask = _Ask(takes, loop.create_future())
        self._asks.append(ask)
        self._wake()
        timer = loop.call_later(seconds, self._late, ask, loop.time() + seconds)
        try:
            return await ask.answer
        except (StoreAwayError, asyncio.CancelledError):
            for take in takes:
                if take.slot:  # the server may have given it, or may still do so
                    self.release(take)
            raise
        finally:
            timer.cancel()

    def _late(self, ask: _Ask, due: float) -> None:
        """The call's patience is over; unless it was this process that was late, and the answer lies unread."""
        loop = asyncio.get_running_loop()
        if loop.time() - due > _LAG_SECONDS:
            loop.call_later(_LAG_SECONDS, _give_up, ask)
        else:
            _give_up(ask)

    def _wake(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Round trips, one after another, until nothing is left to say."""
        while True:
            asks = [ask for ask in self._asks if not ask.answer.done()]
            self._asks.clear()
            ending, self._ending = self._ending, {}
            charges, self._charges = self._charges, []
            if not (asks or ending or charges or self._renew):
                return
            commands = self._commands(asks, ending, charges)
            try:
                replies = await self._talk(commands)
            except (exceptions.RedisError, OSError) as error:
                self._ending = ending | self._ending
                self._charges = charges + self._charges
                if self._ending or self._charges:
                    self._keep_beating()
                for ask in asks:
                    if not ask.answer.done():
                        ask.answer.set_exception(StoreAwayError(_reason(error)))
                if not self._asks:
                    return  # slots to give back wait for the next call, beat or probe
                continue
            for ask, reply in zip(asks, replies[len(commands) - len(asks) :], strict=True):
                self._answer(ask, reply)

    def _commands(self, asks: Sequence[_Ask], ending: Iterable[Slot], charges: Sequence[Take]) -> list[Command]:
        clock = "" if self._clock is None else self._clock()
        commands: list[Command] = [("FCALL", _RELEASE, 1, key, *slots) for key, slots in _grouped(ending)]
        commands += [("FCALL", _CHARGE, 1, take.key, clock, *self._arguments(take)) for take in charges]
        if self._renew:
            self._renew = False
            commands += [
                ("FCALL", _RENEW, 1, key, clock, self._lease_us, *slots) for key, slots in _grouped(self._held)
            ]
        for ask in asks:
            keys = [take.key for take in ask.takes]
            arguments: list[str | int] = [clock]
            for take in ask.takes:
                arguments += self._arguments(take)
            commands.append(("FCALL", _TAKE, len(keys), *keys, *arguments))
        return commands

    def _arguments(self, take: Take) -> tuple[str | int, ...]:
        limit = take.limit
        if isinstance(limit, Gcra):
            return "g", limit.emission_us, limit.burst, take.cost
        if isinstance(limit, Calendar):
            return "c", limit.limit, limit.window, take.cost
        if isinstance(limit, Slots):
            return "s", limit.limit, self._lease_us, take.slot
        if isinstance(limit, NodeSlots):
            return "n", limit.limit, self._lease_us, f"{take.slot}|{limit.want}"
        if isinstance(limit, Sliding):
            return "w", limit.limit, f"{limit.window_us}/{limit.bucket_us}", take.cost
        assert isinstance(limit, Hold)
        return "h", "", "", take.cost

    def _answer(self, ask: _Ask, reply: Any) -> None:
        """Hand the server's word to the call. One that has gone has said itself what to give back, in a later round."""
        if ask.answer.done():
            return
        try:
            each = _taken(reply, len(ask.takes))
        except StoreAwayError as error:
            ask.answer.set_exception(error)
            return
        if all(taken.allowed for taken in each):
            for take in ask.takes:
                if take.slot and isinstance(take.limit, (Slots, NodeSlots)):
                    self._held[take.key, take.slot] = None
                    self._keep_beating()
        ask.answer.set_result(each)

    def _keep_beating(self) -> None:
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(self._lease_seconds / 3, self._on_beat)

    def _on_beat(self) -> None:
        self._beat = None
        if self._held:
            self._renew = True
            self._keep_beating()
        if self._held or self._ending or self._charges:
            self._wake()

    async def _talk(self, commands: list[Command]) -> list[Any]:
        """Send all, read all. Loads the functions where the server has lost them, and says those commands again.

        Raises RedisError or OSError; an error that the server gave to one command is an element of the result.
        """
        try:
            async with asyncio.timeout(_ROUND_SECONDS):
                used = self._connection.is_connected
                try:
                    replies = await self._exchange(commands)
                except exceptions.ConnectionError:
                    if not used:
                        raise
                    # The server was restarted since. To say it twice can only count a call twice.
                    replies = await self._exchange(commands)
                again = [i for i, reply in enumerate(replies) if _no_function(reply)]
                if again:
                    await self._exchange([("FUNCTION", "LOAD", _LIBRARY)])
                    for i, reply in zip(again, await self._exchange([commands[i] for i in again]), strict=True):
                        replies[i] = reply
        except BaseException:
            # A reply may still be under way: nobody may take it for that of another command.
            await self._connection.disconnect(nowait=True)
            raise
        if any(isinstance(reply, exceptions.ReadOnlyError) for reply in replies):
            await self._connection.disconnect(nowait=True)  # the name may by now lead to the new primary
        return replies

    async def _exchange(self, commands: list[Command]) -> list[Any]:
        connection = self._connection
        await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        replies: list[Any] = []
        for _ in commands:
            try:
                replies.append(await connection.read_response())
            except exceptions.ResponseError as error:
                replies.append(error)
        return replies


def _connection(url: str) -> AbstractConnection:
    """A connection that does what it is told at once: no retries, no greetings beyond signing in."""
    options: dict[str, Any] = {
        **parse_url(url),
        "socket_timeout": None,  # one timer a round, not one a read
        "socket_connect_timeout": _ROUND_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,
        "protocol": 2,
    }
    kind = options.pop("connection_class", Connection)
    try:
        connection: AbstractConnection = kind(**options)
    except TypeError:
        raise ValueError("the URL has a parameter that no connection takes") from None
    return connection


def _give_up(ask: _Ask) -> None:
    if not ask.answer.done():
        ask.answer.set_exception(StoreAwayError("timeout"))


def _grouped(slots: Iterable[Slot]) -> list[tuple[str, list[str]]]:
    """Counters and their holders, no more than `_AT_ONCE` a row."""
    by_key: dict[str, list[str]] = {}
    for key, slot in slots:
        by_key.setdefault(key, []).append(slot)
    return [(key, held[i : i + _AT_ONCE]) for key, held in by_key.items() for i in range(0, len(held), _AT_ONCE)]


def _no_function(reply: Any) -> bool:
    return isinstance(reply, exceptions.ResponseError) and "unction not found" in str(reply)


def _reason(error: BaseException) -> str:
    if "unknown command" in str(error):
        return "no-functions"  # a server older than Redis 7
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "error")


def _taken(reply: Any, count: int) -> tuple[Taken, ...]:
    if isinstance(reply, BaseException):
        raise StoreAwayError(_reason(reply)) from None
    if not isinstance(reply, list) or len(reply) != 4 * count:
        raise StoreAwayError("error")
    return tuple(Taken(bool(a), b, c, d) for a, b, c, d in zip(*[iter(reply)] * 4, strict=True))
