"""Waivers applied to findings: what is let pass, and what is to be said of the waivers themselves."""

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.counted import counted
from governance.finding import Finding, Use
from governance.placed import Placed, placed
from governance.severities import pattern_of
from governance.waiver import Waiver
from governance.waiver_files import Decided
from governance.waiver_rules import RULES

WARN_DAYS: Final = (1, 7, 30)
"""So many days before its end a waiver is told of."""
MOST_DAYS: Final = 366
"""A waiver that is to last longer is told of: it would be no exception any more."""

_WILD: Final = "*./- "


@dataclass(frozen=True, slots=True)
class Subject:
    """What findings are about."""

    api: str
    """Empty where it is not known: no waiver holds there."""
    version: str
    """The newer version where two are compared."""
    consumers: frozenset[str] | None = None
    """Who may call what changed; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Case:
    """Findings about one subject."""

    findings: tuple[Finding, ...]
    subject: Subject


@dataclass(frozen=True, slots=True)
class Applied:
    """Findings with their waivers, and what was found about the waivers."""

    cases: tuple[tuple[Finding, ...], ...]
    """As they were given; a finding that a waiver lets pass names it in `waived`."""
    about: tuple[Placed, ...]
    """Waivers that match nothing, end soon, have ended, or are too wide; the worst first."""
    in_force: tuple[Decided, ...]
    """Those by which something was let pass."""


def apply(cases: Sequence[Case], waivers: Sequence[Decided], at: date, *, judged: Collection[str]) -> Applied:
    """Hold findings against waivers as they stand on a day.

    A finding is waived where every operation that it reaches, for every consumer that may call, is covered; covered in
    part it counts, and its reason says what is not. Waivers that are too wide cover nothing. `judged` are the
    rules that were looked at in full: that a waiver of another rule matches nothing says nothing of it.
    """
    usable = [one for one in waivers if not too_wide(one.waiver)]
    live = [one for one in usable if one.waiver.until >= at]
    ended = [one for one in usable if one.waiver.until < at]
    matched: set[str] = set()
    used: set[str] = set()
    held: list[tuple[Finding, ...]] = []
    for case in cases:
        left = []
        for finding in case.findings:
            fitting = [one for one in live if _matches(one.waiver, finding, case.subject)]
            matched |= {one.name for one in fitting}
            matched |= {one.name for one in ended if _matches(one.waiver, finding, case.subject)}
            one = _held(finding, case.subject, fitting)
            used |= set(one.waived)
            left.append(one)
        held.append(tuple(left))
    subjects = [case.subject for case in cases]
    about = [
        told
        for one in waivers
        if any(_concerns(one.waiver, subject) for subject in subjects)
        for told in _about(one, at, matched=one.name in matched, judged=judged)
    ]
    about.sort(key=lambda told: (-told.finding.severity.weight, told.finding.rule, told.file, told.line))
    return Applied(tuple(held), tuple(about), tuple(one for one in live if one.name in used))


def too_wide(waiver: Waiver) -> str:
    """Why a waiver is no exception but the rule; empty for one that names what it is about."""
    if not waiver.api.strip(_WILD):
        return "it is about every api"
    if waiver.rule is None or waiver.finding is not None:
        return ""
    if not waiver.rule.strip(_WILD):
        return "it is about every rule"
    anywhere = not waiver.paths or any(not path.strip(_WILD) for path in waiver.paths)
    if "*" in waiver.rule and anywhere:
        return "it is about many rules on every path"
    any_version = not waiver.versions or any(not version.strip(_WILD) for version in waiver.versions)
    return "it is about every path of every version" if anywhere and any_version and not waiver.consumers else ""


def _concerns(waiver: Waiver, subject: Subject) -> bool:
    return bool(subject.api) and _any(waiver.api, subject.api) and _one_of(waiver.versions, subject.version)


def _matches(waiver: Waiver, finding: Finding, subject: Subject) -> bool:
    if not _concerns(waiver, subject):
        return False
    if waiver.finding is not None and waiver.finding != finding.fingerprint:
        return False
    if waiver.rule is not None and not _any(waiver.rule, finding.rule):
        return False
    if waiver.consumers and (subject.consumers is None or subject.consumers.isdisjoint(waiver.consumers)):
        return False
    return any(_at(waiver, use) for use in _uses(finding))


def _uses(finding: Finding) -> tuple[Use, ...]:
    return finding.reach or (Use(finding.method, finding.path, finding.direction, ""),)


def _at(waiver: Waiver, use: Use) -> bool:
    return _one_of(waiver.paths, use.path) and (not waiver.methods or use.method in waiver.methods)


def _held(finding: Finding, subject: Subject, fitting: Sequence[Decided]) -> Finding:
    """The finding as the waivers leave it."""
    if not fitting:
        return finding
    names = tuple(one.name for one in fitting)
    uncovered: list[Use] = []
    others: set[str] = set()
    for use in _uses(finding):
        there = [one.waiver for one in fitting if _at(one.waiver, use)]
        if any(not waiver.consumers for waiver in there):
            continue
        covered = {name for waiver in there for name in waiver.consumers}
        if not there or subject.consumers is None:
            uncovered.append(use)
        else:
            others |= subject.consumers - covered
    if not uncovered and not others:
        return replace(finding, waived=names)
    return replace(finding, reason=_in_part(finding, names, uncovered, others))


def _in_part(finding: Finding, names: tuple[str, ...], uncovered: Sequence[Use], others: AbstractSet[str]) -> str:
    parts = []
    if uncovered:
        parts.append(f"{len(uncovered)} of {counted(len(_uses(finding)), 'operation')}")
    if others:
        parts.append(", ".join(sorted(others)))
    said = f"waived in part (by {', '.join(names)}): it still counts for {' and '.join(parts)}"
    return f"{finding.reason}; {said}" if finding.reason else said


def _may_match(waiver: Waiver, judged: Collection[str]) -> bool:
    """Whether a finding of one of the rules could be meant; without a rule in it nobody knows."""
    if waiver.rule is None:
        return bool(judged)
    return any(_any(waiver.rule, name) for name in judged)


def _about(one: Decided, at: date, *, matched: bool, judged: Collection[str]) -> Iterable[Placed]:
    waiver, left = one.waiver, (one.waiver.until - at).days
    wide = too_wide(waiver)
    if wide:
        message = f"the waiver {one.name} is too wide: {wide}; it lets nothing pass"
        yield _told(one, "/rule" if waiver.rule else "/api", "waiver-too-wide", message)
        return
    if left < 0:
        if matched:
            yield _told(one, "/until", "waiver-ended", _ended(one))
        return
    if not matched:
        if _may_match(waiver, judged):
            message = f"the waiver {one.name} matches nothing: what it let pass is gone, or it names another place"
            if waiver.rule is None:
                message += "; `rule` beside `finding` would say what it is about"
            yield _told(one, "", "waiver-unmatched", message)
        return
    if left <= WARN_DAYS[-1]:
        within = next(days for days in WARN_DAYS if left <= days)
        when = "today" if left == 0 else f"in {counted(left, 'day')}"
        message = f"the waiver {one.name} ends {when}, on {waiver.until} (within {counted(within, 'day')})"
        yield _told(one, "/until", "waiver-ends-soon", f"{message}: {waiver.owner} decides what comes then")
    elif left > MOST_DAYS:
        message = f"the waiver {one.name} is to last {left} days, until {waiver.until}: longer than a year"
        yield _told(one, "/until", "waiver-too-long", message)


def _ended(one: Decided) -> str:
    message = f"the waiver {one.name} ended on {one.waiver.until}, and what it let pass is still there"
    if one.waiver.on_expiry == "stop":
        message += "; releases that rest on it do not answer that any more"
    return message


def _told(one: Decided, pointer: str, rule: str, message: str) -> Placed:
    return placed(one.source, pointer, rule, RULES[rule].severity, message, about=one.name, reason=one.waiver.reason)


def _one_of(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(_any(pattern, text) for pattern in patterns)


@lru_cache(maxsize=65_536)
def _any(pattern: str, text: str) -> bool:
    return bool(pattern_of(pattern).fullmatch(text))
