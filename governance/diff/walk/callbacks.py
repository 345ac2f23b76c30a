"""Callbacks and webhooks: the API calls there, so what is sent is what its callers receive."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.walk import security, servers
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.methods import in_order, traits_of
from governance.diff.walk.paths import Item, items
from governance.diff.walk.reading import Node, Reading
from governance.finding import Direction

Each = Callable[[Comparison, tuple[Item, Item], Two, Around], None]
_NONE: Final = Direction.NONE
_NESTED: Final = 4
"""Callbacks of callbacks are walked so deep; documents state a circle of them easily."""


def compare(comparison: Comparison, operation: Two, around: Around, each: Each) -> None:
    """The callbacks of an operation, by name and expression; `each` compares two operations."""
    holders = operation.child("callbacks")
    if holders.old.value is holders.new.value or around.where.count("callback ") >= _NESTED:
        return
    old, new = comparison.old.named(holders.old), comparison.new.named(holders.new)
    for name in sorted(old.keys() | new.keys()):
        inside = replace(around.inside(f"callback {name}"), turned=True)
        two = Two(old.get(name, Node(None, holders.old.at)), new.get(name, Node(None, holders.new.at)))
        if name in old and name in new:
            _expressions(comparison, two, shared(holders.child(name), two, inside), each)
        else:
            effect = Effect.ADDS if name in new else Effect.REMOVES
            comparison.state(Area.CALLBACK, "callback", effect, _NONE, two, inside)


def _expressions(comparison: Comparison, two: Two, around: Around, each: Each) -> None:
    if comparison.unchanged(two):
        return
    old, new = (
        {item.path: item for item in items(*both)} for both in ((comparison.old, two.old), (comparison.new, two.new))
    )
    for expression in sorted(old.keys() | new.keys()):
        inside = around.inside(expression)
        one, other = old.get(expression), new.get(expression)
        if one is not None and other is not None:
            _operations(comparison, Area.CALLBACK, one, other, inside, each)
            continue
        effect = Effect.ADDS if one is None else Effect.REMOVES
        place = Two(_item(one, two.old), _item(other, two.new))
        comparison.state(Area.CALLBACK, "expression", effect, _NONE, place, inside)


def _item(item: Item | None, around: Node) -> Node:
    return Node(None, around.at) if item is None else Node(True, item.at)


def _operations(comparison: Comparison, area: Area, one: Item, other: Item, around: Around, each: Each) -> None:
    """The operations of one path item that the API calls."""
    for method in in_order(one.operations.keys() | other.operations.keys()):
        absent = Node(None, one.at), Node(None, other.at)
        two = Two(one.operations.get(method, absent[0]), other.operations.get(method, absent[1]))
        traits = traits_of(two.old, two.new)
        inside = replace(around.inside(method), traits=traits)
        if area is Area.WEBHOOK:
            inside = replace(around, method=method, identity=f"{around.identity} {method}", traits=traits)
        if not two.old.there or not two.new.there:
            effect = Effect.REMOVES if two.old.there else Effect.ADDS
            comparison.state(
                area, "operation", effect, _NONE, two, inside, subject=f"{method} {around.where or around.path}"
            )
        else:
            security.compare(comparison, two, inside)
            servers.compare(comparison, (one, other), two, inside)
            each(comparison, (one, other), two, inside)


def webhooks(comparison: Comparison, each: Each) -> None:
    """The webhooks of the document, by name; `x-webhooks` are those of 3.0."""
    old, new = _webhooks(comparison.old), _webhooks(comparison.new)
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        around = Around("", f"webhook {name}", "", f"webhook {name}", turned=True)
        if one is not None and other is not None:
            comparison.walked.operations += len(one.operations.keys() & other.operations.keys())
            if not comparison.unchanged(Two(Node(True, one.at), Node(True, other.at))):
                _operations(comparison, Area.WEBHOOK, one, other, around, each)
            continue
        item = one or other
        assert item is not None
        effect = Effect.ADDS if one is None else Effect.REMOVES
        place = Two(_item(one, comparison.old.root), _item(other, comparison.new.root))
        for method in in_order(item.operations) or [""]:
            operation = item.operations.get(method, Node(None, ""))
            sides = (operation, Node(None, "")) if one is not None else (Node(None, ""), operation)
            inside = replace(around, method=method, traits=traits_of(*sides))
            comparison.state(Area.WEBHOOK, "webhook", effect, _NONE, place, inside, subject=f"webhook {name}")


def _webhooks(reading: Reading) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for key in ("webhooks", "x-webhooks"):
        for item in items(reading, reading.child(reading.root, key)):
            found.setdefault(item.path, item)
    return found
