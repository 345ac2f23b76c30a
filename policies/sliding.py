"""A sliding window counted in buckets: the state of one counter in a process. `limits.lua` does the same on a server.

A unit counts until the bucket that it fell into has wholly left the window. Published bounds, in cost units:

- at most `limit` in any window `[t, t + window)`;
- a unit counts at most one bucket longer than the window, so `limit` units can be used in every `window + bucket`.
"""

from policies.windows import Sliding, Taken


class SlidingCount:
    """Units by bucket. Never grows beyond the buckets of one window and two."""

    __slots__ = ("_counts", "_newest", "_total")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        """In the order of the buckets, the oldest first."""
        self._newest = 0
        self._total = 0

    def used(self, limit: Sliding, now_us: int) -> int:
        """Units that count now; forgets those that do not count any more."""
        at = now_us // limit.bucket_us
        if self._newest > at + 1:
            # The clock was set back. What was counted counts from now on, so nothing is let through twice.
            self._counts = {at: self._total} if self._total else {}
            self._newest = at
        first = (now_us - limit.window_us) // limit.bucket_us
        while self._counts:
            oldest = next(iter(self._counts))
            if oldest >= first:
                break
            self._total -= self._counts.pop(oldest)
        if not self._counts:
            self._newest = at
        return self._total

    def add(self, limit: Sliding, now_us: int, cost: int) -> None:
        """Count units; `used` was asked at the same time."""
        at = max(now_us // limit.bucket_us, self._newest)
        self._counts[at] = self._counts.get(at, 0) + cost
        self._newest = at
        self._total += cost

    def over(self, now_us: int, window_us: int, bucket_us: int) -> bool:
        """Whether nothing counts any more."""
        return (self._newest + 1) * bucket_us + window_us <= now_us

    def taken(self, limit: Sliding, now_us: int, cost: int, *, fits: bool) -> Taken:
        """The answer, after what was taken has been counted."""
        reset = 0
        if self._total:
            reset = (self._newest + 1) * limit.bucket_us + limit.window_us - now_us
        retry = 0 if fits else self._retry(limit, now_us, cost)
        return Taken(fits, max(0, limit.limit - self._total), reset, retry)

    def _retry(self, limit: Sliding, now_us: int, cost: int) -> int:
        """Until enough has left the window; until all has where that would still not do."""
        excess, last = self._total + cost - limit.limit, self._newest
        for bucket, count in self._counts.items():
            excess -= count
            if excess <= 0:
                last = bucket
                break
        return (last + 1) * limit.bucket_us + limit.window_us - now_us
