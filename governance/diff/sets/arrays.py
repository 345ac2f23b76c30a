"""Differences in lists."""

from collections.abc import Callable, Iterator
from typing import Any

from governance.diff.change import Effect
from governance.diff.sets.difference import Child, Delta, Sides, of_sets, place
from governance.diff.sets.lowered import LoweredSide
from governance.diff.sets.node import ANY, Node, Spot, Stated, build, item
from governance.diff.sets.scalars import count_deltas

Same = Callable[[Spot, Spot], bool]
"""Whether two spots, old and new, differ in nothing that judges a value."""


def differences(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta | Child]:
    """Everything about lists and their items."""
    yield from count_deltas(sides, old, new, "minItems", "maxItems")
    one, other = (next(iter(node.keywords.get("uniqueItems", ())), None) for node in (old, new))
    if (one is None) != (other is None):
        yield Delta(
            "uniqueItems", Effect.WIDENS if other is None else Effect.NARROWS,
            place(sides.old, old, one, "uniqueItems"), place(sides.new, new, other, "uniqueItems"),
            one is not None, other is not None, decided=True,
            demand_old={"uniqueItems": one is not None}, demand_new={"uniqueItems": other is not None},
        )  # fmt: skip
    stated = max((len(value) for node in (old, new) for value in node.values("prefixItems")), default=0)
    for number in range(stated):
        yield Child((number,), item(old, number), item(new, number))
    yield from _rest(sides, old, new, stated)
    yield from _contained(sides, old, new, same)


def _rest(sides: Sides, old: Node, new: Node, stated: int) -> Iterator[Delta | Child]:
    """Items behind those that have a place of their own."""
    spots = item(old, None), item(new, None)
    nodes = [build(side, spot) for side, spot in zip((sides.old, sides.new), spots, strict=True)]
    unnamed = "unevaluatedItems" in old.keywords or "unevaluatedItems" in new.keywords
    shut = [node.never for node in nodes]
    if shut[0] == shut[1] and not (unnamed and ANY in spots and spots != (ANY, ANY)):
        yield Child((stated,), spots[0], spots[1])
        return
    keyword = "unevaluatedItems" if unnamed else "items"
    one, other = (next(iter(node.keywords.get(keyword, ())), None) for node in (old, new))
    yield Delta(
        keyword, Effect.NARROWS if shut[1] or (not shut[0] and spots[0] == ANY) else Effect.WIDENS,
        place(sides.old, old, one, keyword), place(sides.new, new, other, keyword),
        None if one is None else one.value if isinstance(one.value, bool) else "a schema",
        None if other is None else other.value if isinstance(other.value, bool) else "a schema", decided=True,
    )  # fmt: skip


def _contained(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta]:
    """`contains` with its counts: those that both sides have are left out, whatever the order."""
    before, after = list(old.keywords.get("contains", ())), list(new.keywords.get("contains", ()))
    changed: list[tuple[Stated, Stated]] = []
    for one in list(before):
        spot = _below(one, "contains")
        match = next((other for other in after if same(spot, _below(other, "contains"))), None)
        if match is not None:
            before.remove(one)
            after.remove(match)
            if _counts(old, one) != _counts(new, match):
                changed.append((one, match))
    for one, match in changed:
        (least, most), (fewest, largest) = _counts(old, one), _counts(new, match)
        up, down = fewest > least or largest < most, fewest < least or largest > most
        yield _delta(sides, old, new, one, match, of_sets(down, up), decided=True)
    if before or after:
        first, second = next(iter(before), None), next(iter(after), None)
        yield _delta(sides, old, new, first, second, of_sets(bool(before), bool(after)), decided=False)


def _delta(
    sides: Sides, old: Node, new: Node, one: Stated | None, other: Stated | None, effect: Effect, *, decided: bool
) -> Delta:
    return Delta(
        "contains", effect, place(sides.old, old, one, "contains"), place(sides.new, new, other, "contains"),
        _shown(sides.old, one), _shown(sides.new, other), decided=decided,
    )  # fmt: skip


def _shown(side: LoweredSide, stated: Stated | None) -> Any:
    """A `contains` with its counts."""
    if stated is None:
        return None
    schema = side.schema(stated.source)
    return {keyword: schema[keyword] for keyword in ("contains", "minContains", "maxContains") if keyword in schema}


def _below(stated: Stated, keyword: str) -> Spot:
    key, path = stated.source
    return Spot(((key, (*path, keyword)),))


def _counts(node: Node, stated: Stated) -> tuple[Any, Any]:
    """`minContains` and `maxContains` beside a `contains`."""
    beside = {
        keyword: other.value
        for keyword in ("minContains", "maxContains")
        for other in node.keywords.get(keyword, ())
        if other.source == stated.source
    }
    return beside.get("minContains", 1), beside.get("maxContains", float("inf"))
