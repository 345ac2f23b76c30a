"""Differences of schemas as changes: each once, with every operation that it reaches."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.document import Document
from governance.diff.change import Area, Change, Effect, Outcome, Traits
from governance.diff.digests import Digests
from governance.diff.examples.search import NOT_FOUND
from governance.diff.same import canonical
from governance.diff.sets.checks import Checks
from governance.diff.sets.difference import Delta, Pair, Sides, reached_from
from governance.diff.sets.emitted import ASKED, Emitter
from governance.diff.sets.lowered import LoweredSide, Source
from governance.diff.sets.node import ANY, Spot
from governance.diff.sets.pairs import Pairs
from governance.diff.sets.questions import Questions, Verdict
from governance.diff.sites import SchemaSite
from governance.finding import Direction, FailingExample, Proof, Use

_WORST: Final = {Outcome.FAILS: 3, Outcome.UNKNOWN: 2, Outcome.HOLDS: 1, Outcome.NOT_ASKED: 0}
_NUMBER: Final = re.compile(r"(?<=/)\d+(?=/|$)")


@dataclass(slots=True)
class _Met:
    """A pair with differences, and the sites from which it is met."""

    pair: Pair
    judged: list[SchemaSite] = field(default_factory=list)
    """Those from which what it demands counts: nothing on the way is proven to be the same."""
    said: list[SchemaSite] = field(default_factory=list)


class Schemas:
    """Compares the schemas of two documents in one direction."""

    def __init__(self, old: Document, new: Document, direction: Direction, digests: tuple[Digests, Digests] | None,
        checks: Checks,
                 *, closing: bool) -> None:  # fmt: skip
        """`digests` are those of both documents; None where equal texts do not mean equal schemas."""
        sends_old = direction is Direction.REQUEST
        sides = LoweredSide(old, direction, receives=not sends_old), LoweredSide(new, direction, receives=sends_old)
        sends, takes = sides if sends_old else sides[::-1]
        self.sides = Sides(direction, *sides, Emitter(sends, closing=closing), Emitter(takes, closing=False))
        self._digests = digests
        self._checks = checks
        self.pairs = Pairs(self.sides, self._equal, checks)
        self._roots: dict[int, tuple[Pair, list[SchemaSite]]] = {}
        self.limits: list[str] = []
        self._shut = tuple(Emitter(side, closing=True) for side in sides) if closing else ()

    def _equal(self, old: Source, new: Source) -> bool:
        if self._digests is None:
            return False
        if self.sides.old.rule(old) or self.sides.new.rule(new):
            return False
        return self._equal_at(self.sides.old.pointer(old), self.sides.new.pointer(new))

    def _equal_at(self, old: str, new: str) -> bool:
        return self._digests is not None and self._digests[0].of(old) == self._digests[1].of(new)

    def add(self, site: SchemaSite) -> None:
        """A place where a schema is used."""
        if site.old is not None and site.new is not None and self._equal_at(site.old, site.new):
            return
        spots = [
            ANY if pointer is None else Spot((side.root(pointer),))
            for side, pointer in ((self.sides.old, site.old), (self.sides.new, site.new))
        ]
        pair = self.pairs.pair(spots[0], spots[1], text=site.text)
        self._roots.setdefault(id(pair), (pair, []))[1].append(site)

    def changes(self, ends: float, progress: Callable[[str], None] | None) -> Iterator[Change]:
        """All changes; those that may break somebody with what was found out about them."""
        checks = self._checks
        self.pairs.fill()
        reach = self._reach(checks, ends)
        if not reach:
            return
        for name, emitter in (("sender", self.sides.sender), ("receiver", self.sides.receiver)):
            checks.know(f"{name}-{self.sides.direction.value}", emitter.definitions())
        questions = Questions(self.sides, self.pairs, checks, ends)
        found: dict[tuple[Any, ...], Change] = {}
        for number, met in enumerate(reach.values()):
            if progress is not None and number % 20 == 0:
                progress(f"schemas of {self.sides.direction.value}s: {number} of {len(reach)}")
            for delta in met.pair.deltas:
                sites = met.judged if delta.judges else met.said
                change = self._change(met.pair, delta, sites, questions) if sites else None
                if change is not None:
                    key = (change.kind, change.effect, *_root(change), change.subject)
                    found[key] = _merged(found[key], change) if key in found else change
        if questions.late:
            self.limits.append(f"{questions.late} questions were not asked: the time for proofs was over")
        yield from found.values()

    def _reach(self, checks: Checks, ends: float) -> dict[int, _Met]:
        """The pairs with differences, in the order of the walk, each with the sites that lead to it.

        Where two spots are the same set of messages, only what is said beside their demands is a difference.
        """
        pairs = self.pairs.all()
        equal = {id(pair) for pair in pairs if time.monotonic() < ends and self._are_equal(pair, checks)}
        judged = [p for p in pairs if id(p) not in equal and any(delta.judges for delta in p.deltas)]
        said = [p for p in pairs if any(not delta.judges for delta in p.deltas)]
        found: dict[int, _Met] = {}
        for loud, marked, through in (
            (True, judged, lambda pair: id(pair) not in equal),
            (False, said, lambda _: True),
        ):
            reached = _reached(pairs, marked, through)
            for root, sites in self._roots.values():
                bits = reached[id(root)]
                for number, pair in enumerate(marked):
                    if bits >> number & 1:
                        met = found.setdefault(id(pair), _Met(pair))
                        (met.judged if loud else met.said).extend(sites)
        return found

    def _are_equal(self, pair: Pair, checks: Checks) -> bool:
        """Whether two spots that are written otherwise are proven to be the same set, open and closed alike."""
        if not _may_be_equal(pair):
            return False
        for emitters in (self.pairs.open, self._shut):
            if not emitters:
                continue
            (one, whole), (other, exact) = emitters[0].schema(pair.old, ASKED), emitters[1].schema(pair.new, ASKED)
            if not (whole and exact and checks.covers(one, other) and checks.covers(other, one)):
                return False
        # Two schemas that no value satisfies are equal and still no rewriting of each other.
        return checks.is_empty(self.pairs.open[0].schema(pair.old, ASKED)[0]) is not True

    def _change(self, pair: Pair, delta: Delta, sites: list[SchemaSite], questions: Questions) -> Change | None:
        quiet = delta.kind == "composition" and not delta.reason and not delta.subject
        if quiet and not (self._grows(pair) and self._may_overlap(pair, questions)):
            return None
        verdict = questions.ask(pair, delta)
        if quiet and verdict.outcome in (Outcome.HOLDS, Outcome.NOT_ASKED):
            return None
        if delta.kind == "alternative" and verdict.outcome is Outcome.HOLDS and self._covered(delta, questions):
            return None
        uses = tuple(dict.fromkeys(site.use for site in sites))
        root, _, _ = questions.way(pair, delta)
        site = self._roots[id(root)][1][0] if id(root) in self._roots else sites[0]
        return Change(
            Area.SCHEMA, delta.kind, delta.effect, self.sides.direction, delta.pointer_old, delta.pointer_new,
            delta.old, delta.new, delta.subject, uses,
            _traits(delta.traits, sites),
            verdict.outcome, verdict.proof, self._example(verdict, site.use), verdict.reason,
            _identity(delta, uses),
        )  # fmt: skip

    def _grows(self, pair: Pair) -> bool:
        """Whether below, the receiver takes more of what is sent: only then may two alternatives take one message."""
        if any(d.kind in ("alternative", "null") for d in pair.deltas):
            return True
        wider = Effect.WIDENS if self.sides.sends_old else Effect.NARROWS
        below = reached_from([child for _, child in pair.children])
        return any(d.asked and d.effect in (wider, Effect.CHANGES) for child in below for d in child.deltas)

    def _may_overlap(self, pair: Pair, questions: Questions) -> bool:
        """Whether an alternative of the receiver that changed may have a message in common with another one."""
        alternatives = [child for steps, child in pair.children if not steps]
        takes = [child.new if self.sides.sends_old else child.old for child in alternatives]
        changed = [spot for spot, child in zip(takes, alternatives, strict=True) if _differs(child)]
        for spot in changed:
            for other in takes:
                if other == spot:
                    continue
                # The branches alone: the list that holds them rules out by itself what they have in common.
                chosen = dict.fromkeys((*spot.choices, *other.choices))
                both = Spot(tuple((key, (*path, number)) for key, path, number in chosen))
                schema, whole = self.sides.receiver.schema(both, ASKED)
                if not whole or questions.checks.is_empty(schema) is not True:
                    return True
        return not changed

    def _covered(self, delta: Delta, questions: Questions) -> bool:
        """Whether an alternative without a partner is no news: the other document takes all of it, closed or not."""
        assert delta.inner is not None
        added = delta.effect is Effect.ADDS
        alone, whole = (delta.inner[1], delta.inner[0]) if added else delta.inner
        one, _ = self.pairs.open[1 if added else 0].schema(alone, ASKED)
        two, exact = self.pairs.open[0 if added else 1].schema(whole, ASKED)
        return exact and questions.checks.covers(two, one) is True

    def _example(self, verdict: Verdict, use: Use) -> FailingExample | None:
        if verdict.value is NOT_FOUND:
            return None
        old = self.sides.sends_old
        place = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in verdict.steps)
        return FailingExample(
            verdict.value, use.where, "old" if old else "new", "new" if old else "old", verdict.error, place
        )


def _reached(pairs: list[Pair], marked: list[Pair], through: Callable[[Pair], bool]) -> dict[int, int]:
    """Which of the marked pairs each pair leads to, as bits; `through` says whether the way goes on below a pair."""
    bits = dict.fromkeys((id(pair) for pair in pairs), 0)
    bits |= {id(pair): 1 << number for number, pair in enumerate(marked)}
    going_on = [(id(pair), [id(child) for _, child in pair.children]) for pair in reversed(pairs) if through(pair)]
    changed = True
    while changed:
        changed = False
        for pair, children in going_on:
            whole = bits[pair]
            for child in children:
                whole |= bits[child]
            if whole != bits[pair]:
                bits[pair] = whole
                changed = True
    return bits


def _differs(pair: Pair) -> bool:
    """Whether anything below differs in what it demands."""
    return any(delta.asked for below in reached_from([pair]) for delta in below.deltas)


_PLAIN: Final = frozenset(
    {"type", "null", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required", "property"}
)
"""Kinds of differences that nothing else at the same place makes up for, but for alternatives and `not`."""


def _may_be_equal(pair: Pair) -> bool:
    """Whether it is worth asking: something differs here, or in the alternatives from here, and not plainly so."""
    waiting, kinds, many = [pair], [], False
    while waiting:
        here = waiting.pop()
        kinds += [delta.kind for delta in here.deltas if delta.judges]
        below = [child for steps, child in here.children if not steps]
        many = many or bool(below)
        waiting += below
    return bool(kinds) and (many or len(kinds) > 1 or not _PLAIN.issuperset(kinds))


def _traits(own: Traits, sites: list[SchemaSite]) -> Traits:
    """What a member says of itself, else what all operations that it reaches say alike."""
    around = [site.traits for site in sites]
    tags = tuple(dict.fromkeys(tag for traits in around for tag in traits.tags))
    old, new = {traits.stability_old for traits in around}, {traits.stability_new for traits in around}
    return replace(
        own, tags=tags,
        stability_old=own.stability_old or (old.pop() if len(old) == 1 else ""),
        stability_new=own.stability_new or (new.pop() if len(new) == 1 else ""),
    )  # fmt: skip


def _identity(delta: Delta, uses: tuple[Use, ...]) -> str:
    """Names instead of numbers: a component by its pointer, anything else by the operation and the message."""
    pointer = delta.pointer_old if delta.effect is Effect.REMOVES else delta.pointer_new or delta.pointer_old
    stable = _NUMBER.sub("-", pointer)
    if not stable.startswith("/components/") and uses:
        tail = stable.partition("/schema")[2]
        stable = f"{uses[0].method} {uses[0].path} {uses[0].where} {tail}"
    return f"{stable} {delta.subject}".strip()


def _root(change: Change) -> tuple[str, ...]:
    """The places that make two changes one: where only one side is a component, that, and what changed."""
    ends = (change.pointer_old, change.pointer_new)
    shared = [end for end in ends if end.startswith("/components/")]
    return ends if len(shared) != 1 else (shared[0], canonical(change.old), canonical(change.new))


def _merged(one: Change, other: Change) -> Change:
    """The same change met in two surroundings: the worse outcome counts, the reach is of both."""
    worse = max(one, other, key=lambda change: (_WORST[change.outcome], change.proof is Proof.PROVEN))
    return replace(worse, reach=tuple(dict.fromkeys((*one.reach, *other.reach))))
