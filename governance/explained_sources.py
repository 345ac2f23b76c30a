"""Findings as they are explained, from each place where one can be: a verdict of the gate, a diff, a report as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import faults_of
from gateway.release_file import AUTOMATIC
from governance.callers import Caller, callers
from governance.changes.asked import Asked, Group
from governance.changes.changed import Changed, Point
from governance.diff.report import DiffReport, DiffVerdict
from governance.explained_finding import Explained
from governance.finding import FailingExample, Finding
from governance.gate.verdict import GateVerdict
from governance.landscape import Landscape
from governance.placed import Placed
from governance.release.covering import Ruling
from governance.reports.diff_json import AboutModel, ComparisonModel, DiffReportModel, ExampleModel, FindingModel
from governance.reports.diff_words import operation_of, operations
from governance.reports.gate_context import Context
from governance.reports.gate_json import AboutWaiverModel, ChangeModel, GateFindingModel, GateReportModel
from governance.reports.gate_words import about_waivers
from governance.reports.lint_json import LintAboutModel, LintedModel, LintFindingModel, LintReportModel

REPORT_BYTES: Final = 268_435_456
Report = GateReportModel | DiffReportModel | LintReportModel
_FORMS: Final[Mapping[str, type[Report]]] = {
    "tidewaiter-gate/1": GateReportModel, "tidewaiter-diff/1": DiffReportModel, "tidewaiter-lint/1": LintReportModel,
}  # fmt: skip


def of_verdict(verdict: GateVerdict, context: Context) -> list[Explained]:
    """Every finding of the gate, those about waivers too."""
    found = [
        _of_point(verdict, ruling, point, context)
        for ruling in verdict.rulings
        for point in (*ruling.change.points, *ruling.change.noted)
    ]
    return found + [_about_waiver(context.gate(), told) for told in about_waivers(verdict)]


def of_diff(verdict: DiffVerdict, command: str, landscape: Landscape | None) -> list[Explained]:
    """Every finding of a comparison. `landscape` is of the workspace whose versions are compared."""
    found = [
        _of_diff(verdict, report, one, command, landscape) for report in verdict.reports for one in report.findings
    ]
    return found + [_about_waiver(command, told) for told in verdict.about]


def of_report(path: Path) -> list[Explained]:
    """Every finding of a report that `gate`, `diff` or `lint` wrote as JSON. Raises InvalidInputError."""
    shown = str(path)
    told = _read(path, shown)
    if isinstance(told, GateReportModel):
        owners = {one.consumer: one.owner for one in told.affected}
        found = [
            _of_gate_report(shown, change, finding, owners)
            for change in told.changes for finding in (*change.findings, *change.noted)
        ]  # fmt: skip
    elif isinstance(told, DiffReportModel):
        found = [_of_diff_report(shown, pair, finding) for pair in told.comparisons for finding in pair.findings]
    else:
        found = [_of_lint_report(shown, judged, finding) for judged in told.documents for finding in judged.findings]
    return found + [_of_waiver(shown, one) for one in told.about_waivers]


def _of_point(verdict: GateVerdict, ruling: Ruling, point: Point, context: Context) -> Explained:
    finding, change = point.finding, ruling.change
    asks = bool(point.classes) and not finding.waived
    api, _, version = change.name.partition("@") if change.kind == "contract" else ("", "", "")
    place = f"{point.file}:{point.line}" if point.line else point.file
    status = "waived by " + ", ".join(finding.waived) if finding.waived else "for information"
    return Explained(
        found_by=context.gate(), fingerprint=finding.fingerprint, rule=finding.rule, message=finding.message,
        does=point.why or finding.severity.value, severity=finding.severity.value,
        status=_status(ruling) if asks else status,
        change=change.name, places=(("Stands at" if point.in_new else "Stood at", place),), against=point.against,
        operation=operation_of(finding), before=finding.before, after=finding.after, proof=finding.proof.value,
        example=finding.failing_example, reason=finding.reason, operations=operations(finding),
        consumers=_named(point.callers), decides=str(ruling.asked) if asks else "",
        since=context.promised.since.get(finding.fingerprint), api=api or _api_of(change), version=version,
        owner=change.owner, steps=tuple(_steps(verdict, ruling, finding, context)) if asks else (),
    )  # fmt: skip


def _api_of(change: Changed) -> str:
    parts = change.name.split("/")
    return parts[1] if len(parts) == 3 and (parts[0], parts[2]) == ("contracts", "api.yaml") else ""


def _status(ruling: Ruling) -> str:
    if ruling.decided_by is None:
        return "undecided"
    return "automatic" if ruling.decided_by == AUTOMATIC else f"decided by {ruling.decided_by}"


def _steps(verdict: GateVerdict, ruling: Ruling, finding: Finding, context: Context) -> Iterator[tuple[str, str]]:
    """What can be done about a change that lacks a decision."""
    if ruling.decided_by is not None:
        return
    yield from ((f"Sign {name}, which covers it", context.sign(name)) for name in ruling.unsigned)
    yield "Approve what changed", context.draft(verdict)
    fingerprints = ruling.change.fingerprints
    if fingerprints is not None:
        rest = sorted(fingerprints - {finding.fingerprint})
        named = [part for one in (finding.fingerprint, *rest) for part in ("--finding", one)]
        what = "Accept its findings and nothing more" if rest else "Accept this finding and nothing more"
        yield what, context.draft(verdict, "--verdict", "waive", *named)
    yield "Refuse it", context.draft(verdict, "--verdict", "refuse")


def _of_diff(
    verdict: DiffVerdict, report: DiffReport, finding: Finding, command: str, landscape: Landscape | None
) -> Explained:
    old, new = report.old, report.new
    whom = None
    if landscape is not None and old.api in landscape.apis:
        whom = _named(callers(old.api, old.version, landscape))
    owner = landscape.apis[old.api][0].owner if landscape is not None and old.api in landscape.apis else ""
    counts = "counts" if verdict.fails(finding) else "for information"
    return Explained(
        found_by=command, fingerprint=finding.fingerprint, rule=finding.rule, message=finding.message,
        does=finding.severity.value + (" and exposes" if finding.exposes else ""), severity=finding.severity.value,
        status="waived by " + ", ".join(finding.waived) if finding.waived else counts, change=new.shown,
        places=(("Before at", str(report.place_old(finding))), ("Stands at", str(report.place_new(finding)))),
        against=old.shown, operation=operation_of(finding), before=finding.before, after=finding.after,
        proof=finding.proof.value, example=finding.failing_example, reason=finding.reason,
        operations=operations(finding), consumers=whom, api=new.api or old.api,
        version=new.version or new.stated_version, owner=owner,
    )  # fmt: skip


def _named(found: Sequence[Caller]) -> tuple[str, ...]:
    return tuple(f"{one.consumer} ({one.owner}{', suspended' if one.suspended else ''})" for one in found)


def _about_waiver(found_by: str, told: Placed) -> Explained:
    finding = told.finding
    return Explained(
        found_by=found_by, fingerprint=finding.fingerprint, rule=finding.rule, message=finding.message,
        does=finding.severity.value, severity=finding.severity.value, status="about a waiver", change=told.file,
        places=(("Stands at", str(told)),), reason=finding.reason, consumers=(),
    )  # fmt: skip


def _of_waiver(shown: str, one: AboutWaiverModel | AboutModel | LintAboutModel) -> Explained:
    return Explained(
        found_by=shown, fingerprint=one.fingerprint, rule=one.rule, message=one.message, does=one.severity,
        severity=one.severity, status="about a waiver", change=one.file,
        places=(("Stands at", _place(one.file, one.line)),), consumers=(),
    )  # fmt: skip


def _read(path: Path, shown: str) -> Report:
    try:
        with path.open("rb") as opened:
            text = opened.read(REPORT_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise _refused(shown, "unreadable", f"the report cannot be read: {reason}", "name a file") from None
    if len(text) > REPORT_BYTES:
        raise _refused(shown, "too-large", f"the file is larger than {REPORT_BYTES} bytes", "name a report")
    remedy = "make one: tidewaiter gate, diff or lint with --format json"
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(shown, "no-report", "the file is no JSON", remedy) from None
    model = _FORMS.get(str(tree.get("form"))) if isinstance(tree, dict) else None
    if model is None:
        raise _refused(shown, "no-report", f"this is no report: its `form` is none of {', '.join(_FORMS)}", remedy)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, model, tree)
        raise InvalidInputError(Diagnostic(shown, one.code, one.message, one.remedy) for one in faults) from None


def _refused(shown: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(shown, code, message, remedy)])


def _of_gate_report(shown: str, change: ChangeModel, one: GateFindingModel, owners: Mapping[str, str]) -> Explained:
    asks = bool(one.does) and not one.waived
    api, _, version = change.name.partition("@") if change.kind == "contract" else ("", "", "")
    status = "waived by " + ", ".join(one.waived) if one.waived else "for information"
    place = f"{one.file}:{one.line}" if one.line else one.file
    groups = tuple(Group(group.stands_for, group.of, group.members) for group in change.asked.groups)
    return Explained(
        found_by=shown, fingerprint=one.fingerprint, rule=one.rule, message=one.message,
        does=" and ".join(one.does) or one.severity, severity=one.severity,
        status=(f"decided by {change.decided_by}" if change.decided_by else change.status) if asks else status,
        change=change.name, places=(("Stood at" if one.in_base_only else "Stands at", place),), against=one.against,
        operation=f"{one.method} {one.path}".strip(), before=one.before, after=one.after, proof=one.proof,
        example=_example(one.failing_example), reason=one.reason, operations=_reached(one.reach),
        consumers=tuple(f"{name} ({owners.get(name, '')})" for name in one.consumers),
        decides=str(Asked(change.asked.who, groups)) if asks else "", api=api, version=version, owner=change.owner,
    )  # fmt: skip


def _of_diff_report(shown: str, pair: ComparisonModel, one: FindingModel) -> Explained:
    return Explained(
        found_by=shown, fingerprint=one.fingerprint, rule=one.rule, message=one.message,
        does=one.severity + (" and exposes" if one.exposes else ""), severity=one.severity,
        status=_settled(one.waived, fails=one.fails), change=pair.new.name,
        places=(("Before at", _place(one.old.file, one.old.line)), ("Stands at", _place(one.new.file, one.new.line))),
        against=pair.old.name, operation=f"{one.method} {one.path}".strip(), proof=one.proof,
        example=_example(one.failing_example), reason=one.reason, operations=_reached(one.reach), api=pair.new.api,
        version=pair.new.version,
    )  # fmt: skip


def _of_lint_report(shown: str, document: LintedModel, one: LintFindingModel) -> Explained:
    return Explained(
        found_by=shown, fingerprint=one.fingerprint, rule=one.rule, message=one.message, does=one.severity,
        severity=one.severity, status="known to the baseline" if one.known else _settled(one.waived, fails=one.fails),
        change=document.document.name, places=(("Stands at", _place(one.at.file, one.at.line)),), reason=one.reason,
        operations=_reached(one.reach), api=document.document.api, version=document.document.version,
    )  # fmt: skip


def _settled(waived: Sequence[str], *, fails: bool) -> str:
    if waived:
        return "waived by " + ", ".join(waived)
    return "counts" if fails else "for information"


def _place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file


def _example(one: ExampleModel | None) -> FailingExample | None:
    if one is None:
        return None
    return FailingExample(one.value, one.where, one.valid_in, one.refused_by, one.error, one.instance_pointer)


def _reached(reach: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{one.method} {one.path}".strip() for one in reach if one.path))
