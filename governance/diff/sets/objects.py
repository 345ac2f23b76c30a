"""Differences in objects."""

from collections.abc import Iterator
from typing import Any

from governance.diff.change import Effect
from governance.diff.sets.arrays import Same
from governance.diff.sets.difference import Child, Delta, Sides, of_sets, place, spot_pointer
from governance.diff.sets.lowered import LoweredSide
from governance.diff.sets.node import ANY, Node, Spot, Stated, build, member
from governance.diff.sets.scalars import count_deltas

_OTHERS = ("additionalProperties", "unevaluatedProperties")


def differences(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta | Child]:
    """Everything about objects and their members."""
    yield from count_deltas(sides, old, new, "minProperties", "maxProperties")
    yield from _members(sides, old, new)
    yield from _required(sides, old, new)
    yield from _patterns(sides, old, new)
    yield from _others(sides, old, new)
    yield from _dependent(sides, old, new)
    before, after = (
        [Spot(((s.source[0], (*s.source[1], "propertyNames")),)) for s in node.keywords.get("propertyNames", ())]
        for node in (old, new)
    )
    yield from unmatched(sides, old, new, "propertyNames", before, after, same)


def _declares(node: Node, name: str, side: LoweredSide) -> bool:
    """Whether a member is declared and may be there."""
    sources = member(node, name).sources
    shut = any(side.schema(source) is False or side.forbids(source) for source in sources)
    return name in node.names and not shut


def is_marked(name: str, *ends: tuple[LoweredSide, Node]) -> bool:
    """Whether both declare a member and only a mark (`readOnly`, `writeOnly`) differs: that is a change of its own."""
    return all(name in node.names for _, node in ends) and any(
        side.forbids(source) for side, node in ends for source in member(node, name).sources
    )


def _members(sides: Sides, old: Node, new: Node) -> Iterator[Delta | Child]:
    for name in {**old.names, **new.names}:
        before, after = _declares(old, name, sides.old), _declares(new, name, sides.new)
        spots = member(old, name), member(new, name)
        if before and after:
            yield Child((name,), *spots)
        elif before != after:
            yield _one_sided(sides, old, new, name, spots, added=after)


def _one_sided(sides: Sides, old: Node, new: Node, name: str, spots: tuple[Spot, Spot], *, added: bool) -> Delta:
    places = [
        spot_pointer(side, spot) if name in node.names else place(side, node, _first(node, "properties"), "properties")
        for side, node, spot in ((sides.old, old, spots[0]), (sides.new, new, spots[1]))
    ]
    sent, node = (spots[0], old) if sides.sends_old else (spots[1], new)
    silent = sent == ANY and sides.sender.closes_node(node)
    delta = Delta(
        "property", Effect.ADDS if added else Effect.REMOVES, places[0], places[1], subject=name, inner=spots,
        steps=(name,), holds="no correct sender sends it" if silent else "",
    )  # fmt: skip
    if is_marked(name, (sides.old, old), (sides.new, new)):
        if sides.sends_old and not added:
            delta.ruled = "what is readOnly is refused in requests"
        else:
            delta.holds = "a mark changes what is sent, not what is accepted"
    return delta


def _required(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    before = {name: stated for stated in old.keywords.get("required", ()) for name in stated.value}
    after = {name: stated for stated in new.keywords.get("required", ()) for name in stated.value}
    for name in {**before, **after}:
        if (name in before) == (name in after):
            continue
        one, other = before.get(name), after.get(name)
        effect = Effect.NARROWS if other else Effect.WIDENS
        if not sides.harms(effect) and is_marked(name, (sides.old, old), (sides.new, new)):
            continue  # a mark that says who sends it says that it need not be there, too
        yield Delta(
            "required", Effect.NARROWS if other else Effect.WIDENS,
            place(sides.old, old, one or _first(old, "required"), "required"),
            place(sides.new, new, other or _first(new, "required"), "required"),
            one is not None, other is not None, subject=name, decided=True,
            demand_old={"required": [name]} if one else {}, demand_new={"required": [name]} if other else {},
        )  # fmt: skip


def _first(node: Node, keyword: str) -> Stated | None:
    return next(iter(node.keywords.get(keyword, ())), None)


def _patterns(sides: Sides, old: Node, new: Node) -> Iterator[Delta | Child]:
    before = {name: s for s in old.keywords.get("patternProperties", ()) for name in s.value}
    after = {name: s for s in new.keywords.get("patternProperties", ()) for name in s.value}
    for pattern in {**before, **after}:
        one, other = before.get(pattern), after.get(pattern)
        if one and other:
            spots = [of_pattern(node, pattern) for node in (old, new)]
            yield Child((f"\0{pattern}",), spots[0], spots[1])
            continue
        yield Delta(
            "patternProperties", Effect.NARROWS if other else Effect.WIDENS,
            place(sides.old, old, one or _first(old, "patternProperties"), "patternProperties"),
            place(sides.new, new, other or _first(new, "patternProperties"), "patternProperties"), subject=pattern,
        )  # fmt: skip


def of_pattern(node: Node, pattern: str) -> Spot:
    """What members are whose names match a stated pattern."""
    stated = [s for s in node.keywords.get("patternProperties", ()) if pattern in s.value]
    return Spot(tuple((s.source[0], (*s.source[1], "patternProperties", pattern)) for s in stated))


def others(node: Node) -> Spot | None:
    """What members must be that nothing declares; None where nothing is stated about them."""
    for keyword in _OTHERS:
        stated = node.keywords.get(keyword)
        if stated:
            return Spot(tuple((s.source[0], (*s.source[1], keyword)) for s in stated))
    return None


def _is_free(node: Node | None) -> bool:
    """Whether every value is valid."""
    return node is None or not (node.never or node.keywords or node.groups or node.typed or node.listed)


def _others(sides: Sides, old: Node, new: Node) -> Iterator[Delta | Child]:
    spots = others(old), others(new)
    nodes = [
        None if spot is None else build(side, spot) for side, spot in zip((sides.old, sides.new), spots, strict=True)
    ]
    shut = [node is not None and node.never for node in nodes]
    free = [_is_free(node) for node in nodes]
    if all(free) or all(shut):
        return  # `additionalProperties: true` beside nothing: the same messages are valid
    if spots[0] is not None and spots[1] is not None and not any(shut):
        yield Child(("\0",), spots[0], spots[1])
        return
    keyword = next(k for k in _OTHERS if k in new.keywords or k in old.keywords)
    sent, node = (spots[0], old) if sides.sends_old else (spots[1], new)
    yield Delta(
        keyword, Effect.NARROWS if shut[1] or free[0] else Effect.WIDENS,
        place(sides.old, old, _first(old, keyword), keyword), place(sides.new, new, _first(new, keyword), keyword),
        _short(old, keyword), _short(new, keyword), decided=True, demand_old=_demand(old), demand_new=_demand(new),
        holds="no correct sender sends members that it does not declare"
        if sent is None and sides.sender.closes_node(node) else "",
    )  # fmt: skip


def _short(node: Node, keyword: str) -> Any:
    stated = _first(node, keyword)
    return None if stated is None else stated.value if isinstance(stated.value, bool) else "a schema"


def _demand(node: Node) -> dict[str, Any] | None:
    """The demand on undeclared members alone; None where it is no plain `false`."""
    if others(node) is None:
        return {}
    if not all(s.value is False for k in _OTHERS for s in node.keywords.get(k, ())):
        return None
    patterns = {p: True for value in node.values("patternProperties") for p in value}
    return {"properties": dict.fromkeys(node.names, True), "patternProperties": patterns, "additionalProperties": False}


def _dependent(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    before, after = _needs(old), _needs(new)
    gone = {pair: s for pair, s in before.items() if pair not in after}
    come = {pair: s for pair, s in after.items() if pair not in before}
    if gone or come:
        one, other = next(iter(gone.values()), None), next(iter(come.values()), None)
        yield Delta(
            "dependentRequired", of_sets(bool(gone), bool(come)),
            place(sides.old, old, one or _first(old, "dependentRequired"), "dependentRequired"),
            place(sides.new, new, other or _first(new, "dependentRequired"), "dependentRequired"),
            _listed(gone), _listed(come), decided=True, demand_old=_needed(old), demand_new=_needed(new),
        )  # fmt: skip


def _needs(node: Node) -> dict[tuple[str, str], Stated]:
    return {
        (name, other): stated
        for stated in node.keywords.get("dependentRequired", ())
        for name, needed in stated.value.items()
        for other in needed
    }


def _listed(pairs: dict[tuple[str, str], Stated]) -> Any:
    return [f"{name} needs {other}" for name, other in pairs] or None


def _needed(node: Node) -> dict[str, Any]:
    return {"allOf": [{"dependentRequired": value} for value in node.values("dependentRequired")] or [True]}


def unmatched(
    sides: Sides, old: Node, new: Node, keyword: str, before: list[Spot], after: list[Spot], same: Same
) -> Iterator[Delta]:
    """One difference for all demands of a keyword that only one side makes; those that both make are left out."""
    for one in list(before):
        match = next((other for other in after if same(one, other)), None)
        if match is not None:
            before.remove(one)
            after.remove(match)
    if before or after:
        yield Delta(
            keyword, of_sets(bool(before), bool(after)),
            spot_pointer(sides.old, before[0]) if before else place(sides.old, old, _first(old, keyword), keyword),
            spot_pointer(sides.new, after[0]) if after else place(sides.new, new, _first(new, keyword), keyword),
        )  # fmt: skip
