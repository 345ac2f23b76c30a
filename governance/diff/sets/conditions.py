"""Differences in what is no plain list of demands: `not`, conditions, schemas that depend on a member."""

from collections.abc import Iterator

from governance.diff.sets.arrays import Same
from governance.diff.sets.difference import Delta, Sides, of_sets, place, spot_pointer
from governance.diff.sets.node import ANY, Node, Spot, Stated
from governance.diff.sets.objects import unmatched


def differences(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta]:
    """Everything about `not`, `if` and `dependentSchemas`."""
    before, after = ([_below(s, "not") for s in node.keywords.get("not", ())] for node in (old, new))
    yield from unmatched(sides, old, new, "not", before, after, same)
    yield from _conditions(sides, old, new, same)
    yield from _depending(sides, old, new, same)


def _below(stated: Stated, *steps: str) -> Spot:
    key, path = stated.source
    return Spot(((key, (*path, *steps)),))


def _branches(node: Node, stated: Stated) -> tuple[Spot, Spot]:
    """`then` and `else` beside an `if`."""
    found = []
    for keyword in ("then", "else"):
        there = any(other.source == stated.source for other in node.keywords.get(keyword, ()))
        found.append(_below(stated, keyword) if there else ANY)
    return found[0], found[1]


def _conditions(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta]:
    before = [s for s in old.keywords.get("if", ()) if _branches(old, s) != (ANY, ANY)]
    after = [s for s in new.keywords.get("if", ()) if _branches(new, s) != (ANY, ANY)]
    for one in list(before):
        for other in after:
            pairs = zip(_branches(old, one), _branches(new, other), strict=True)
            if same(_below(one, "if"), _below(other, "if")) and all(same(*pair) for pair in pairs):
                before.remove(one)
                after.remove(other)
                break
    if before or after:
        yield Delta(
            "if", of_sets(bool(before), bool(after)),
            spot_pointer(sides.old, _below(before[0], "if")) if before else place(sides.old, old, None, ""),
            spot_pointer(sides.new, _below(after[0], "if")) if after else place(sides.new, new, None, ""),
        )  # fmt: skip


def _depending(sides: Sides, old: Node, new: Node, same: Same) -> Iterator[Delta]:
    names = {n: None for node in (old, new) for value in node.values("dependentSchemas") for n in value}
    for name in names:
        before, after = (
            [_below(s, "dependentSchemas", name) for s in node.keywords.get("dependentSchemas", ()) if name in s.value]
            for node in (old, new)
        )
        for delta in unmatched(sides, old, new, "dependentSchemas", before, after, same):
            delta.subject = name
            yield delta
