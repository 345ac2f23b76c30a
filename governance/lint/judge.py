"""A document judged by the rules of a set: each root cause a finding, weighed by the settings."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from contracts.plain import plain
from governance.diff.side import Side
from governance.finding import Direction, Finding, Proof, Severity, Use
from governance.lint.identity import by_names, fingerprint
from governance.lint.report import LintReport
from governance.lint.rule import Check, Hit
from governance.lint.rule_sets import RuleSet
from governance.lint.settings import LintSettings, LintSeverity
from governance.lint.subject import Subject
from governance.lint.words import SEVERITIES
from governance.patterns import pattern_of

Progress = Callable[[str], None]


def lint(
    side: Side, rule_set: RuleSet, settings: LintSettings, *, at: dt.date | None = None,
    only: Collection[str] = (), progress: Progress = lambda _: None, check_seconds: float = 10.0,
    file: str = "",
) -> LintReport:  # fmt: skip
    """Every finding in one document, the worst first.

    `only` names the rules that are asked, off ones too; without it those of the set. `at` is the day that sunsets are
    held against, today else. `check_seconds` bounds what judging examples takes. `file` names the document's file
    from the folder of the workspace on.
    """
    began = time.perf_counter()
    subject = Subject(
        side.document, layer=side.layer, visibility=side.visibility, at=at, check_seconds=check_seconds, file=file
    )  # fmt: skip
    found: list[Finding] = []
    for rule in rules_asked(rule_set, settings, only):
        severity = rule_set.weights.get(rule.id) or (rule.severity if rule.id in only else None)
        progress(f"{side.shown}: {rule.id}")
        found += _found(rule, severity, subject, side, settings)
    return LintReport(
        side, ordered(found), rule_set.name, time.perf_counter() - began, len(subject.operations), tuple(subject.limits)
    )


def rules_asked(rule_set: RuleSet, settings: LintSettings, only: Collection[str] = ()) -> tuple[Check, ...]:
    """The rules that are asked: of a set and what the settings switch on, or `only` these."""
    known = rule_set.rules.values()
    if only:
        return tuple(rule for rule in known if rule.id in only)
    return tuple(rule for rule in known if rule.id in rule_set.weights or _is_set(rule, settings))


def _is_set(rule: Check, settings: LintSettings) -> bool:
    """Whether an entry of the settings may switch on what the set leaves out."""
    return any(pattern_of(one.rule).fullmatch(rule.id) and one.severity != "off" for one in settings.severities)


def _found(
    rule: Check, severity: Severity | None, subject: Subject, side: Side, settings: LintSettings
) -> Iterable[Finding]:
    seen: Counter[str] = Counter()
    for hit in rule.find(subject):
        weight, reason = _weighed(rule, hit.weight or severity, hit, side, settings)
        about = hit.identity or by_names(subject.tree, hit.pointer)
        number = seen[about]
        seen[about] += 1
        if weight is not None:
            yield _finding(rule, weight, hit, fingerprint(rule.id, about, number), reason)


def _finding(rule: Check, severity: Severity, hit: Hit, identity: str, reason: str) -> Finding:
    reach = tuple(dict.fromkeys(hit.reach))
    first = reach[0] if reach else Use("", "", Direction.NONE, "")
    return Finding(
        rule=rule.id, severity=severity, message=plain(hit.message), direction=Direction.NONE, method=first.method,
        path=first.path, pointer_old=hit.pointer, pointer_new=hit.pointer, exposes=False, proof=Proof.STRUCTURAL,
        failing_example=None, fingerprint=identity, reach=reach, reason=reason,
    )  # fmt: skip


def _weighed(
    rule: Check, severity: Severity | None, hit: Hit, side: Side, settings: LintSettings
) -> tuple[Severity | None, str]:
    """What the settings make of the severity, and why where they do. Of many operations the worst decides."""
    paths = {use.path for use in hit.reach} or {""}
    weights = [_weighed_at(rule, severity, path, side, settings) for path in sorted(paths)]
    return max(weights, key=lambda pair: -1 if pair[0] is None else pair[0].weight)


def _weighed_at(
    rule: Check, severity: Severity | None, path: str, side: Side, settings: LintSettings
) -> tuple[Severity | None, str]:
    matched = [one for one in settings.severities if _matches(one, rule.id, path, side)]
    return (SEVERITIES[matched[-1].severity], matched[-1].reason) if matched else (severity, "")


def _matches(entry: LintSeverity, rule: str, path: str, side: Side) -> bool:
    return (
        bool(pattern_of(entry.rule).fullmatch(rule))
        and (not entry.paths or any(pattern_of(pattern).fullmatch(path) for pattern in entry.paths))
        and (not entry.layers or side.layer in entry.layers)
        and (not entry.visibilities or side.visibility in entry.visibilities)
    )


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """The worst first: by severity, rule, and place."""

    def key(one: Finding) -> tuple[Any, ...]:
        return (-one.severity.weight, one.rule, one.path, one.method, one.pointer_new, one.message, one.fingerprint)

    return tuple(sorted(findings, key=key))
