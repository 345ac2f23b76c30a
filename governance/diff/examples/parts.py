"""A schema with the root that its references mean, wanted or unwanted; what two of them say the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from json import dumps
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import unquote

Schema = dict[str, Any] | bool
T = TypeVar("T")

BY_NAME: Final = ("properties", "patternProperties", "dependentSchemas")
LISTED: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLE: Final = (
    "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems",
)  # fmt: skip
ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "example", "deprecated", "$comment", "$defs", "definitions",
     "xml", "externalDocs", "readOnly", "writeOnly", "contentMediaType", "contentEncoding", "contentSchema"}
)  # fmt: skip


class SpentError(Exception):
    """The work that a search may do is done."""


@dataclass(slots=True)
class Budget:
    """How many steps are left. A step is about one schema visited or one value looked at."""

    steps: int
    ends: float | None = None
    """When to stop whatever is left, on the monotonic clock."""

    def spend(self, steps: int = 1) -> None:
        """Take steps. Raises SpentError where nothing is left."""
        self.steps -= steps
        if self.steps < 0 or (self.ends is not None and self.steps % 64 < steps and monotonic() > self.ends):
            raise SpentError


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A schema that a value must keep to, or (`holds` false) must break."""

    schema: Any
    root: Any
    """The document whose `$defs` its references name."""
    holds: bool = True
    scope: tuple[int, ...] = field(default=(), repr=False)
    """The schemas around it, applied to the same value, that say something about unevaluated members or items."""

    def child(self, schema: Any, *, holds: bool = True) -> "Part":
        """A schema inside this one, for another value."""
        return Part(schema, self.root, holds)

    def beside(self, schema: Any, *, holds: bool = True) -> "Part":
        """A schema inside this one, for the same value."""
        return Part(schema, self.root, holds, self.scope)

    def opposite(self) -> "Part":
        """What must break it instead, or the other way round."""
        return Part(self.schema, self.root, not self.holds, self.scope)


def target(root: Any, ref: Any) -> Any:
    """The schema that a reference names; `True` (takes everything) where it names none."""
    node = root
    if not isinstance(ref, str) or not ref.startswith("#"):
        return True
    for step in ref[1:].split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name.isdigit() and int(name) < len(node):
            node = node[int(name)]
        else:
            return True
    return node if isinstance(node, dict | bool) else True


def key(value: Any) -> str:
    """A text that is the same for values that are equal as JSON: 1 is 1.0, and true is not 1."""
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{dumps(str(name))}:{key(child)}' for name, child in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(key, value))}]"
    if value is None or isinstance(value, bool | str):
        return dumps(value)
    if isinstance(value, int):
        return str(value)
    number = fraction(value)
    return str(value) if number is None else str(number)


def size_of(value: Any, most: int) -> int:
    """How many members and items a value has, at all depths; it is not counted beyond `most`."""
    count, waiting = 0, [value]
    while waiting and count < most:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return count + len(waiting)


def fraction(value: Any) -> Fraction | None:
    """A number exactly as it is written; None for what is no finite number, or far too long a one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    try:
        written = repr(value) if isinstance(value, float) else str(value)
        digits, _, exponent = written.lower().partition("e")
        if len(digits) > 400 or abs(int(exponent or 0)) > 400:
            return None
        return Fraction(written)
    except (ValueError, ZeroDivisionError):
        return None


def whole(value: Any) -> int | None:
    """A count (`minLength: 2.0` is 2); None for what is none."""
    if type(value) is int:
        return value if value >= 0 else None
    number = fraction(value)
    return int(number) if number is not None and number.denominator == 1 and number >= 0 else None


def interleave(streams: Iterable[Iterator[T]]) -> Iterator[T]:
    """The first of each, then the second of each, and so on. A stream is made when its turn comes."""
    waiting: list[Iterator[T]] = []
    for stream in streams:
        for value in stream:
            yield value
            waiting.append(stream)
            break
    while waiting:
        still: list[Iterator[T]] = []
        for stream in waiting:
            for value in stream:
                yield value
                still.append(stream)
                break
        waiting = still


class Sameness:
    """Whether two schemas say the same, followed through references; recursion is taken as the same."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._known: dict[tuple[int, int], bool] = {}

    def parts(self, one: Part, other: Part) -> bool:
        """Whether they say the same of a value."""
        return self.schemas(one.schema, one.root, other.schema, other.root)

    def schemas(self, one: Any, root: Any, other: Any, other_root: Any) -> bool:
        """Whether two schemas say the same, each with its own root."""
        self._budget.spend()
        one, other = _followed(one, root), _followed(other, other_root)
        if not isinstance(one, dict) or not isinstance(other, dict):
            return one is other
        if one is other and root is other_root:
            return True
        pair = id(one), id(other)
        known = self._known.get(pair)
        if known is None:
            self._known[pair] = True
            known = self._known[pair] = self._said(one) == self._said(other) and all(
                self.keyword(name, one[name], root, other[name], other_root) for name in self._said(one)
            )
        return known

    def keyword(self, name: str, one: Any, root: Any, other: Any, other_root: Any) -> bool:
        """Whether a keyword says the same on both sides."""
        if name == "$ref":
            return self.schemas(target(root, one), root, target(other_root, other), other_root)
        if name in SINGLE:
            return self.schemas(one, root, other, other_root)
        if name in LISTED and isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(
                self.schemas(a, root, b, other_root) for a, b in zip(one, other, strict=True)
            )
        if name in BY_NAME and isinstance(one, dict) and isinstance(other, dict):
            return one.keys() == other.keys() and all(self.schemas(one[n], root, other[n], other_root) for n in one)
        return key(one) == key(other)

    def _said(self, schema: dict[str, Any]) -> set[str]:
        return {name for name in schema if isinstance(name, str)} - ANNOTATIONS


def _followed(schema: Any, root: Any) -> Any:
    for _ in range(20):
        if not isinstance(schema, dict) or "$ref" not in schema or not schema.keys() <= {"$ref", *ANNOTATIONS}:
            return schema
        schema = target(root, schema["$ref"])
    return True
