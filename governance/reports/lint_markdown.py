"""Lint as Markdown, for a comment on a change or a page: findings by severity, of each rule the first few."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.counted import counted
from governance.finding import Finding, Severity
from governance.lint.report import LintReport, LintVerdict
from governance.lint.words import NAMES
from governance.reports.diff_words import operations
from governance.reports.lint_words import counts_of, outcome_of, place_of, said_of, stale_of, title_of, waived_lines
from governance.reports.markdown_text import code, marked
from governance.reports.waived import told_of

_OF_A_RULE: Final = 5
_NAMES: Final = 8
_WAIVED: Final = 20
HEADS: Final = {Severity.BREAKING: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "For information"}


def as_markdown(verdict: LintVerdict, *, everything: bool = False) -> str:
    """Headings, lists and code only; nothing of a document is a mark, a link or a mention.

    Without `everything`, of each rule the first few, and what is for information only is counted by rule.
    """
    lines: list[str] = []
    if verdict.about:
        lines += ["## Waivers", "", *_about(verdict), ""]
    for report in verdict.reports:
        lines += [*_page(verdict, report, everything=everything), ""]
    if verdict.stale:
        lines += ["## Stale entries of the baseline", "", *(f"- {marked(stale_of(one))}" for one in verdict.stale), ""]
    lines += [f"- not judged: {marked(name)}: {marked(why)}" for name, why in verdict.left_out]
    return "\n".join(lines).rstrip("\n") + "\n"


def _page(verdict: LintVerdict, report: LintReport, *, everything: bool) -> Iterator[str]:
    yield f"## {marked(title_of(report))}"
    yield ""
    new = verdict.new(report)
    yield f"**{outcome_of(verdict, report)}** ({counts_of(verdict, new)}; rules of {code(report.rule_set)})"
    for severity, found in groupby(new, key=lambda one: one.severity):
        yield from ("", f"### {HEADS[severity]}", "")
        for rule, group in groupby(found, key=lambda one: one.rule):
            yield from _rule(report, rule, list(group), severity, everything=everything)
    if report.waived:
        yield from ("", "### Waived", "")
    most = len(report.waived) if everything else _WAIVED
    for line, terms in list(waived_lines(verdict, report))[:most]:
        yield f"- {marked(line)}"
        yield from (f"  - {marked(one)}" for one in terms)
    if len(report.waived) > most:
        yield f"- and {len(report.waived) - most} more that are waived"
    for limit in report.limits:
        yield from ("", f"Bound: {marked(limit)}")


def _about(verdict: LintVerdict) -> Iterator[str]:
    for told in verdict.about:
        yield f"- **{NAMES[told.finding.severity]}** {code(told.finding.rule)}: {marked(told_of(told))}"


def _rule(
    report: LintReport, rule: str, group: list[Finding], severity: Severity, *, everything: bool
) -> Iterator[str]:  # fmt: skip
    if severity is Severity.INFO and not everything:
        yield f"- {len(group)} {code(rule)}"
        return
    most = len(group) if everything else _OF_A_RULE
    for finding in group[:most]:
        yield f"- **{marked(said_of(finding))}**"
        yield f"  - {code(rule)}, {code(place_of(report, finding))}"
        reached = operations(finding)
        if len(reached) > 1:
            more = f" and {len(reached) - _NAMES} more" if len(reached) > _NAMES else ""
            names = ", ".join(code(name) for name in reached[:_NAMES])
            yield f"  - reaches {counted(len(reached), 'operation')}: {names}{more}"
        if finding.reason:
            yield f"  - {marked(finding.reason)}"
    if len(group) > most:
        yield f"- and {len(group) - most} more {code(rule)}"
