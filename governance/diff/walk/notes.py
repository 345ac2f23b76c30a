"""What a part says beside its demands: descriptions, examples, extensions, deprecation and its dates."""

from typing import Any, Final

from governance.diff.change import Area, Effect, Traits
from governance.diff.same import same
from governance.diff.walk.facts import Around, Comparison, Two, effect_of
from governance.diff.walk.reading import Node
from governance.finding import Direction

_OF_OUR_OWN: Final = frozenset(("x-sunset", "x-stability-level", "x-odata", "x-webhooks", "x-files"))
"""Extensions that are compared as what they mean."""


def described(
    comparison: Comparison,
    area: Area,
    direction: Direction,
    two: Two,
    around: Around,
    keys: tuple[str, ...] = ("summary", "description"),
) -> None:
    """Texts for people, and extensions."""
    for key in keys:
        inside = around if key == "description" else around.inside("", key)
        comparison.value(area, "description", direction, two.child(key), inside)
    extensions(comparison, area, direction, two, around)


def extensions(comparison: Comparison, area: Area, direction: Direction, two: Two, around: Around) -> None:
    """Every `x-` member that has no meaning here, each a fact of its own."""
    if two.old.value is two.new.value:
        return
    names = {key for node in (two.old, two.new) for key in node.members if isinstance(key, str)}
    for key in sorted(name for name in names if name.startswith("x-") and name not in _OF_OUR_OWN):
        inner = two.child(key)
        held = [key in node.members for node in (two.old, two.new)]
        if not all(held) or not same(two.old.members[key], two.new.members[key]):
            effect = Effect.CHANGES if all(held) else Effect.ADDS if held[1] else Effect.REMOVES
            comparison.state(
                area, "extension", effect, direction, inner, around.inside("", key),
                old=inner.old.value, new=inner.new.value, subject=f"{around.where} {key}".strip(),
            )  # fmt: skip


def examples(comparison: Comparison, area: Area, direction: Direction, two: Two, around: Around) -> None:
    """`example` and `examples`, with what references lead to."""
    comparison.value(area, "examples", direction, two.child("example"), around.inside("", "example"))
    inner = two.child("examples")
    old = {name: node.value for name, node in comparison.old.named(inner.old).items()}
    new = {name: node.value for name, node in comparison.new.named(inner.new).items()}
    if not same(old, new):
        comparison.state(area, "examples", effect_of(inner), direction, inner, around, old=old, new=new)


def deprecation(comparison: Comparison, area: Area, direction: Direction, two: Two, around: Around) -> None:
    """Whether a part is deprecated."""
    old, new = (node.members.get("deprecated") is True for node in (two.old, two.new))
    if old != new:
        effect = Effect.ADDS if new else Effect.REMOVES
        comparison.state(area, "deprecated", effect, direction, two.child("deprecated"), around, old=old, new=new)


def dates(comparison: Comparison, area: Area, direction: Direction, two: Two, around: Around) -> None:
    """The sunset date and the level of stability."""
    comparison.value(area, "sunset", direction, Two(_sunset(two.old), _sunset(two.new)), around)
    comparison.value(area, "stability", direction, two.child("x-stability-level"), around)


def traits_of(old: Node, new: Node, around: Traits) -> Traits:
    """The traits of a part inside something with traits: its own where it states them."""
    return Traits(
        deprecated_old=around.deprecated_old or old.members.get("deprecated") is True,
        deprecated_new=around.deprecated_new or new.members.get("deprecated") is True,
        sunset_old=_text(_sunset(old)) or around.sunset_old,
        sunset_new=_text(_sunset(new)) or around.sunset_new,
        stability_old=_text(old.child("x-stability-level")) or around.stability_old,
        stability_new=_text(new.child("x-stability-level")) or around.stability_new,
        tags=around.tags,
    )


def _sunset(node: Node) -> Node:
    stated = node.child("x-sunset")
    return stated if stated.there else node.child("sunset")


def _text(node: Node) -> str:
    value: Any = node.value
    return "" if value is None else value if isinstance(value, str) else str(value)


def is_required(node: Node, location: str) -> bool:
    """Whether it must be given; a path parameter always."""
    return location == "path" or node.members.get("required") is True


def required(
    comparison: Comparison, area: Area, two: Two, around: Around, direction: Direction, location: str = ""
) -> None:
    """Whether a part must be there."""
    old, new = is_required(two.old, location), is_required(two.new, location)
    if old != new:
        effect = Effect.NARROWS if new else Effect.WIDENS
        comparison.state(area, "required", effect, direction, two.child("required"), around, old=old, new=new)
