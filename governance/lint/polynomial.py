"""Patterns that cost a backtracking engine the square of a text's length, or more: where a text ends badly late.

Two repetitions that can share one stretch of the text are tried at each place where the first may end and the second
begin. A pattern that is not anchored is tried at each place of the text as well, which is a repetition before it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from governance.diff.examples.patterns_characters import Ranges
from governance.diff.examples.patterns_syntax import Choice, Edge, Node, PatternError, Sequence, parse
from governance.lint.automaton import Automaton, Part

_ALL: Final[Ranges] = ((0, 0x10FFFF),)
_TRIPLES: Final = 20_000
"""So many steps are looked at before nothing is said."""
_Triple = tuple[int, int, int]


class _TooManyError(Exception):
    pass


@lru_cache(maxsize=4096)
def is_polynomial(pattern: str) -> bool:
    """Whether texts exist that take time by the square of their length, or more. False where that is not known."""
    automaton = Automaton()
    try:
        node = parse(pattern)
        whole = automaton.read(node)
        if not _begins(node):
            _anywhere(automaton, whole)
        done = frozenset() if _ends(node) else whole.last
        return _shared(automaton, done)
    except (PatternError, RecursionError, _TooManyError):
        return False


def _anywhere(automaton: Automaton, whole: Part) -> None:
    """A repetition of any character before the pattern."""
    before = automaton.add(_ALL)
    automaton.follows[-1] = set(before.first | whole.first)


def _begins(node: Node) -> bool:
    if isinstance(node, Choice):
        return all(_begins(option) for option in node.options)
    return node == Edge("^") or (isinstance(node, Sequence) and bool(node.parts) and _begins(node.parts[0]))


def _ends(node: Node) -> bool:
    if isinstance(node, Choice):
        return all(_ends(option) for option in node.options)
    return node == Edge("$") or (isinstance(node, Sequence) and bool(node.parts) and _ends(node.parts[-1]))


def _shared(automaton: Automaton, done: frozenset[int]) -> bool:
    """Whether one text leads from a position to itself, from there to another, and from that to itself.

    A search ends where the pattern has matched (`done`): nothing behind that is tried again.
    """
    loops = [position for position in range(len(automaton.follows)) if _comes_back(automaton, position)]
    left = _TRIPLES
    for first in loops:
        for second in loops:
            if first == second or second in done:
                continue
            goal = (first, second, second)
            seen: set[_Triple] = set()
            waiting: list[_Triple] = [(first, first, second)]
            while waiting:
                for following in _following(automaton, waiting.pop()):
                    left -= 1
                    if left < 0:
                        raise _TooManyError
                    if following == goal:
                        return True
                    if following not in seen:
                        seen.add(following)
                        waiting.append(following)
    return False


def _comes_back(automaton: Automaton, position: int) -> bool:
    seen: set[int] = set()
    waiting = list(automaton.follows[position])
    while waiting:
        one = waiting.pop()
        if one == position:
            return True
        if one not in seen:
            seen.add(one)
            waiting += automaton.follows[one]
    return False


def _following(automaton: Automaton, triple: _Triple) -> Iterator[_Triple]:
    sets, follows = automaton.sets, automaton.follows
    for one in follows[triple[0]]:
        for other in follows[triple[1]]:
            both = _common(sets[one], sets[other])
            if both:
                yield from ((one, other, third) for third in follows[triple[2]] if _common(both, sets[third]))


def _common(one: Ranges, other: Ranges) -> Ranges:
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) <= min(b, d))
