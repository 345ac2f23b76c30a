"""Patterns that cost a backtracking engine time beyond all bounds: those that match one text in ever more ways.

A pattern becomes its position automaton; what it matches twice over in a circle doubles the ways with each round.
The gateway itself runs patterns in linear time; generated clients, browsers and other gateways do not.
"""

from functools import lru_cache

from governance.diff.examples.patterns_syntax import PatternError, parse
from governance.lint.automaton import Automaton, meet


@lru_cache(maxsize=4096)
def is_exponential(pattern: str) -> bool:
    """Whether a text exists that the pattern matches in a number of ways that doubles with its length.

    False where that is not known. Alternatives of single characters are read as one set: `(a|a)*` is not found.
    """
    automaton = Automaton()
    try:
        automaton.read(parse(pattern))
    except (PatternError, RecursionError):
        return False
    return automaton.doubled or _circles(automaton)


def _circles(automaton: Automaton) -> bool:
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


def _reached(automaton: Automaton, start: tuple[int, int]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    waiting = [start]
    while waiting:
        for following in _following(automaton, waiting.pop()):
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


def _following(automaton: Automaton, pair: tuple[int, int]) -> list[tuple[int, int]]:
    sets = automaton.sets
    return [
        (one, other)
        for one in automaton.follows[pair[0]]
        for other in automaton.follows[pair[1]]
        if one == other or meet(sets[one], sets[other])
    ]
