"""Plans as findings: what is let through less or more, at the line that says so."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.plans import Plan, Plans
from contracts.written import Source, pointer_to
from governance.changes.changed import Point
from governance.changes.fields.leaf import Leaf
from governance.changes.fields.limits import LOWERED, RAISED, Shift, shifts
from governance.changes.fields.point import leaf_point, point_of


def rewritten(before: Any, after: Any, old: Source | None, new: Source | None) -> Iterator[Point]:
    """What each plan that both files have lets through otherwise."""
    assert isinstance(before, Plans)
    assert isinstance(after, Plans)
    for name in sorted(before.plans.keys() & after.plans.keys()):
        was, now = before.plans[name], after.plans[name]
        if was == now:
            continue
        told = list(shifts(was, now))
        for one in told:
            source = new if one.in_new else old
            assert source is not None
            pointer = pointer_to("plans", name, *one.key)
            said = f"{name}: {one.said}"
            yield point_of(source, pointer, one.rule, said, about=f"{name} {one.about}", in_new=one.in_new)
        if not told and new is not None:
            said = f"{name} is written otherwise, and lets through the same"
            yield point_of(new, pointer_to("plans", name), "words-changed", said, about=name)


def moved(
    leaf: Leaf, before: Mapping[str, Plan], now: Mapping[str, Plan], old: Source | None, new: Source | None
) -> Iterator[Point]:
    """A consumer on another plan: what that lets through less or more than the one it had."""
    was, its = before.get(str(leaf.old)), now.get(str(leaf.new))
    said = f"plan was {leaf.old}, is {leaf.new}"
    if was is None or its is None:
        yield leaf_point(leaf, "setting-changed", old, new, f"{said}, and not both are known")
        return
    told = list(shifts(was, its))
    for rule in (LOWERED, RAISED):
        found = [one for one in told if one.rule == rule]
        if found:
            yield leaf_point(leaf, rule, old, new, f"{said}: {_listed(found)}")
    if not told:
        yield leaf_point(leaf, "plan-changed", old, new, f"{said}, which lets through the same")


def _listed(found: list[Shift]) -> str:
    return "; ".join(one.said for one in found)
