"""Lint as annotations of a GitHub workflow: one command a line, the worst first, as GitHub shows few of them."""

from typing import Final

from contracts.plain import plain
from governance.finding import Finding
from governance.lint.report import LintReport, LintVerdict
from governance.reports.diff_words import reach_of
from governance.reports.github import ANNOTATIONS, annotation, workflow_command
from governance.reports.lint_words import counts_of, outcome_of, place_of, said_of, stale_of, title_of
from governance.reports.waived import annotated, terms_of, waivers_of

_NAMES: Final = 3


def as_github(verdict: LintVerdict) -> str:
    """Workflow commands, escaped so that no text of a document becomes one; what the baseline knows is left out."""
    lines: list[str] = []
    for report in verdict.reports:
        new = verdict.new(report)
        lines += [_annotation(report, finding) for finding in new]
        lines += [_waived(verdict, finding) for finding in report.waived]
        said = f"{title_of(report)}: {counts_of(verdict, new)}: {outcome_of(verdict, report)}"
        kind = "error" if verdict.report_fails(report) else "notice"
        lines.append(workflow_command(kind, said, title="Contract lint"))
        lines += [workflow_command("warning", plain(limit), title="Bound") for limit in report.limits]
    lines += [workflow_command("warning", stale_of(one), title="Stale entry of the baseline") for one in verdict.stale]
    lines += [annotated(told) for told in verdict.about]
    return "".join(line + "\n" for line in lines)


def _annotation(report: LintReport, finding: Finding) -> str:
    parts = [said_of(finding), reach_of(finding, _NAMES), plain(finding.reason), place_of(report, finding)]
    text = "\n".join(part for part in parts if part)
    return annotation(ANNOTATIONS[finding.severity], report.place(finding), finding.rule, text)


def _waived(verdict: LintVerdict, finding: Finding) -> str:
    told = [said_of(finding), *(f"waived by {terms_of(one)}" for one in waivers_of(verdict, finding))]
    return workflow_command("notice", "\n".join(told), title=f"waived: {plain(finding.rule)}")
