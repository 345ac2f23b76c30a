"""Patterns: run in linear time by every engine, and judging the whole text."""

from collections.abc import Iterator
from typing import Final

from contracts.engine import linear_pattern
from governance.diff.wording import shown
from governance.finding import Severity, Use
from governance.lint.ambiguity import is_exponential
from governance.lint.documents import query
from governance.lint.polynomial import is_polynomial
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject


def _patterns(
    subject: Subject, *, sent: bool = False, longer: int | None = None
) -> Iterator[tuple[str, str, tuple[Use, ...]]]:
    """Every pattern with the place where it first stands and the operations that it reaches; each text once.

    `sent`: only what callers send. `longer`: only where texts may be longer than that.
    """
    values = subject.values
    found: dict[str, tuple[str, int]] = {}
    for value in values:
        if longer is not None and any(type(one) is int and one <= longer for one in value.stated("maxLength")):
            continue
        for node in value.parts:
            stated = node.members.get("pattern")
            patterns = [(stated, f"{node.at}/pattern")] if isinstance(stated, str) else []
            named = node.child("patternProperties")
            patterns += [(name, named.at) for name in named.members if isinstance(name, str) and not sent]
            for pattern, at in patterns:
                place, bits = found.get(pattern, (at, 0))
                found[pattern] = (place, bits | (values.sent(value) if sent else value.carried))
    for pattern, (at, bits) in found.items():
        if bits or not sent:
            yield pattern, at, values.reach(bits)


def _not_linear(subject: Subject) -> Iterator[Hit]:
    for pattern, at, reach in _patterns(subject):
        _, reason = linear_pattern(pattern)
        if reason:
            yield Hit(at, f"the pattern {shown(pattern)} is not run: {reason}", reach, pattern)


def _exponential(subject: Subject) -> Iterator[Hit]:
    for pattern, at, reach in _patterns(subject):
        if is_exponential(pattern):
            message = (
                f"the pattern {shown(pattern)} matches some texts in ever more ways: backtracking engines hang on it"
            )
            yield Hit(at, message, reach, pattern)


def _polynomial(subject: Subject) -> Iterator[Hit]:
    for pattern, at, reach in _patterns(subject, longer=_HARMLESS):
        if is_polynomial(pattern) and not is_exponential(pattern):
            message = (
                f"the pattern {shown(pattern)} takes time by the square of the text's length, or more, in backtracking "
                f"engines, and no maxLength up to {_HARMLESS} holds it"
            )
            yield Hit(at, message, reach, pattern)


def _unanchored(subject: Subject) -> Iterator[Hit]:
    for pattern, at, reach in _patterns(subject, sent=True):
        begins = pattern.startswith(("^", "(^", "(?:^", "\\A", ".*"))
        ends = pattern.endswith(("$", "$)", "\\z", "\\Z", ".*"))
        if not (begins and ends) and pattern:
            side = "at neither end" if not begins and not ends else "at its end" if begins else "at its beginning"
            verb = "is anchored" if side == "at neither end" else "is not anchored"
            yield Hit(at, f"the pattern {shown(pattern)} {verb} {side}: anything may stand there", reach, pattern)


_HARMLESS: Final = 256
"""Characters of a text on which even the square is nothing."""
_W: Final = Severity.WARNING


def _with(pattern: str) -> dict[str, object]:
    return query("code", {"type": "string", "pattern": pattern})


RULES: Final = (
    LintRule(
        "pattern-not-linear", _W,
        "Look-arounds and back-references cost time that grows without bound with the text; the gateway runs no such "
        "pattern, and operations that use one are not served.",
        "Write the pattern without them.",
        Example(_with("^(?!X)[A-Z]+$"), _with("^[A-WYZ][A-Z]*$")), _not_linear,
    ),
    LintRule(
        "pattern-exponential", _W,
        "A repetition inside a repetition can match one text in a number of ways that doubles with its length: "
        "generated clients, browsers and other gateways stand still on a few dozen characters.",
        "Write it so that each character can be matched by one part only.",
        Example(_with("^([a-z]+)*$"), _with("^[a-z]*$")), _exponential,
    ),
    LintRule(
        "pattern-polynomial", _W,
        "Where two repetitions can share a stretch of the text, or an unanchored one is tried from each place on, a "
        "text of twenty thousand characters keeps a backtracking engine busy for seconds: generated clients, browsers "
        "and other gateways run such patterns.",
        "Let each character be matched by one part only and anchor the pattern, or state a `maxLength`.",
        Example(_with("^[0-9]+[A-Z0-9]*$"), _with("^[0-9][A-Z0-9]*$")), _polynomial,
    ),
    LintRule(
        "pattern-unanchored", Severity.INFO,
        "JSON Schema looks for a pattern anywhere in a text: without `^` and `$` it says nothing of the rest.",
        "Anchor it at both ends.",
        Example(_with("[A-Z]{3}"), _with("^[A-Z]{3}$")), _unanchored,
    ),
)  # fmt: skip
