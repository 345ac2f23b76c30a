"""A diff for machines. The models here are the published form: `tidewaiter schema diff-report` is made of them."""

from typing import Any, Literal

from pydantic import ConfigDict

from contracts.model import Written
from governance.diff.documentation import is_documentation
from governance.diff.report import DiffReport, DiffVerdict
from governance.diff.side import Place, Side
from governance.finding import FailingExample, Finding, Proof, Severity, Use
from governance.json_output import json_output
from governance.placed import Placed
from governance.waiver_files import Decided

Level = Literal["breaking", "warning", "info"]


class _Told(Written):
    model_config = ConfigDict(str_strip_whitespace=False, validate_default=False)


class PlaceModel(_Told):
    """Where a document states something."""

    pointer: str
    """JSON pointer (RFC 6901) into the document; of the nearest place around it where the thing is not there."""
    file: str
    """The file in which it is written."""
    line: int
    """From 1; 0 where it is not known."""
    column: int
    """From 1; 0 where it is not known."""


class DocumentModel(_Told):
    """One of the two documents."""

    name: str
    """What was asked for."""
    title: str
    """`info.title`; empty where there is none."""
    version: str
    """`info.version` as it is written; empty where there is none."""
    digest: str
    """`sha256:...` over the names and bytes of all its files."""
    api: str
    """Of a version in a workspace; empty for any other document."""


class ExampleModel(_Told):
    """A message that one version accepts and the other refuses, checked by an independent validator."""

    value: Any
    """The message: a body, or the value of a parameter or header."""
    where: str
    """Which message: `request body application/json`, `query parameter limit`."""
    valid_in: Literal["old", "new"]
    """The version whose correct sender may send it."""
    refused_by: Literal["old", "new"]
    """The version under which it is refused."""
    error: str
    """What the refusing version says."""
    instance_pointer: str
    """JSON pointer of the place inside the message."""


class UseModel(_Told):
    """One operation that a change reaches."""

    method: str
    """In capitals; empty for what belongs to no operation."""
    path: str
    """The path template, or `webhook NAME`."""
    direction: Literal["request", "response", ""]
    """Who sends what changed: the caller, the one who answers, nobody."""
    where: str
    """Which part of the operation."""


class FindingModel(_Told):
    """One root cause."""

    rule: str
    """The rule that judges it: `tidewaiter explain rule ID`."""
    severity: Level
    """How much it weighs in the profile."""
    message: str
    """What changed, on one line."""
    direction: Literal["request", "response", ""]
    """Who sends what changed: the caller, the one who answers, nobody."""
    method: str
    """Of the first operation that it reaches; empty where it reaches none."""
    path: str
    """Of the first operation that it reaches; empty where it reaches none."""
    old: PlaceModel
    """The place in the old document."""
    new: PlaceModel
    """The place in the new document."""
    exposes: bool
    """Whether more is shown or allowed than before."""
    proof: Literal["proven", "structural", "unproven"]
    """What the finding rests on; `unproven` needs a person."""
    failing_example: ExampleModel | None
    """A message that shows the break; null where none is known."""
    reason: str
    """Why it could not be proven, or what keeps it from breaking anybody."""
    documentation: bool
    """Whether only words for people, examples or extensions changed."""
    fingerprint: str
    """12 hexadecimal digits that survive reordering, moved files and unrelated edits."""
    reach: tuple[UseModel, ...]
    """The operations that it reaches."""
    waived: tuple[str, ...]
    """Names of the waivers that let it pass; empty where it counts."""
    fails: bool
    """Whether it makes the outcome negative."""


class WaiverModel(_Told):
    """A waiver by which something was let pass."""

    name: str
    """The name of its file without the ending."""
    file: str
    """The file that it stands in."""
    api: str
    """The api, or a pattern of apis, that it is about."""
    owner: str
    """Who answers for it."""
    reason: str
    """Why it was decided."""
    until: str
    """The last day on which it holds: YYYY-MM-DD."""
    approved_by: tuple[str, ...]
    """Who approved it."""
    on_expiry: Literal["block", "stop"]
    """What its end does."""


class AboutModel(_Told):
    """What was found about a waiver."""

    rule: Literal["waiver-too-wide", "waiver-ended", "waiver-ends-soon", "waiver-too-long", "waiver-unmatched"]
    """What it is."""
    severity: Level
    """How much it weighs."""
    message: str
    """What it is about, on one line."""
    file: str
    """The file of the waiver."""
    line: int
    """From 1; 0 where it is not known."""
    column: int
    """From 1; 0 where it is not known."""
    fingerprint: str
    """12 hexadecimal digits that stay the same for the same waiver."""
    fails: bool
    """Whether it makes the outcome negative."""


class CountsModel(_Told):
    """How many findings there are, those that are waived apart."""

    breaking: int
    """A correct caller of the old version can fail (in the profile `wire`)."""
    warning: int
    """What may trouble somebody."""
    info: int
    """For information."""
    unproven: int
    """Of all severities: could not be proven either way."""
    exposes: int
    """Of all severities: more is shown or allowed than before."""
    waived: int
    """Of all severities: let pass by a waiver, and in none of the other numbers."""


class ComparisonModel(_Told):
    """Two documents and what was found between them."""

    old: DocumentModel
    """What was promised before."""
    new: DocumentModel
    """What is promised now."""
    counts: CountsModel
    """How many findings there are."""
    findings: tuple[FindingModel, ...]
    """The worst first."""
    fails: bool
    """Whether the outcome of this comparison is negative."""
    operations: int
    """How many operations both documents have."""
    seconds: float
    """How long comparing took, without reading the documents."""
    limits: tuple[str, ...]
    """Bounds that were hit; empty where everything was looked at in full."""


class LeftOutModel(_Told):
    """A version that the candidate was not compared with."""

    version: str
    """`api@version`."""
    reason: str
    """Why nobody can be calling it."""


class DiffReportModel(_Told):
    """What `tidewaiter diff --format json` prints."""

    form: Literal["tidewaiter-diff/1"] = "tidewaiter-diff/1"
    """The version of this form."""
    profile: Literal["wire", "strict", "sdk"]
    """What was asked: can a correct old caller fail, a careless one, or regenerated code."""
    fail_on: Level
    """The lowest severity that makes the outcome negative."""
    allow_unproven: bool
    """Whether what could not be proven was let pass."""
    exit_code: Literal[0, 1]
    """0: nothing at `fail_on` or above, and nothing unproven; 1 otherwise."""
    candidate: str
    """With `--against`: what was compared with each version in use; empty else."""
    comparisons: tuple[ComparisonModel, ...]
    """One for a pair; with `--against` one for each version in use."""
    left_out: tuple[LeftOutModel, ...]
    """With `--against`: versions that nobody can be calling."""
    waivers: tuple[WaiverModel, ...] = ()
    """Those by which something was let pass."""
    about_waivers: tuple[AboutModel, ...] = ()
    """Waivers that match nothing, end soon, have ended or are too wide."""


def as_json(verdict: DiffVerdict) -> str:
    """The whole outcome as JSON, each finding with its places."""
    told = DiffReportModel(
        profile=verdict.reports[0].profile if verdict.reports else "wire",
        fail_on=verdict.fail_on.value,
        allow_unproven=verdict.allow_unproven,
        exit_code=1 if verdict.exit_code else 0,
        candidate=verdict.candidate,
        comparisons=tuple(_comparison(verdict, report) for report in verdict.reports),
        left_out=tuple(LeftOutModel(version=name, reason=why) for name, why in verdict.left_out),
        waivers=tuple(waiver_of(one) for one in verdict.waivers),
        about_waivers=tuple(_about(verdict, told) for told in verdict.about),
    )
    return json_output(told.model_dump())


def document_of(side: Side) -> DocumentModel:
    """One of the two documents."""
    return DocumentModel(
        name=side.shown, title=side.title, version=side.stated_version, digest=side.document.digest, api=side.api
    )


def _comparison(verdict: DiffVerdict, report: DiffReport) -> ComparisonModel:
    counts = report.counts
    return ComparisonModel(
        old=document_of(report.old),
        new=document_of(report.new),
        counts=CountsModel(
            breaking=counts[Severity.BREAKING],
            warning=counts[Severity.WARNING],
            info=counts[Severity.INFO],
            unproven=report.unproven,
            exposes=sum(finding.exposes for finding in report.findings if not finding.waived),
            waived=len(report.waived),
        ),
        findings=tuple(_finding(verdict, report, finding) for finding in report.findings),
        fails=verdict.report_fails(report),
        operations=report.operations,
        seconds=round(report.seconds, 3),
        limits=report.limits,
    )


def _finding(verdict: DiffVerdict, report: DiffReport, finding: Finding) -> FindingModel:
    return FindingModel(
        rule=finding.rule,
        severity=finding.severity.value,
        message=finding.message,
        direction=finding.direction.value,
        method=finding.method,
        path=finding.path,
        old=_place(report.place_old(finding), finding.pointer_old),
        new=_place(report.place_new(finding), finding.pointer_new),
        exposes=finding.exposes,
        proof=Proof(finding.proof).value,
        failing_example=example_model(finding.failing_example),
        reason=finding.reason,
        documentation=is_documentation(finding, verdict.rules.get(finding.rule)),
        fingerprint=finding.fingerprint,
        reach=tuple(use_model(use) for use in finding.reach),
        waived=finding.waived,
        fails=verdict.fails(finding),
    )


def waiver_of(one: Decided) -> WaiverModel:
    """A waiver by which something was let pass."""
    waiver = one.waiver
    return WaiverModel(
        name=one.name, file=one.source.file, api=waiver.api, owner=waiver.owner, reason=waiver.reason,
        until=waiver.until.isoformat(), approved_by=waiver.approved_by, on_expiry=waiver.on_expiry,
    )  # fmt: skip


def _about(verdict: DiffVerdict, told: Placed) -> AboutModel:
    finding = told.finding
    return AboutModel.model_validate({
        "rule": finding.rule, "severity": finding.severity.value, "message": finding.message, "file": told.file,
        "line": told.line, "column": told.column, "fingerprint": finding.fingerprint, "fails": verdict.fails(finding),
    })  # fmt: skip


def _place(place: Place, pointer: str) -> PlaceModel:
    return PlaceModel(pointer=pointer, file=place.file, line=place.line, column=place.column)


def example_model(example: FailingExample | None) -> ExampleModel | None:
    """A failing example as it is printed."""
    if example is None:
        return None
    return ExampleModel(
        value=example.value,
        where=example.where,
        valid_in="old" if example.valid_in == "old" else "new",
        refused_by="old" if example.refused_by == "old" else "new",
        error=example.error,
        instance_pointer=example.instance_pointer,
    )


def use_model(use: Use) -> UseModel:
    """One operation as it is printed."""
    return UseModel(method=use.method, path=use.path, direction=use.direction.value, where=use.where)
