"""Search by word: an index made at load time. Every word of a question must begin a word of what is found."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

QUESTION_CHARACTERS: Final = 100
_QUESTION_WORDS: Final = 8
_MOST_EXPANDED: Final = 200
"""So many different words may begin with one word of a question; a single letter begins many."""
_WORD: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TITLE, _TEXT = 4, 1


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case; `salesOrder` counts as one word, as `sales` and as `order`."""
    return frozenset().union(*map(_parts, set(_WORD.findall(text))))


@lru_cache(maxsize=16_384)
def _parts(word: str) -> frozenset[str]:
    return frozenset((word.lower(), *(part.lower() for part in _HUMP.split(word))))


@dataclass(frozen=True, slots=True)
class Worded:
    """What can be found, by its words. `first`: by how much it goes before others; `length` of its title."""

    title: frozenset[str]
    text: frozenset[str]
    first: int
    length: int


def worded(title: str, text: str, first: int) -> Worded:
    """From what it is called and what else is said of it."""
    return Worded(words_of(title), words_of(text), first, len(title))


class Index:
    """What can be found, by number. Immutable once made."""

    def __init__(self, entries: Iterable[Worded]) -> None:
        """Their numbers are their places."""
        postings: dict[str, dict[int, int]] = {}
        self._rank: list[tuple[int, int]] = []
        """What goes before others, then what has the shorter title."""
        for number, entry in enumerate(entries):
            self._rank.append((entry.first, entry.length))
            for weight, words in ((_TEXT, entry.text), (_TITLE, entry.title)):
                for word in words:
                    postings.setdefault(word, {})[number] = weight
        self._words = sorted(postings)
        self._postings: Mapping[str, Mapping[int, int]] = postings

    def find(self, question: str) -> list[int]:
        """Numbers of what matches, the best first; none for a question without words."""
        asked = list(dict.fromkeys(word.lower() for word in _WORD.findall(question[:QUESTION_CHARACTERS])))
        total: dict[int, int] | None = None
        for word in asked[:_QUESTION_WORDS]:
            scores = self._beginning(word)
            both = scores.items() if total is None else ((n, total[n] + s) for n, s in scores.items() if n in total)
            total = dict(both)
        found = total or {}
        return sorted(found, key=lambda n: (-found[n] - self._rank[n][0], self._rank[n][1], n))

    def _beginning(self, start: str) -> dict[int, int]:
        """The entries with a word that begins so; a whole word counts more."""
        found: dict[int, int] = {}
        first = bisect_left(self._words, start)
        for word in self._words[first : first + _MOST_EXPANDED]:
            if not word.startswith(start):
                break
            bonus = 2 if word == start else 0
            for number, weight in self._postings[word].items():
                found[number] = max(found.get(number, 0), weight + bonus)
        return found
