"""Alternatives: which of the old ones became which of the new ones, and which have no partner."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from governance.diff.same import canonical
from governance.diff.sets.lowered import LoweredSide
from governance.diff.sets.node import Group, Node, Spot, choices_of, member

MOST: Final = 400
"""So many combinations of alternatives are told apart at one place."""

_ALIKE: Final = 0.3
_UNSAID: Final = frozenset(
    {"properties", "patternProperties", "required", "items", "prefixItems", "not", "if", "then", "else"}
)

Build = Callable[[Spot], Node]


@dataclass(slots=True)
class Expanded:
    """Every combination of the alternatives at one place; those that contradict themselves are left out."""

    spots: list[Spot] = field(default_factory=list)
    exactly: bool = False
    """Whether any of them stand under `oneOf`."""
    many: bool = False
    """Whether there are more than MOST; then the list is not whole."""


def expand(build: Build, spot: Spot, first: list[Group]) -> Expanded:
    """Choose among these alternatives and those inside them; what both documents write the same way stays open."""
    found = Expanded()
    closed = {group.source for group in build(spot).groups} - {group.source for group in first}
    waiting = [spot]
    while waiting and not found.many:
        here = waiting.pop(0)
        node = build(here)
        if node.never:
            continue
        group = next((one for one in choices_of(node) if one[0].source not in closed), None)
        if group is None:
            found.spots.append(here)
        else:
            found.exactly = found.exactly or group[0].keyword == "oneOf"
            waiting[:0] = [Spot(here.sources, tuple(sorted((*here.choices, choice)))) for choice in group[1]]
        found.many = len(found.spots) + len(waiting) > MOST
    return found


def matched(
    sides: tuple[LoweredSide, LoweredSide], build: tuple[Build, Build], old: list[Spot], new: list[Spot]
) -> tuple[list[tuple[Spot, Spot]], list[Spot], list[Spot]]:
    """Pairs of alternatives that are alike, the best first; the old ones and the new ones left over."""
    taken: tuple[set[int], set[int]] = (set(), set())
    pairs: list[tuple[int, int]] = []
    for named in (True, False):
        # What is written the same way is the same alternative, or the one that became it; by its title first.
        texts = [
            {i: _text(side, spot, named=named) for i, spot in enumerate(spots) if i not in done}
            for side, spots, done in zip(sides, (old, new), taken, strict=True)
        ]
        for i, text in texts[0].items():
            j = next((j for j, other in texts[1].items() if other == text and j not in taken[1]), None)
            if j is not None and text:
                taken[0].add(i)
                taken[1].add(j)
                pairs.append((i, j))
    features = [
        {i: _features(side, make, spot) for i, spot in enumerate(spots) if i not in done}
        for side, make, spots, done in zip(sides, build, (old, new), taken, strict=True)
    ]
    scores = sorted(
        (-_alike(one, other), abs(i - j), i, j) for i, one in features[0].items() for j, other in features[1].items()
    )
    for score, _, i, j in scores:
        if -score < _ALIKE or i in taken[0] or j in taken[1]:
            continue
        taken[0].add(i)
        taken[1].add(j)
        pairs.append((i, j))
    if not pairs and len(old) == len(new) == 1:
        return [(old[0], new[0])], [], []
    return (
        [(old[i], new[j]) for i, j in sorted(pairs)],
        [spot for i, spot in enumerate(old) if i not in taken[0]],
        [spot for j, spot in enumerate(new) if j not in taken[1]],
    )


def _text(side: LoweredSide, spot: Spot, *, named: bool) -> str:
    """The chosen alternatives as they are written, references by what they lead to; empty for none."""
    found = []
    for key, path, number in spot.choices:
        schema = side.schema((key, (*path, number)))
        if isinstance(schema, dict) and schema.keys() == {"$ref"}:
            found.append(side.pointer((schema["$ref"].rpartition("/")[2], ())))
        elif "$ref" in (text := canonical(schema)):
            return ""  # keys of definitions differ between documents
        else:
            found.append(text)
        raw = side.raw((key, (*path, number))) if named else None
        found.append(str(raw.get("title", "")) if isinstance(raw, dict) else "")
    return "\n".join(found)


def _features(side: LoweredSide, build: Build, spot: Spot) -> tuple[frozenset[Any], frozenset[Any], str]:
    """What it is made of; values that name it (each member with its constants); the component that it is."""
    node = build(spot)
    found: set[Any] = {("type", name) for name in node.types}
    found |= {("value", canonical(value)) for value in node.enum or ()}
    naming: set[Any] = {("", canonical(value)) for value in node.enum or ()}
    for keyword, stated in node.keywords.items():
        if keyword not in _UNSAID:
            found |= {(keyword, canonical(one.value)) for one in stated}
    for name in node.names:
        child = build(member(node, name))
        found.add(("member", name))
        found |= {("member", name, kind) for kind in child.types if len(child.types) < 6}
        naming |= {(name, canonical(value)) for value in (child.enum or ())[:20]}
    component = ""
    for key, path, number in spot.choices:
        schema = side.schema((key, (*path, number)))
        parts = schema.get("allOf", [schema]) if isinstance(schema, dict) else []
        for part in parts[:1]:
            if isinstance(part, dict) and "$ref" in part:
                component += side.pointer((part["$ref"].rpartition("/")[2], ()))
        raw = side.raw((key, (*path, number)))
        title = raw.get("title") if isinstance(raw, dict) else None
        if isinstance(title, str):
            found.add(("title", title))
    return frozenset(found), frozenset(naming), component


def _alike(one: tuple[frozenset[Any], frozenset[Any], str], other: tuple[frozenset[Any], frozenset[Any], str]) -> float:
    kinds = [{f[1] for f in side[0] if f[0] == "type"} for side in (one, other)]
    if kinds[0] and kinds[1] and not kinds[0] & kinds[1]:
        return -1.0
    both, either = one[0] & other[0], one[0] | other[0]
    score = len(both) / len(either) if either else 1.0
    names = [{name for name, _ in side[1]} for side in (one, other)]
    for name in names[0] & names[1]:
        values = [{v for n, v in side[1] if n == name} for side in (one, other)]
        score += 0.5 if values[0] & values[1] else -0.5
    return score + (1.0 if one[2] and one[2] == other[2] else 0.0)


def disjoint(build: Build, spots: list[Spot]) -> bool:
    """Whether no value can fit two of these, as far as types and constants of required members tell."""
    nodes = [build(spot) for spot in spots]
    return all(_apart(build, one, other) for i, one in enumerate(nodes) for other in nodes[i + 1 :])


def _apart(build: Build, one: Node, other: Node) -> bool:
    if not one.types & other.types:
        return True
    if one.enum is not None and other.enum is not None:
        return not {canonical(v) for v in one.enum} & {canonical(v) for v in other.enum}
    if one.types & other.types != {"object"}:
        return False
    needs = [{name for value in node.values("required") for name in value} for node in (one, other)]
    for name in needs[0] & needs[1]:
        values = [build(member(node, name)).enum for node in (one, other)]
        if (
            values[0] is not None
            and values[1] is not None
            and not ({canonical(v) for v in values[0]} & {canonical(v) for v in values[1]})
        ):
            return True
    return False
