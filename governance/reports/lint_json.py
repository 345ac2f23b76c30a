"""Lint for machines. The models here are the published form: `tidewaiter schema lint-report` is made of them."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import ConfigDict

from contracts.model import Written
from governance.diff.side import Side
from governance.finding import Finding, Severity
from governance.json_output import json_output
from governance.lint.report import LintReport, LintVerdict
from governance.placed import Placed
from governance.reports.diff_json import DocumentModel, PlaceModel, WaiverModel, document_of, waiver_of

Level = Literal["error", "warning", "info"]


class Told(Written):
    """What is printed, as it is: no text is stripped."""

    model_config = ConfigDict(str_strip_whitespace=False, validate_default=False)


class LintUseModel(Told):
    """One operation that a finding reaches."""

    method: str
    """In capitals."""
    path: str
    """The path template, or `webhook NAME`."""
    where: str
    """Which part of the operation; empty for the whole."""


class LintFindingModel(Told):
    """One root cause."""

    rule: str
    """The rule that finds it: `tidewaiter explain rule ID`."""
    severity: Level
    """How much it weighs."""
    message: str
    """What is wrong, on one line."""
    at: PlaceModel
    """Its place in the document."""
    fingerprint: str
    """12 hexadecimal digits that survive reordering, moved files and unrelated edits."""
    reach: tuple[LintUseModel, ...]
    """The operations that it reaches."""
    reason: str
    """Why it weighs so, where a setting says it."""
    known: bool
    """Whether the baseline knows it."""
    waived: tuple[str, ...]
    """Names of the waivers that let it pass; empty where it counts."""
    fails: bool
    """Whether it makes the outcome negative."""


class LintCountsModel(Told):
    """How many findings there are that no baseline knows and no waiver lets pass."""

    error: int
    """What must be mended."""
    warning: int
    """What may trouble somebody."""
    info: int
    """For information."""
    known: int
    """Of all severities: the baseline knows them, and they are in none of the other numbers."""
    waived: int
    """Of all severities: let pass by a waiver, and in none of the other numbers."""


class LintedModel(Told):
    """One document and what was found in it."""

    document: DocumentModel
    """Which document."""
    layer: str
    """experience, process or system; empty where it is not known."""
    visibility: str
    """internal, partner or public; empty where it is not known."""
    rule_set: str
    """The rules that were asked."""
    counts: LintCountsModel
    """How many findings there are."""
    findings: tuple[LintFindingModel, ...]
    """The worst first; those that are waived or known are among them."""
    fails: bool
    """Whether the outcome of this document is negative."""
    operations: int
    """How many operations callers can call."""
    seconds: float
    """How long judging took, without reading the document."""
    limits: tuple[str, ...]
    """Bounds that were hit; empty where everything was looked at in full."""


class StaleModel(Told):
    """An entry of the baseline that no finding has any more."""

    document: str
    """In which document it was."""
    rule: str
    """The rule that found it."""
    place: str
    """JSON pointer of its place when it was written down."""
    fingerprint: str
    """What it was known by."""
    owner: str
    """Who answers for the entry."""


class LintAboutModel(Told):
    """What was found about a waiver."""

    rule: str
    """What it is: `waiver-ended`, `waiver-unmatched` and so on."""
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


class LeftOutModel(Told):
    """A version that was not judged."""

    version: str
    """`api@version`."""
    reason: str
    """Why nobody can be calling it."""


class LintReportModel(Told):
    """What `tidewaiter lint --format json` prints."""

    form: Literal["tidewaiter-lint/1"] = "tidewaiter-lint/1"
    """The version of this form."""
    fail_on: Level
    """The lowest severity that makes the outcome negative."""
    exit_code: Literal[0, 1]
    """0: nothing at `fail_on` or above that the baseline does not know and no waiver lets pass; 1 otherwise."""
    baseline: str
    """The file of the baseline; empty without one."""
    documents: tuple[LintedModel, ...]
    """Every document that was judged."""
    stale: tuple[StaleModel, ...]
    """Entries of the baseline that can go."""
    left_out: tuple[LeftOutModel, ...]
    """Versions of the workspace that were not judged."""
    waivers: tuple[WaiverModel, ...] = ()
    """Those by which something was let pass."""
    about_waivers: tuple[LintAboutModel, ...] = ()
    """Waivers that match nothing, end soon, have ended or are too wide."""


def as_json(verdict: LintVerdict) -> str:
    """The whole outcome as JSON, each finding with its place."""
    told = LintReportModel(
        fail_on=_level(verdict.fail_on),
        exit_code=1 if verdict.exit_code else 0,
        baseline=verdict.baseline,
        documents=tuple(_document(verdict, report) for report in verdict.reports),
        stale=tuple(
            StaleModel(
                document=one.document, rule=one.rule, place=one.place, fingerprint=one.fingerprint, owner=one.owner
            )
            for one in verdict.stale
        ),
        left_out=tuple(LeftOutModel(version=name, reason=why) for name, why in verdict.left_out),
        waivers=tuple(waiver_of(one) for one in verdict.waivers),
        about_waivers=tuple(_about(verdict, told) for told in verdict.about),
    )
    return json_output(told.model_dump())


_LEVELS: Final[Mapping[Severity, Level]] = {
    Severity.BREAKING: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


def _level(severity: Severity) -> Level:
    return _LEVELS[severity]


def _document(verdict: LintVerdict, report: LintReport) -> LintedModel:
    new = verdict.new(report)
    counts = verdict.counts(new)
    side: Side = report.side
    return LintedModel(
        document=document_of(side),
        layer=side.layer,
        visibility=side.visibility,
        rule_set=report.rule_set,
        counts=LintCountsModel(
            error=counts[Severity.BREAKING], warning=counts[Severity.WARNING], info=counts[Severity.INFO],
            known=len(verdict.known(report)), waived=len(report.waived),
        ),
        findings=tuple(_finding(verdict, report, one) for one in report.findings),
        fails=verdict.report_fails(report),
        operations=report.operations,
        seconds=round(report.seconds, 3),
        limits=report.limits,
    )  # fmt: skip


def _about(verdict: LintVerdict, told: Placed) -> LintAboutModel:
    finding = told.finding
    return LintAboutModel(
        rule=finding.rule, severity=_level(finding.severity), message=finding.message, file=told.file, line=told.line,
        column=told.column, fingerprint=finding.fingerprint, fails=verdict.about_fails(told),
    )  # fmt: skip


def _finding(verdict: LintVerdict, report: LintReport, finding: Finding) -> LintFindingModel:
    place = report.place(finding)
    return LintFindingModel(
        rule=finding.rule,
        severity=_level(finding.severity),
        message=finding.message,
        at=PlaceModel(pointer=finding.pointer_new, file=place.file, line=place.line, column=place.column),
        fingerprint=finding.fingerprint,
        reach=tuple(LintUseModel(method=use.method, path=use.path, where=use.where) for use in finding.reach),
        reason=finding.reason,
        known=verdict.is_accepted(report, finding),
        waived=finding.waived,
        fails=verdict.fails(report, finding),
    )
