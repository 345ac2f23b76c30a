"""A clock that is never turned back: the latest time that this node knows of, kept beside its releases.

What ends by a date ends by it: a wall clock that is set to last week gives no override another week, and brings nothing
back whose approval has ended. While one is in force, or something is to stop, the file is written every few seconds;
time in which nothing runs and the wall clock is wrong is not counted.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.trust.files import write_whole
from policies.forward_clock import ForwardClock

CLOCK_FILE: Final = "clock.json"
_BYTES: Final = 200


class Clock:
    """`now` in seconds since the epoch, as seen by one process."""

    def __init__(self, folder: Path, wall: Callable[[], float] = time.time) -> None:
        self._path = folder / CLOCK_FILE
        self._forward = ForwardClock(wall, self._kept())

    def now(self) -> float:
        """The wall clock's time, or later where it was turned back meanwhile or since the file was written."""
        return self._forward.now()

    def keep(self, seen: float = 0.0) -> float:
        """Write it down, whole, and return it; `seen` is how late a process knows it to be. Raises OSError."""
        now = max(self.now(), self._kept(), seen)
        write_whole(self._path, json.dumps({"latest": now}).encode(), 0o600)
        return now

    def _kept(self) -> float:
        """0 where there is none yet; what cannot be read counts as long ago, and is written anew."""
        try:
            with self._path.open("rb") as file:
                latest = json.loads(file.read(_BYTES))["latest"]
        except (OSError, ValueError, KeyError, TypeError):
            return 0.0
        return float(latest) if type(latest) in (int, float) and latest < _FAR else 0.0


_FAR: Final = 4_102_444_800.0
"""The year 2100: a file that says later than that is broken, and would end everything for ever."""
