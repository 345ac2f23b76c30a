"""Identifiers that a system's own lists give: with them operations by key find something, and with nothing else.

Lists are read as the entity sees them, so what is learned is its own. A parameter takes the member of a record that is
called as it is; the values of one call come from one record.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.contract import Operation
from governance.fuzz.calling import Caller, Reply, Wanted, text_of
from governance.fuzz.guard import Guard
from governance.fuzz.made import Record, key_in
from governance.fuzz.samples import Samples

ROUNDS: Final = 3
"""A list that needs a key is read once another list has given one."""
SETS: Final = 3
"""So many sets of values are kept for an operation."""
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_RECORDS: Final = 200
_DEPTH: Final = 4


@dataclass(slots=True)
class Learned:
    """What is known of a version's records."""

    records: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """The path of the operation that gave it, and its plain members."""
    sets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By operation id: values of its parameters that belong together."""
    tags: dict[str, str] = field(default_factory=dict)
    """ETags by path."""


async def learn(caller: Caller, guard: Guard, samples: Samples) -> Learned:
    """Read every list, then what its records lead to."""
    learned = Learned()
    operations = {op.operation_id: op for op in caller.target.published.operations}
    reads = [operations[one.operation_id] for one in caller.target.operations if one.method == "GET"]
    done: set[str] = set()
    for _ in range(ROUNDS):
        before = len(done)
        for operation in reads:
            if operation.operation_id in done:
                continue
            for values in values_for(operation, learned, samples)[:SETS]:
                reply = await caller.make(Wanted(operation, values), "learn")
                if reply.accepted:
                    done.add(operation.operation_id)
                    learned.sets.setdefault(operation.operation_id, []).append(values)
                    _take(operation, reply, learned, guard)
        if len(done) == before:
            break
    return learned


def values_for(operation: Operation, learned: Learned, samples: Samples) -> list[dict[str, Any]]:
    """Sets of values for what the operation needs; those that people wrote first, none where something is missing."""
    needed = [one.name for one in operation.parameters if one.required]
    found: list[dict[str, Any]] = [
        dict(one.parameters) for one in samples.operations.get(operation.operation_id, ())
        if set(needed) <= one.parameters.keys()
    ]  # fmt: skip
    if not needed:
        return found or [{}]
    given = [samples.parameters.get(name, []) for name in needed]
    if all(given):
        longest = max(len(values) for values in given)
        found += [
            {name: values[i % len(values)] for name, values in zip(needed, given, strict=True)} for i in range(longest)
        ]
    found += list(_from_records(operation, needed, learned, samples))
    return _different(found)[:SETS]


def _from_records(
    operation: Operation, needed: Sequence[str], learned: Learned, samples: Samples
) -> Iterator[dict[str, Any]]:
    places = {one.name: one.location for one in operation.parameters}
    for source, record in learned.records:
        made: dict[str, Any] = {}
        for name in needed:
            if places[name] == "path":
                near = _above(operation.path, name) == source.rstrip("/")
                value = key_in(record, name, {}, operation.path if near else "")
            else:
                value = next(iter(samples.parameters.get(name, ())), record.get(name))
            if value is None:
                break
            made[name] = value
        else:
            yield made


def _above(path: str, name: str) -> str:
    """The part of a path before a parameter: the list that holds what it names."""
    return path.partition("{" + name + "}")[0].rstrip("/('")


def _take(operation: Operation, reply: Reply, learned: Learned, guard: Guard) -> None:
    for record in records_in(reply.json):
        if len(learned.records) < _RECORDS:
            learned.records.append((operation.path, record))
        for other in guard.paths.operations.values():
            names = _PARAMETER.findall(other.path)
            if not names:
                continue
            near = other.path if other.path.startswith(operation.path) else ""
            values = {name: key_in(record, name, {}, near) for name in names}
            if all(value is not None for value in values.values()):
                guard.seen.add(Record(other.path, {name: text_of(value) for name, value in values.items()}).key)


def records_in(value: Any, depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    """Every object with plain members that an answer holds, lists first met first; only the plain members."""
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value[:50]:
            yield from records_in(item, depth - 1)
    elif isinstance(value, dict):
        plain = {name: held for name, held in value.items() if isinstance(held, str | int | float)}
        if plain:
            yield plain
        for name, held in value.items():
            if isinstance(held, dict | list) and not name.startswith("__"):
                yield from records_in(held, depth - 1)


def _different(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for i, one in enumerate(found) if one not in found[:i]]
