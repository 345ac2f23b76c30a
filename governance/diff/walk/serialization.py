"""How a value is written as text: style, explode and the rest by what they come to, and only where it matters."""

from dataclasses import dataclass
from typing import Any, Final

from governance.diff.change import Area, Effect
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.reading import Node, Reading
from governance.diff.walk.value_kinds import ANY, kinds_of
from governance.finding import Direction

_STYLES: Final = {"path": "simple", "header": "simple", "query": "form", "cookie": "form", "form": "form"}
"""By location, the style where none is stated; `form` is a part of a form."""
_EXPLODED: Final = frozenset(("form", "cookie"))
_SAME_FOR_SCALARS: Final = frozenset(("form", "spaceDelimited", "pipeDelimited", "deepObject"))
"""Styles that write a single value in one way."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the serialization of a parameter, a header or a part of a form comes to."""

    style: str
    explode: bool
    allow_reserved: bool
    allow_empty: bool


def written(reading: Reading, node: Node, location: str) -> Written:
    """The settings in force, whether stated or not."""
    stated = node.members
    style = stated.get("style")
    style = style if isinstance(style, str) else _STYLES.get(location, "form")
    explode = stated.get("explode")
    reserved = location in ("query", "form") or (reading.version == "3.2" and location in ("path", "cookie"))
    return Written(
        style,
        explode if isinstance(explode, bool) else style in _EXPLODED,
        reserved and stated.get("allowReserved") is True,
        location == "query" and stated.get("allowEmptyValue") is True,
    )


def compare(comparison: Comparison, area: Area, location: str, two: Two, around: Around, direction: Direction) -> None:
    """The serialization of a parameter or a header; of nothing but a value that is described by `schema`."""
    old, new = written(comparison.old, two.old, location), written(comparison.new, two.new, location)
    if old == new:
        return
    if area is Area.PARAMETER:
        _flag(comparison, area, "allowEmptyValue", two, around, direction, (old.allow_empty, new.allow_empty))
    if two.old.child("content").there or two.new.child("content").there:
        return
    kinds = kinds_of(comparison.old, two.old.child("schema")) & kinds_of(comparison.new, two.new.child("schema"))
    text(comparison, area, two, around, direction, (old, new), kinds or ANY)
    if area is not Area.HEADER:
        _flag(comparison, area, "allowReserved", two, around, direction, (old.allow_reserved, new.allow_reserved))


def text(
    comparison: Comparison,
    area: Area,
    two: Two,
    around: Around,
    direction: Direction,
    both: tuple[Written, Written],
    kinds: frozenset[str],
) -> None:
    """Style and explode, where values of these kinds are written differently."""
    old, new = both
    styles = {old.style, new.style}
    scalar = kinds == {"scalar"}
    if old.style != new.style and not (scalar and styles <= _SAME_FOR_SCALARS):
        _changed(comparison, area, "style", two, around, direction, (old.style, new.style))
    elif old.explode != new.explode and not scalar and not _alike(styles, kinds):
        _changed(comparison, area, "explode", two, around, direction, (old.explode, new.explode))


def _alike(styles: set[str], kinds: frozenset[str]) -> bool:
    """Whether values of these kinds are written alike whatever `explode` says."""
    return styles == {"deepObject"} or (styles == {"simple"} and "object" not in kinds)


def _flag(
    comparison: Comparison,
    area: Area,
    kind: str,
    two: Two,
    around: Around,
    direction: Direction,
    both: tuple[bool, bool],
) -> None:
    if both[0] != both[1]:
        effect = Effect.WIDENS if both[1] else Effect.NARROWS
        comparison.state(area, kind, effect, direction, two.child(kind), around, old=both[0], new=both[1])


def flag(
    comparison: Comparison, kind: str, two: Two, around: Around, direction: Direction, both: tuple[bool, bool]
) -> None:
    """A setting of a form's part that widens what may be sent."""
    _flag(comparison, Area.ENCODING, kind, two, around, direction, both)


def _changed(
    comparison: Comparison, area: Area, kind: str, two: Two, around: Around, direction: Direction, both: tuple[Any, Any]
) -> None:
    place = Two(*(_place(node, kind) for node in (two.old, two.new)))
    comparison.state(area, kind, Effect.CHANGES, direction, place, around, old=both[0], new=both[1])


def _place(node: Node, kind: str) -> Node:
    """Where a setting is stated; `style` says what `explode` is where that is not."""
    stated = node.child(kind)
    return stated if stated.there else node.child("style")
