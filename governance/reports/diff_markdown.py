"""A diff as Markdown, for a comment on a change or a page: root causes by severity, then what is for information."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.counted import counted
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof, Severity
from governance.reports.diff_words import (
    counts_of,
    example_of,
    operation_of,
    operations,
    outcome_of,
    places_of,
    split,
    tags_of,
    title_of,
)
from governance.reports.markdown_text import code, marked
from governance.reports.waived import terms_of, told_of, waivers_of

_NAMES: Final = 8
_HEADS: Final = {Severity.BREAKING: "Breaking", Severity.WARNING: "Warnings", Severity.INFO: "For information"}


def as_markdown(verdict: DiffVerdict, *, everything: bool = False) -> str:
    """Headings, lists and code only; nothing of a document is a mark, a link or a mention.

    Without `everything`, what is for information only is counted by rule.
    """
    lines: list[str] = []
    if verdict.candidate:
        lines += [f"# {code(verdict.candidate)} against the versions in use", "", *_table(verdict), ""]
    if verdict.about:
        lines += ["## Waivers", "", *_about(verdict), ""]
    for report in verdict.reports:
        lines += [*_page(verdict, report, everything=everything), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _about(verdict: DiffVerdict) -> Iterator[str]:
    for told in verdict.about:
        yield f"- **{told.finding.severity.value}** {code(told.finding.rule)}: {marked(told_of(told))}"


def _waived(verdict: DiffVerdict, report: DiffReport) -> Iterator[str]:
    if report.waived:
        yield ""
        yield "### Waived"
        yield ""
    for finding in report.waived:
        where = operation_of(finding)
        place = f", {code(where)}" if where else ""
        yield f"- {marked(finding.message)} ({finding.severity.value} {code(finding.rule)}{place})"
        yield from (f"  - {marked(terms_of(one))}" for one in waivers_of(verdict, finding))


def _table(verdict: DiffVerdict) -> Iterator[str]:
    yield "| version | outcome | findings |"
    yield "|---|---|---|"
    for report in verdict.reports:
        outcome = "breaks" if verdict.report_fails(report) else "fits"
        yield f"| {marked(report.old.shown)} | {outcome} | {counts_of(report)} |"
    for name, why in verdict.left_out:
        yield f"| {marked(name)} | not compared | {marked(why)} |"


def _page(verdict: DiffVerdict, report: DiffReport, *, everything: bool) -> Iterator[str]:
    yield f"## {marked(title_of(report))}"
    yield ""
    yield f"**{outcome_of(verdict, report)}** ({counts_of(report)}; profile {report.profile})"
    told, documentation = split(report, verdict.rules)
    if everything:
        told, documentation = [f for f in report.findings if not f.waived], []
    weighty = [f for f in told if everything or f.severity is not Severity.INFO or f.proof is Proof.UNPROVEN]
    for severity, group in groupby(weighty, key=lambda f: f.severity):
        yield ""
        yield f"### {_HEADS[severity]}"
        yield ""
        for finding in group:
            yield from _finding(report, finding)
    rest = [f for f in told if not everything and f.severity is Severity.INFO and f.proof is not Proof.UNPROVEN]
    if rest or documentation:
        yield ""
        yield f"### {_HEADS[Severity.INFO]}"
        yield ""
    for rule, group in groupby(sorted(rest, key=lambda f: f.rule), key=lambda f: f.rule):
        found = list(group)
        exposes = ", exposes" if any(f.exposes for f in found) else ""
        yield f"- {len(found)} {code(rule)}{exposes}"
    if documentation:
        yield f"- {counted(len(documentation), 'change')} of documentation, examples and extensions only"
    yield from _waived(verdict, report)
    for limit in report.limits:
        yield ""
        yield f"Bound: {marked(limit)}"


def _finding(report: DiffReport, finding: Finding) -> Iterator[str]:
    where = operation_of(finding)
    tags = tags_of(finding)
    yield f"- **{marked(finding.message)}**{f' ({tags})' if tags else ''}"
    yield f"  - {code(finding.rule)} {code(finding.fingerprint)}{f', {code(where)}' if where else ''}"
    old, new = places_of(report, finding)
    yield f"  - {code(old)} to {code(new)}"
    reached = operations(finding)
    if len(reached) > 1:
        more = f" and {len(reached) - _NAMES} more" if len(reached) > _NAMES else ""
        names = ", ".join(code(name) for name in reached[:_NAMES])
        yield f"  - reaches {counted(len(reached), 'operation')}: {names}{more}"
    if finding.failing_example is not None:
        yield f"  - fails: {code(example_of(finding.failing_example))}"
    if finding.reason:
        yield f"  - {marked(finding.reason)}"
