"""What two schemas at one place differ in, before anyone asks whether a message fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from governance.diff.change import NO_TRAITS, Effect, Traits
from governance.diff.sets.emitted import Emitter
from governance.diff.sets.lowered import LoweredSide
from governance.diff.sets.node import ANY, Node, Spot, Stated
from governance.finding import Direction

Steps = tuple[str | int, ...]
"""Member names and list indices that lead into a value."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both documents in one direction, with who sends."""

    direction: Direction
    old: LoweredSide
    new: LoweredSide
    sender: Emitter
    """Of the side that sends: the old one for requests, the new one for responses."""
    receiver: Emitter

    @property
    def sends_old(self) -> bool:
        """Whether what the old document describes is sent."""
        return self.direction is Direction.REQUEST

    def harms(self, effect: Effect) -> bool:
        """Whether a change of this effect may leave a message of the sender refused."""
        if effect in (Effect.CHANGES, Effect.ADDS, Effect.REMOVES):
            return True
        return effect is (Effect.NARROWS if self.sends_old else Effect.WIDENS)


@dataclass(slots=True)
class Delta:
    """One difference at a pair of spots."""

    kind: str
    effect: Effect
    pointer_old: str
    pointer_new: str
    old: Any = None
    new: Any = None
    subject: str = ""
    """The name that it is about, where there is one (a member, a pattern, an alternative)."""
    demand_old: Any = None
    """The keyword alone as a schema, as the old side states it: who breaks it breaks this keyword. None: the whole."""
    demand_new: Any = None
    inner: tuple[Spot, Spot] | None = None
    """Where the question is about one member only: its spots, old and new; ANY where nothing is stated."""
    steps: Steps = ()
    """The way to that member."""
    decided: bool = False
    """Whether the rule of the keyword decides where proof fails: narrower is narrower."""
    reason: str = ""
    """Why the question cannot be asked; empty where it can."""
    holds: str = ""
    """Why no message fails, where that is plain without asking."""
    ruled: str = ""
    """Why the rule of the kind decides without asking; empty where the question is asked."""
    asked: bool = True
    """False for what is about no message (a description)."""
    traits: Traits = NO_TRAITS

    @property
    def judges(self) -> bool:
        """Whether the engines can tell its two sides apart, and so may find that they are the same."""
        return self.asked and not self.ruled and not self.reason and self.kind != "discriminator"


class Child(NamedTuple):
    """Two spots below the ones compared."""

    steps: Steps
    old: Spot
    new: Spot


@dataclass(slots=True)
class Pair:
    """Two spots compared. `whole` are the spots before alternatives were chosen: what the receiver really judges by."""

    old: Spot
    new: Spot
    whole_old: Spot
    whole_new: Spot
    text: bool
    deltas: list[Delta] = field(default_factory=list)
    children: list[tuple[Steps, "Pair"]] = field(default_factory=list)
    parent: "tuple[Pair, Steps] | None" = None
    """The pair through which this one was first reached, and the steps from it."""
    exclusive: bool = False
    """Whether the receiver takes exactly one of several alternatives here."""
    filled: bool = False


def order(old: Any, new: Any, *, larger_narrows: bool) -> Effect:
    """Narrower or wider by one bound; None is no bound. For bounds that differ."""
    if old is None:
        return Effect.NARROWS
    if new is None:
        return Effect.WIDENS
    return Effect.NARROWS if (new > old) == larger_narrows else Effect.WIDENS


def of_sets(gone: bool, come: bool) -> Effect:
    """What a set of demands comes to when some are gone and some have come: more demands are narrower."""
    if gone and come:
        return Effect.CHANGES
    return Effect.NARROWS if come else Effect.WIDENS


def place(side: LoweredSide, node: Node, stated: Stated | None, keyword: str) -> str:
    """The pointer of a keyword, or of the schema where it is not stated."""
    if stated is not None:
        rule = side.rule(stated.source)
        return side.pointer(stated.source) if rule else side.pointer(stated.source, keyword)
    if node.parts:
        return side.pointer(node.parts[0])
    return side.pointer(node.spot.sources[0]) if node.spot.sources else ""


def spot_pointer(side: LoweredSide, spot: Spot, fallback: str = "") -> str:
    """The pointer of a spot."""
    return side.pointer(spot.sources[0]) if spot != ANY and spot.sources else fallback


def reached_from(pairs: "list[Pair]") -> "Iterator[Pair]":
    """These pairs and all below them, each once."""
    seen: set[int] = set()
    waiting = list(pairs)
    while waiting:
        pair = waiting.pop()
        if id(pair) not in seen:
            seen.add(id(pair))
            yield pair
            waiting += [child for _, child in pair.children]
