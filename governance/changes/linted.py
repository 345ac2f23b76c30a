"""Contracts by the base's rules of lint: what each breaks now, and did not break before."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Final

from governance.board_rules import ChangeClass
from governance.changes.changed import Point
from governance.changes.state import State, side_of
from governance.finding import Finding
from governance.lint.judge import lint
from governance.lint.report import LintReport
from governance.lint.rule_sets import RuleSet
from governance.lint.settings import LintSettings
from governance.lint.words import SEVERITIES
from governance.patterns import pattern_of

Key = tuple[str, str]
_LARGE_BYTES: Final = 1_000_000
"""Of a document larger than this only rules are asked whose findings count: the others take most of the time."""


def linted(
    base: State | None, new: State, key: Key, at: dt.date, progress: Callable[[str], None]
) -> tuple[Point, ...]:  # fmt: skip
    """What is found now and was not before; what weighs less than the threshold needs nobody's decision."""
    judge = base or new
    settings = judge.lint.lint if judge.lint is not None else LintSettings()
    threshold = SEVERITIES[settings.fail_on]
    least = threshold.weight if threshold is not None else 0
    name = "@".join(key)
    progress(f"linting {name}")
    is_large = sum(len(new.files[file]) for file in new.documents_of(key)) > _LARGE_BYTES
    asked = _counting(judge.rule_set, settings, least) if is_large else ()
    report = _report(new, key, judge.rule_set, settings, at, asked)
    known = {one.fingerprint for one in judge.baseline.known if one.document == name} if judge.baseline else set()
    if base is not None and key in base.workspace.contracts and report.findings:
        found = tuple({one.rule for one in report.findings})
        known |= {one.fingerprint for one in _report(base, key, judge.rule_set, settings, at, found).findings}
    return tuple(
        _point(report, one, counts=one.severity.weight >= least)
        for one in report.findings if one.fingerprint not in known
    )  # fmt: skip


def _report(
    state: State, key: Key, rule_set: RuleSet, settings: LintSettings, at: dt.date, only: Collection[str]
) -> LintReport:
    side = side_of(state, key)
    return lint(side, rule_set, settings, at=at, only=only, file=f"{side.folder}{side.document.name}")


def _counting(rule_set: RuleSet, settings: LintSettings, least: int) -> tuple[str, ...]:
    """Rules whose findings may count; empty for all, as where the settings switch on what the set leaves out."""
    raised = [
        pattern_of(one.rule) for one in settings.severities
        if (weight := SEVERITIES[one.severity]) is not None and weight.weight >= least
    ]  # fmt: skip
    known = rule_set.rules
    if any(one.fullmatch(name) for name in known for one in raised if name not in rule_set.weights):
        return ()
    heavy = (
        name for name in known
        if name in rule_set.more or any(one.fullmatch(name) for one in raised)
        or (name in rule_set.weights and rule_set.weights[name].weight >= least)
    )  # fmt: skip
    return tuple(heavy)


def _point(report: LintReport, finding: Finding, *, counts: bool) -> Point:
    place = report.place(finding)
    classes = frozenset((ChangeClass.LINT,)) if counts else frozenset[ChangeClass]()
    return Point(finding, classes, place.file, place.line)
