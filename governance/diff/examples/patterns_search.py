"""Texts that several automata accept at once, by length: a shortest one, or many different ones."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from governance.diff.examples.patterns_automaton import Automaton, Budget
from governance.diff.examples.patterns_characters import Alphabet

LONGEST: Final = 10_000
"""An example longer than this is not written out."""

_State = tuple[int, ...]
_Layer = dict[_State, None]
Choose = Callable[[Sequence[int]], int]
"""One of several numbers."""


def first(numbers: Sequence[int]) -> int:
    """The plainest character, the first way."""
    return numbers[0]


class Search:
    """The texts of `least` to `most` characters (None: without end) that all the automata accept.

    Texts are looked at by length: a layer holds the states that texts of one length lead to. Once a layer repeats an
    earlier one, all the later ones are known, so that a length of thousands costs no more than one of ten.
    """

    def __init__(self, automata: Sequence[Automaton], alphabet: Alphabet, budget: Budget) -> None:
        self._automata, self._letters, self._budget = automata, alphabet.letters, budget
        self._moves: dict[_State, list[tuple[int, _State]]] = {}
        self._layers: list[_Layer] = [{(0,) * len(automata): None}]
        self._lengths = {frozenset(self._layers[0]): 0}
        self._repeats: tuple[int, int] | None = None

    def shortest(self, least: int, most: int | None) -> tuple[int, str | None] | None:
        """The length of a shortest text, and the text unless it is too long to be written; None: there is none.

        Raises GaveUpError.
        """
        layer = self._layer(least)
        later: list[_Layer] = []
        seen = set(layer)
        length = least
        while layer and (most is None or length <= most):
            goal = next(filter(self._accepts, layer), None)
            if goal is not None:
                return length, self._spell(length, goal, first, later) if length <= LONGEST else None
            layer = self._after(layer, seen)
            seen.update(layer)
            later.append(layer)
            length += 1
        return None

    def several(self, least: int, most: int | None, choose: Choose) -> Iterator[str]:
        """Texts without end, of different lengths in turn: the plainest, then by choice; the same may come again.

        Raises GaveUpError.
        """
        shortest = self.shortest(least, most)
        start, text = shortest or (0, None)
        if text is None:
            return
        yield text
        goals = []
        for length in range(start, min(start + _SPREAD, LONGEST if most is None else most) + 1):
            accepted = list(filter(self._accepts, self._layer(length)))
            if accepted:
                goals.append((length, accepted))
                yield self._spell(length, accepted[choose(range(len(accepted)))], choose, [])
        for length, accepted in itertools.cycle(goals):
            yield self._spell(length, accepted[choose(range(len(accepted)))], choose, [])

    def accepts(self, classes: Sequence[int | None]) -> bool:
        """Whether a text, as its classes, is one of the texts of any length."""
        layer: _Layer = self._layers[0]
        for each in classes:
            layer = {after: None for state in layer for by, after in self._from(state) if by == each}
        return any(map(self._accepts, layer))

    def _accepts(self, state: _State) -> bool:
        return all(automaton.accepts(each) for automaton, each in zip(self._automata, state, strict=True))

    def _from(self, state: _State) -> list[tuple[int, _State]]:
        moves = self._moves.get(state)
        if moves is None:
            rows = [automaton.row(each) for automaton, each in zip(self._automata, state, strict=True)]
            moves = []
            for place, ways in enumerate(zip(*rows, strict=True) if rows else [()] * len(self._letters)):
                # One state has as many ways on as the product of those of its automata.
                self._budget.spend(max(len(self._moves), math.prod(map(len, ways))))
                moves += [(place, after) for after in itertools.product(*ways)]
            self._moves[state] = moves
        return moves

    def _after(self, layer: _Layer, but: set[_State]) -> _Layer:
        found: _Layer = {}
        for state in layer:
            self._budget.spend(len(found))
            found |= {after: None for _, after in self._from(state) if after not in but}
        return found

    def _layer(self, length: int) -> _Layer:
        """The states after exactly `length` characters."""
        while self._repeats is None and len(self._layers) <= length:
            layer = self._after(self._layers[-1], set())
            earlier = self._lengths.setdefault(frozenset(layer), len(self._layers))
            if earlier < len(self._layers):
                self._repeats = earlier, len(self._layers) - earlier
            else:
                self._layers.append(layer)
        return self._layers[self._place(length)]

    def _place(self, length: int) -> int:
        if length < len(self._layers) or self._repeats is None:
            return length
        start, period = self._repeats
        return start + (length - start) % period

    def _spell(self, length: int, goal: _State, choose: Choose, later: Sequence[_Layer]) -> str:
        """A text that leads to `goal`: found from its end, for each layer holds a state that leads to the next."""
        exact = length - len(later)
        known: dict[tuple[int, _State], list[tuple[int, _State]]] = {}
        written: list[str] = []
        for place in range(length - 1, -1, -1):
            layer = later[place - exact - 1] if place > exact else self._layers[self._place(place)]
            key = (place if place > exact else self._place(place), goal)
            ways = known.get(key)
            if ways is None:
                ways = [(by, state) for state in layer for by, after in self._from(state) if after == goal]
                known[key] = ways
            by, goal = ways[choose(range(len(ways)))]
            written.append(self._letters[by].write(choose))
        return "".join(reversed(written))


_SPREAD: Final = 24
"""How much longer than a shortest text others are."""
