"""A diff as one page that a browser shows from a file: no script, nothing fetched, every text escaped."""

import json
from itertools import groupby
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Severity
from governance.reports.diff_words import (
    counts_of,
    operation_of,
    operations,
    outcome_of,
    places_of,
    split,
    tags_of,
    title_of,
)
from governance.reports.pages import render
from governance.reports.waived import told_of, waived_lines

_HEADS: Final = {Severity.BREAKING: "Breaking", Severity.WARNING: "Warnings", Severity.INFO: "For information"}


def as_html(verdict: DiffVerdict) -> str:
    """Every finding with its reason; what is documentation only stands folded at the end."""
    pages = [_page(verdict, report) for report in verdict.reports]
    heading = f"{plain(verdict.candidate)} against the versions in use" if verdict.candidate else "Contract comparison"
    about = [
        {"severity": told.finding.severity.value, "rule": told.finding.rule, "message": told_of(told)}
        for told in verdict.about
    ]
    return render("diff", heading=heading, verdict=verdict, pages=pages, about=about)


def _page(verdict: DiffVerdict, report: DiffReport) -> dict[str, Any]:
    told, documentation = split(report, verdict.rules)
    groups = [
        {"heading": _HEADS[severity], "findings": [_finding(verdict, report, finding) for finding in group]}
        for severity, group in groupby(told, key=lambda f: f.severity)
    ]
    return {
        "report": report,
        "title": title_of(report),
        "fails": verdict.report_fails(report),
        "outcome": outcome_of(verdict, report),
        "counts": counts_of(report),
        "operations": counted(report.operations, "operation"),
        "groups": groups,
        "waived": list(waived_lines(verdict, report)),
        "documentation": [f"{operation_of(f)} {plain(f.message)}".strip() for f in documentation],
    }


def _finding(verdict: DiffVerdict, report: DiffReport, finding: Finding) -> dict[str, Any]:
    old, new = places_of(report, finding)
    rule = verdict.rules.get(finding.rule)
    example = finding.failing_example
    return {
        "severity": finding.severity.value,
        "rule": plain(finding.rule),
        "fingerprint": finding.fingerprint,
        "message": plain(finding.message),
        "where": operation_of(finding),
        "tags": tags_of(finding),
        "old": old,
        "new": new,
        "reason": plain(finding.reason),
        "operations": operations(finding),
        "why": rule.reason if rule is not None else "",
        "do": rule.do if rule is not None else "",
        "example": None
        if example is None
        else {
            "where": plain(example.where),
            "valid_in": example.valid_in,
            "refused_by": example.refused_by,
            "error": plain(example.error),
            "value": "\n".join(
                plain(line) for line in json.dumps(example.value, indent=2, default=str, ensure_ascii=False).split("\n")
            ),
        },
    }
