"""A diff as SARIF 2.1.0, for code scanning: a result at the line of the new document, the old one related to it."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof
from governance.reports.diff_words import example_of, operations, reach_of, said
from governance.reports.sarif import LEVELS, location, log, message, tool
from governance.reports.waived import waivers_of
from governance.reports.waived_sarif import about_waivers, suppression
from governance.rules import Rule

_NAMES: Final = 10


def as_sarif(verdict: DiffVerdict) -> str:
    """One run a comparison; all findings are in it, and each is known again by its fingerprint.

    What is waived is suppressed; what was found about waivers is a run of its own.
    """
    runs = [_run(verdict, report) for report in verdict.reports]
    if verdict.about:
        runs.append(about_waivers(verdict.about, lambda told: verdict.fails(told.finding), verdict.exit_code))
    return log(runs)


def _run(verdict: DiffVerdict, report: DiffReport) -> dict[str, Any]:
    ids = sorted({finding.rule for finding in report.findings})
    limits = [{"level": "warning", "message": {"text": message(limit)}} for limit in report.limits]
    invocation: dict[str, Any] = {"executionSuccessful": True, "exitCode": verdict.exit_code}
    if limits:
        invocation["toolExecutionNotifications"] = limits
    return {
        "tool": tool([_rule(name, verdict.rules.get(name), report.findings) for name in ids]),
        "invocations": [invocation],
        "automationDetails": {"id": f"contract-diff/{quote(report.old.shown, safe='')}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(verdict, report, finding, ids) for finding in report.findings],
        "properties": {
            "profile": report.profile,
            "old": {"name": report.old.shown, "digest": report.old.document.digest},
            "new": {"name": report.new.shown, "digest": report.new.document.digest},
        },
    }


def _rule(name: str, rule: Rule | None, findings: Iterable[Finding]) -> dict[str, Any]:
    worst = max((f.severity for f in findings if f.rule == name), key=lambda severity: severity.weight)
    told: dict[str, Any] = {"id": name, "defaultConfiguration": {"level": LEVELS[worst]}}
    if rule is not None:
        told["fullDescription"] = {"text": message(rule.reason)}
        told["help"] = {"text": message(f"{rule.reason} {rule.do}")}
    return told


def _result(verdict: DiffVerdict, report: DiffReport, finding: Finding, ids: list[str]) -> dict[str, Any]:
    parts = [
        said(finding),
        reach_of(finding, _NAMES),
        plain(finding.reason),
    ]
    if finding.failing_example is not None:
        parts.append(f"Fails: {example_of(finding.failing_example)}")
    properties: dict[str, Any] = {
        "exposes": finding.exposes,
        "proof": finding.proof.value,
        "fails": verdict.fails(finding),
        "operations": list(operations(finding)),
        "pointerOld": finding.pointer_old,
        "pointerNew": finding.pointer_new,
    }
    if finding.proof is Proof.UNPROVEN:
        properties["tags"] = ["could-not-be-proven"]
    level = LEVELS[finding.severity]
    waivers = waivers_of(verdict, finding)
    return {
        **({"suppressions": [suppression(one) for one in waivers]} if waivers else {}),
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": "warning" if level == "note" and finding.proof is Proof.UNPROVEN else level,
        "message": {"text": message(". ".join(part.rstrip(".") for part in parts if part) + ".")},
        "locations": [location(report.place_new(finding), finding.pointer_new)],
        "relatedLocations": [
            {"id": 0, "message": {"text": "before"}, **location(report.place_old(finding), finding.pointer_old)}
        ],
        "partialFingerprints": {"tidewaiterFinding/v1": finding.fingerprint},
        "properties": properties,
    }
