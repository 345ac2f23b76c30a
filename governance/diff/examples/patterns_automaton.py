"""Automata of regular expressions, made state by state as they are asked for."""

import time
from collections.abc import Iterator
from itertools import product
from typing import Final

from governance.diff.examples.patterns_characters import EVERYTHING, WORD, Alphabet, Ranges, bits
from governance.diff.examples.patterns_conditions import Condition
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


class GaveUpError(Exception):
    """The time or the number of states that a question may take was used up."""


class Budget:
    """How long and how large a question may become, in seconds of computing, so that a busy machine answers alike."""

    def __init__(self, seconds: float, states: int) -> None:
        self._seconds, self._states = seconds, states
        self._end = time.thread_time() + seconds

    def share(self, part: float) -> "Budget":
        """From now on a part of the time, and as many states again."""
        return Budget(self._seconds * part, self._states)

    def spend(self, states: int) -> None:
        """Raises GaveUpError when there are more states than allowed, or the time is over."""
        if states > self._states:
            raise GaveUpError(f"the comparison of patterns takes more than {self._states} states")
        if time.thread_time() > self._end:
            raise GaveUpError(f"the comparison of patterns takes longer than {self._seconds:g} s")


def sets_of(node: Node) -> Iterator[Ranges]:
    """Every set of characters that the automaton of a tree tells apart."""
    match node:
        case Characters(ranges):
            yield ranges
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from sets_of(part)
        case Repeat(body) | Look(body):
            yield from sets_of(body)
        case Edge("b" | "B"):
            yield WORD


_FINAL: Final = 0
_START, _WORD, _OTHER, _END = range(4)
"""What stands before or after a place in a text. Without `\\b` in a pattern every character counts as other."""

Successors = tuple[tuple[int, ...], ...]
"""By class of characters: the states that follow."""


class Automaton:
    """The texts that keep to a condition, over an alphabet. States are numbers; 0 is the first.

    What must be matched is followed place by place, so its states are few: each is one way that a match may go. What
    must not be matched is followed by all ways at once, for one text has one state then.
    """

    def __init__(self, condition: Condition, alphabet: Alphabet, budget: Budget) -> None:
        self._holds, self._budget = condition.holds, budget
        self._size = len(alphabet.letters)
        everything = alphabet.classes(EVERYTHING)
        bounded = _has_boundary(condition.node)
        word = alphabet.classes(WORD) if bounded else 0
        self._kinds = ((_WORD, word), (_OTHER, everything & ~word)) if bounded else ((_OTHER, everything),)
        self._kind_of = [_WORD if word >> place & 1 else _OTHER for place in range(self._size)]
        self._places = _Places(alphabet, budget)
        entry = self._places.add(condition.node, _FINAL)
        if self._places.reachable_later(entry):
            entry = self._places.anywhere(entry, everything)
        self._numbers: dict[tuple[int, int], int] = {}
        self._keys: list[tuple[int, int]] = []
        self._rows: dict[int, Successors] = {}
        self._state(1 << entry, _START)

    def _state(self, places: int, before: int) -> int:
        key = (1, _OTHER) if places & 1 else (places, before)
        if key not in self._numbers:
            self._budget.spend(len(self._keys))
            self._numbers[key] = len(self._keys)
            self._keys.append(key)
        return self._numbers[key]

    def accepts(self, state: int) -> bool:
        """Whether a text may end here."""
        places, before = self._keys[state]
        return bool(self._places.reach(places, before, _END) & 1) == self._holds

    def row(self, state: int) -> Successors:
        """The states after one more character, by its class; none where no text can become right any more."""
        row = self._rows.get(state)
        if row is None:
            row = self._rows[state] = self._row(*self._keys[state])
        return row

    def _row(self, places: int, before: int) -> Successors:
        targets = [0] * self._size
        for kind, classes in self._kinds:
            reached = self._places.reach(places, before, kind)
            if reached & 1:
                for place in bits(classes):
                    targets[place] = 1
                continue
            for each in bits(reached):
                accepted, then = self._places.step(each)
                for place in bits(accepted & classes):
                    targets[place] |= 1 << then
        known: dict[tuple[int, int], tuple[int, ...]] = {}
        return tuple(self._follow(target, kind, known) for target, kind in zip(targets, self._kind_of, strict=True))

    def _follow(self, target: int, kind: int, known: dict[tuple[int, int], tuple[int, ...]]) -> tuple[int, ...]:
        found = known.get((target, kind))
        if found is None:
            if not self._holds:
                found = () if target & 1 else (self._state(target, kind),)
            elif target & 1:
                found = (self._state(1, kind),)
            else:
                found = tuple(self._state(1 << place, kind) for place in bits(target))
            known[target, kind] = found
        return found


class _Places:
    """The places in a regular expression: what is read there, or where else a match may stand without reading."""

    def __init__(self, alphabet: Alphabet, budget: Budget) -> None:
        self._alphabet, self._budget = alphabet, budget
        self._steps: list[tuple[int, int]] = [(0, _FINAL)]
        self._free: list[tuple[int, ...]] = [()]
        self._edges: list[str] = [""]
        self._reached: dict[tuple[int, int, int], int] = {}

    def _new(self, classes: int = 0, then: int = _FINAL, free: tuple[int, ...] = (), edge: str = "") -> int:
        self._budget.spend(len(self._steps))
        self._steps.append((classes, then))
        self._free.append(free)
        self._edges.append(edge)
        return len(self._steps) - 1

    def add(self, node: Node, then: int) -> int:
        """The place from which `node` is matched, and after it what is matched from `then`."""
        match node:
            case Characters(ranges):
                return self._new(self._alphabet.classes(ranges), then)
            case Edge(kind):
                return self._new(free=(then,), edge=kind)
            case Sequence(parts):
                for part in reversed(parts):
                    then = self.add(part, then)
                return then
            case Choice(options):
                return self._new(free=tuple(self.add(option, then) for option in options))
            case Repeat(body, least, most):
                return self._add_repeated(body, least, most, then)
            case Look():
                raise PatternError("a look ahead or behind is no regular language")

    def _add_repeated(self, body: Node, least: int, most: int | None, then: int) -> int:
        if most is None:
            loop = self._new()
            self._free[loop] = (self.add(body, loop), then)
            then = loop
        else:
            after = then
            for _ in range(most - least):
                then = self._new(free=(self.add(body, then), after))
        for _ in range(least):
            entry = self.add(body, then)
            if entry == then:
                break
            then = entry
        return then

    def anywhere(self, entry: int, everything: int) -> int:
        """The place from which the match may begin at once or after any text."""
        loop = self._new()
        self._free[loop] = (entry, self._new(everything, loop))
        return loop

    def reachable_later(self, entry: int) -> bool:
        """Whether a match may begin behind the first character."""
        places = product((_WORD, _OTHER), (_WORD, _OTHER, _END))
        return any(self.reach(1 << entry, before, after) for before, after in places)

    def step(self, place: int) -> tuple[int, int]:
        """The classes that are read at a place, and the place behind."""
        return self._steps[place]

    def reach(self, places: int, before: int, after: int) -> int:
        """The places that read, and the end (bit 0), where a match may stand without reading a character."""
        reached = 0
        for place in bits(places):
            key = (place, before, after)
            found = self._reached.get(key)
            if found is None:
                self._budget.spend(0)
                found = self._reached[key] = self._reach(place, before, after)
            reached |= found
        return reached

    def _reach(self, place: int, before: int, after: int) -> int:
        reached, seen, waiting = 0, {place}, [place]
        while waiting:
            here = waiting.pop()
            if self._steps[here][0] or here == _FINAL:
                reached |= 1 << here
            if self._edges[here] and not _holds(self._edges[here], before, after):
                continue
            for each in self._free[here]:
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return reached


def _holds(edge: str, before: int, after: int) -> bool:
    if edge == "^":
        return before == _START
    if edge == "$":
        return after == _END
    return (edge == "b") == ((before == _WORD) != (after == _WORD))


def _has_boundary(node: Node) -> bool:
    match node:
        case Edge("b" | "B"):
            return True
        case Sequence(parts) | Choice(parts):
            return any(map(_has_boundary, parts))
        case Repeat(body):
            return _has_boundary(body)
        case _:
            return False
