"""Deprecation: what is to go says when, and what should be gone is gone."""

from collections.abc import Iterator
from typing import Final

from governance.diff.lifecycle import sunset_of, unreadable
from governance.diff.walk.reading import Node
from governance.finding import Severity, Use
from governance.lint.documents import get
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject
from governance.lint.words import place


def _things(subject: Subject) -> Iterator[tuple[str, Node, tuple[Use, ...]]]:
    """Operations, parameters and properties: their words, their node, and the operations that they reach."""
    told: dict[str, tuple[str, Node, list[Use]]] = {}
    for one in subject.every_operation:
        yield one.name, one.node, one.reach
        for parameter in one.parameters:
            words = f"the {parameter.location} parameter {parameter.name}"
            told.setdefault(parameter.node.at, (words, parameter.node, []))[2].extend(one.reach)
    yield from ((words, node, tuple(uses)) for words, node, uses in told.values())
    values = subject.values
    bits: dict[str, int] = {}
    nodes: dict[str, tuple[str, Node]] = {}
    for member in values.members:
        for node in member.value.parts[:1]:
            bits[node.at] = bits.get(node.at, 0) | member.value.carried
            nodes.setdefault(node.at, (member.name, node))
    for at, (name, node) in nodes.items():
        if "deprecated" in node.members or "x-sunset" in node.members:
            told_at = place(at, values.where(bits[at]))
            yield told_at if name in told_at else f"the property {name}", node, values.reach(bits[at])


def _undated(subject: Subject) -> Iterator[Hit]:
    for words, node, reach in _things(subject):
        if node.members.get("deprecated") is True and node.members.get("x-sunset") in (None, ""):
            yield Hit(node.at, f"{words} is deprecated and has no x-sunset", reach)


def _past(subject: Subject) -> Iterator[Hit]:
    for words, node, reach in _things(subject):
        day = sunset_of(node.members.get("x-sunset"))
        if day is not None and day <= subject.at:
            yield Hit(f"{node.at}/x-sunset", f"the sunset of {words} was {day}, and it is still here", reach)


def _unreadable(subject: Subject) -> Iterator[Hit]:
    for words, node, reach in _things(subject):
        if unreadable(node.members.get("x-sunset")):
            yield Hit(f"{node.at}/x-sunset", f"the x-sunset of {words} is no date", reach)


def _not_deprecated(subject: Subject) -> Iterator[Hit]:
    for words, node, reach in _things(subject):
        if node.members.get("x-sunset") not in (None, "") and node.members.get("deprecated") is not True:
            yield Hit(f"{node.at}/x-sunset", f"{words} has an x-sunset and is not deprecated", reach)


_W, _I = Severity.WARNING, Severity.INFO
_LATER: Final = {"x-sunset": "2099-01-01"}

RULES: Final = (
    LintRule(
        "deprecated-without-sunset", _W,
        "Deprecated without a day is deprecated for ever: nobody plans to leave.",
        "State `x-sunset: YYYY-MM-DD`.",
        Example(get(deprecated=True), get(deprecated=True, **_LATER)), _undated,
    ),
    LintRule(
        "sunset-past", _W,
        "The day that was announced has come. Either callers were told something that is not so, or it can go.",
        "Take it out, or announce another day.",
        Example(get(deprecated=True, **{"x-sunset": "2020-01-01"}), get(deprecated=True, **_LATER)), _past,
    ),
    LintRule(
        "sunset-unreadable", _W,
        "A day that cannot be read is announced to nobody.",
        "Write it as YYYY-MM-DD.",
        Example(get(deprecated=True, **{"x-sunset": "next year"}), get(deprecated=True, **_LATER)), _unreadable,
    ),
    LintRule(
        "sunset-without-deprecation", _I,
        "Tools and generated code warn by `deprecated`; the day alone is seen by nobody who does not look for it.",
        "State `deprecated: true` beside it.",
        Example(get(**_LATER), get(deprecated=True, **_LATER)), _not_deprecated,
    ),
)  # fmt: skip
