"""Lint as SARIF 2.1.0, for code scanning: a result at its line; what is waived or known is suppressed."""

from typing import Any, Final
from urllib.parse import quote

from governance.finding import Finding
from governance.lint.report import LintReport, LintVerdict
from governance.reports.diff_words import operations, reach_of
from governance.reports.lint_words import said_of
from governance.reports.sarif import LEVELS, location, log, message, tool
from governance.reports.waived import waivers_of
from governance.reports.waived_sarif import about_waivers, suppression

_NAMES: Final = 10


def as_sarif(verdict: LintVerdict) -> str:
    """One run a document; all findings are in it, and each is known again by its fingerprint.

    What a waiver lets pass or the baseline knows is suppressed; what was found about waivers is a run of its own.
    """
    runs = [_run(verdict, report) for report in verdict.reports]
    if verdict.about:
        runs.append(about_waivers(verdict.about, verdict.about_fails, verdict.exit_code))
    return log(runs)


def _run(verdict: LintVerdict, report: LintReport) -> dict[str, Any]:
    ids = sorted({finding.rule for finding in report.findings})
    limits = [{"level": "warning", "message": {"text": message(limit)}} for limit in report.limits]
    invocation: dict[str, Any] = {"executionSuccessful": True, "exitCode": verdict.exit_code}
    if limits:
        invocation["toolExecutionNotifications"] = limits
    return {
        "tool": tool([_rule(verdict, name, report) for name in ids]),
        "invocations": [invocation],
        "automationDetails": {"id": f"contract-lint/{quote(report.side.shown, safe='')}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(verdict, report, finding, ids) for finding in report.findings],
        "properties": {
            "ruleSet": report.rule_set,
            "document": {"name": report.side.shown, "digest": report.side.document.digest},
        },
    }


def _rule(verdict: LintVerdict, name: str, report: LintReport) -> dict[str, Any]:
    worst = max((one.severity for one in report.findings if one.rule == name), key=lambda severity: severity.weight)
    told: dict[str, Any] = {"id": name, "defaultConfiguration": {"level": LEVELS[worst]}}
    rule = verdict.rules.get(name)
    if rule is not None and rule.reason:
        told["fullDescription"] = {"text": message(rule.reason)}
        told["help"] = {"text": message(f"{rule.reason} {rule.do}".strip())}
    return told


def _result(verdict: LintVerdict, report: LintReport, finding: Finding, ids: list[str]) -> dict[str, Any]:
    parts = [said_of(finding), reach_of(finding, _NAMES), finding.reason]
    told: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": LEVELS[finding.severity],
        "message": {"text": message(". ".join(part.rstrip(".") for part in parts if part) + ".")},
        "locations": [location(report.place(finding), finding.pointer_new)],
        "partialFingerprints": {"tidewaiterFinding/v1": finding.fingerprint},
        "properties": {"fails": verdict.fails(report, finding), "operations": list(operations(finding))},
    }
    if verdict.is_accepted(report, finding):
        told["suppressions"] = [{"kind": "external", "justification": f"known in {verdict.baseline}"}]
    if finding.waived:
        told["suppressions"] = [suppression(one) for one in waivers_of(verdict, finding)]
    return told
