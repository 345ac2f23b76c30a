"""Bodies that differ from a good one in one value: as long as the contract allows, in other letters, with decimals.

They ask what a fuzzer's messages do not: whether a system keeps what it accepted.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.contract import Operation
from contracts.document import Document, UnresolvedReferenceError

_LONGEST: Final = 4_000
_LETTERS: Final = "Größe 5, Żółć"
_EXACT: Final = 12.345
_MOST: Final = 12


def variants(document: Document, operation: Operation, body: Any) -> Iterator[tuple[str, Any]]:
    """(member, body), for the plain members of a good body and those that its schema has besides."""
    if not isinstance(body, Mapping):
        return
    made = 0
    for name, schema in properties_of(document, operation).items():
        for value in _values(schema):
            if made < _MOST and body.get(name) != value:
                made += 1
                yield name, {**body, name: value}


def properties_of(document: Document, operation: Operation) -> dict[str, Any]:
    """The schemas of the members of its JSON body, references followed; empty where there is none."""
    if operation.request_body is None:
        return {}
    media = next((one for name, one in operation.request_body.content.items() if "json" in name), None)
    found = _properties(document, None if media is None else media.schema)
    made = {}
    for name, schema in found.items():
        try:
            held = document.follow(schema, "")[0]
        except UnresolvedReferenceError:
            continue
        if isinstance(held, Mapping):
            made[name] = dict(held)
    return made


def _properties(document: Document, schema: Any) -> dict[str, Any]:
    try:
        held = document.follow(schema, "")[0]
    except UnresolvedReferenceError:
        return {}
    if not isinstance(held, Mapping):
        return {}
    found: dict[str, Any] = {}
    parts = held.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        found |= _properties(document, part)
    own = held.get("properties")
    return {**found, **(own if isinstance(own, Mapping) else {})}


def _values(held: Mapping[str, Any]) -> Iterator[Any]:
    """Free text at its greatest length and in other letters, numbers with decimals; nothing that names something."""
    if {"enum", "const", "pattern", "format", "readOnly"} & held.keys():
        return
    kinds = held.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds:
        most = held.get("maxLength")
        if isinstance(most, int) and 20 <= most <= _LONGEST:
            yield ("Abcdefghi " * (most // 10 + 1))[:most].strip().ljust(most, "x")
        if most is None or (isinstance(most, int) and most >= 20):
            yield _LETTERS
    elif "number" in kinds and "multipleOf" not in held:
        low, high = held.get("minimum", 0), held.get("maximum", 1_000)
        if isinstance(low, int | float) and isinstance(high, int | float) and low <= _EXACT <= high:
            yield _EXACT
