"""Shapes -> types as Python writes them, for answers and for what is sent."""

from collections.abc import Mapping
from typing import Final

from codegen.shapes.shape import NULL, Constants, ListOf, MapOf, Named, OneOf, Scalar, ScalarKind, Shape, told_apart

UNKNOWN: Final = "UnknownAlternative"
"""The type of the runtime for an object that is none of those that a client knows."""
_BOTH: Final[Mapping[ScalarKind, str]] = {
    "string": "str", "integer": "int", "boolean": "bool", "null": "None", "any": "Any",
    "object": "dict[str, Any]", "uuid": "UUID", "base64": "values.Base64", "day": "values.Day",
}  # fmt: skip
_SENT: Final[Mapping[ScalarKind, tuple[str, ...]]] = {
    "number": ("Decimal", "int"), "decimal": ("Decimal", "int"), "moment": ("datetime",), "file": ("values.Upload",),
}  # fmt: skip
_RECEIVED: Final[Mapping[ScalarKind, tuple[str, ...]]] = {
    "number": ("values.Number",), "decimal": ("values.DecimalText",), "moment": ("AwareDatetime",), "file": ("bytes",),
}  # fmt: skip


def received_type(shape: Shape) -> str:
    """The type of an answer's value; what it names is imported by every module of resources."""
    return " | ".join(_alternatives(shape, _RECEIVED, "models", "enums"))


def sent_type(shape: Shape) -> str:
    """The type of an argument or a body."""
    return " | ".join(_alternatives(shape, _SENT, "inputs", "choices"))


def _alternatives(shape: Shape, own: Mapping[ScalarKind, tuple[str, ...]], objects: str, enums: str) -> tuple[str, ...]:
    def one(part: Shape) -> str:
        return " | ".join(_alternatives(part, own, objects, enums))

    if isinstance(shape, Scalar):
        return own.get(shape.kind) or (_BOTH[shape.kind],)
    if isinstance(shape, Constants):
        return (f"Literal[{', '.join(map(literal, shape.values))}]",)
    if isinstance(shape, Named):
        return (f"{objects if shape.of == 'object' else enums}.{shape.name}",)
    if isinstance(shape, ListOf):
        return (f"list[{one(shape.item)}]",)
    if isinstance(shape, MapOf):
        return (f"dict[str, {one(shape.value)}]",)
    assert isinstance(shape, OneOf)
    found = [name for part in shape.parts if part != NULL for name in _alternatives(part, own, objects, enums)]
    if own is _RECEIVED and told_apart(shape):
        found.append(f"values.{UNKNOWN}")
    return tuple(dict.fromkeys([*found, *(["None"] if NULL in shape.parts else [])]))


def literal(value: str | float | bool | None) -> str:
    """A text or number as Python source, whatever stands in it."""
    return ascii(value)
