"""The gate of one system in one process: who waits for its budgets, and how much of them is used after it said no.

The store decides; the gate only lines up what the store has no room for. The first of the line asks again when this
process gives a slot back, and at a bounded rate, because another process may have given one back.
"""

import asyncio
import secrets
from collections.abc import Callable

from policies.away import RETRY_SECONDS
from policies.budget_takes import Asked
from policies.fairness import FairQueue
from policies.step import Refusal, Runtime
from policies.store import Decision, Store, Take

Refuse = Callable[[str, float], Refusal]
"""(why, seconds until it may be tried again) -> what the call is answered with."""

_POLL_SECONDS = 0.025
"""How often the first of the line asks for a slot that another process may have given back."""
_SHORTEST_SECONDS = 0.005
_LONGEST_SECONDS = 1.0
_PACE_SAMPLES = 8
_LEAST = 0.1
_RECOVERY_SECONDS = 60.0
"""From nothing to the whole budget, evenly."""
_EPISODE_SECONDS = 1.0
"""Refusals of the system that come so close together lower the budget once."""


class Held:
    """What one exchange took. Given back once, when its span ends."""

    __slots__ = ("_gate", "asked", "decision", "since", "takes")

    def __init__(self, gate: "Gate", asked: Asked, takes: list[Take], decision: Decision, since: float) -> None:
        self._gate = gate
        self.asked = asked
        self.takes = takes
        self.decision = decision
        self.since = since

    def close(self, _end: object = None) -> None:
        """The system is done with the exchange."""
        self._gate.leave(self)


class _Waiting:
    """An exchange in the line."""

    __slots__ = ("asked", "flow", "request_bytes", "slot", "timer", "turn", "until", "weight")

    def __init__(self, asked: Asked, flow: str, weight: int, request_bytes: int, slot: str) -> None:
        loop = asyncio.get_running_loop()
        self.asked = asked
        self.flow = flow
        self.weight = weight
        self.request_bytes = request_bytes
        self.slot = slot
        self.until = loop.time() + asked.wait_seconds
        self.turn: asyncio.Future[Held] = loop.create_future()
        self.timer: asyncio.TimerHandle | None = None


class Gate:
    """Outlives releases: a reload changes what is asked, not who waits or what the system said."""

    def __init__(self, system_id: str, runtime: Runtime, store: Store) -> None:
        self._system_id = system_id
        self._runtime = runtime
        self._store = store
        self._node = secrets.token_hex(4)
        self._serial = 0
        self._line: FairQueue[_Waiting] = FairQueue()
        self._pump: asyncio.Task[None] | None = None
        self._given_back = asyncio.Event()
        self._factor = 1.0
        self._lowered_at = 0.0
        """When the budget begins to grow again; before that it stays."""
        self._episode_ends = 0.0
        self._pace = 0.0
        """Seconds from one grant to the next, measured since somebody began to wait."""
        self._paced = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    async def enter(self, asked: Asked, flow: str, weight: int, request_bytes: int, refuse: Refuse) -> Held:
        """Take from every budget, waiting where one has no room. Raises what `refuse` makes where it cannot be."""
        loop = asyncio.get_running_loop()
        self._serial += 1
        slot = f"{self._serial:x}"
        retry = 0.0
        if not self._line:
            takes = asked.takes(slot, self._node, weight, self.factor, request_bytes)
            decision = await self._store.take(takes)
            if decision.allowed:
                return Held(self, asked, takes, decision, loop.time())
            if _undecided(decision):
                raise self._refused(refuse, "store-away", RETRY_SECONDS)
            retry = _retry_seconds(decision)
        waiting = self._line_up(asked, flow, weight, request_bytes, slot, retry, refuse)
        try:
            return await waiting.turn
        except asyncio.CancelledError:
            if waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.exception() is None:
                waiting.turn.result().close()
            raise
        finally:
            if waiting.timer is not None:
                waiting.timer.cancel()
            self._line.remove(flow, waiting)

    def leave(self, held: Held) -> None:
        """Give a slot back, and count the time that the system worked."""
        for take in held.takes:
            if take.slot:
                self._store.release(take, held.decision)
        for take in held.asked.charge("execution_seconds", asyncio.get_running_loop().time() - held.since):
            self._store.charge(take)
        self._given_back.set()

    def charge_bytes(self, asked: Asked, count: int) -> None:
        """Count an answer's bytes."""
        for take in asked.charge("bytes", count):
            self._store.charge(take)

    @property
    def factor(self) -> float:
        """How much of a budget is used: 1, and less for a while after the system said that it is too much."""
        if self._factor >= 1:
            return 1.0
        grown = asyncio.get_running_loop().time() - self._lowered_at
        factor = self._factor + max(0.0, grown) / _RECOVERY_SECONDS
        if factor >= 1:
            self._factor = 1.0
        return min(1.0, factor)

    def lower(self, asked: Asked, seconds: float) -> None:
        """The system said that it has no room: nobody sends for `seconds`, and less than the budget after that."""
        self._store.charge(asked.hold(seconds))
        now = asyncio.get_running_loop().time()
        if now >= self._episode_ends:
            self._factor = max(_LEAST, self.factor / 2)
        self._lowered_at = now + seconds
        self._episode_ends = now + max(seconds, _EPISODE_SECONDS)

    async def aclose(self) -> None:
        """Stop asking for those who wait."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait((self._pump,))

    def _line_up(
        self, asked: Asked, flow: str, weight: int, request_bytes: int, slot: str, retry: float, refuse: Refuse
    ) -> _Waiting:
        ahead = self._line.ahead_of(flow, weight)
        if self._paced >= _PACE_SAMPLES:
            retry = max(retry, ahead * self._pace)
        if retry > asked.wait_seconds:
            raise self._refused(refuse, "too-long", retry)
        if len(self._line) >= asked.waiting:
            longest = self._line.newest_of_longest(flow, weight) if asked.waiting else None
            if longest is None:
                raise self._refused(refuse, "line-full", max(retry, 1.0))
            self._turn_away(longest[1], self._refused(refuse, "line-full", max(retry, 1.0)))
        waiting = _Waiting(asked, flow, weight, request_bytes, slot)
        waiting.timer = asyncio.get_running_loop().call_at(
            waiting.until, lambda: self._turn_away(waiting, self._refused(refuse, "waited", 1.0))
        )
        self._line.push(flow, weight, waiting)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._serve(refuse))
        return waiting

    def _turn_away(self, waiting: _Waiting, refusal: Refusal) -> None:
        self._line.remove(waiting.flow, waiting)
        if not waiting.turn.done():
            waiting.turn.set_exception(refusal)

    def _refused(self, refuse: Refuse, why: str, seconds: float) -> Refusal:
        self._runtime.count("system_at_capacity", system=self._system_id, why=why)
        return refuse(why, seconds)

    async def _serve(self, refuse: Refuse) -> None:
        """Ask the store for the first of the line, until nobody waits."""
        loop = asyncio.get_running_loop()
        last = self._pace = 0.0  # what was measured before may have been another day's trouble
        self._paced = 0
        while (first := self._line.head()) is not None:
            self._given_back.clear()
            want = self._line.weight(first.flow, first.weight)
            takes = first.asked.takes(first.slot, self._node, want, self.factor, first.request_bytes)
            decision = await self._store.take(takes)
            now = loop.time()
            if decision.allowed:
                held = Held(self, first.asked, takes, decision, now)
                if first.turn.done():  # it gave up while the store decided
                    self._line.remove(first.flow, first)
                    held.close()
                    continue
                self._line.grant(first.flow, first)
                first.turn.set_result(held)
                if last:
                    self._measure(now - last)
                last = now
                continue
            if _undecided(decision):
                for waiting in self._line.items():
                    self._turn_away(waiting, self._refused(refuse, "store-away", RETRY_SECONDS))
                return
            retry = _retry_seconds(decision)
            for waiting in self._line.items():
                if now + retry > waiting.until:
                    self._turn_away(waiting, self._refused(refuse, "too-long", retry))
            await self._pause(retry)

    async def _pause(self, retry: float) -> None:
        """Until a slot of this process is given back, or it is time to ask again."""
        seconds = min(max(retry, _SHORTEST_SECONDS), _LONGEST_SECONDS) if retry else _POLL_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._given_back.wait()
        except TimeoutError:
            return

    def _measure(self, seconds: float) -> None:
        self._paced += 1
        self._pace += (seconds - self._pace) / min(self._paced, 20)


def _undecided(decision: Decision) -> bool:
    """Nobody counted: the store is away and the settings say that nobody passes, or a share is nought."""
    return decision.nought or not decision.each


def _retry_seconds(decision: Decision) -> float:
    """Until what refused has room by itself; 0 where only a slot is missing."""
    return max((taken.retry_us for taken in decision.each if not taken.allowed), default=0) / 1_000_000
