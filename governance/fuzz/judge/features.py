"""A request as a flat table of its values, so that two can be told apart by the one thing in which they differ."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from contracts.document import Document, UnresolvedReferenceError
from contracts.written import pointer_to
from governance.fuzz.judge.seen import Seen

_MOST: Final = 400
_DEPTH: Final = 12

Place = tuple[str, str]
"""Where a value stands: `path`, `query`, `header` or `body`, and its name or JSON pointer."""


def features(seen: Seen) -> dict[Place, Any]:
    """Every value of the request: scalars, and of lists how long they are."""
    call = seen.entry.call
    found: dict[Place, Any] = {}
    values = seen.subject.values(seen.compiled, call.path.removeprefix(seen.subject.target.base)) or ()
    for name, value in zip(seen.compiled.path_names, values, strict=False):
        found["path", name] = value.decode("latin-1")
    for name, text in parse_qsl(call.query, keep_blank_values=True):
        found["query", name] = text
    declared = seen.compiled.header_names
    for name, text in call.headers:
        if name.encode("latin-1", "replace") in declared:
            found["header", name] = text
    for pointer, held in _leaves(seen.sent_json, "", _DEPTH):
        found["body", pointer] = held
        if len(found) > _MOST:
            break
    return found


def _leaves(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth < 0:
        return
    if isinstance(value, dict) and value:
        for name, held in value.items():
            token = str(name).replace("~", "~0").replace("/", "~1")
            yield from _leaves(held, f"{pointer}/{token}", depth - 1)
    elif isinstance(value, list) and value:
        yield f"{pointer}/#", len(value)
        for i, held in enumerate(value):
            yield from _leaves(held, f"{pointer}/{i}", depth - 1)
    elif value is not None or pointer:
        yield pointer, value if not isinstance(value, dict | list) else json.dumps(value)


ABSENT: Final = object()
"""Stands for a value that is not there."""
PRESENT: Final = object()
"""Stands for an object or a list that is there."""


def value_at(values: Mapping[Place, Any], place: Place) -> Any:
    """The value at a place, `PRESENT` for one that holds others, `ABSENT` where there is none."""
    if place in values:
        return values[place]
    return PRESENT if any(_under(other, place) for other in values) else ABSENT


_KEYS: Final = re.compile(r"(?:number|code|key|id|no|sku|gtin)$")


def difference(one: Mapping[Place, Any], other: Mapping[Place, Any], *, names: bool = True) -> Place | None:
    """The one place in which they differ; None where there is none, or more than one. `1` and `true` differ.

    An object or a list that only one of them has is one place, whatever it holds. That two calls name their records
    differently, each in one text, is no difference as long as there is another one, unless `names` count.
    """
    found = _difference(one, other)
    if found is None and not names:
        named = [place for place in one.keys() & other.keys() if place[0] == "body" and isinstance(one[place], str)
                 and isinstance(other[place], str) and _KEYS.search(place[1].casefold())]  # fmt: skip
        rest = [{place: value for place, value in side.items() if place not in named} for side in (one, other)]
        found = _difference(rest[0], rest[1]) if named else None
    return found


def _difference(one: Mapping[Place, Any], other: Mapping[Place, Any]) -> Place | None:
    differing = [
        place for place in one.keys() | other.keys()
        if place not in one or place not in other or (one[place], type(one[place])) != (other[place], type(
            other[place]))
    ]  # fmt: skip
    if len(differing) == 1:
        return differing[0]
    only_here = all(place not in other for place in differing)
    if not differing or not (only_here or all(place not in one for place in differing)):
        return None
    top = _top(differing)
    without = other if only_here else one
    return None if top is None or any(_under(place, top) for place in without) else top


def _top(places: Sequence[Place]) -> Place | None:
    """The place under which all of them stand: the longest pointer that they have in common."""
    if any(where != "body" for where, _ in places):
        return None
    common: list[str] = []
    for tokens in zip(*(pointer.split("/") for _, pointer in places), strict=False):
        if len(set(tokens)) != 1:
            break
        common.append(tokens[0])
    return ("body", "/".join(common)) if len(common) > 1 else None


def _under(place: Place, top: Place) -> bool:
    return place[0] == top[0] and (place[1] == top[1] or place[1].startswith(top[1] + "/"))


def schema_at(seen: Seen, place: Place) -> Mapping[str, Any]:
    """The schema of a value, as far as it is written plainly (`$ref`, `properties`, `items`, `allOf`); else empty."""
    return schema_and_pointer(seen, place)[0]


def schema_and_pointer(seen: Seen, place: Place) -> tuple[Mapping[str, Any], str]:
    """The same with its JSON pointer in the contract with pins; an empty one where it is not written plainly."""
    document = seen.subject.target.described.document
    operation = seen.subject.with_pins.get(seen.compiled.operation_id)
    where, name = place
    if operation is None:
        return {}, ""
    try:
        if where != "body":
            found = next((one for one in operation.parameters if one.name.casefold() == name.casefold()
                          and one.location == where and one.schema is not None), None)  # fmt: skip
            held, pointer = ({}, "") if found is None else document.follow(*document.step(f"{found.pointer}/schema"))
            return (held, pointer) if isinstance(held, Mapping) else ({}, "")
        body = operation.request_body
        media = next((m for n, m in body.content.items() if "json" in n), None) if body is not None else None
        if media is None or media.schema is None:
            return {}, ""
        schema, pointer = document.follow(*document.step(f"{media.pointer}/schema"))
        for token in name.split("/")[1:]:
            schema, pointer = _below(document, schema, pointer, token.replace("~1", "/").replace("~0", "~"))
    except UnresolvedReferenceError:
        return {}, ""
    return (schema, pointer) if isinstance(schema, Mapping) else ({}, "")


def _below(document: Document, schema: Any, pointer: str, token: str) -> tuple[Any, str]:
    if not isinstance(schema, Mapping):
        return None, ""
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and token in properties:
        return document.follow(*document.step(pointer + pointer_to("properties", token)))
    if token.isdecimal() and "items" in schema:
        return document.follow(*document.step(f"{pointer}/items"))
    parts = schema.get("allOf")
    for i, _ in enumerate(parts if isinstance(parts, list) else ()):
        held, at = document.follow(*document.step(f"{pointer}/allOf/{i}"))
        found = _below(document, held, at, token)
        if found[0] is not None:
            return found
    return None, ""
