"""Every value that travels, found once: what all its schemas together say of it, and which operations carry it.

A value is judged by all schemas that hold for it at once (`$ref`, `allOf`, the same property in several of them), so
a bound that stands in one of them counts. A component that a hundred operations use is one value with its reach.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from contracts.document import UnresolvedReferenceError
from contracts.written import pointer_to
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction, Use
from governance.lint.operations import Operation, is_json, media_types

MOST: Final = 100_000
"""So many values of one document are looked at."""
_PARTS: Final = 200
_ALTERNATIVES: Final = ("oneOf", "anyOf")
_ONE: Final = ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "additionalItems")
_BY_NAME: Final = ("properties", "patternProperties")
_CONTEXT: Final = frozenset(
    {
        "type", "format", "enum", "const", "maxLength", "pattern", "maxItems", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "maxProperties", "additionalProperties", "unevaluatedProperties", "properties",
        "patternProperties",
    }
)  # fmt: skip
"""What a schema around alternatives says for each of them."""

Key = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True, eq=False)
class Value:
    """What one value must be. Schemas are nodes of the document behind references."""

    parts: tuple[Node, ...]
    """All that hold at once."""
    context: tuple[Node, ...]
    """Of an alternative: what is said around it."""
    at: str
    """JSON pointer of the first of its schemas."""
    known: bool
    """False where a reference leads nowhere that can be read: nothing is said to be missing then."""
    carried: int = 0
    """Bits of `Values.uses`."""
    inside: list[tuple["Value", str]] = field(default_factory=list)
    """Values inside, each with the directions that it travels in: `both`, `request`, `response`."""
    alternatives: list["Value"] = field(default_factory=list)

    @property
    def all(self) -> tuple[Node, ...]:
        """All that says something of the value."""
        return (*self.parts, *self.context)

    @property
    def types(self) -> frozenset[str]:
        """The types that all parts allow, `null` left out; empty where none is stated."""
        found: frozenset[str] | None = None
        for node in self.all:
            stated = node.members.get("type")
            names = stated if isinstance(stated, list) else [stated]
            here = frozenset(name for name in names if isinstance(name, str))
            if here:
                found = here if found is None else found & here
        return (found or frozenset()) - {"null"}

    def has(self, *keywords: str) -> bool:
        """Whether any part states one of the keywords."""
        return any(keyword in node.members for node in self.all for keyword in keywords)

    def stated(self, keyword: str) -> Iterator[Any]:
        """What the parts state for a keyword."""
        return (node.members[keyword] for node in self.all if keyword in node.members)

    def place_of(self, type_name: str) -> str:
        """Where the type is stated: the root cause of a bound that is missing."""
        for node in self.parts:
            stated = node.members.get("type")
            if stated == type_name or (isinstance(stated, list) and type_name in stated):
                return node.at
        return self.at


@dataclass(frozen=True, slots=True)
class Member:
    """A property of an object."""

    name: str
    at: str
    """Where the property is written."""
    value: Value
    owner: Value


class Values:
    """All values of a document, in the order in which operations lead to them."""

    def __init__(self, reading: Reading, operations: Iterable[Operation]) -> None:
        self._reading = reading
        self.uses: list[Use] = []
        self.roots: list[tuple[Value, Operation, Use]] = []
        """The whole values: of parameters, headers, bodies."""
        self.members: list[Member] = []
        self.cut = False
        """Whether there were more than `MOST`."""
        self._known: dict[Key, Value] = {}
        self._waiting: deque[Value] = deque()
        self._behind: dict[str, tuple[Node, bool]] = {}
        for operation in operations:
            for node, use in _sites(reading, operation):
                value = self._value((node,), ())
                value.carried |= 1 << len(self.uses)
                self.uses.append(use)
                self.roots.append((value, operation, use))
        while self._waiting and not self.cut:
            self._look_inside(self._waiting.popleft())
        self._carry()

    def __iter__(self) -> Iterator[Value]:
        return iter(self._known.values())

    @cached_property
    def _sent(self) -> int:
        return self._bits(Direction.REQUEST)

    def _bits(self, direction: Direction) -> int:
        return sum(1 << number for number, use in enumerate(self.uses) if use.direction is direction)

    def sent(self, value: Value) -> int:
        """The uses in which a caller sends the value, as bits; 0 for none."""
        return value.carried & self._sent

    def reach(self, bits: int) -> tuple[Use, ...]:
        """The uses of these bits, in order."""
        found = []
        while bits:
            low = bits & -bits
            found.append(self.uses[low.bit_length() - 1])
            bits ^= low
        return tuple(found)

    def where(self, bits: int) -> str:
        """The part of the first operation; empty for none."""
        return self.uses[(bits & -bits).bit_length() - 1].where if bits else ""

    # From here on: how values are found.

    def _value(self, starts: tuple[Node, ...], context: tuple[Node, ...]) -> Value:
        behind = [self._follow(node) for node in starts]
        key = (tuple(node.at for node, _ in behind), tuple(node.at for node in context))
        known = self._known.get(key)
        if known is not None:
            return known
        parts: dict[str, Node] = {}
        sound = True
        for node in starts:
            sound = self._parts_of(node, parts) and sound
        value = Value(tuple(parts.values()), context, behind[0][0].at, sound)
        self._known[key] = value
        if len(self._known) > MOST:
            self.cut = True
        else:
            self._waiting.append(value)
        return value

    def _follow(self, node: Node) -> tuple[Node, bool]:
        """Behind references that stand alone; False where one leads nowhere that can be read."""
        value = node.value
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return node, True
        if self._reading.version != "3.0" and len(value) > 1:
            return node, True
        if node.at not in self._behind:
            try:
                self._behind[node.at] = (Node(*self._reading.document.follow(value, node.at)), True)
            except (UnresolvedReferenceError, ValueError, RecursionError):
                self._behind[node.at] = (node, False)
        return self._behind[node.at]

    def _parts_of(self, start: Node, found: dict[str, Node]) -> bool:
        """All schemas that hold together with this one; False where one cannot be found."""
        sound = True
        waiting = [start]
        while waiting:
            node, good = self._follow(waiting.pop())
            sound = sound and good
            if not isinstance(node.value, dict) or node.at in found:
                continue
            if len(found) >= _PARTS:
                return False
            found[node.at] = node
            reference = node.members.get("$ref")
            if good and isinstance(reference, str):
                try:
                    waiting.append(Node(*self._reading.document.step(reference)))
                except (UnresolvedReferenceError, ValueError, RecursionError):
                    sound = False
            sound = sound and "$dynamicRef" not in node.members
            waiting += reversed(list(node.child("allOf").items()))
        return sound

    def _look_inside(self, value: Value) -> None:
        named: dict[tuple[str, str], list[Node]] = {}
        single: dict[str, list[Node]] = {}
        for node in value.parts:
            for keyword in _BY_NAME:
                holder = node.child(keyword)
                for name in holder.members:
                    if isinstance(holder.members[name], dict):
                        named.setdefault((keyword, str(name)), []).append(_at(holder, name))
            for keyword in _ONE:
                child = node.child(keyword)
                if isinstance(child.value, dict):
                    single.setdefault(keyword, []).append(child)
            for child in node.child("prefixItems").items():
                single.setdefault(child.at, []).append(child)
        for (keyword, name), nodes in named.items():
            member = self._value(tuple(nodes), ())
            value.inside.append((member, self._travels(nodes)))
            if keyword == "properties":
                self.members.append(Member(name, nodes[0].at, member, value))
        for nodes in single.values():
            value.inside.append((self._value(tuple(nodes), ()), "both"))
        self._look_at_alternatives(value)

    def _look_at_alternatives(self, value: Value) -> None:
        # What is said further around counts where the alternative is written inside it; behind references that would
        # have no end.
        further = (node for node in value.context if value.at.startswith(f"{node.at}/"))
        said = {node.at: node for node in (*value.parts, *further) if not _CONTEXT.isdisjoint(node.members)}
        around = tuple(said[at] for at in sorted(said))
        for node in value.parts:
            for keyword in _ALTERNATIVES:
                for branch in node.child(keyword).items():
                    # A branch that leads back to what it is a branch of is no further alternative.
                    if isinstance(branch.value, dict) and self._follow(branch)[0].at not in said:
                        child = self._value((branch,), around)
                        value.alternatives.append(child)
                        value.inside.append((child, "both"))
            for keyword in ("then", "else"):
                branch = node.child(keyword)
                if isinstance(branch.value, dict) and self._follow(branch)[0].at not in said:
                    value.inside.append((self._value((branch,), around), "both"))

    def _travels(self, nodes: list[Node]) -> str:
        for node in nodes:
            for one in (node, self._follow(node)[0]):
                if one.members.get("readOnly") is True:
                    return "response"
                if one.members.get("writeOnly") is True:
                    return "request"
        return "both"

    def _carry(self) -> None:
        """Give every value the uses of those that it stands in."""
        sent = self._sent
        lets = {"both": -1, "request": sent, "response": ~sent}
        waiting = deque(value for value, _, _ in self.roots)
        queued = {id(value) for value in waiting}
        while waiting:
            value = waiting.popleft()
            queued.discard(id(value))
            for child, travels in value.inside:
                carried = child.carried | (value.carried & lets[travels])
                if carried != child.carried:
                    child.carried = carried
                    if id(child) not in queued:
                        queued.add(id(child))
                        waiting.append(child)


def _at(holder: Node, name: Any) -> Node:
    return Node(holder.members[name], f"{holder.at}{pointer_to(name)}")


def _sites(reading: Reading, operation: Operation) -> Iterator[tuple[Node, Use]]:
    """The schemas of an operation's messages, as they are written."""
    for parameter in operation.parameters:
        where = f"{parameter.location} parameter {parameter.name}"
        yield from _schemas(reading, parameter.node, operation.use(operation.sent, where))
    for name, media in media_types(reading, operation.body):
        yield from _schemas(reading, media, operation.use(operation.sent, f"request body {name}"), whole=_whole(name))
    for status, answer in operation.answers.items():
        for name, header in reading.named(reading.child(answer, "headers")).items():
            yield from _schemas(reading, header, operation.use(operation.received, f"response {status} header {name}"))
        for name, media in media_types(reading, answer):
            use = operation.use(operation.received, f"response {status} {name}")
            yield from _schemas(reading, media, use, whole=is_json(name))


def _schemas(reading: Reading, holder: Node, use: Use, *, whole: bool = True) -> Iterator[tuple[Node, Use]]:
    """`whole` is false for bodies that are no JSON: a text or a file of theirs is bounded by the gateway."""
    for keyword in ("schema", "itemSchema"):
        schema = holder.child(keyword)
        if isinstance(schema.value, dict) and (whole or _is_structured(reading, schema)):
            yield schema, use
    for _, media in media_types(reading, holder) if "content" in holder.members else ():
        yield from _schemas(reading, media, use)


def _is_structured(reading: Reading, schema: Node) -> bool:
    found = reading.follow(schema).members
    return found.get("type") not in ("string", None) or not {"properties", "allOf", "oneOf", "anyOf"}.isdisjoint(found)


def _whole(name: str) -> bool:
    """Whether the body itself is a value: JSON, or a text. Any other is a file, which a body's size bounds."""
    return is_json(name) or name.partition(";")[0].strip().lower() == "text/plain"
