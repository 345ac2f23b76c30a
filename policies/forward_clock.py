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


class ForwardClock:
    """`now` in seconds since the epoch."""

    __slots__ = ("_at", "_latest", "_wall")

    def __init__(self, wall: Callable[[], float] = time.time, latest: float = 0.0) -> None:
        self._wall = wall
        self._latest = max(latest, wall())
        self._at = elapsed()

    def now(self) -> float:
        """The wall clock's time, or later where it was turned back meanwhile."""
        passed = elapsed()
        self._latest = max(self._latest + passed - self._at, self._wall())
        self._at = passed
        return self._latest

    def not_before(self, latest: float) -> None:
        """It is at least that late."""
        self._latest = max(self.now(), latest)


def kept_clock(runtime: Runtime) -> ForwardClock:
    """The one of this process."""
    return runtime.keep(("forward clock",), lambda: ForwardClock(runtime.now))
