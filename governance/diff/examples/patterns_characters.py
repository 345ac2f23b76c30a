"""Sets of characters: as ranges of code points, cut into classes, and spelled with a character that people can read."""

import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

Ranges = tuple[tuple[int, int], ...]
"""First and last code point of each range, both included; sorted, none touches the next."""

EVERYTHING: Final[Ranges] = ((0, sys.maxunicode),)
_SURROGATES: Final[Ranges] = ((0xD800, 0xDFFF),)


def bits(mask: int) -> Iterator[int]:
    """The places of the ones in a number, the lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def span(first: str, last: str | None = None) -> Ranges:
    """From one character to another, or one alone."""
    return ((ord(first), ord(last or first)),)


def union(sets: Iterable[Ranges]) -> Ranges:
    """What is in any of them."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(part for ranges in sets for part in ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """What is not in it."""
    gaps, start = [], 0
    for first, last in ranges:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    return (*gaps, (start, sys.maxunicode)) if start <= sys.maxunicode else tuple(gaps)


DIGIT: Final = span("0", "9")
WORD: Final = union([DIGIT, span("A", "Z"), span("a", "z"), span("_")])
LINE_END: Final = union(map(span, "\n\r\u2028\u2029"))
SPACE: Final = union([LINE_END, *map(span, "\t\v\f \u00a0\u1680\u202f\u205f\u3000\ufeff"), span("\u2000", "\u200a")])


@lru_cache(maxsize=1)
def _categories() -> dict[str, Ranges]:
    """The characters of each general category (`Lu`), by one look at every code point."""
    found: dict[str, list[tuple[int, int]]] = {}
    category, start = unicodedata.category("\0"), 0
    for code, each in enumerate(map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))):
        if each != category:
            found.setdefault(category, []).append((start, code - 1))
            category, start = each, code
    found.setdefault(category, []).append((start, sys.maxunicode))
    return {name: tuple(ranges) for name, ranges in found.items()}


_GROUPS: Final = {
    "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Other": "C",
    "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Decimal_Number": "Nd",
}  # fmt: skip


@lru_cache(maxsize=128)
def category(name: str) -> Ranges | None:
    """The characters of `L`, `Lu`, `Letter`, `gc=Lu`, `ASCII` or `Any`; None for a property that is not known here."""
    if name in {"Any", "ASCII"}:
        return EVERYTHING if name == "Any" else ((0, 0x7F),)
    name = name.removeprefix("gc=").removeprefix("General_Category=")
    name = _GROUPS.get(name, name)
    if len(name) not in {1, 2}:
        return None
    return union(ranges for each, ranges in _categories().items() if each.startswith(name)) or None


_READABLE: Final[Sequence[Ranges]] = (
    span("a", "z"), span("0", "9"), span("A", "Z"), span("-"), span("_"), span("."), span(" "),
    ((0x21, 0x2F),), ((0x3A, 0x40),), ((0x5B, 0x60),), ((0x7B, 0x7E),),
    ((0xC0, 0x24F),), ((0x370, 0x3FF),), ((0xA1, 0xBF),), span("\n"), span("\t"),
)  # fmt: skip
"""The characters that examples are made of, the plainest first."""


class Letters:
    """The characters of one class that are written into examples."""

    __slots__ = ("_parts", "rank")

    def __init__(self, ranges: Ranges) -> None:
        parts = [
            (rank, max(low, first), min(high, last))
            for rank, ((low, high),) in enumerate(_READABLE)
            for first, last in ranges
            if first <= high and last >= low
        ]
        if not parts:
            plain = next((part for part in ranges if chr(part[0]).isprintable()), ranges[0])
            parts = [(len(_READABLE), *plain)]
        self.rank = parts[0][:2]
        """Lower is plainer."""
        self._parts = parts[:_VARIETY]

    def write(self, choose: Callable[[Sequence[int]], int]) -> str:
        """One character, by a function that takes one of several numbers; the first is the plainest."""
        _, first, last = self._parts[choose(range(len(self._parts)))]
        return chr(choose(range(first, last + 1)))


_VARIETY: Final = 4
"""How many kinds of characters of one class examples show."""


class Alphabet:
    """Characters in classes: no set among those given tells two characters of a class apart.

    Texts are of Unicode scalar values: JSON that travels between programs holds no lone surrogates. `letters` of each
    class, the plainest class first.
    """

    def __init__(self, sets: Iterable[Ranges]) -> None:
        numbers = {ranges: number for number, ranges in enumerate(dict.fromkeys([_SURROGATES, *sets]))}
        turns: dict[int, int] = {0: 0, sys.maxunicode + 1: 0}
        for ranges, number in numbers.items():
            for first, last in ranges:
                turns[first] = turns.get(first, 0) ^ 1 << number
                turns[last + 1] = turns.get(last + 1, 0) ^ 1 << number
        points = sorted(turns)
        pieces: dict[int, list[tuple[int, int]]] = {}
        inside, cut = 0, []
        for first, after in pairwise(points):
            inside ^= turns[first]
            cut.append(inside)
            if not inside & 1:
                pieces.setdefault(inside, []).append((first, after - 1))
        ranked = sorted(((Letters(tuple(ranges)), inside) for inside, ranges in pieces.items()), key=_by_rank)
        self.letters = tuple(letters for letters, _ in ranked)
        classes = [0] * len(numbers)
        for place, (_, inside) in enumerate(ranked):
            for number in bits(inside):
                classes[number] |= 1 << place
        self._classes = dict(zip(numbers, classes, strict=True))
        places = {inside: place for place, (_, inside) in enumerate(ranked)}
        self._starts, self._places = points[:-1], [places.get(inside) for inside in cut]

    def classes(self, ranges: Ranges) -> int:
        """The classes that one of the sets consists of, a bit each."""
        return self._classes[ranges]

    def class_of(self, character: str) -> int | None:
        """The class of a character; None for a lone surrogate."""
        return self._places[bisect_right(self._starts, ord(character)) - 1]


def _by_rank(letters: tuple[Letters, int]) -> tuple[int, int]:
    return letters[0].rank
