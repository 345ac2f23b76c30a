"""A clock that is never turned back, of one process: what has ended by it stays ended.

State: one `ForwardClock` in `runtime.keep(("forward clock",))`. A reload leaves it alone; a restart begins at the
latest time that the node kept; the store has no part in it.
"""

import time
from collections.abc import Callable
from typing import Final

from policies.step import Runtime

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


JUMP_SECONDS: Final = 3600.0
"""A wall clock that is set further ahead than this of the time that has passed is not believed for good."""


class ForwardClock:
    """`now` in seconds since the epoch.

    What the wall clock says counts while it says so, and for good where it is what time that passed can explain: a
    wrong clock that was far ahead ends something early at worst, while it lasts.
    """

    __slots__ = ("_at", "_latest", "_wall")

    def __init__(self, wall: Callable[[], float] = time.time, latest: float | None = None) -> None:
        """`latest` is how late it is for certain; None where that is not known, and the wall clock is believed."""
        self._wall = wall
        self._latest = wall() if latest is None else latest
        self._at = elapsed()

    def now(self) -> float:
        """The wall clock's time, or later where it was turned back meanwhile."""
        wall, latest = self._wall(), self.latest()
        if wall - latest > JUMP_SECONDS:
            return wall
        self._latest = max(latest, wall)
        return self._latest

    def latest(self) -> float:
        """How late it is for certain."""
        passed = elapsed()
        self._latest += passed - self._at
        self._at = passed
        return self._latest

    def off(self) -> float:
        """By how many seconds the wall clock is ahead of that, negative where it is behind; 0 up to JUMP_SECONDS."""
        self.now()
        off = self._wall() - self._latest
        return off if abs(off) > JUMP_SECONDS else 0.0

    def not_before(self, latest: float) -> None:
        """It is at least that late."""
        self._latest = max(self.latest(), latest)

    def settle(self, latest: float) -> None:
        """It is that late for certain, as the node keeps it, whatever this process took it for."""
        self.latest()
        self._latest = latest


def kept_clock(runtime: Runtime) -> ForwardClock:
    """The one of this process."""
    return runtime.keep(("forward clock",), lambda: ForwardClock(runtime.now))
