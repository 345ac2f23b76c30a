"""Spots of both documents put side by side, from the places where schemas are used down to the changed leaf.

Each pair is compared once, whatever leads to it: a component that a thousand operations use is one pair.
"""

from collections.abc import Callable, Iterator
from typing import Final

from governance.diff.change import Effect, Traits
from governance.diff.sets import alternatives, arrays, conditions, notes, objects, scalars
from governance.diff.sets.checks import Checks
from governance.diff.sets.difference import Child, Delta, Pair, Sides, Steps, of_sets, place, reached_from, spot_pointer
from governance.diff.sets.emitted import NEAR, Emitter
from governance.diff.sets.lowered import LoweredSide, Source
from governance.diff.sets.node import Group, Node, Spot, build, member

_Key = tuple[Spot, Spot, Spot, Spot, bool]


_FEW: Final = 4
"""An alternative of fewer types is told by them."""


class Pairs:
    """The pairs of one direction."""

    def __init__(self, sides: Sides, equal: Callable[[Source, Source], bool], checks: Checks) -> None:
        """`equal` says by digest that two schemas of the documents, and all that they reach, are the same text."""
        self.sides = sides
        self._equal = equal
        self._checks = checks
        self.open = Emitter(sides.old, closing=False), Emitter(sides.new, closing=False)
        """Both sides as they are written, old and new."""
        self._pairs: dict[_Key, Pair] = {}
        self._nodes: tuple[dict[Spot, Node], dict[Spot, Node]] = ({}, {})
        self._waiting: list[Pair] = []
        self._same: dict[tuple[Spot, Spot], bool] = {}

    def node(self, spot: Spot, *, old: bool) -> Node:
        """The normal form of a spot."""
        known, side = (self._nodes[0], self.sides.old) if old else (self._nodes[1], self.sides.new)
        if spot not in known:
            known[spot] = build(side, spot)
            self._sift(known[spot], self.open[0 if old else 1])
        return known[spot]

    def _sift(self, node: Node, emitter: Emitter) -> None:
        """Take out of a list of values those that other demands beside it refuse."""
        if node.enum is None or not (node.keywords or node.groups):
            return
        schema, _ = emitter.schema(node.spot, NEAR)
        valid = self._checks.kept(schema, list(node.enum))
        if valid is None:
            return
        node.enum = tuple(value for value, keeps in zip(node.enum, valid, strict=True) if keeps)
        node.never = node.never or not node.enum

    def pair(
        self, old: Spot, new: Spot, *, text: bool = False, whole: tuple[Spot, Spot] | None = None,
        parent: tuple[Pair, Steps] | None = None,
    ) -> Pair:  # fmt: skip
        """The pair of two spots; it is filled by `fill`."""
        wholes = whole or (old, new)
        key = (old, new, *wholes, text)
        pair = self._pairs.get(key)
        if pair is None:
            pair = self._pairs[key] = Pair(old, new, *wholes, text, parent=parent)
            self._waiting.append(pair)
        return pair

    def fill(self) -> None:
        """Compare everything that waits, nearest first."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            for pair in batch:
                self._fill(pair)

    def all(self) -> list[Pair]:
        """Every pair, in the order in which they were met."""
        return list(self._pairs.values())

    def same(self, old: Spot, new: Spot) -> bool:
        """Whether two spots differ in nothing that judges a value. A pair that is being compared counts as the same."""
        if (old, new) not in self._same:
            self._same[old, new] = True
            self._same[old, new] = not any(
                delta.asked for pair in self._filled(self.pair(old, new)) for delta in pair.deltas
            )
        return self._same[old, new]

    def _filled(self, start: Pair) -> Iterator[Pair]:
        self._fill(start)
        for pair in reached_from([start]):
            for _, child in pair.children:
                self._fill(child)
            yield pair

    def _fill(self, pair: Pair) -> None:
        if pair.filled:
            return
        pair.filled = True
        if self._is_equal(pair):
            return
        old, new = self.node(pair.old, old=True), self.node(pair.new, old=False)
        pair.deltas += self._said(old, new)
        if old.never or new.never:
            pair.deltas += self._never(old, new)
        elif self._open_groups(old, new):
            self._alternatives(pair, old, new)
        else:
            self._plain(pair, old, new)

    def _is_equal(self, pair: Pair) -> bool:
        if pair.old.choices or pair.new.choices or pair.whole_old != pair.old or pair.whole_new != pair.new:
            return False
        if not pair.old.sources and not pair.new.sources:
            return True
        one, other = pair.old.sources, pair.new.sources
        return len(one) == len(other) and all(self._equal(a, b) for a, b in zip(one, other, strict=True))

    def _said(self, old: Node, new: Node) -> Iterator[Delta]:
        before, after = notes.notes_of(self.sides.old, old), notes.notes_of(self.sides.new, new)
        yield from notes.differences(self.sides, old, new, before, after)
        one, other = self._fault(old, self.sides.old), self._fault(new, self.sides.new)
        if one != other:
            yield Delta(
                "reference", Effect.CHANGES, place(self.sides.old, old, None, ""),
                place(self.sides.new, new, None, ""), one or None, other or None, reason=other or one,
            )  # fmt: skip

    def _fault(self, node: Node, side: LoweredSide) -> str:
        found = (side.fault(part) for part in node.parts)
        return next((fault for fault in found if fault and not fault.startswith("the pattern")), "")

    def _never(self, old: Node, new: Node) -> Iterator[Delta]:
        if old.never != new.never:
            yield Delta(
                "type", Effect.NARROWS if new.never else Effect.WIDENS,
                place(self.sides.old, old, None, ""), place(self.sides.new, new, None, ""),
                "nothing" if old.never else None, "nothing" if new.never else None, decided=True,
            )  # fmt: skip

    def _plain(self, pair: Pair, old: Node, new: Node) -> None:
        sides = self.sides
        pair.deltas += (self._listed(delta, old, new) for delta in scalars.differences(sides, old, new))
        found: list[Delta | Child] = list(conditions.differences(sides, old, new, self.same))
        # A list of values is asked about with all that the other side demands.
        listed = old.enum is not None or new.enum is not None
        if "object" in old.types & new.types and not listed:
            found += objects.differences(sides, old, new, self.same)
            for name in old.names:
                if objects.is_marked(name, (sides.old, old), (sides.new, new)):
                    said = self._said(build(sides.old, member(old, name)), build(sides.new, member(new, name)))
                    found += [delta for delta in said if delta.kind not in ("readOnly", "writeOnly")]
        if "array" in old.types & new.types and not listed:
            found += arrays.differences(sides, old, new, self.same)
        for one in found:
            if isinstance(one, Delta):
                if one.kind in ("property", "required"):
                    one.traits = self._traits(old, new, one.subject)
                pair.deltas.append(one)
            elif one.old != one.new or one.old.sources:
                child = self.pair(one.old, one.new, text=pair.text, parent=(pair, one.steps))
                pair.children.append((one.steps, child))

    def _listed(self, delta: Delta, old: Node, new: Node) -> Delta:
        """A list of values against a schema without one: neither holds the other where one of them is refused."""
        if delta.kind == "enum" and (old.enum is None or new.enum is None):
            values, emitter, node = (old.enum, self.open[1], new) if new.enum is None else (new.enum, self.open[0], old)
            schema, _ = emitter.schema(node.spot, NEAR)
            valid = self._checks.kept(schema, list(values or ()))
            if valid is None or not all(valid):
                delta.effect = Effect.CHANGES
        return delta

    def _traits(self, old: Node, new: Node, name: str) -> Traits:
        said = [
            notes.notes_of(side, build(side, member(node, name)))
            for side, node in ((self.sides.old, old), (self.sides.new, new))
        ]
        needs = [any(name in value for value in node.values("required")) for node in (old, new)]
        there = name in old.names
        return notes.traits_of(self.sides, said[0], said[1], required=needs[0] if there else needs[1])

    def _open_groups(self, old: Node, new: Node) -> tuple[list[Group], list[Group]] | None:
        """The alternatives that differ as texts, old and new; None where there are none."""
        before, after = list(old.groups), list(new.groups)
        for one in list(before):
            match = next((o for o in after if o.keyword == one.keyword and self._equal(one.source, o.source)), None)
            if match is not None:
                before.remove(one)
                after.remove(match)
        return (before, after) if before or after else None

    def _alternatives(self, pair: Pair, old: Node, new: Node) -> None:
        def build_old(spot: Spot) -> Node:
            return self.node(spot, old=True)

        def build_new(spot: Spot) -> Node:
            return self.node(spot, old=False)

        groups = self._open_groups(old, new) or ([], [])
        before = alternatives.expand(build_old, pair.old, groups[0])
        after = alternatives.expand(build_new, pair.new, groups[1])
        if before.many or after.many or not before.spots or not after.spots:
            pair.deltas.append(self._composed(old, new, "there are too many alternatives to tell them apart"))
            return
        self._exclusive(pair, old, new, (before, build_old), (after, build_new))
        pairs, gone, come = alternatives.matched(
            (self.sides.old, self.sides.new), (build_old, build_new), before.spots, after.spots
        )
        for one, other in pairs:
            # One that is named is judged alone: what another alternative takes does not count.
            named = self._name(self.sides.old, one) and self._name(self.sides.new, other)
            whole = (one, other) if named else (pair.whole_old, pair.whole_new)
            pair.children.append(((), self.pair(one, other, text=pair.text, whole=whole, parent=(pair, ()))))
            pair.deltas += self._naming(one, other)
        # One without a partner that is written twice on the other side is no news.
        for spot in gone:
            if not any(self.same(spot, other) for other in after.spots):
                pair.deltas.append(self._alone(pair, old, new, spot, added=False))
        for spot in come:
            if not any(self.same(other, spot) for other in before.spots):
                pair.deltas.append(self._alone(pair, old, new, spot, added=True))

    def _exclusive(
        self, pair: Pair, old: Node, new: Node,
        before: tuple[alternatives.Expanded, alternatives.Build],
        after: tuple[alternatives.Expanded, alternatives.Build],
    ) -> None:  # fmt: skip
        """Whether alternatives rule each other out, on the side that receives, or on one side only."""
        if self._has_names(old, new):
            return
        exclude = [found.exactly and not alternatives.disjoint(build, found.spots) for found, build in (before, after)]
        pair.exclusive = exclude[1] if self.sides.sends_old else exclude[0]
        if pair.exclusive or exclude[0] != exclude[1]:
            delta = self._composed(old, new, "")
            delta.subject = "oneOf" if before[0].exactly != after[0].exactly else ""
            pair.deltas.append(delta)

    def _has_names(self, old: Node, new: Node) -> bool:
        """Whether a discriminator tells on either side which alternative is meant."""
        return any(
            (group.source[0], (*group.source[1], group.keyword, number)) in side.lowering.named
            for side, node in ((self.sides.old, old), (self.sides.new, new))
            for group in node.groups
            for number in range(group.size)
        )

    def is_named(self, pair: Pair) -> bool:
        """Whether a discriminator chose an alternative somewhere on the way from the root to a pair."""
        here: Pair | None = pair
        while here is not None:
            if self._name(self.sides.old, here.old) and self._name(self.sides.new, here.new):
                return True
            here = here.parent[0] if here.parent is not None else None
        return False

    def _name(self, side: LoweredSide, spot: Spot) -> tuple[Source, str, tuple[str, ...]] | None:
        """The alternative, its member and the values, where a discriminator names one of those chosen."""
        named = side.lowering.named
        places = [(key, (*path, number)) for key, path, number in spot.choices]
        return next(((place, *named[place]) for place in places if place in named), None)

    def _naming(self, old: Spot, new: Spot) -> Iterator[Delta]:
        """What names an alternative, where a discriminator does."""
        found = [self._name(self.sides.old, old), self._name(self.sides.new, new)]
        one, other = found
        if (one and one[1:]) == (other and other[1:]):
            return
        where = [
            spot_pointer(side, Spot((name[0],) if name else spot.sources))
            for side, spot, name in ((self.sides.old, old, one), (self.sides.new, new, other))
        ]
        if one and other and one[1] == other[1]:
            effect = of_sets(bool(set(other[2]) - set(one[2])), bool(set(one[2]) - set(other[2])))
        else:
            effect = Effect.CHANGES if one and other else Effect.NARROWS if other else Effect.WIDENS
        delta = Delta(
            "discriminator", effect, where[0], where[1], one and f"{one[1]}: {', '.join(one[2])}",
            other and f"{other[1]}: {', '.join(other[2])}", subject=self._named(self.sides.new, new),
        )  # fmt: skip
        if one and other:
            delta.ruled = "what names an alternative decides, whatever else the message holds"
        else:
            delta.holds = "a discriminator changes no validation: the alternatives judge as before"
        yield delta

    def _alone(self, pair: Pair, old: Node, new: Node, spot: Spot, *, added: bool) -> Delta:
        node = self.node(spot, old=not added)
        side = self.sides.new if added else self.sides.old
        groups = (old if not added else new).groups
        key, path, number = spot.choices[0] if spot.choices else ("", (), 0)
        at = side.pointer((key, (*path, number))) if spot.choices else place(side, node, None, "")
        elsewhere = old if added else new
        other_side = self.sides.old if added else self.sides.new
        group = next(iter(elsewhere.groups), None)
        other = other_side.pointer(group.source, group.keyword) if group else place(other_side, elsewhere, None, "")
        kind = "null" if node.types == {"null"} else "alternative"
        effect = Effect.ADDS if added else Effect.REMOVES
        if kind == "null":
            effect = Effect.WIDENS if added else Effect.NARROWS
        inner = (pair.whole_old, spot) if added else (spot, pair.whole_new)
        delta = Delta(
            kind, effect, other if added else at, at if added else other, None if added else self._named(side, spot),
            self._named(side, spot) if added else None, subject=self._named(side, spot), inner=inner,
            decided=bool(groups) or kind == "null",
        )  # fmt: skip
        if self._name(side, spot) and self._has_names(old, new) and self.sides.sends_old is not added:
            delta.ruled = "the receiver knows no alternative of that name"
        return delta

    def _named(self, side: LoweredSide, spot: Spot) -> str:
        """An alternative in words: its component, or its types."""
        for key, path, number in spot.choices[::-1]:
            schema = side.schema((key, (*path, number)))
            part = schema.get("allOf", [schema])[0] if isinstance(schema, dict) else None
            if isinstance(part, dict) and "$ref" in part:
                return side.pointer((part["$ref"].rpartition("/")[2], ())).rpartition("/")[2]
        node = build(side, spot)
        if node.enum is not None:
            return ", ".join(str(value) for value in node.enum[:5])
        return " or ".join(sorted(node.types)) if len(node.types) < _FEW else "anything"

    def _composed(self, old: Node, new: Node, reason: str) -> Delta:
        where = [
            side.pointer(node.groups[0].source, node.groups[0].keyword) if node.groups else place(side, node, None, "")
            for side, node in ((self.sides.old, old), (self.sides.new, new))
        ]
        return Delta("composition", Effect.CHANGES, where[0], where[1], reason=reason)
