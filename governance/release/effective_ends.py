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
    """Of operations that can be called on both sides; one that can be called from now on is told with its own end."""
    was, will = _stops(old, before), _stops(new, now)
    grouped: dict[tuple[Stop | None, Stop | None, str, str, str, str], list[str]] = {}
    for right in sorted(before.rights.keys() & now.rights.keys()):
        ends = was.get(right)
        if ends != will.get(right):
            key = (ends, will.get(right), right.consumer, right.entity, right.api, right.version)
            grouped.setdefault(key, []).append(right.operation)
    for (ends, stops, consumer, entity, api, version), operations in grouped.items():
        earlier = stops is not None and (ends is None or stops[0] < ends[0])
        what = f"of {api}@{version}: {', '.join(operations)}"
        if stops is not None:
            words = f"{'' if earlier else 'longer, '}{_until(stops)}: {what}"
        else:
            assert ends is not None
            words = f"without an end, where {ends[2]} would have stopped it on {ends[1]}: {what}"
        turn: Literal["loses", "gains"] = "loses" if earlier else "gains"
        yield turn, (consumer,), (entity,), (api, version), tuple(operations), words


def until_when(ends: Sequence[Ending], now: Reach) -> Mapping[Right, str]:
    """For each right that stops at a moment: until when, and what ends then."""
    return {right: _until(stop) for right, stop in _stops(ends, now).items()}


def _until(stop: Stop) -> str:
    return f"until {stop[1]}, when {stop[2]} ends and stops it"


def _stops(ends: Sequence[Ending], reach: Reach) -> Mapping[Right, Stop]:
    found: dict[Right, Stop] = {}
    for one in sorted(ends, key=lambda each: (each.at, each.name), reverse=True):
        for row in one.operations if one.on_expiry == "stop" else ():
            for right in reach.rights:
                contract, operation = f"{right.api}@{right.version}", right.in_contract
                if row.consumer in ("", right.consumer) and covers(row, right.entity, contract, operation):
                    found[right] = (one.at, one.moment, one.let_by)
    return found
