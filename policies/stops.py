"""Operations that are answered no more, because what a signed decision let has ended and it says so.

Asked once a call, after it is known who calls and what for. Bound at load time from what the release says; an operation
of which nothing ends costs a look into a table, a release of which nothing stops costs nothing. The time is
`policies.forward_clock`'s: a clock that is turned back revives nothing, nor does a restart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from policies.forward_clock import ForwardClock
from policies.step import Identity, Problem, Refusal, Route

APPROVAL_ENDED = Problem(
    "approval-ended",
    403,
    "The operation was approved until a moment that has passed",
    "Do not send the call again: it is refused until the owner of the API has the operation approved anew. "
    "Nothing reached the system.",
)
refuses = (APPROVAL_ENDED,)

Key = tuple[str, str, str, str]
"""Entity, api, exact version, and the operation's pointer."""


@dataclass(frozen=True, slots=True)
class Stop:
    """When one operation stops, and by what."""

    at: float
    """Seconds since the epoch."""
    let_by: str
    """`the decision trial`."""
    consumer: str = ""
    """Empty: whoever calls."""


class Stops:
    """Of one release. Immutable."""

    __slots__ = ("_by_operation", "_clock")

    def __init__(self, stops: Mapping[Key, Iterable[Stop]] | None = None, clock: ForwardClock | None = None) -> None:
        self._by_operation = {key: tuple(sorted(found, key=lambda one: one.at)) for key, found in (stops or {}).items()}
        self._clock = clock or ForwardClock()

    def check_route(self, route: Route, identity: Identity) -> None:
        """Refuse an operation whose approval has ended. Raises Refusal."""
        if not self._by_operation:
            return
        operation = route.operation
        found = self._by_operation.get((route.entity_id, operation.api, operation.version, operation.pointer))
        if found is None:
            return
        now = self._clock.now()
        for one in found:
            if one.at > now:
                return
            if one.consumer in ("", identity.consumer):
                when = datetime.fromtimestamp(one.at, UTC)
                whom = f" for {one.consumer}" if one.consumer else ""
                detail = (
                    f"{operation.method} {operation.template} of {operation.api} {operation.version} was approved "
                    f"for the entity {route.entity_id}{whom} until {when:%Y-%m-%dT%H:%M:%SZ}."
                )
                raise Refusal(APPROVAL_ENDED, detail, fault="gateway")

    def __bool__(self) -> bool:
        """Whether anything stops, now or later."""
        return bool(self._by_operation)

    def stopped(self) -> int:
        """How many operations are answered no more, for everybody or for somebody."""
        now = self._clock.now() if self._by_operation else 0.0
        return sum(found[0].at <= now for found in self._by_operation.values())

    def next_at(self) -> float:
        """When the next one stops, in seconds since the epoch; 0 for none."""
        now = self._clock.now() if self._by_operation else 0.0
        return min((one.at for found in self._by_operation.values() for one in found if one.at > now), default=0.0)
