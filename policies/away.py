"""What happens when the store is away: stated, bounded, counted; never a call that hangs (DESIGN law 5).

- `local-share`: each process grants its share of every limit, limit / (replicas x workers), rounded down; a share of
  nought denies. Bound while the store is away: the limit. In a window that the going or coming of the store falls into:
  twice the limit, because the one does not know what the other granted; flapping adds nothing to that.
- `deny`: nobody passes; 503 with Retry-After.
- `open`: everybody passes. There is no bound.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Literal, Protocol

from policies.memory import MemoryStore
from policies.step import Runtime
from policies.store import Away, Decision, StoreAwayError, Take
from policies.windows import Gcra, Taken

_log = logging.getLogger("tidewaiter.limits")

_OPENS_AT = 3.0
_SUCCESS = 0.1
"""One failure in ten calls is borne; more open the breaker after a few."""
_FIRST_PROBE_SECONDS = 0.25
_LONGEST_PROBE_SECONDS = 5.0
RETRY_SECONDS = 5
"""When to come back while the store is away: by then it has been asked again."""
_PROBE = Take(Gcra(emission_us=1, burst=1), "tw:probe", 1)


class RemoteStore(Protocol):
    """A store on another machine: it may be away."""

    async def take(self, takes: Sequence[Take]) -> tuple[Taken, ...]:
        """Decide, or raise StoreAwayError in time."""
        ...

    async def probe(self, take: Take) -> None:
        """Raise StoreAwayError where a decision cannot be made."""
        ...

    def release(self, take: Take) -> None:
        """Give a slot back."""
        ...

    def charge(self, take: Take) -> None:
        """Count what is known only now."""
        ...

    async def aclose(self) -> None:
        """Close."""
        ...


class Guarded:
    """A remote store behind a breaker. After the first failures no call waits for it; a task of its own asks again."""

    def __init__(
        self,
        remote: RemoteStore,
        when_away: Literal["local-share", "deny", "open"],
        share: MemoryStore,
        runtime: Runtime,
    ) -> None:
        self._remote = remote
        self._when_away: Away = when_away
        self._share = share
        self._runtime = runtime
        self._failures = 0.0
        self._probing: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether the breaker is open: calls do not ask the store."""
        return self._probing is not None

    async def take(self, takes: Sequence[Take]) -> Decision:
        """The store's decision, or what the settings say while it is away."""
        if self._probing is None:
            try:
                each = await self._remote.take(takes)
            except StoreAwayError as error:
                self._failed(error.reason)
            else:
                if self._failures:
                    self._failures = max(0.0, self._failures - _SUCCESS)
                return Decision(all(taken.allowed for taken in each), each)
        self._runtime.count("limit_store_away", behaviour=self._when_away)
        if self._when_away == "local-share":
            decision = await self._share.take(takes)
            decision.away = "local-share"
            return decision
        return Decision(self._when_away == "open", (), self._when_away)

    def release(self, take: Take, decision: Decision) -> None:
        """Give a slot back to whom it came from."""
        if not decision.away:
            self._remote.release(take)
        elif decision.away == "local-share":
            self._share.release(take, decision)

    def charge(self, take: Take) -> None:
        """Count what is known only now, in the store and in this process: a store that goes away takes its count along.

        What one process charged still counts there while the store is away.
        """
        self._remote.charge(take)
        self._share.charge(take)

    async def aclose(self) -> None:
        """Stop asking, and close the store."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait((self._probing,))
        await self._remote.aclose()

    def _failed(self, reason: str) -> None:
        self._runtime.count("limit_store_failed", reason=reason)
        self._failures += 1
        if self._failures >= _OPENS_AT and self._probing is None:
            self._runtime.count("limit_store_breaker", state="open")
            _log.warning("the store of limits is away (%s): %s until it decides again", reason, self._when_away)
            self._probing = asyncio.get_running_loop().create_task(self._probe())

    async def _probe(self) -> None:
        """Ask until the store decides again; then let calls ask it."""
        wait = _FIRST_PROBE_SECONDS
        while True:
            # Spread, so that many nodes do not come back in the same instant.
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
            try:
                await self._remote.probe(_PROBE)
            except StoreAwayError:
                wait = min(2 * wait, _LONGEST_PROBE_SECONDS)
            else:
                break
        self._failures = 0.0
        self._probing = None
        self._runtime.count("limit_store_breaker", state="closed")
        _log.warning("the store of limits decides again")
