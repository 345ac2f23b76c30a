"""The arithmetic of limits: what one limit says at one moment. Pure; whole microseconds; `limits.lua` says the same.

Published bounds, in cost units, for one counter:

- `Gcra`: at most `burst + requests - 1` in any window `[t, t + window)`. With `burst: 1` that is exactly `requests`;
  with the whole of `requests` as burst nearly twice as many, when a full burst is followed by a window of even calls.
- `Calendar`: at most `limit` in each hour, day or month of UTC.
- `Sliding`: at most `limit` in any window (`policies/sliding.py`).
- `Slots`: at most `limit` at once.
- `Hold`: nothing until it is over.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

SECOND_US = 1_000_000
_HOUR_US = 3_600 * SECOND_US
_DAY_US = 24 * _HOUR_US

Window = Literal["hour", "day", "month"]


@dataclass(frozen=True, slots=True)
class Gcra:
    """The generic cell rate algorithm: `burst` units at once, and one more every `emission_us`."""

    emission_us: int
    burst: int

    def share(self, parts: int) -> "Gcra | None":
        """One of `parts` equal shares, rounded down; None where nothing is left."""
        return Gcra(self.emission_us * parts, self.burst // parts) if self.burst >= parts else None


@dataclass(frozen=True, slots=True)
class Calendar:
    """At most `limit` units in a calendar window of UTC."""

    limit: int
    window: Window

    def share(self, parts: int) -> "Calendar | None":
        """One of `parts` equal shares, rounded down; None where nothing is left."""
        return Calendar(self.limit // parts, self.window) if self.limit >= parts else None


@dataclass(frozen=True, slots=True)
class Slots:
    """At most `limit` holders at once."""

    limit: int

    def share(self, parts: int) -> "Slots | None":
        """One of `parts` equal shares, rounded down; None where nothing is left."""
        return Slots(self.limit // parts) if self.limit >= parts else None


@dataclass(frozen=True, slots=True)
class NodeSlots:
    """`Slots` that several nodes queue for: while others wait, none holds more than its part of them.

    `want` is what waits here, as weights added up; nought where nobody does. Where one process decides it is `Slots`.
    """

    limit: int
    node: str
    want: int

    def share(self, parts: int) -> "NodeSlots | None":
        """One of `parts` equal shares, rounded down; None where nothing is left."""
        return NodeSlots(self.limit // parts, self.node, self.want) if self.limit >= parts else None


@dataclass(frozen=True, slots=True)
class Sliding:
    """At most `limit` units in any window of `window_us`, counted in buckets of `bucket_us`."""

    limit: int
    window_us: int
    bucket_us: int

    def share(self, parts: int) -> "Sliding | None":
        """One of `parts` equal shares, rounded down; None where nothing is left."""
        return Sliding(self.limit // parts, self.window_us, self.bucket_us) if self.limit >= parts else None


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody passes until the hold is over. Set by `Store.charge`, whose cost is its length in microseconds."""

    def share(self, parts: int) -> "Hold":  # noqa: ARG002 - as the other limits
        """The same: a hold has no parts."""
        return self


Limit = Gcra | Calendar | Slots | NodeSlots | Sliding | Hold


class Taken(NamedTuple):
    """What one limit said."""

    allowed: bool
    """Whether this limit would let the call through; all must, or nothing is taken from any."""
    remaining: int
    """Units left after the call."""
    reset_us: int
    """Until the whole limit is there again; 0 for slots, which nobody can foretell."""
    retry_us: int
    """Until the same call may pass; 0 where allowed, and for slots."""


def emission_us(requests: int, window_seconds: float) -> int:
    """Time between two units, rounded up: a rate is never exceeded by rounding."""
    return -(-round(window_seconds * SECOND_US) // requests)


def gcra_base(limit: Gcra, stored_us: int, now_us: int) -> int:
    """The theoretical arrival time to count from.

    Never before now, and never further ahead than a full limit: a clock set back or a limit made smaller heals at once.
    """
    if stored_us <= now_us:
        return now_us
    full = now_us + limit.burst * limit.emission_us
    return min(full, stored_us)


def gcra_fits(limit: Gcra, base_us: int, now_us: int, cost: int) -> bool:
    """Whether `cost` units are there now. What costs nothing always passes."""
    return cost == 0 or base_us - now_us <= (limit.burst - cost) * limit.emission_us


def gcra_taken(limit: Gcra, base_us: int, now_us: int, cost: int, *, fits: bool, taken: bool) -> Taken:
    """The answer; `taken` says whether the units were in fact taken."""
    emission = limit.emission_us
    ahead = base_us - now_us
    retry = 0 if fits else ahead + (cost - limit.burst) * emission
    if taken:
        ahead += cost * emission
    return Taken(fits, max(0, limit.burst - -(-ahead // emission)), ahead, retry)


def calendar_bounds(window: Window, now_us: int) -> tuple[int, int]:
    """Begin and end of the calendar window of UTC that holds `now_us`."""
    if window != "month":
        length = _HOUR_US if window == "hour" else _DAY_US
        begin = now_us - now_us % length
        return begin, begin + length
    now = datetime.fromtimestamp(now_us // SECOND_US, UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    begin = int(datetime(now.year, now.month, 1, tzinfo=UTC).timestamp()) * SECOND_US
    return begin, int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * SECOND_US
