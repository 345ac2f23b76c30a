"""Differences in types, values, numbers and texts."""

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from governance.diff.change import Effect
from governance.diff.same import canonical
from governance.diff.sets.difference import Delta, Sides, of_sets, order, place
from governance.diff.sets.lowered import LoweredSide
from governance.diff.sets.node import TYPES, Node, Stated


def differences(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    """Everything but members and items."""
    yield from _types(sides, old, new)
    yield from _values(sides, old, new)
    if "number" in old.types and "number" in new.types and old.enum is None and new.enum is None:
        yield from _bounds(sides, old, new)
        yield from _multiples(sides, old, new)
    if "string" in old.types and "string" in new.types and old.enum is None and new.enum is None:
        yield from count_deltas(sides, old, new, "minLength", "maxLength")
        yield from _demands(sides, old, new, "pattern", decided=False)
        yield from _demands(sides, old, new, "format", decided=True)


def _type_demand(node: Node) -> dict[str, Any]:
    names = sorted(node.types - {"number"})
    if "number" in node.types:
        names.append("integer" if node.integer else "number")
    return {"type": names} if names else {"not": {}}


def _shown(node: Node, types: frozenset[str]) -> Any:
    if types >= TYPES - {"null"}:
        return None
    names = sorted("integer" if name == "number" and node.integer else name for name in types)
    return names[0] if len(names) == 1 else names


def _types(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    gone, come = old.types - new.types, new.types - old.types
    if (old.enum is not None or new.enum is not None) and old.types & new.types:
        return  # the list of values says it
    places = (
        place(sides.old, old, old.typed[0] if old.typed else None, "type"),
        place(sides.new, new, new.typed[0] if new.typed else None, "type"),
    )
    if "null" in gone | come and TYPES not in (old.types, new.types):
        without: dict[str, Any] = {"type": sorted(TYPES - {"null"})}
        yield Delta(
            "null", Effect.NARROWS if "null" in gone else Effect.WIDENS, *places,
            "null" in old.types, "null" in new.types, decided=True,
            demand_old={} if "null" in old.types else without, demand_new={} if "null" in new.types else without,
        )  # fmt: skip
        gone, come = gone - {"null"}, come - {"null"}
    numbers = "number" in old.types and "number" in new.types and old.enum is None and new.enum is None
    narrower = bool(gone) or (numbers and new.integer and not old.integer)
    wider = bool(come) or (numbers and old.integer and not new.integer)
    if narrower or wider:
        shown = (_shown(old, old.types - {"null"} or old.types), _shown(new, new.types - {"null"} or new.types))
        yield Delta(
            "type", of_sets(wider, narrower), *places, *shown,
            demand_old=_type_demand(old), demand_new=_type_demand(new), decided=True,
        )  # fmt: skip


def _values(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    if (old.enum is None and new.enum is None) or not old.types & new.types:
        return
    before = None if old.enum is None else {canonical(value): value for value in old.enum}
    after = None if new.enum is None else {canonical(value): value for value in new.enum}
    if before is not None and after is not None and before.keys() == after.keys():
        return
    gone = before is None or (after is not None and bool(before.keys() - after.keys()))
    come = after is None or (before is not None and bool(after.keys() - before.keys()))
    yield Delta(
        "enum", of_sets(come, gone),
        place(sides.old, old, old.listed[0] if old.listed else None, _keyword(sides.old, old)),
        place(sides.new, new, new.listed[0] if new.listed else None, _keyword(sides.new, new)),
        None if before is None else list(before.values()), None if after is None else list(after.values()),
        demand_old=None if before is None else {"enum": list(before.values())},
        demand_new=None if after is None else {"enum": list(after.values())}, decided=True,
    )  # fmt: skip


def _keyword(side: LoweredSide, node: Node) -> str:
    schema = side.schema(node.listed[0].source) if node.listed else {}
    return "enum" if not isinstance(schema, dict) or "enum" in schema else "const"


def _exact(value: Any) -> Fraction:
    return Fraction(Decimal(repr(value)) if isinstance(value, float) else value)


Bound = tuple[Fraction, bool, str, Stated]
"""Value, whether it is excluded, keyword, where it is stated."""


def _bound(node: Node, name: str) -> Bound | None:
    exclusive = f"exclusive{name.capitalize()}"
    found: list[Bound] = []
    for keyword, excluded in ((name, False), (exclusive, True)):
        for stated in node.keywords.get(keyword, ()):
            value = _exact(stated.value)
            if node.integer:
                whole = math.ceil(value) if name == "minimum" else math.floor(value)
                step = 1 if name == "minimum" else -1
                shut = excluded and whole == value
                found.append((Fraction(whole + (step if shut else 0)), False, keyword, stated))
            else:
                found.append((value, excluded, keyword, stated))
    if not found:
        return None
    best = max(b[0] for b in found) if name == "minimum" else min(b[0] for b in found)
    return max((bound for bound in found if bound[0] == best), key=lambda bound: bound[1])


def _bounds(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    for name in ("minimum", "maximum"):
        before, after = _bound(old, name), _bound(new, name)
        if (before and before[:2]) == (after and after[:2]):
            continue
        sign = 1 if name == "minimum" else -1
        one, other = (None if bound is None else (sign * bound[0], bound[1]) for bound in (before, after))
        yield Delta(
            _kind(sides, before, after, name), order(one, other, larger_narrows=True),
            place(sides.old, old, before and before[3], before[2] if before else ""),
            place(sides.new, new, after and after[3], after[2] if after else ""),
            *_shown_bounds(sides, before, after),
            demand_old=_demand(before), demand_new=_demand(after), decided=True,
        )  # fmt: skip


def _shown_bounds(sides: Sides, before: Bound | None, after: Bound | None) -> tuple[Any, Any]:
    """The bounds, or the names of the formats where these set them."""
    found = []
    for side, bound in ((sides.old, before), (sides.new, after)):
        by_format = bound is not None and bool(side.rule(bound[3].source))
        if bound is None or not by_format:
            found.append(None if bound is None else _in_words(bound))
        else:
            found.append(side.document.step(side.pointer(bound[3].source))[0])
    return found[0], found[1]


def _in_words(bound: Bound) -> Any:
    _, excluded, keyword, stated = bound
    return f"{'above' if keyword.endswith('inimum') else 'below'} {stated.value}" if excluded else stated.value


def _kind(sides: Sides, before: Bound | None, after: Bound | None, name: str) -> str:
    """`format` where nothing but a format of numbers sets the bound."""
    stated = [
        side.rule(bound[3].source) for side, bound in ((sides.old, before), (sides.new, after)) if bound is not None
    ]
    return stated[0] if stated and all(stated) else name


def _demand(bound: Bound | None) -> dict[str, Any]:
    return {} if bound is None else {bound[2]: bound[3].value}


def _multiple(node: Node) -> Fraction | None:
    found = [_exact(value) for value in node.values("multipleOf")] + ([Fraction(1)] if node.integer else [])
    if not found:
        return None
    whole = found[0]
    for other in found[1:]:
        denominator = whole.denominator * other.denominator
        whole = Fraction(
            math.lcm(whole.numerator * other.denominator, other.numerator * whole.denominator), denominator
        )
    return whole


def _multiples(sides: Sides, old: Node, new: Node) -> Iterator[Delta]:
    before, after = _multiple(old), _multiple(new)
    if before == after or not ("multipleOf" in old.keywords or "multipleOf" in new.keywords):
        return
    if before is None or (after is not None and (after / before).denominator == 1):
        effect = Effect.NARROWS
    elif after is None or (before / after).denominator == 1:
        effect = Effect.WIDENS
    else:
        effect = Effect.CHANGES
    one, other = (next(iter(node.keywords.get("multipleOf", ())), None) for node in (old, new))
    if one is None and other is None:
        return
    yield Delta(
        "multipleOf", effect, place(sides.old, old, one, "multipleOf"), place(sides.new, new, other, "multipleOf"),
        one and one.value, other and other.value, decided=True,
        demand_old=_all(old, "multipleOf"), demand_new=_all(new, "multipleOf"),
    )  # fmt: skip


def _all(node: Node, keyword: str) -> dict[str, Any]:
    return {"allOf": [{keyword: value} for value in node.values(keyword)]} if keyword in node.keywords else {}


def count_deltas(sides: Sides, old: Node, new: Node, least: str, most: str) -> Iterator[Delta]:
    """Differences in a pair of counts, such as `minLength` and `maxLength`."""
    for keyword, larger_narrows in ((least, True), (most, False)):
        one, other = (_tightest(node.keywords.get(keyword, []), largest=larger_narrows) for node in (old, new))
        before, after = (None if stated is None else stated.value for stated in (one, other))
        if before == after:
            continue
        yield Delta(
            keyword, order(before, after, larger_narrows=larger_narrows),
            place(sides.old, old, one, keyword), place(sides.new, new, other, keyword), before, after, decided=True,
            demand_old={} if one is None else {keyword: before}, demand_new={} if other is None else {keyword: after},
        )  # fmt: skip


def _tightest(stated: list[Stated], *, largest: bool) -> Stated | None:
    if not stated:
        return None
    return max(stated, key=lambda one: one.value) if largest else min(stated, key=lambda one: one.value)


def _demands(sides: Sides, old: Node, new: Node, keyword: str, *, decided: bool) -> Iterator[Delta]:
    before = {stated.value: stated for stated in old.keywords.get(keyword, ())}
    after = {stated.value: stated for stated in new.keywords.get(keyword, ())}
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    if not gone and not come:
        return
    one = next((before[value] for value in before if value in gone), next(iter(before.values()), None))
    other = next((after[value] for value in after if value in come), next(iter(after.values()), None))
    rules = {side.rule(s.source) for side, s in ((sides.old, one), (sides.new, other)) if s is not None} - {""}
    effect = of_sets(bool(gone), bool(come))
    yield Delta(
        next(iter(sorted(rules)), keyword), effect,
        place(sides.old, old, one, keyword), place(sides.new, new, other, keyword),
        _named(one), _named(other), decided=decided and effect is not Effect.CHANGES,
        demand_old=_all(old, keyword), demand_new=_all(new, keyword),
    )  # fmt: skip


def _named(stated: Stated | None) -> Any:
    return None if stated is None else stated.value.lstrip("\0")
