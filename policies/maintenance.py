"""Maintenance windows of a system, as its file states them: calls that would reach it are refused, nothing else is.

Readiness and other systems are not touched. State: none; each call of a system with windows looks at the clock.
"""

from contracts.systems import System
from policies.step import Problem, Refusal

IN_MAINTENANCE = Problem(
    "system-in-maintenance",
    503,
    "The system behind this is being maintained",
    "Call again after the seconds in Retry-After; the window was announced by the owner of the system. "
    "Nothing reached the system.",
)
refuses = (IN_MAINTENANCE,)


def check_maintenance(system: System, now: float) -> None:
    """Refuse while a window is open. `now` in seconds since the epoch. Raises Refusal."""
    for window in system.maintenance:
        end = window.until.timestamp()
        if window.begin.timestamp() <= now < end:
            note = f" {window.note}" if window.note else ""
            detail = f"The window ends at {window.until.isoformat()}.{note}"
            retry = (b"retry-after", str(max(1, -int(-(end - now) // 1))).encode())
            raise Refusal(IN_MAINTENANCE, detail, headers=(retry,), fault="gateway")
