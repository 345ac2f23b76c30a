"""Bodies made of what a list gives: what a system answers of a record, it mostly takes for the next one.

Where neither samples nor the contract's examples name what is there, an ERP refuses every order; its own lists name it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.contract import Contract, Operation
from contracts.engine import EngineRefusedError, make_engine
from governance.fuzz.variants import properties_of, required_of

_MOST: Final = 4
_BASES: Final = 2
Records = Sequence[tuple[str, Mapping[str, Any]]]
"""Paths, and plain members of what was read there."""


def copied_bodies(
    contract: Contract, operation: Operation, bases: Sequence[Any], records: Records
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """At most four, each of one record of the list with the operation's own path.

    First the first two of `bases`, which were refused, with the record's values in the place of their own; then what
    the contract demands of a body, then all of it that the record has.
    """
    properties = properties_of(contract.document, operation)
    takes = {name: _fits(schema) for name, schema in properties.items() if schema.get("readOnly") is not True}
    required = required_of(contract.document, operation)
    given: list[dict[str, Any]] = []
    for source, record in records:
        if source != operation.path:
            continue
        made = {name: record[name] for name, fits in takes.items() if name in record and fits(record[name])}
        bodies = [_over(base, made, records) for base in bases[:_BASES] if isinstance(base, Mapping)]
        if made and required <= made.keys():
            bodies += [{name: made[name] for name in properties if name in required}, made]
        for body in bodies:
            if body and body not in given and body not in bases and len(given) < _MOST:
                given.append(body)
                yield body


def _over(base: Mapping[str, Any], record: Mapping[str, Any], records: Records) -> dict[str, Any]:
    """The base with the record's values; objects in it, with those of a record that has the same members."""
    return {name: record.get(name, _inside(value, records)) for name, value in base.items()}


def _inside(value: Any, records: Records) -> Any:
    if isinstance(value, list):
        return [_inside(one, records) for one in value]
    if not isinstance(value, Mapping):
        return value
    plain = {name for name, one in value.items() if not isinstance(one, list | dict)}
    found = next((record for _, record in records if plain and plain <= record.keys()), {})
    return _over(value, {name: found[name] for name in plain if name in found}, records)


def _fits(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a value keeps to the schema of its member; where that cannot be judged, the system is asked."""
    try:
        return make_engine(dict(schema)).is_valid
    except EngineRefusedError:
        return lambda _: True
