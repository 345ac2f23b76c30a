"""A diff as annotations of a GitHub workflow: one command a line, the worst first, as GitHub shows few of them."""

from typing import Final

from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof, Severity
from governance.placed import Placed
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
from governance.reports.waived import terms_of, told_of, waivers_of

_NAMES: Final = 3
_KINDS: Final = {Severity.BREAKING: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


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
        lines.append(f"::{kind} title={_property('Contract comparison')}::{_data(sum_up)}")
        lines += [f"::warning title={_property('Bound')}::{_data(plain(limit))}" for limit in report.limits]
    lines += [_about(told) for told in verdict.about]
    return "".join(line + "\n" for line in lines)


def _annotation(report: DiffReport, finding: Finding) -> str:
    kind = _KINDS[finding.severity]
    if finding.proof is Proof.UNPROVEN and kind == "notice":
        kind = "warning"
    parts = [said(finding)]
    parts += [text for text in (reach_of(finding, _NAMES), plain(finding.reason)) if text]
    parts += [f"fails: {example_of(finding.failing_example)}"] if finding.failing_example is not None else []
    old, new = places_of(report, finding)
    parts.append(f"{old} -> {new}")
    place = report.place_new(finding)
    properties = {"title": plain(finding.rule)}
    if place.in_tree and place.line:
        properties = {"file": plain(place.file), "line": str(place.line), "col": str(place.column), **properties}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {named}::{_data(chr(10).join(parts))}"


def _waived(verdict: DiffVerdict, finding: Finding) -> str:
    told = [said(finding), *(f"waived by {terms_of(one)}" for one in waivers_of(verdict, finding))]
    return f"::notice title={_property(f'waived: {plain(finding.rule)}')}::{_data(chr(10).join(told))}"


def _about(told: Placed) -> str:
    kind = _KINDS[told.finding.severity]
    place = f"file={_property(plain(told.file))},line={told.line},col={told.column}," if told.line else ""
    return f"::{kind} {place}title={_property(told.finding.rule)}::{_data(told_of(told))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
