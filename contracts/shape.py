"""What a schema makes of text: parameters and forms carry text, and only the schema says which type is meant."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from contracts.direction import Members
from contracts.keywords import TYPES
from contracts.references import escape

_DEPTH: Final = 5
_COMPOSITION_DEPTH: Final = 12
ANY: Final = frozenset(TYPES - {"null"})
# Longer numbers are no numbers: Python and most systems refuse them, and so does this.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,399})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,399})(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?")


@dataclass(slots=True)
class Shape:
    """The types that a schema admits, as far as they decide how text is read. `open` is of undeclared members."""

    types: frozenset[str] = ANY
    stated: bool = False
    items: "Shape | None" = None
    members: dict[str, "Shape"] = field(default_factory=dict)
    open: "Shape | None" = None
    """Only where the contract says so in words: `additionalProperties: true` or a schema."""
    binary: bool = False
    """Whether a text of it holds bytes by its format or its content."""
    bounded: bool = False
    """Whether anything but types is demanded of it."""

    @property
    def is_array(self) -> bool:
        """Whether text is a list."""
        return self.stated and "array" in self.types

    @property
    def is_object(self) -> bool:
        """Whether text is an object."""
        return self.stated and "object" in self.types

    @property
    def is_scalar(self) -> bool:
        """Whether text can be a single value."""
        return not self.stated or bool(self.types & {"string", "integer", "number", "boolean", "null"})


_HARMLESS: Final = frozenset({
    "$comment", "$ref", "allOf", "contentMediaType", "default", "deprecated", "description", "example", "examples",
    "externalDocs", "format", "nullable", "readOnly", "title", "type", "writeOnly", "xml",
})  # fmt: skip
"""Keywords that demand nothing of a text of bytes by themselves."""


def shape_of(schema: Any, pointer: str, members: Members, depth: int = 0) -> Shape:
    """Read a schema of the document, through references and composition."""
    return _shape(schema, pointer, members, depth, 0)


def _shape(schema: Any, pointer: str, members: Members, depth: int, steps: int) -> Shape:
    if not isinstance(schema, dict) or depth > _DEPTH or steps > _COMPOSITION_DEPTH:
        return Shape()
    shape = Shape()
    target = members.target(schema, pointer)
    if target is not None:
        shape = _shape(target[0], target[1], members, depth, steps + 1)
        if members.old:
            return shape
    _own(shape, schema, pointer, members, depth)
    for i, part in enumerate(_parts(schema, "allOf")):
        _narrow(shape, _shape(part, f"{pointer}/allOf/{i}", members, depth, steps + 1))
    for keyword in ("oneOf", "anyOf"):
        parts = _parts(schema, keyword)
        if parts:
            found = [
                _shape(part, f"{pointer}/{keyword}/{i}", members, depth, steps + 1) for i, part in enumerate(parts)
            ]
            _narrow(shape, _either(found))
    return shape


def _own(shape: Shape, schema: Mapping[str, Any], pointer: str, members: Members, depth: int) -> None:
    stated = schema.get("type")
    types = {name for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str)} & TYPES
    if not types:
        types = _types_of_values(schema)
    if not types and isinstance(schema.get("properties"), dict):
        types = {"object"}
    if not types and "items" in schema:
        types = {"array"}
    if types:
        if members.old and schema.get("nullable") is True:
            types = types | {"null"}
        _narrow(shape, Shape(frozenset(types), stated=True))
    form = schema.get("format")
    as_bytes = form == "binary" or (form == "byte" and members.old)
    shape.binary = shape.binary or as_bytes or "contentEncoding" in schema or "contentMediaType" in schema
    demands = any(key not in _HARMLESS and not key.startswith("x-") for key in schema)
    shape.bounded = shape.bounded or demands or (form is not None and form != "binary")
    if "items" in schema:
        shape.items = shape_of(schema["items"], f"{pointer}/items", members, depth + 1)
    properties = schema.get("properties")
    for name, child in properties.items() if isinstance(properties, dict) else ():
        shape.members[name] = shape_of(child, f"{pointer}/properties/{escape(name)}", members, depth + 1)
    extra = schema.get("additionalProperties")
    if extra is True:
        shape.open = Shape()
    elif isinstance(extra, dict):
        shape.open = shape_of(extra, f"{pointer}/additionalProperties", members, depth + 1)


def _types_of_values(schema: Mapping[str, Any]) -> set[str]:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    found: set[str] = set()
    for value in values if isinstance(values, list) else ():
        if value is None:
            found.add("null")
        elif isinstance(value, bool):
            found.add("boolean")
        elif isinstance(value, int):
            found.add("integer")
        elif isinstance(value, float | Decimal):
            found.add("number")
        elif isinstance(value, str):
            found.add("string")
        else:
            found.add("array" if isinstance(value, list) else "object")
    return found


def _narrow(shape: Shape, other: Shape) -> None:
    """Both at once."""
    if other.stated:
        both = _meet(shape.types, other.types) if shape.stated else other.types
        shape.types = both or shape.types
        shape.stated = True
    shape.items = shape.items or other.items
    shape.members.update(other.members)
    shape.open = shape.open or other.open
    shape.binary = shape.binary or other.binary
    shape.bounded = shape.bounded or other.bounded


def _meet(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    both = set(one & other)
    if ("integer" in one and "number" in other) or ("number" in one and "integer" in other):
        both.add("integer")
        both.discard("number")
        if "number" in one and "number" in other:
            both.add("number")
    return frozenset(both)


def _either(shapes: list[Shape]) -> Shape:
    """One of several."""
    merged = Shape(frozenset[str]().union(*(shape.types for shape in shapes)), stated=all(s.stated for s in shapes))
    for shape in shapes:
        merged.items = merged.items or shape.items
        merged.open = merged.open or shape.open
        merged.binary = merged.binary or shape.binary
        merged.bounded = True
        for name, member in shape.members.items():
            known = merged.members.get(name)
            merged.members[name] = member if known is None else _either([known, member])
    return merged


def _parts(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


Reader = Callable[[str], Any]
"""Text to value. What the type does not take comes back as text, so that the schema refuses it."""


def reader_of(shape: Shape) -> Reader:
    """How one text is read. `1`, `True` and `yes` are no booleans, `05` and `5.0` no integers."""
    if not shape.stated:
        return _read_any
    types = shape.types
    integer, number, boolean, null = ("integer" in types, "number" in types, "boolean" in types, "null" in types)
    if not (integer or number or boolean or null):
        return str
    null = null and "string" not in types

    def read(text: str) -> Any:
        if number:
            if _NUMBER.fullmatch(text):
                return _number(text)
        elif integer and _INTEGER.fullmatch(text):
            return int(text)
        if boolean and text in ("true", "false"):
            return text == "true"
        if null and text in ("null", ""):
            return None
        return text

    return read


def is_ambiguous(shape: Shape) -> bool:
    """Whether the same text can be a string or something else, so that both have to be tried."""
    if shape.stated and "array" in shape.types and shape.items is not None and is_ambiguous(shape.items):
        return True
    if any(is_ambiguous(member) for member in shape.members.values()):
        return True
    return not shape.stated or ("string" in shape.types and bool(shape.types & {"integer", "number", "boolean"}))


def _number(text: str) -> int | Decimal:
    return int(text) if _INTEGER.fullmatch(text) else Decimal(text)


def _read_any(text: str) -> Any:
    if _NUMBER.fullmatch(text):
        return _number(text)
    if text in ("true", "false"):
        return text == "true"
    return text


def read_text(text: str) -> str:
    """The second reading of ambiguous text: as it stands."""
    return text
