"""The position automaton of a pattern: which character may come after which."""

from dataclasses import dataclass, field
from typing import Final

from governance.diff.examples.patterns_characters import Ranges
from governance.diff.examples.patterns_syntax import (
    Characters,
    Choice,
    Edge,
    Look,
    Node,
    PatternError,
    Repeat,
    Sequence,
)

_MANY: Final = 50
"""A count from which on a repetition is as good as without end."""
_POSITIONS: Final = 150


@dataclass(slots=True)
class Part:
    """A part of the pattern: whether it matches nothing, and the positions that it begins and ends with."""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


@dataclass(slots=True)
class Automaton:
    """Positions of characters, and which follow which."""

    sets: list[Ranges] = field(default_factory=list)
    follows: list[set[int]] = field(default_factory=list)
    doubled: bool = False
    """Whether one position comes after another in two ways inside a circle: `(a+)+`."""

    def add(self, ranges: Ranges) -> Part:
        """A position. Raises PatternError where there are too many."""
        if len(self.sets) >= _POSITIONS:
            raise PatternError("too large")
        self.sets.append(ranges)
        self.follows.append(set())
        alone = frozenset((len(self.sets) - 1,))
        return Part(False, alone, alone)

    def read(self, node: Node) -> Part:
        """Add a part of a pattern. Raises PatternError where it is too large."""
        match node:
            case Characters(ranges):
                return self.add(ranges)
            case Sequence(parts):
                whole = Part(True, frozenset(), frozenset())
                for part in parts:
                    whole = self._after(whole, self.read(part))
                return whole
            case Choice(options):
                read = [self.read(option) for option in options]
                return Part(
                    any(one.empty for one in read),
                    frozenset().union(*(one.first for one in read)),
                    frozenset().union(*(one.last for one in read)),
                )
            case Repeat(body, least, most):
                return self._repeated(body, least, most)
            case Edge() | Look():
                return Part(True, frozenset(), frozenset())

    def _after(self, one: Part, other: Part) -> Part:
        for last in one.last:
            self.follows[last] |= other.first
        return Part(
            one.empty and other.empty,
            one.first | other.first if one.empty else one.first,
            one.last | other.last if other.empty else other.last,
        )

    def _repeated(self, body: Node, least: int, most: int | None) -> Part:
        inner = self.read(body)
        if most is None or most >= _MANY:
            for last in inner.last:
                self.doubled = self.doubled or not self.follows[last].isdisjoint(inner.first)
                self.follows[last] |= inner.first
        return Part(inner.empty or least == 0, inner.first, inner.last)


def meet(one: Ranges, other: Ranges) -> bool:
    """Whether two sets of characters have one in common."""
    return any(a <= d and c <= b for a, b in one for c, d in other)
