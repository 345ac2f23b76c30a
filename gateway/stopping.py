"""What a release says that stops -> the operations on each route, and when."""

from collections.abc import Iterable

from gateway.ending import Stopped
from gateway.release import Release
from policies.forward_clock import ForwardClock
from policies.stops import Key, Stop, Stops


def stops_of(release: Release, routes: Iterable[Key], clock: ForwardClock) -> Stops:
    """Bound once, when the release is loaded. `routes` are all that it serves."""
    stopping = [(one, row) for one in release.ends if one.on_expiry == "stop" for row in one.operations]
    if not stopping:
        return Stops({}, clock)
    names = {
        (api, version, operation.pointer): f"{operation.method} {operation.template}"
        for (api, version), contract in release.contracts.items()
        for operation in contract.operations
    }
    found: dict[Key, list[Stop]] = {}
    for key in routes:
        entity, api, version, pointer = key
        for one, row in stopping:
            if covers(row, entity, f"{api}@{version}", names.get((api, version, pointer), "")):
                found.setdefault(key, []).append(Stop(one.at.timestamp(), one.let_by, row.consumer))
    return Stops(found, clock)


def covers(row: Stopped, entity: str, contract: str, operation: str) -> bool:
    """Whether it is about that operation (`POST /orders`), whoever calls."""
    return (
        row.contract == contract and row.entity in ("", entity) and (not row.operations or operation in row.operations)
    )
