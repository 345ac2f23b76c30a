"""The operations of one document with their parameters, bodies and answers, references followed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from governance.diff.walk.methods import in_order
from governance.diff.walk.parameters import parameters_of
from governance.diff.walk.paths import Item, items
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction, Use

_NESTED: Final = 4
"""Callbacks of callbacks are read so deep; documents state a circle of them easily."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter in force for an operation."""

    name: str
    location: str
    """`path`, `query`, `header`, `cookie` or `querystring`."""
    node: Node
    """Behind references."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. In callbacks and webhooks the API calls: callers send what is answered there."""

    method: str
    """In capitals."""
    path: str
    """The template; `webhook NAME`, or that of the operation that is called back for."""
    node: Node
    item: Item
    turned: bool
    where: str
    """`callback NAME` before the parts of a callback; empty else."""
    parameters: tuple[Parameter, ...]
    body: Node
    answers: dict[str, Node] = field(repr=False)
    """By status, as it is written: `200`, `4XX`, `default`."""

    @property
    def sent(self) -> Direction:
        """The direction of its parameters and bodies."""
        return Direction.RESPONSE if self.turned else Direction.REQUEST

    @property
    def received(self) -> Direction:
        """The direction of its answers."""
        return Direction.REQUEST if self.turned else Direction.RESPONSE

    @property
    def name(self) -> str:
        """`POST /orders`."""
        return f"{self.method} {self.path}"

    @property
    def identity(self) -> str:
        """What it is known by in fingerprints."""
        return f"{self.method} {self.path} {self.where}".rstrip()

    @property
    def reach(self) -> tuple[Use, ...]:
        """The operation as what a finding reaches."""
        return (self.use(Direction.NONE, ""),)

    def use(self, direction: Direction, where: str) -> Use:
        """One part of the operation as what a finding reaches."""
        return Use(self.method, self.path, direction, f"{self.where} {where}".strip())


def operations_of(reading: Reading) -> Iterator[Operation]:
    """Every operation under `paths`, by path and method; then those of webhooks. Each is followed by its callbacks."""
    for item in items(reading, reading.child(reading.root, "paths")):
        yield from _of_item(reading, item, item.path, "", 0, turned=False)
    for key in ("webhooks", "x-webhooks"):
        for item in items(reading, reading.child(reading.root, key)):
            yield from _of_item(reading, item, f"webhook {item.path}", "", 0, turned=True)


def _of_item(reading: Reading, item: Item, path: str, where: str, depth: int, *, turned: bool) -> Iterator[Operation]:
    for method in in_order(item.operations):
        node = item.operations[method]
        found = parameters_of(reading, item, node, {})
        parameters = tuple(
            Parameter(str(inner.members.get("name")), location, inner) for (location, _), (_, inner) in found.items()
        )
        answers = reading.named(reading.child(node, "responses"))
        yield Operation(
            method, path, node, item, turned, where, parameters, reading.child(node, "requestBody"), answers
        )
        if depth < _NESTED:
            for name, holder in reading.named(node.child("callbacks")).items():
                for inner_item in items(reading, holder):
                    inside = f"{where} callback {name}".strip()
                    yield from _of_item(reading, inner_item, path, inside, depth + 1, turned=True)


def media_types(reading: Reading, holder: Node) -> Iterator[tuple[str, Node]]:
    """The media types of a body or an answer, by name."""
    content = reading.child(holder, "content")
    yield from reading.named(content).items()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    name = media_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")
