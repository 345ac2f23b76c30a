"""Headers of answers and of parts, by name in any case."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from governance.diff.change import Area, Effect
from governance.diff.walk import notes, serialization
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.reading import NOWHERE, Node, Reading
from governance.finding import Direction

_HEADER: Final = Area.HEADER
Value = Callable[[Comparison, Area, Two, Around, Direction], None]
"""Compares what a parameter or a header holds."""


def _headers(reading: Reading, holder: Node) -> dict[str, tuple[str, Node, Node]]:
    found: dict[str, tuple[str, Node, Node]] = {}
    for name in sorted(key for key in holder.members if isinstance(key, str)):
        written = holder.child(name)
        node = reading.follow(written)
        # `Content-Type` is said by the media type, so OpenAPI passes over it here.
        if isinstance(node.value, dict) and name.lower() != "content-type":
            found.setdefault(name.lower(), (name, written, node))
    return found


def compare(comparison: Comparison, holder: Two, around: Around, direction: Direction, value: Value) -> None:
    """The `headers` of a response, or of a part of a multipart body; `value` compares what they hold."""
    holders = holder.child("headers")
    if holders.old.value is holders.new.value:
        return
    old, new = _headers(comparison.old, holders.old), _headers(comparison.new, holders.new)
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        one = after or before
        assert one is not None
        stated = before or one
        sides = before[2] if before else NOWHERE, after[2] if after else NOWHERE
        traits = notes.traits_of(sides[0], sides[1], around.traits)
        traits = replace(traits, required=stated[2].members.get("required") is True)
        inside = around.inside(f"header {one[0]}", f"header {name}", traits)
        if before is None or after is None:
            place = Two(
                before[2] if before else Node(None, holders.old.at), after[2] if after else Node(None, holders.new.at)
            )
            effect = Effect.REMOVES if before else Effect.ADDS
            comparison.state(_HEADER, "header", effect, direction, place, inside)
            continue
        written, two = Two(before[1], after[1]), Two(before[2], after[2])
        _compare(comparison, two, shared(written, two, inside), direction, value)


def _compare(comparison: Comparison, two: Two, around: Around, direction: Direction, value: Value) -> None:
    if two.old.value is two.new.value:
        return
    notes.required(comparison, _HEADER, two, around, direction)
    notes.described(comparison, _HEADER, direction, two, around, ("description",))
    notes.deprecation(comparison, _HEADER, direction, two, around)
    notes.examples(comparison, _HEADER, direction, two, around)
    serialization.compare(comparison, _HEADER, "header", two, around, direction)
    value(comparison, _HEADER, two, around, direction)
