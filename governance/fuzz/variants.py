"""Bodies that differ from a good one in one value, all of them allowed by the contract.

As long as may be, in other letters, with decimals: does a system keep what it accepts? Another value of a list, null,
or none at all: does it accept what it may be sent?
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.contract import Operation
from contracts.document import Document, UnresolvedReferenceError

_LONGEST: Final = 4_000
_TEXTS: Final = ("Größe 5, Żółć", "O'Neil & Sons, 5%", "𠮷野 & Co 📦")
"""Beyond ASCII, with what languages of queries and pages take for their own, beyond the sixteen bits of UCS-2."""
_EXACT: Final = 12.345
_MOST: Final = 24
_LISTED: Final = 6
_SHORTEST: Final = 20
"""Shorter texts are codes, which name something."""


def variants(
    document: Document, operation: Operation, body: Any, *, without: bool = False
) -> Iterator[tuple[str, Any]]:  # fmt: skip
    """(member, body), for the plain members of a good body and those that its schema has besides.

    `without`: also bodies without one of the members that the contract leaves optional.
    """
    if not isinstance(body, Mapping):
        return
    made = 0
    required = required_of(document, operation)
    for name, schema in properties_of(document, operation).items():
        bodies = [{**body, name: value} for value in _values(schema) if body.get(name) != value]
        if without and name in body and name not in required:
            bodies.append({key: value for key, value in body.items() if key != name})
        for other in bodies:
            if made < _MOST:
                made += 1
                yield name, other


def required_of(document: Document, operation: Operation) -> frozenset[str]:
    """Members that its JSON body must have."""
    found: set[str] = set()
    for held in _parts(document, _schema(operation)):
        stated = held.get("required")
        found |= {str(name) for name in stated} if isinstance(stated, list) else set()
    return frozenset(found)


def properties_of(document: Document, operation: Operation) -> dict[str, dict[str, Any]]:
    """The schemas of the members of its JSON body, references followed; empty where there is none."""
    made: dict[str, dict[str, Any]] = {}
    for part in _parts(document, _schema(operation)):
        properties = part.get("properties")
        for name, schema in properties.items() if isinstance(properties, Mapping) else ():
            held = _followed(document, schema)
            if held:
                made[name] = dict(held)
    return made


def _schema(operation: Operation) -> Any:
    content = operation.request_body.content if operation.request_body is not None else {}
    media = next((one for name, one in content.items() if "json" in name), None)
    return None if media is None else media.schema


def _parts(document: Document, schema: Any, depth: int = 4) -> Iterator[Mapping[str, Any]]:
    """The schema and, level by level, what it says with `allOf`."""
    held = _followed(document, schema)
    if not held or depth < 0:
        return
    parts = held.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        yield from _parts(document, part, depth - 1)
    yield held


def _followed(document: Document, schema: Any) -> Mapping[str, Any]:
    try:
        held = document.follow(schema, "")[0]
    except UnresolvedReferenceError:
        return {}
    return held if isinstance(held, Mapping) else {}


def _values(held: Mapping[str, Any]) -> Iterator[Any]:
    """Every value of a list, null, free text at its greatest length and in other letters, numbers with decimals.

    Nothing that may name something: such a value is refused where there is nothing of that name.
    """
    kinds = held.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if held.get("nullable") is True or "null" in kinds:
        yield None
    listed = held.get("enum")
    if isinstance(listed, list):
        yield from (value for value in listed[:_LISTED] if isinstance(value, str | int))
        return
    if {"const", "pattern", "format", "readOnly"} & held.keys():
        return
    if "string" in kinds:
        most = held.get("maxLength")
        if isinstance(most, int) and _SHORTEST <= most <= _LONGEST:
            yield ("Abcdefghi " * (most // 10 + 1))[:most].strip().ljust(most, "x")
        if most is None or (isinstance(most, int) and most >= _SHORTEST):
            yield from _TEXTS
    elif "number" in kinds and "multipleOf" not in held:
        low, high = held.get("minimum", 0), held.get("maximum", 1_000)
        if isinstance(low, int | float) and isinstance(high, int | float) and low <= _EXACT <= high:
            yield _EXACT
