"""Who loses an operation at a moment, because what let it ends and says so; and who is given longer than before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from gateway.ending import Ending
from gateway.stopping import covers
from governance.release.reach import Reach, Right

Stop = tuple[datetime, str, str]
"""When, as people read it, and by what."""
Told = tuple[Literal["loses", "gains"], tuple[str, ...], tuple[str, ...], tuple[str, str], tuple[str, ...], str]
"""Turn, consumers, entities, api and version, operations, words."""


def end_effects(old: Sequence[Ending], new: Sequence[Ending], before: Reach, now: Reach) -> Iterator[Told]:
    """Of operations that can be called on both sides, or from now on."""
    was, will = _stops(old, before), _stops(new, now)
    grouped: dict[tuple[Stop | None, Stop | None, str, str, str, str], list[str]] = {}
    for right in sorted(now.rights):
        ends = was.get(right) if right in before.rights else None
        if ends != will.get(right):
            key = (ends, will.get(right), right.consumer, right.entity, right.api, right.version)
            grouped.setdefault(key, []).append(right.operation)
    for (ends, stops, consumer, entity, api, version), operations in grouped.items():
        earlier = stops is not None and (ends is None or stops[0] < ends[0])
        what = f"of {api}@{version}: {', '.join(operations)}"
        if stops is not None:
            words = f"{'until' if earlier else 'longer, until'} {stops[1]}, when {stops[2]} ends and stops it: {what}"
        else:
            assert ends is not None
            words = f"without an end, where {ends[2]} would have stopped it on {ends[1]}: {what}"
        turn: Literal["loses", "gains"] = "loses" if earlier else "gains"
        yield turn, (consumer,), (entity,), (api, version), tuple(operations), words


def _stops(ends: Sequence[Ending], reach: Reach) -> Mapping[Right, Stop]:
    found: dict[Right, Stop] = {}
    for one in sorted(ends, key=lambda each: (each.at, each.name), reverse=True):
        for row in one.operations if one.on_expiry == "stop" else ():
            for right in reach.rights:
                contract, operation = f"{right.api}@{right.version}", _in_contract(right)
                if row.consumer in ("", right.consumer) and covers(row, right.entity, contract, operation):
                    found[right] = (one.at, one.moment, one.let_by)
    return found


def _in_contract(right: Right) -> str:
    """`GET /sales/v1/orders` as the contract writes it: `GET /orders`."""
    method, _, path = right.operation.partition(" ")
    major = right.version.partition(".")[0]
    return f"{method} {path.removeprefix(f'/{right.api}/v{major}')}"
