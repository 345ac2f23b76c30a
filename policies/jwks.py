"""The key set of an issuer, fetched without ever holding up calls more than once.

Rules, each with its bound:

- one fetch at a time for an issuer; all who wait share it (single flight);
- a set is used for `ttl` seconds and refreshed in the background from 80 % of that on; an older one is asked for
  again before it is used, so that a key taken out of the set is refused after at most `ttl`;
- an unknown `kid` causes a fetch, at most BURST at once and one for each `min_interval` after that; a `kid` that a
  fetch did not bring is remembered for `min_interval` (a bounded memory), so in T seconds any number of unknown
  kids cause at most BURST + T / min_interval fetches;
- while the issuer is away the last set serves until it is `ttl` + `max_stale` old; then, and for a `kid` that
  nothing is known of, the question cannot be answered: `IssuerAwayError`, never "wrong token";
- until a first fetch has succeeded in this process, the set that a release keeps answers where the issuer does not;
- failed fetches are tried again after 1, 2, 4 ... seconds, at most `min_interval`;
- only the configured address is ever asked: https (or loopback), no redirect, at most `MAX_SET_BYTES`.

State: the set, its age and the counters, in `runtime.keep(("jwks", issuer, url))`. A reload keeps it; a restart
fetches again; each worker has its own; it needs no store.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from contracts.issuers import safe_address
from policies.key_set import MAX_SET_BYTES, Key, KeySet, KeySetError, parse_key_set
from policies.step import Fetch, Runtime

BURST = 4
FETCH_SECONDS = 5.0
REFRESH_AT = 0.8
MAX_REMEMBERED_KIDS = 1024
_FIRST_PAUSE_SECONDS = 1.0
_CLOCK_STEP_SECONDS = 5.0
_MAX_ETAG_CHARACTERS = 512


class IssuerAwayError(Exception):
    """The issuer's keys cannot be had, so a token cannot be judged. `retry_seconds`: when to ask again."""

    def __init__(self, retry_seconds: float) -> None:
        super().__init__("the issuer's keys cannot be had")
        self.retry_seconds = retry_seconds


@dataclass(frozen=True, slots=True)
class JwksTiming:
    """All in seconds; see `contracts.issuers.Issuer`."""

    ttl: float = 300
    min_interval: float = 10
    max_stale: float = 86_400


@dataclass(slots=True)
class JwksState:
    """What outlives a release. Times are seconds since the epoch."""

    keys: KeySet | None = None
    confirmed_at: float = 0.0
    """When the issuer last said that these are its keys."""
    etag: str = ""
    failures: int = 0
    retry_at: float = 0.0
    """After a failure: not before this."""
    allowance: float = BURST
    """How many fetches unknown kids may still cause."""
    allowance_at: float = 0.0
    absent: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """Kids that a fetch did not bring, and until when that is believed."""
    fetches: int = 0
    task: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        """Stop a fetch that is under way; for the end of the process."""
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Jwks:
    """One issuer's keys, as this release asks for them. The state is kept by the runtime."""

    def __init__(
        self, issuer_id: str, url: str, timing: JwksTiming, runtime: Runtime, fetch: Fetch, kept: KeySet | None = None
    ) -> None:
        """`kept` is the last good set, as the release has it. Raises ValueError for an unsafe address."""
        if not safe_address(url):
            raise ValueError("the address of a key set must be https, or http on loopback, without credentials")
        self._issuer_id = issuer_id
        self._url = url
        self._timing = timing
        self._runtime = runtime
        self._fetch = fetch
        self._kept = kept
        self._state: JwksState = runtime.keep(("jwks", issuer_id, url), JwksState)

    @property
    def state(self) -> JwksState:
        """For metrics and tests."""
        return self._state

    def ready(self, now: float) -> bool:
        """Whether the set may be used without waiting; starts the refresh ahead of time where one is due."""
        state, timing = self._state, self._timing
        if state.keys is None:
            return False
        age = now - state.confirmed_at
        if age < -_CLOCK_STEP_SECONDS:
            return False  # the clock was set back: ask again rather than trust an age that means nothing
        usable = age < timing.ttl or (state.failures > 0 and age < timing.ttl + timing.max_stale)
        if usable and age >= timing.ttl * REFRESH_AT and state.task is None and self._pause(now) == 0:
            self._start(now)
        return usable

    def holds(self, fingerprint: str) -> bool:
        """Whether this very key is still in the set."""
        return self._state.keys is not None and fingerprint in self._state.keys.fingerprints

    async def find(self, kid: str | None, algorithm: str) -> tuple[Key, ...]:
        """The keys that may have signed a token with this head; none where the issuer has no such key.

        Raises IssuerAwayError where that cannot be known now.
        """
        now = self._runtime.now()
        if not self.ready(now):
            try:
                await self._refreshed(now)
            except IssuerAwayError:
                kept = self._kept
                if kept is None or self._state.keys is not None or not kept.knows(kid):
                    raise
                self._runtime.count("jwks_kept", issuer=self._issuer_id)
                return kept.find(kid, algorithm)
        keys = self._current()
        if keys.knows(kid):
            return keys.find(kid, algorithm)
        return await self._unknown(kid or "", algorithm)

    async def _unknown(self, kid: str, algorithm: str) -> tuple[Key, ...]:
        """A `kid` that the set does not have: the issuer may have rotated its keys."""
        state = self._state
        for _ in range(2):  # a fetch that was under way may be older than the rotation: then once more
            now = self._runtime.now()
            if pause := self._pause(now):
                raise IssuerAwayError(pause)
            if state.absent.get(kid, 0.0) > now:
                return ()
            joined = state.task is not None
            if not joined and not self._may_ask(now):
                if state.failures:
                    raise IssuerAwayError(self._timing.min_interval)
                self._runtime.count("jwks_unknown_kid", issuer=self._issuer_id, asked="no")
                return ()
            self._runtime.count("jwks_unknown_kid", issuer=self._issuer_id, asked="yes")
            await self._fetched(now)
            if state.failures:
                raise IssuerAwayError(self._pause(self._runtime.now()))
            keys = self._current()
            if keys.knows(kid):
                return keys.find(kid, algorithm)
            if not joined:
                break
        self._remember_absent(kid)
        return ()

    def _may_ask(self, now: float) -> bool:
        """Take one from the allowance of unknown kids."""
        state = self._state
        gained = max(0.0, now - state.allowance_at) / self._timing.min_interval
        state.allowance = min(BURST, state.allowance + gained)
        state.allowance_at = now
        if state.allowance < 1:
            return False
        state.allowance -= 1
        return True

    def _remember_absent(self, kid: str) -> None:
        absent = self._state.absent
        absent[kid] = self._runtime.now() + self._timing.min_interval
        absent.move_to_end(kid)
        while len(absent) > MAX_REMEMBERED_KIDS:
            absent.popitem(last=False)

    def _current(self) -> KeySet:
        keys = self._state.keys
        if keys is None:
            raise IssuerAwayError(self._pause(self._runtime.now()))
        return keys

    def _pause(self, now: float) -> float:
        """Seconds until a failed fetch may be tried again; 0 where one may be tried now."""
        state = self._state
        # The bound holds even where the clock was set back after the failure.
        return min(self._timing.min_interval, max(0.0, state.retry_at - now)) if state.failures else 0.0

    async def _refreshed(self, now: float) -> None:
        """A set young enough to be used. Raises IssuerAwayError where there is none."""
        state = self._state
        pause = self._pause(now)
        if state.task is None and pause:
            raise IssuerAwayError(pause)
        await self._fetched(now)
        now = self._runtime.now()
        if not self.ready(now):
            raise IssuerAwayError(self._pause(now))

    async def _fetched(self, now: float) -> None:
        """Wait for the fetch under way, or for a new one. A caller who leaves takes nobody's fetch along."""
        await asyncio.shield(self._state.task or self._start(now))

    def _start(self, now: float) -> asyncio.Task[None]:
        state = self._state
        task = asyncio.get_running_loop().create_task(self._ask(now), name=f"jwks-{self._issuer_id}")
        state.task = task
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._state.task is task:
            self._state.task = None

    async def _ask(self, now: float) -> None:
        """Fetch once. Never raises: who waits looks at `failures`."""
        state = self._state
        state.fetches += 1
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                await self._take_over(now)
        except Exception as error:  # noqa: BLE001 - whatever an issuer's server does, the last set goes on serving
            state.failures += 1
            pause = min(self._timing.min_interval, _FIRST_PAUSE_SECONDS * 2 ** min(state.failures - 1, 16))
            state.retry_at = self._runtime.now() + pause
            kind = "unusable" if isinstance(error, KeySetError) else type(error).__name__
            self._runtime.count("jwks_fetch", issuer=self._issuer_id, outcome=kind)
            return
        finally:
            if state.task is asyncio.current_task():
                state.task = None
        self._runtime.count("jwks_fetch", issuer=self._issuer_id, outcome="ok")

    async def _take_over(self, now: float) -> None:
        """Ask the issuer and take its answer over. Raises KeySetError or what the fetch raises."""
        state = self._state
        headers = {"accept": "application/jwk-set+json, application/json"}
        if state.etag and state.keys is not None:
            headers["if-none-match"] = state.etag
        answer = await self._fetch(self._url, headers, MAX_SET_BYTES)
        if answer.status == 304 and "if-none-match" in headers:
            keys = state.keys
        elif answer.status == 200:
            keys = parse_key_set(answer.body, state.keys)
            if keys.dropped:
                self._runtime.count("jwks_keys_dropped", issuer=self._issuer_id)
            etag = answer.headers.get("etag", "")
            state.etag = etag if len(etag) <= _MAX_ETAG_CHARACTERS and etag.isprintable() else ""
        else:
            raise KeySetError(f"the issuer answered {answer.status}")
        state.keys = keys
        # The age counts from the moment of asking: the answer cannot be newer than that.
        state.confirmed_at = now
        state.failures = 0
        state.retry_at = 0.0
        for kid in [kid for kid in state.absent if keys is not None and kid in keys.by_kid]:
            del state.absent[kid]
