"""Texts that match some patterns and not others."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final

from contracts.probe.raw import UnknownError
from contracts.probe.texts import from_pattern
from governance.diff.examples.judge import matches
from governance.diff.examples.patterns import Texts, contained, texts

_MADE: Final = 8
_STATES: Final = 1_000
_SECONDS: Final = 0.05
"""For one question. States run out long before, unless the machine is very slow."""
_PLAIN: Final = (
    "", "a", "A", "1", "0", "ab", "aa", "AB", "12", "a1", "-", "_", "x-a", "a-b", "A-1", "abc", "123", "aaaaaaaaaa",
)  # fmt: skip
_LINE_BREAKS: Final = frozenset("\n\r\u2028\u2029")


@lru_cache(maxsize=2048)
def sampled(patterns: tuple[str, ...], no_patterns: tuple[str, ...], least: int, most: int | None) -> tuple[str, ...]:
    """Texts that match all patterns and none of the others, of `least` to `most` characters, at most about 60.

    Without line breaks: who writes `.` means any character, and an example that rests on them explains nothing.
    """
    found: dict[str, None] = {}
    reasoned = list(_reasoned(patterns, no_patterns, least, most))
    for text in chain(reasoned, _guessed(patterns, least, most)):
        if text in found or _LINE_BREAKS.intersection(text):
            continue
        try:
            kept = all(matches(p, text) for p in patterns) and not any(matches(p, text) for p in no_patterns)
        except UnknownError:
            kept = text in reasoned
        if kept and least <= len(text) <= (len(text) if most is None else most):
            found[text] = None
    return tuple(found)


def _reasoned(patterns: tuple[str, ...], no_patterns: tuple[str, ...], least: int, most: int | None) -> Iterator[str]:
    asked = Texts(patterns, least, most)
    for pattern in no_patterns:
        found = contained(asked, Texts((pattern,)), most_states=_STATES, deadline_seconds=_SECONDS)
        yield from [found.example] if found.example is not None else []
    if patterns:
        yield from texts(asked, _MADE, most_states=_STATES, deadline_seconds=_SECONDS)


def _guessed(patterns: tuple[str, ...], least: int, most: int | None) -> Iterator[str]:
    sizes = dict.fromkeys((least, least + 1, 3, 5, 10, *((most,) if most is not None and most < 300 else ())))
    made = [from_pattern(pattern, size) for pattern in patterns[:10] for size in sizes]
    plain = [text for text in made if text is not None]
    yield from plain
    yield from _PLAIN
    yield from (f"{one}{other}" for one in plain[:6] for other in plain[-6:] if one and other)
