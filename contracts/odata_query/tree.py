"""The tree of an expression (`$filter`, `$orderby`). Frozen; brackets are not in it, the printer puts them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as Choice

LiteralKind = Choice["null", "boolean", "number", "string", "guid", "date", "time", "typed"]
Compare = Choice["eq", "ne", "gt", "ge", "lt", "le", "has", "add", "sub", "mul", "div", "divby", "mod"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value. `text` is as it is written, quotes and type included."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True, slots=True)
class Path:
    """Names joined by `/`; the first may be `$it`, `$root`, `$this` or a lambda's variable, the last `$count`."""

    segments: tuple[str, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Alias:
    """A parameter alias of V4, `@name`; its value stands in a query option of that name."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A qualified type name, as `cast` and `isof` take it."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A built-in function."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`not` or `-`."""

    operator: Choice["not", "-"]
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison or arithmetic."""

    operator: Compare
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """`operand in (member,member)`."""

    operand: "Node"
    members: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """Two operands or more."""

    operator: Choice["and", "or"]
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Lambda:
    """`path/any(variable:body)`; `any()` has neither variable nor body."""

    path: Path
    quantifier: Choice["any", "all"]
    variable: str = ""
    body: "Node | None" = None


Node = Literal | Path | Alias | TypeName | FunctionCall | Unary | Binary | In | Logic | Lambda


def string(value: str) -> Literal:
    """A text as a literal: its quotes are doubled."""
    return Literal("string", "'" + value.replace("'", "''") + "'")


def equals(segments: tuple[str, ...], value: Literal) -> Binary:
    """`path eq value`, for a pin."""
    return Binary("eq", Path(segments), value)


def children(node: Node) -> tuple[Node, ...]:
    """What stands directly below."""
    match node:
        case FunctionCall():
            return node.arguments
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case In():
            return (node.operand, *node.members)
        case Logic():
            return node.operands
        case Lambda():
            return (node.path,) if node.body is None else (node.path, node.body)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in no order that matters."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(children(at))
