"""The circuit breaker of a system: a state machine without clock, sockets or settings of its own.

Its transitions are one table. State: one `Breaker` a system in `runtime.keep`. A reload keeps it, with the new settings
from then on; a restart begins closed; each worker has its own, so each learns of an outage by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.resilience import BreakerSettings

State = Literal["closed", "open", "half-open"]
Event = Literal["tripped", "waited", "worked", "failed"]
Outcome = Literal["worked", "failed", "neither"]
"""Of one attempt. `neither` tells nothing of the system: the caller left, or nothing was sent for a reason of ours."""

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("closed", "tripped"): "open",
    ("open", "waited"): "half-open",
    ("half-open", "worked"): "closed",
    ("half-open", "failed"): "open",
}
"""What is not in the table changes nothing."""

_SLOTS = 10
"""Parts of the window that are counted apart."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one attempt. `era` tells outcomes of an earlier state from those of this one."""

    era: int


class Breaker:
    """All times in seconds of one clock; a clock that is set back counts as if no time had passed."""

    __slots__ = ("_counts", "_era", "_probes", "_refused_until", "_waits", "state")

    def __init__(self) -> None:
        self.state: State = "closed"
        self._era = 0
        self._probes = 0
        self._waits = 0
        self._refused_until = 0.0
        self._counts: dict[int, list[int]] = {}

    def enter(self, now: float, settings: BreakerSettings) -> Permit | None:
        """Leave for one attempt, to be given back with `leave`; None where the system is not to be called."""
        if self.state == "open":
            # A wait longer than any that is set comes of a clock that was set back.
            if now < self._refused_until <= now + settings.longest_open_seconds:
                return None
            self._go("waited")
        if self.state == "half-open":
            if self._probes >= settings.probes:
                return None
            self._probes += 1
        return Permit(self._era)

    def leave(self, permit: Permit, outcome: Outcome, now: float, settings: BreakerSettings) -> bool:
        """Give a permit back, with what came of it; True where this opened the breaker."""
        if permit.era != self._era:
            return False  # begun before the state changed: it says nothing about now
        if self.state == "half-open":
            self._probes -= 1
            if outcome == "neither":
                return False
            if outcome == "worked":
                self._waits = 0
            self._go(outcome)
        elif outcome != "neither" and self._count(now, settings, failed=outcome == "failed"):
            self._go("tripped")
        if self.state != "open":
            return False
        self._refused_until = now + min(settings.open_seconds * 2**self._waits, settings.longest_open_seconds)
        self._waits = min(self._waits + 1, 30)
        return True

    def wait_seconds(self, now: float, settings: BreakerSettings) -> float:
        """How long a refused call has to wait, at least one second."""
        if self.state != "open":
            return 1.0
        return max(1.0, min(self._refused_until - now, settings.longest_open_seconds))

    def _go(self, event: Event) -> None:
        to = TRANSITIONS.get((self.state, event))
        if to is not None:
            self.state = to
            self._era += 1
            self._probes = 0
            self._counts.clear()

    def _count(self, now: float, settings: BreakerSettings, *, failed: bool) -> bool:
        """Count one outcome in the window; whether that is one failure too many."""
        width = settings.window_seconds / _SLOTS
        newest = int(now / width)
        slot = self._counts.get(newest)
        if slot is None:
            for old in [n for n in self._counts if not newest - _SLOTS < n <= newest]:
                del self._counts[old]
            slot = self._counts[newest] = [0, 0]
        slot[0] += 1
        if not failed:
            return False
        slot[1] += 1
        calls = sum(counts[0] for counts in self._counts.values())
        failures = sum(counts[1] for counts in self._counts.values())
        return calls >= settings.least_calls and failures >= settings.failure_share * calls
