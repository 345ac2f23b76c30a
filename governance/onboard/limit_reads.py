"""Which reads try a system's limits: calls that it has answered with success, the lightest one of each system."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.contract import Operation
from governance.fuzz.entry import Entry
from governance.fuzz.judge.seen import SIGNED_OFF
from governance.fuzz.plan import Plan, Target
from governance.fuzz.recording import Recording

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_CANDIDATES: Final = 3
_OWN_WAY: Final = ("learn", "fuzz", "probe")


@dataclass(frozen=True, slots=True)
class Reads:
    """What one system is asked."""

    target: Target
    reads: tuple[Entry, ...]
    """The first that is answered as it was is repeated: a record may be gone since."""
    listed: Entry | None
    """A read of a path without keys, beside which an unknown path is asked for."""
    by_key: tuple[Entry, ...]
    """Reads of the first operation that takes a key; they name what is there."""


def reads_of(plan: Plan, recording: Recording) -> dict[str, Reads]:
    """By system; none for a system that answered no read with success."""
    found: dict[str, Reads] = {}
    for name in sorted({target.offer.system for target in plan.targets}):
        targets = [target for target in plan.targets if target.offer.system == name]
        answered = [(target, entry) for target in targets for entry in _answered(target, recording.entries)]
        if not answered:
            continue
        answered.sort(key=lambda one: _weight(one[1]))
        target = answered[0][0]
        mine = [entry for other, entry in answered if other is target]
        reads = tuple({entry.call.target: entry for entry in reversed(mine)}.values())[::-1][:_CANDIDATES]
        listed = next((one for one in mine if not keys_of(target, one)), None)
        keyed = [one for one in mine if keys_of(target, one)]
        by_key = tuple(one for one in keyed if one.operation == keyed[0].operation)
        found[name] = Reads(target, reads, listed, by_key)
    return found


def operation_of(target: Target, entry: Entry) -> Operation:
    """The published operation that was called."""
    name = entry.operation.partition(" ")[2]
    return next(one for one in target.published.operations if one.operation_id == name)


def keys_of(target: Target, entry: Entry) -> Sequence[str]:
    """Names of the parameters of its path."""
    return _PARAMETER.findall(operation_of(target, entry).path)


def _answered(target: Target, entries: Sequence[Entry]) -> Iterator[Entry]:
    called = {target.named(one.operation_id) for one in target.operations if one.method == "GET"}
    for entry in entries:
        plain = entry.part in _OWN_WAY and entry.about.get("probe") not in SIGNED_OFF and not entry.problem
        through = 200 <= entry.status < 300 and 200 <= entry.received.status < 300
        if entry.operation in called and entry.call.method == "GET" and plain and through:
            yield entry


def _weight(entry: Entry) -> tuple[int, bool, int, int]:
    """Few messages, then one by which something was learned, then a small answer, then the first."""
    main = entry.main
    body = main.received.body if main is not None and main.received is not None else b""
    return len(entry.exchanges), entry.part != "learn", len(body or b""), entry.number
