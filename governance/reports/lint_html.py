"""Lint as one page that a browser shows from a file: no script, nothing fetched, every text escaped."""

from itertools import groupby
from typing import Any

from contracts.plain import plain
from governance.finding import Finding
from governance.lint.report import LintReport, LintVerdict
from governance.reports.diff_words import operation_of, operations
from governance.reports.lint_markdown import HEADS
from governance.reports.lint_words import counts_of, outcome_of, place_of, stale_of, sum_of, title_of, waived_lines
from governance.reports.pages import render
from governance.reports.waived import told_of


def as_html(verdict: LintVerdict) -> str:
    """Every finding that counts with its reason and what mends it, then what is waived."""
    return render(
        "lint", heading="Contract lint", sum=sum_of(verdict),
        pages=[_page(verdict, report) for report in verdict.reports],
        about=[
            {"severity": told.finding.severity.value, "rule": told.finding.rule, "message": told_of(told)}
            for told in verdict.about
        ],
        stale=[stale_of(one) for one in verdict.stale],
        left_out=[(plain(name), plain(why)) for name, why in verdict.left_out],
    )  # fmt: skip


def _page(verdict: LintVerdict, report: LintReport) -> dict[str, Any]:
    new = verdict.new(report)
    groups = []
    for severity, found in groupby(new, key=lambda one: one.severity):
        rules = [_rule(verdict, report, rule, list(group)) for rule, group in groupby(found, key=lambda one: one.rule)]
        groups.append({"heading": HEADS[severity], "severity": severity.value, "rules": rules})
    return {
        "title": title_of(report),
        "fails": verdict.report_fails(report),
        "outcome": outcome_of(verdict, report),
        "counts": counts_of(verdict, new),
        "digest": report.side.document.digest,
        "rule_set": plain(report.rule_set),
        "operations": report.operations,
        "limits": [plain(limit) for limit in report.limits],
        "groups": groups,
        "waived": list(waived_lines(verdict, report)),
    }


def _rule(verdict: LintVerdict, report: LintReport, name: str, group: list[Finding]) -> dict[str, Any]:
    rule = verdict.rules.get(name)
    return {
        "id": plain(name),
        "reason": rule.reason if rule is not None else "",
        "do": rule.do if rule is not None else "",
        "findings": [
            {
                "message": plain(one.message),
                "where": operation_of(one) if len(operations(one)) == 1 else "",
                "place": place_of(report, one),
                "reason": plain(one.reason),
                "operations": operations(one),
            }
            for one in group
        ],
    }
