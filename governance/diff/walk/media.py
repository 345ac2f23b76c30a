"""Media types and what they hold: of bodies, and of parameters and headers that are described by one."""

from typing import Final

from contracts.media import is_form
from governance.diff.change import Area, Effect
from governance.diff.walk import encoding, notes
from governance.diff.walk.facts import Around, Comparison, Two, shared
from governance.diff.walk.media_names import Name, pair
from governance.diff.walk.reading import Node
from governance.finding import Direction

_MEDIA: Final = Area.MEDIA_TYPE


def compare_content(comparison: Comparison, content: Two, around: Around, direction: Direction) -> None:
    """Everything under a `content`; pointers of what is missing on a side are those of that side's `content`."""
    if content.old.value is content.new.value:
        return
    old = {name: content.old.child(name) for name in content.old.members}
    new = {name: content.new.child(name) for name in content.new.members}
    paired = pair(old, new)
    for one, other, effect in paired.pairs:
        written = Two(old[one.written], new[other.written])
        two = comparison.follow(written)
        outside = around.inside(other.written, other.named if effect is None else f"{one.named} {other.named}")
        if effect is not None:
            disjoint = one.essence != other.essence and not other.covers(one) and not one.covers(other)
            known = _for(direction, around, effect) if disjoint else effect
            comparison.state(_MEDIA, "name", known, direction, written, outside, old=one.written, new=other.written)
        _compare(comparison, two, shared(written, two, outside), direction, other)
    for effect, names in ((Effect.REMOVES, paired.removed), (Effect.ADDS, paired.added)):
        for name in names:
            removed = effect is Effect.REMOVES
            here = (old if removed else new)[name.written]
            place = Two(here, Node(None, content.new.at)) if removed else Two(Node(None, content.old.at), here)
            inside = around.inside(name.written, name.named)
            comparison.state(_MEDIA, "media-type", effect, direction, place, inside)


def _for(direction: Direction, around: Around, effect: Effect) -> Effect:
    # Callers that read JSON read every `+json`; a server that is sent another type than it names refuses it.
    return effect if direction is around.received else Effect.CHANGES


def _compare(comparison: Comparison, two: Two, around: Around, direction: Direction, name: Name) -> None:
    if two.old.value is two.new.value:
        return
    notes.described(comparison, _MEDIA, direction, two, around, ("description",))
    notes.examples(comparison, _MEDIA, direction, two, around)
    text = is_form(name.essence)
    comparison.schema(two.child("schema"), direction, around, text=text)
    comparison.schema(two.child("itemSchema"), direction, around.inside("item"), text=text)
    if text or name.essence.startswith("multipart/"):
        encoding.compare(comparison, two, around, direction, name.essence, compare_value)


def compare_value(comparison: Comparison, area: Area, two: Two, around: Around, direction: Direction) -> None:
    """What a parameter or a header holds, by `schema` or by `content`."""
    content = two.child("content")
    by_content = content.old.there, content.new.there
    if by_content[0] != by_content[1]:
        places = [
            node.child("content" if held else "schema")
            for node, held in zip((two.old, two.new), by_content, strict=True)
        ]
        names = ["content" if held else "schema" for held in by_content]
        comparison.state(area, "content", Effect.CHANGES, direction, Two(*places), around, old=names[0], new=names[1])
    elif by_content[0]:
        compare_content(comparison, content, around, direction)
    else:
        comparison.schema(two.child("schema"), direction, around, text=True)
