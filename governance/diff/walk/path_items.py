"""Path items: what came, what went, and the operations of each pair."""

from dataclasses import replace
from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.walk import notes, operations, parameters, security, servers
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.methods import in_order, traits_of
from governance.diff.walk.paths import Item, Matched, Pairing, keys_of, plain_names, renamed
from governance.diff.walk.reading import Node
from governance.finding import Direction

_NONE: Final = Direction.NONE


def compare_all(comparison: Comparison, pairing: Pairing) -> None:
    """Everything under `paths`."""
    for matched in pairing.matched:
        _compare_item(comparison, matched)
    for effect, leftovers in ((Effect.REMOVES, pairing.removed), (Effect.ADDS, pairing.added)):
        for item, methods in leftovers:
            _alone(comparison, pairing, item, methods, effect)


def _compare_item(comparison: Comparison, matched: Matched) -> None:
    old, new = matched.old, matched.new
    two = Two(_whole(old), _whole(new))
    comparison.walked.operations += len(matched.methods)
    same_path = old.path == new.path
    unchanged = same_path and comparison.unchanged(Two(Node(True, old.at), Node(True, new.at)))
    uses = [
        Around(
            method,
            new.path,
            "",
            f"{method} {plain_names(new.path)}",
            traits_of(old.operations[method], new.operations[method]),
        )
        for method in in_order(matched.methods)
    ]
    if not same_path:
        _other_names(comparison, matched, two, uses)
    if not unchanged:
        around = Around("", new.path, "", plain_names(new.path))
        notes.described(comparison, Area.PATH, _NONE, two, around)
        if not uses:
            nothing = Two(Node({}, old.at), Node({}, new.at))
            parameters.compare(comparison, (old, new), nothing, around, renamed(old.path, new.path))
    names = {} if same_path else renamed(old.path, new.path)
    for around in uses:
        operation = Two(old.operations[around.method], new.operations[around.method])
        security.compare(comparison, operation, around)
        servers.compare(comparison, (old, new), operation, around)
        if not unchanged:
            operations.compare(comparison, (old, new), operation, around, names, other_keys=matched.other_keys)


def _whole(item: Item) -> Node:
    """A path item as one value; what references bring keeps its place."""
    return Node({key: node.value for key, node in item.members.items()}, item.at, item.members)


def _other_names(comparison: Comparison, matched: Matched, two: Two, uses: list[Around]) -> None:
    old, new = matched.old.path, matched.new.path
    for around in uses:
        inside = replace(around, identity=plain_names(new))
        if matched.other_keys:
            keys = keys_of(old), keys_of(new)
            comparison.state(
                Area.ODATA, "key", Effect.CHANGES, Direction.REQUEST, two, inside,
                old=keys[0], new=keys[1], subject=f"keys of {new}", names=" ",
            )  # fmt: skip
        elif renamed(old, new) != {name: name for name in renamed(new, new)}:
            comparison.state(
                Area.PATH, "parameter-name", Effect.CHANGES, _NONE, two, inside,
                old=old, new=new, subject=f"path {new}", names=" ",
            )  # fmt: skip


def _alone(comparison: Comparison, pairing: Pairing, item: Item, methods: list[str], effect: Effect) -> None:
    """An item, or operations of it, that one document has."""
    removed = effect is Effect.REMOVES
    partners = [m.new.at if removed else m.old.at for m in pairing.matched if item is (m.old if removed else m.new)]
    uses = [
        Around(
            method,
            item.path,
            "",
            f"{method} {plain_names(item.path)}",
            traits_of(*_sides(item.operations[method], removed)),
        )
        for method in in_order(methods)
    ]
    other = comparison.new if removed else comparison.old
    gone = Node(None, partners[0]) if partners else other.nowhere("paths")
    whole = not partners
    if whole and len({around.traits for around in uses}) <= 1:
        for around in uses or [Around("", item.path)]:
            inside = replace(around, identity=plain_names(item.path))
            two = Two(*_sides(Node(True, item.at), removed, gone))
            comparison.state(Area.PATH, "path", effect, _NONE, two, inside, subject=f"path {item.path}", names=" ")
        return
    for around in uses:
        two = Two(*_sides(item.operations[around.method], removed, gone))
        subject = f"{around.method} {item.path}"
        comparison.state(Area.OPERATION, "operation", effect, _NONE, two, around, subject=subject, names=" ")


def _sides(node: Node, removed: bool, gone: Node | None = None) -> tuple[Node, Node]:
    other = gone or Node(None, "")
    return (node, other) if removed else (other, node)
