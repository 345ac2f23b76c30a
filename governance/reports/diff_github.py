"""A diff as annotations of a GitHub workflow: one command a line, the worst first, as GitHub shows few of them."""

from typing import Final

from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof
from governance.reports.diff_words import (
    counts_of,
    example_of,
    outcome_of,
    places_of,
    reach_of,
    said,
    split,
    title_of,
)
from governance.reports.github import ANNOTATIONS, annotation, workflow_command
from governance.reports.waived import annotated, terms_of, waivers_of

_NAMES: Final = 3


def as_github(verdict: DiffVerdict) -> str:
    """Workflow commands, escaped so that no text of a document becomes one; what is documentation only is counted.

    What makes the outcome negative is an `error` or a `warning`, by its severity.
    """
    lines: list[str] = []
    for report in verdict.reports:
        told, documentation = split(report, verdict.rules)
        lines += [_annotation(report, finding) for finding in told]
        lines += [_waived(verdict, finding) for finding in report.waived]
        more = f"; {len(documentation)} of them documentation only" if documentation else ""
        sum_up = f"{title_of(report)}: {counts_of(report)}{more}: {outcome_of(verdict, report)}"
        kind = "error" if verdict.report_fails(report) else "notice"
        lines.append(workflow_command(kind, sum_up, title="Contract comparison"))
        lines += [workflow_command("warning", plain(limit), title="Bound") for limit in report.limits]
    lines += [annotated(told) for told in verdict.about]
    return "".join(line + "\n" for line in lines)


def _annotation(report: DiffReport, finding: Finding) -> str:
    kind = ANNOTATIONS[finding.severity]
    if finding.proof is Proof.UNPROVEN and kind == "notice":
        kind = "warning"
    parts = [said(finding)]
    parts += [text for text in (reach_of(finding, _NAMES), plain(finding.reason)) if text]
    parts += [f"fails: {example_of(finding.failing_example)}"] if finding.failing_example is not None else []
    old, new = places_of(report, finding)
    parts.append(f"{old} -> {new}")
    return annotation(kind, report.place_new(finding), finding.rule, "\n".join(parts))


def _waived(verdict: DiffVerdict, finding: Finding) -> str:
    told = [said(finding), *(f"waived by {terms_of(one)}" for one in waivers_of(verdict, finding))]
    return workflow_command("notice", "\n".join(told), title=f"waived: {plain(finding.rule)}")
