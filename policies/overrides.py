"""Operations whose contract is only reported on for hours, because enough people signed that in an emergency.

Nothing else is loosened: identity, access, limits and what keeps entities apart hold as ever. State: one `Overrides` in
`runtime.keep(("overrides",))`, replaced whole by the worker when its parent says so; the node keeps them with its
releases. A reload and an older release leave it alone, a restart begins with it, the store has no part in it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from policies.forward_clock import elapsed
from policies.step import Runtime
from policies.strictness import Strictness
from policies.suspensions import operation_names


@dataclass(frozen=True, slots=True)
class Override:
    """One that is in force."""

    sequence: int
    operations: frozenset[str]
    """`api/operationId` or `api@version/operationId`."""
    until: float
    """When it ends, in seconds since the epoch."""
    ends: float
    """The same by `elapsed`: a wall clock that is turned back gives it no more time."""


class Overrides:
    """Those in force. Asked only where a message would be refused, so that other calls pay nothing."""

    __slots__ = ("_now", "given")

    def __init__(self) -> None:
        self._now: tuple[Override, ...] = ()
        self.given = False
        """Whether there were some when they were last put in force."""

    def replace(self, overrides: Iterable[Override]) -> None:
        """Put these in force, and only these."""
        self._now = tuple(overrides)
        self.given = bool(self._now)

    def in_force(self) -> tuple[Override, ...]:
        """Those that have not ended, the oldest first."""
        if not self._now:
            return ()
        now, passed = time.time(), elapsed()
        self._now = tuple(one for one in self._now if now < one.until and passed < one.ends)
        return self._now

    def over(self, api: str, version: str, operation_id: str) -> Override | None:
        """The one that loosens an operation, if any."""
        if not self._now:
            return None
        names = operation_names(api, version, operation_id)
        return next((one for one in self.in_force() if not one.operations.isdisjoint(names)), None)


def loosened(strict: Strictness) -> Strictness:
    """What is enforced is reported on; what is off stays off."""
    by_rule = {name: ("report" if mode == "enforce" else mode, rule) for name, (mode, rule) in strict.by_rule.items()}
    mode = "report" if strict.mode == "enforce" else strict.mode
    return replace(strict, mode=mode, refuse_unchecked=False, by_rule=by_rule)


def kept_overrides(runtime: Runtime) -> Overrides:
    """The one of this process."""
    return runtime.keep(("overrides",), Overrides)
