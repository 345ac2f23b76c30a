"""How names are written: their case, their words, and the case that most names of a document have."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_CASES: Final = {
    "camelCase": re.compile(r"[a-z][a-z0-9]*(?:[A-Z][A-Za-z0-9]*)*"),
    "PascalCase": re.compile(r"[A-Z][A-Za-z0-9]*"),
    "snake_case": re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"),
    "kebab-case": re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"),
    "SCREAMING_CASE": re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"),
    "Train-Case": re.compile(r"[A-Z][A-Za-z0-9]*(?:-[A-Z0-9][A-Za-z0-9]*)*"),
    "Pascal_Snake": re.compile(r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*"),
}
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_FEW: Final = 5
_MOST: Final = 0.6
"""The share of names that makes a case the one of a document."""


def cases_of(name: str) -> frozenset[str]:
    """The cases that a name fits; a single word fits several. Digits that it begins with tell nothing."""
    return frozenset(case for case, pattern in _CASES.items() if pattern.fullmatch(name.lstrip("0123456789") or "a"))


def words_of(name: str) -> tuple[str, ...]:
    """`orderTotal_EUR` -> order, total, eur."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def house_case(names: Iterable[str], otherwise: str = "") -> str:
    """The case that most names have, of few names all; only those that tell cases apart are counted.

    `otherwise` where there is none.
    """
    told = [cases_of(name) for name in names if len(words_of(name)) > 1 or name[:1].isupper()]
    if not told:
        return otherwise
    counts = Counter(case for cases in told for case in cases)
    case, number = max(counts.items(), key=lambda pair: (pair[1], -_ORDER[pair[0]]), default=("", 0))
    wanted = _MOST * len(told) if len(told) >= _FEW else len(told)
    return case if number >= wanted else otherwise


_ORDER: Final = {case: number for number, case in enumerate(_CASES)}
