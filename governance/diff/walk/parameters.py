"""Parameters of operations, by location and name; those of the path item count as the operation's own."""

from dataclasses import replace
from typing import Final

from governance.diff.change import Area, Effect, Traits
from governance.diff.walk import media, notes, odata_options, serialization
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.paths import Item
from governance.diff.walk.reading import Node, Reading

_IGNORED: Final = frozenset(("accept", "content-type", "authorization"))
"""Header parameters that OpenAPI says to pass over."""

Named = dict[tuple[str, str], tuple[Node, Node]]
"""By location and name: the parameter as it stands in the list, and behind references."""


def parameters_of(reading: Reading, item: Item, operation: Node, names: dict[str, str]) -> Named:
    """The parameters in force for an operation; `names` gives path parameters the names that they have later."""
    found: Named = {}
    for holder in (operation.child("parameters"), item.member("parameters")):
        for written in holder.items():
            node = reading.follow(written)
            name, location = node.members.get("name"), node.members.get("in")
            if not isinstance(name, str) or not isinstance(location, str):
                continue
            key = (location, name.lower() if location == "header" else name)
            if location == "path":
                key = (location, names.get(name, name))
            if location != "header" or key[1] not in _IGNORED:
                found.setdefault(key, (written, node))
    return found


def compare(
    comparison: Comparison,
    items: tuple[Item, Item],
    two: Two,
    around: Around,
    names: dict[str, str],
    *,
    other_keys: bool = False,
) -> None:
    """All parameters of an operation."""
    old = parameters_of(comparison.old, items[0], two.old, names)
    new = parameters_of(comparison.new, items[1], two.new, {})
    gone = Node(None, two.old.at), Node(None, two.new.at)
    for key in sorted(old.keys() | new.keys()):
        location, name = key
        before, after = old.get(key), new.get(key)
        words = f"{location} parameter {_written(after or before)}"
        names_of_it = f"{location} {_position(name, new, items[1].path)}"
        inside = around.inside(words, names_of_it)
        if before is not None and after is not None:
            _compare(comparison, location, (Two(before[0], after[0]), Two(before[1], after[1])), inside)
        elif not (other_keys and location == "path"):
            place = Two(before[1] if before else gone[0], after[1] if after else gone[1])
            _alone(comparison, key, place, inside)


def _written(found: tuple[Node, Node] | None) -> str:
    return "" if found is None else found[1].child("name").text


def _position(name: str, new: Named, path: str) -> str:
    """What identifies it: its name, or its place in the path, since that name is free."""
    marked = f"{{{name}}}"
    return f"{{{path[: path.index(marked)].count('{')}}}" if ("path", name) in new and marked in path else name


def _alone(comparison: Comparison, key: tuple[str, str], two: Two, around: Around) -> None:
    effect = Effect.REMOVES if two.old.there else Effect.ADDS
    inside = replace(around, traits=_traits(comparison, key[0], two, around.traits))
    if odata_options.is_option(key, inside.traits):
        comparison.state(Area.ODATA, "option", effect, around.sent, two, inside)
        return
    comparison.state(Area.PARAMETER, "parameter", effect, around.sent, two, inside)


def _traits(comparison: Comparison, location: str, two: Two, around: Traits) -> Traits:
    node = two.old if two.old.there else two.new
    schema = comparison.new.follow(two.new.child("schema"))
    return replace(
        notes.traits_of(two.old, two.new, around),
        required=notes.is_required(node, location),
        has_default="default" in schema.members,
    )


def _compare(comparison: Comparison, location: str, both: tuple[Two, Two], outside: Around) -> None:
    written, two = both
    if two.old.value is two.new.value:
        return
    around = shared(written, two, replace(outside, traits=_traits(comparison, location, two, outside.traits)))
    area, direction = Area.PARAMETER, around.sent
    notes.required(comparison, area, two, around, direction, location)
    notes.described(comparison, area, direction, two, around, ("description",))
    notes.deprecation(comparison, area, direction, two, around)
    notes.dates(comparison, area, direction, two, around)
    notes.examples(comparison, area, direction, two, around)
    serialization.compare(comparison, area, location, two, around, direction)
    media.compare_value(comparison, area, two, around, direction)
