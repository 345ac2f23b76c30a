"""The shapes of values that a client knows: what is left of a schema once only its types count."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

ScalarKind = Literal[
    "string", "integer", "number", "boolean", "moment", "day", "uuid", "base64", "decimal", "null", "file",
    "any", "object",
]  # fmt: skip
"""`number`: a JSON number kept exactly; `decimal`: the same as text; `object`: any JSON object."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts."""

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Constants:
    """One of few given values, where no enumeration of its own is made of them."""

    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A class of its own: of the objects, or of the enumerations."""

    name: str
    of: Literal["object", "enum"]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A JSON array."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A JSON object whose members all have the same shape."""

    value: "Shape"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several shapes; at least two, none of them again a OneOf, `null` last."""

    parts: "tuple[Shape, ...]"


Shape = Scalar | Constants | Named | ListOf | MapOf | OneOf

ANY: Final = Scalar("any")
NULL: Final = Scalar("null")
STRING: Final = Scalar("string")


def one_of(shapes: Iterator[Shape] | list[Shape]) -> Shape:
    """The shapes as one: nested alternatives joined, the same one once, `null` last."""
    found: dict[Shape, None] = {}
    for shape in shapes:
        for part in shape.parts if isinstance(shape, OneOf) else (shape,):
            found.setdefault(part)
    if ANY in found:
        return ANY
    if Scalar("object") in found:
        found = {part: None for part in found if not isinstance(part, MapOf)}
    ordered = [part for part in found if part != NULL] + ([NULL] if NULL in found else [])
    return ANY if not ordered else ordered[0] if len(ordered) == 1 else OneOf(tuple(ordered))


def told_apart(shape: OneOf) -> bool:
    """Whether several objects are among its parts, so that a newer contract may know one more."""
    return sum(isinstance(part, Named) and part.of == "object" for part in shape.parts) > 1


def or_null(shape: Shape) -> Shape:
    """The shape, or null."""
    return one_of([shape, NULL])


def takes_null(shape: Shape) -> bool:
    """Whether null is one of its values."""
    return shape in (NULL, ANY) or (isinstance(shape, OneOf) and NULL in shape.parts)


def named_in(shape: Shape) -> Iterator[Named]:
    """The classes that a shape is written with."""
    if isinstance(shape, Named):
        yield shape
    elif isinstance(shape, ListOf):
        yield from named_in(shape.item)
    elif isinstance(shape, MapOf):
        yield from named_in(shape.value)
    elif isinstance(shape, OneOf):
        for part in shape.parts:
            yield from named_in(part)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object."""

    wire: str
    """Its name in JSON."""
    name: str
    """Its name in Python."""
    shape: Shape
    required: bool
    text: str
    """What it means, as the contract says it; untrusted."""


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """A class of objects."""

    name: str
    text: str
    members: tuple[Member, ...]
    closed: bool
    """Whether the contract forbids other members."""


@dataclass(frozen=True, slots=True)
class EnumShape:
    """A class of values: all of them text, or all of them whole numbers."""

    name: str
    text: str
    values: tuple[tuple[str, str | int], ...]
    """Name in Python, value in JSON."""

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers."""
        return isinstance(self.values[0][1], int)
