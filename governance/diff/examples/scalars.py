"""Numbers and texts that keep to facets, the simplest first."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Any, Final

from contracts.probe.texts import GOOD
from governance.diff.examples.facets import Facets
from governance.diff.examples.format_texts import bad, good
from governance.diff.examples.parts import interleave
from governance.diff.examples.sampled import sampled

_NEAR: Final = 60
"""How many multiples are looked at beside a bound."""
_LONGEST: Final = 5_000
_OTHER_TEXTS: Final = (
    "a", "", "A", "1", "-", " ", "_", ".", "é", "ab", "Ab1", "a b", "0", "not it", "a/b", "#", "😀",
    "aaaaaaaaaa", "1111111111", "true", "null", "-1", "1.5", "%", "[", "{a}", "a@b", "::", '"',
)  # fmt: skip


def numbers(facets: Facets) -> Iterator[Any]:
    """Whole numbers and numbers that are not, in turn."""
    kinds = facets.kinds
    streams: list[Iterator[Any]] = []
    if "integer" in kinds:
        streams.append(int(number) for number in _fitting(facets, _whole_numbers(facets)))
    if "fraction" in kinds:
        fractions = (number for number in _fractions(facets) if number.denominator != 1)
        streams.append(map(_written, _fitting(facets, fractions)))
    yield from interleave(streams)


def _fitting(facets: Facets, candidates: Iterator[Fraction]) -> Iterator[Fraction]:
    seen: set[Fraction] = set()
    for number in candidates:
        if number in seen:
            continue
        seen.add(number)
        if facets.low and (number < facets.low[0] or (facets.low[1] and number == facets.low[0])):
            continue
        if facets.high and (number > facets.high[0] or (facets.high[1] and number == facets.high[0])):
            continue
        if any(number % step for step in facets.steps) or any(number % step == 0 for step in facets.no_steps):
            continue
        yield number


def _step(facets: Facets, *, whole: bool) -> Fraction | None:
    """The least common multiple of all steps."""
    found = Fraction(1) if whole else None
    for step in facets.steps[:20]:
        found = step if found is None else _common(found, step)
    return found


def _common(one: Fraction, other: Fraction) -> Fraction:
    return Fraction(lcm(one.numerator, other.numerator), gcd(one.denominator, other.denominator))


def _whole_numbers(facets: Facets) -> Iterator[Fraction]:
    step = _step(facets, whole=True) or Fraction(1)
    low, high = facets.low, facets.high
    yield from (step * n for n in (1, 0, -1, 2, 3))
    for i in (0, 1):
        yield from [ceil(low[0] / step) * step + i * step] if low else []
        yield from [floor(high[0] / step) * step - i * step] if high else []
    yield from (step * n for n in (10, -2, 5, 7, -10, 100))
    if low and high:
        yield round((low[0] + high[0]) / 2 / step) * step
    for i in range(2, _NEAR):
        yield from [ceil(low[0] / step) * step + i * step] if low else []
        yield from [floor(high[0] / step) * step - i * step] if high else []
        yield from (step * i, -step * i)
    yield from (step * n for n in (1_000_000, 2**31, 2**53 + 1, 10**20, -(2**31) - 1, -(10**20)))


def _fractions(facets: Facets) -> Iterator[Fraction]:
    step = _step(facets, whole=False)
    half = Fraction(1, 2)
    bounds = [bound[0] for bound in (facets.low, facets.high) if bound]
    if step is not None:
        yield from (step * n for n in (1, -1, 2, 3))
        for bound in bounds:
            yield from (round(bound / step) * step + i * step for i in (0, 1, -1, 2, -2))
        for i in range(4, _NEAR):
            yield from (step * i, -step * i)
        return
    yield from (half, 3 * half, -half)
    for bound in bounds:
        yield from (bound, bound + half, bound - half)
    if len(bounds) == 2:
        yield (bounds[0] + bounds[1]) / 2
    for digits in (1, 2, 3, 6, 9, 15):
        tiny = Fraction(1, 10**digits)
        yield from (tiny, -tiny, 1 + tiny)
        for bound in bounds:
            yield from (bound + tiny, bound - tiny)
    yield from (Fraction(5, 2), Fraction(1, 4), Fraction(1_000_001, 10), Fraction(10**6 + 1, 10**6))


def _written(number: Fraction) -> Any:
    """As a float where that says it exactly, else as a decimal."""
    try:
        value = float(number)
        if Fraction(repr(value)) == number:
            return value
    except (OverflowError, ValueError):
        pass
    with localcontext() as context:
        context.prec = 800
        return Decimal(number.numerator) / Decimal(number.denominator)


def texts(facets: Facets) -> Iterator[str]:
    """Texts that may keep to the facets; which of several patterns they keep to, the judge says."""
    most = facets.max_length
    if facets.min_length > _LONGEST:
        return
    seen: set[str] = set()
    for text in _texts(facets):
        if text not in seen and facets.min_length <= len(text) <= (len(text) if most is None else most):
            seen.add(text)
            yield text


def _texts(facets: Facets) -> Iterator[str]:
    least, most = facets.min_length, facets.max_length
    if facets.patterns:
        yield from sampled(facets.patterns, facets.no_patterns, least, most)
    for name in facets.formats:
        yield from good(name)
    for name in facets.no_formats:
        yield from bad(name)
    yield from (_sized(text, least, most) for text in (*(("a",) if least else ()), *_OTHER_TEXTS))
    for size in (least + 1, least + 2, most, *((most - 1,) if most else ()), least + 10, 20, 50, 100, 300):
        if size is not None and size <= _LONGEST:
            yield from ("a" * size, "1" * size, "Ab1-" * (size // 4) + "Ab1-"[: size % 4])
    for name in GOOD:
        yield _sized(GOOD[name], least, most)
    if facets.no_patterns:
        yield from sampled((), facets.no_patterns, least, most)


def _sized(text: str, least: int, most: int | None) -> str:
    if most is not None and len(text) > most:
        return text[:most]
    return text + (text[-1:] or "a") * (least - len(text))
