"""The gate's verdict as SARIF 2.1.0, for code scanning: a result for each finding, at its line of the working tree."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from contracts.plain import plain
from governance.changes.changed import Point
from governance.diff.side import Place
from governance.gate.verdict import GateVerdict
from governance.placed import Placed
from governance.release.covering import Ruling
from governance.reports.diff_words import example_of, operations, reach_of
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    about_waivers,
    callers_line,
    decider_line,
    file_of,
    in_order,
    point_line,
    waivers_in_force,
)
from governance.reports.sarif import location, log, message, tool
from governance.reports.waived_sarif import about_waivers as run_of_waivers
from governance.reports.waived_sarif import suppression
from governance.rule_words import words_of
from governance.waiver_files import Decided

_NAMES: Final = 10
_REFUSED: Final = "change-refused"
"""The rule of a result for a change in which nothing was found, and that a decision refuses."""


def as_sarif(verdict: GateVerdict, context: Context | None = None) -> str:
    """One run; each finding is known again by its fingerprint. What was found about waivers is a run of its own.

    What lacks a decision is an `error`, what somebody decided on a `note`, what a waiver lets pass is suppressed.
    """
    context = context or Context()
    runs = [_run(verdict, context)]
    if verdict.about_waivers:
        runs.append(run_of_waivers(_here(about_waivers(verdict), context), lambda _: False, verdict.exit_code))
    return log(runs)


def _run(verdict: GateVerdict, context: Context) -> dict[str, Any]:
    found = [
        (ruling, point, asks)
        for ruling in in_order(verdict)
        for points, asks in ((ruling.change.points, True), (ruling.change.noted, False))
        for point in points
    ]
    refused = [one for one in verdict.undecided if not one.change.points]
    ids = sorted({point.finding.rule for _, point, _ in found} | ({_REFUSED} if refused else set()))
    told = [*verdict.notes, *(limit for one in verdict.rulings for limit in one.change.limits)]
    invocation: dict[str, Any] = {"executionSuccessful": True, "exitCode": verdict.exit_code}
    if told:
        invocation["toolExecutionNotifications"] = [
            {"level": "warning", "message": {"text": message(line)}} for line in told
        ]
    made = verdict.made
    return {
        "tool": tool([_rule(name) for name in ids]),
        "invocations": [invocation],
        "automationDetails": {"id": f"release-gate/{quote(verdict.workspace, safe='')}/"},
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(verdict, ruling, point, ids, context, asks=asks) for ruling, point, asks in found),
            *(_refusal(ruling, ids, context) for ruling in refused),
        ],
        "properties": {
            "base": made.base, "baseDigest": made.base_digest, "workspaceDigest": made.workspace_digest,
            "environment": made.environment, "ruleSet": made.rule_set, "trust": made.trust,
            "undecided": len(verdict.undecided), "decided": len(verdict.decided), "automatic": len(verdict.automatic),
        },
    }  # fmt: skip


def _rule(name: str) -> dict[str, Any]:
    told: dict[str, Any] = {"id": name, "defaultConfiguration": {"level": "error"}}
    rule = words_of(name)
    if rule is not None:
        told["fullDescription"] = {"text": message(rule.reason)}
        told["help"] = {"text": message(f"{rule.reason} {rule.do}")}
    return told


def _result(
    verdict: GateVerdict, ruling: Ruling, point: Point, ids: list[str], context: Context, *, asks: bool
) -> dict[str, Any]:
    finding = point.finding
    parts = [point_line(point), reach_of(finding, _NAMES), plain(finding.reason)]
    if finding.failing_example is not None:
        parts.append(f"Fails: {example_of(finding.failing_example)}")
    if asks:
        parts += [callers_line(point.callers, _NAMES), decider_line(ruling, context)]
    waivers = [one for one in _files(waivers_in_force(verdict), context) if one.name in finding.waived]
    return {
        **({"suppressions": [suppression(one) for one in waivers]} if waivers else {}),
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": "error" if asks and ruling.decided_by is None else "note",
        "message": {"text": message(_sentences(parts))},
        "locations": [_location(point, context)],
        "partialFingerprints": {"tidewaiterFinding/v1": finding.fingerprint},
        "properties": {
            "change": ruling.change.name,
            "does": sorted(one.value for one in point.classes),
            "decidedBy": ruling.decided_by,
            "proof": finding.proof.value,
            "against": point.against,
            "inBaseOnly": not point.in_new,
            "operations": list(operations(finding)),
            "consumers": [one.consumer for one in point.callers],
        },
    }


def _refusal(ruling: Ruling, ids: list[str], context: Context) -> dict[str, Any]:
    place = Place(context.in_repository(file_of(ruling.change)), 1, 1, in_tree=True)
    text = _sentences([f"{plain(ruling.change.name)}: {decider_line(ruling, context)}", *map(plain, ruling.why_not)])
    return {
        "ruleId": _REFUSED,
        "ruleIndex": ids.index(_REFUSED),
        "level": "error",
        "message": {"text": message(text)},
        "locations": [location(place, "")],
        "properties": {"change": ruling.change.name},
    }


def _location(point: Point, context: Context) -> dict[str, Any]:
    place = Place(context.in_repository(point.file), point.line, 1, in_tree=point.in_new)
    return location(place, point.finding.pointer_new if point.in_new else point.finding.pointer_old)


def _here(about: Iterable[Placed], context: Context) -> list[Placed]:
    return [replace(told, file=context.in_repository(told.file)) for told in about]


def _files(waivers: Iterable[Decided], context: Context) -> list[Decided]:
    return [replace(one, source=replace(one.source, file=context.in_repository(one.source.file))) for one in waivers]


def _sentences(parts: Iterable[str]) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part) + "."
