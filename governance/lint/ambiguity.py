"""Patterns that cost a backtracking engine time beyond all bounds: those that match one text in ever more ways.

A pattern becomes its position automaton; what it matches twice over in a circle doubles the ways with each round.
The gateway itself runs patterns in linear time; generated clients, browsers and other gateways do not.
"""

from dataclasses import dataclass, field
from functools import lru_cache
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
    parse,
)

_MANY: Final = 50
"""A count from which on a repetition is as good as without end."""
_POSITIONS: Final = 150


@dataclass(slots=True)
class _Part:
    """A part of the pattern: whether it matches nothing, and the positions that it begins and ends with."""

    empty: bool
    first: frozenset[int]
    last: frozenset[int]


@dataclass(slots=True)
class _Automaton:
    sets: list[Ranges] = field(default_factory=list)
    follows: list[set[int]] = field(default_factory=list)
    doubled: bool = False
    """Whether one position comes after another in two ways inside a circle: `(a+)+`."""

    def add(self, ranges: Ranges) -> _Part:
        if len(self.sets) >= _POSITIONS:
            raise PatternError("too large")
        self.sets.append(ranges)
        self.follows.append(set())
        alone = frozenset((len(self.sets) - 1,))
        return _Part(False, alone, alone)

    def read(self, node: Node) -> _Part:
        match node:
            case Characters(ranges):
                return self.add(ranges)
            case Sequence(parts):
                whole = _Part(True, frozenset(), frozenset())
                for part in parts:
                    whole = self._after(whole, self.read(part))
                return whole
            case Choice(options):
                read = [self.read(option) for option in options]
                return _Part(
                    any(one.empty for one in read),
                    frozenset().union(*(one.first for one in read)),
                    frozenset().union(*(one.last for one in read)),
                )
            case Repeat(body, least, most):
                return self._repeated(body, least, most)
            case Edge() | Look():
                return _Part(True, frozenset(), frozenset())

    def _after(self, one: _Part, other: _Part) -> _Part:
        for last in one.last:
            self.follows[last] |= other.first
        return _Part(
            one.empty and other.empty,
            one.first | other.first if one.empty else one.first,
            one.last | other.last if other.empty else other.last,
        )

    def _repeated(self, body: Node, least: int, most: int | None) -> _Part:
        inner = self.read(body)
        if most is None or most >= _MANY:
            for last in inner.last:
                self.doubled = self.doubled or not self.follows[last].isdisjoint(inner.first)
                self.follows[last] |= inner.first
        return _Part(inner.empty or least == 0, inner.first, inner.last)


@lru_cache(maxsize=4096)
def is_exponential(pattern: str) -> bool:
    """Whether a text exists that the pattern matches in a number of ways that doubles with its length.

    False where that is not known. Alternatives of single characters are read as one set: `(a|a)*` is not found.
    """
    automaton = _Automaton()
    try:
        automaton.read(parse(pattern))
    except (PatternError, RecursionError):
        return False
    return automaton.doubled or _circles(automaton)


def _circles(automaton: _Automaton) -> bool:
    """Whether two different ways lead from a position back to itself over the same text."""
    for start in range(len(automaton.follows)):
        forward = _reached(automaton, (start, start))
        if (start, start) not in forward or all(one == other for one, other in forward):
            continue
        before: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for pair in forward:
            for following in _following(automaton, pair):
                before.setdefault(following, []).append(pair)
        back: set[tuple[int, int]] = set()
        waiting = [(start, start)]
        while waiting:
            for pair in before.get(waiting.pop(), ()):
                if pair[0] != pair[1]:
                    return True
                if pair not in back:
                    back.add(pair)
                    waiting.append(pair)
    return False


def _reached(automaton: _Automaton, start: tuple[int, int]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    waiting = [start]
    while waiting:
        for following in _following(automaton, waiting.pop()):
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


def _following(automaton: _Automaton, pair: tuple[int, int]) -> list[tuple[int, int]]:
    sets = automaton.sets
    return [
        (one, other)
        for one in automaton.follows[pair[0]]
        for other in automaton.follows[pair[1]]
        if one == other or _meet(sets[one], sets[other])
    ]


def _meet(one: Ranges, other: Ranges) -> bool:
    return any(a <= d and c <= b for a, b in one for c, d in other)
