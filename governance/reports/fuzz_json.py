"""A fuzzing run for machines. `tidewaiter schema fuzz-report` is made of the models here, the published form."""

from typing import Literal

from pydantic import ConfigDict

from contracts.model import Written
from governance.finding import Severity
from governance.fuzz.verdict import Coverage, Crossing, FuzzVerdict, Judged, Tightness
from governance.json_output import json_output
from governance.reports.fuzz_causes import causes_of
from governance.reports.fuzz_words import notes_of

Level = Literal["error", "warning", "info"]
_LEVELS: dict[Severity, Level] = {Severity.BREAKING: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


class Told(Written):
    """What is printed, as it is: no text is stripped."""

    model_config = ConfigDict(str_strip_whitespace=False, validate_default=False)


class EvidenceModel(Told):
    """One recorded call that shows a finding."""

    entry: int
    """Its number in the recording."""
    commitment: str
    """SHA-256 of the recording's salt and the entry: it binds the report to the recording and tells nothing of it."""


class FuzzFindingModel(Told):
    """One root cause, as far as one operation shows it."""

    rule: str
    """The rule that found it: docs/fuzzing.md."""
    severity: Level
    """How much it weighs."""
    message: str
    """What is wrong, on one line; nothing in it is a value of the system."""
    cause: str
    """12 hexadecimal digits, shared by findings with the same words about the same statement of a contract."""
    operation: str
    """`api@version operationId`."""
    operations: tuple[str, ...]
    """All operations that show it, this one first."""
    method: str
    """In capitals."""
    path: str
    """The path template of the published contract."""
    pointer: str
    """JSON pointer into the contract document of what is concerned."""
    fingerprint: str
    """12 hexadecimal digits, the same in every run that shows the same."""
    calls: int
    """How many calls show it."""
    evidence: tuple[EvidenceModel, ...]
    """The first of them."""
    proof: Literal["proven", "structural", "unproven"]
    """What it rests on."""
    reason: str
    """Why it weighs so, where that is not the rule's own reason."""
    do: str
    """What mends it."""
    fails: bool
    """Whether it makes the outcome negative."""


class CoverageModel(Told):
    """What a run did with one operation."""

    operation: str
    """`api@version operationId`."""
    method: str
    """In capitals."""
    path: str
    """The path template of the published contract."""
    tested: bool
    """Whether it had one success at least: without one, nothing is known of it."""
    calls: int
    """Calls of the run."""
    statuses: dict[str, int]
    """Answers of the system by status; `0` where there was none."""
    held_back: int
    """Calls that the gateway's bounds, pins and guards kept from the system."""
    throttled: int
    """Calls that the system refused for load: no verdict."""
    valid: int
    """Calls that reached the system and keep to the contract."""
    invalid: int
    """Calls that reached the system and break it."""
    unchecked: int
    """Calls and answers that could not be checked."""


class TightnessModel(Told):
    """How well the contract fits the system, by what the system took and refused."""

    operation: str
    """`api@version operationId`."""
    score: float | None
    """The mean of the two shares, from 0 to 1; null where one of them is not known."""
    allows: float | None
    """Of what the system takes, the share that the contract allows."""
    catches: float | None
    """Of what the system refuses for its form or fails at, the share that the contract rules out."""
    accepted_valid: int
    """Calls that keep to the contract and were carried out."""
    accepted_invalid: int
    """Calls that break it and were carried out: too tight."""
    refused_valid: int
    """Calls that keep to it and were refused for their form, or made the system fail: a hole."""
    refused_invalid: int
    """Calls that break it and were refused."""


class CrossingModel(Told):
    """Recorded calls of one operation, made again through the whole gateway."""

    operation: str
    """`api@version operationId`."""
    calls: int
    """How many were made again."""
    agreed: int
    """Gateway and system said the same."""
    too_tight: int
    """The gateway refused what the system accepted."""
    hole: int
    """The gateway passed what the system failed at or refused for its form."""
    kept_back: int
    """The gateway passed the call and kept the answer back."""
    changed: int
    """The system itself answered otherwise than the first time: no verdict."""
    by_problem: dict[str, int]
    """How often the gateway refused, by the problem's name."""


class LeftOutModel(Told):
    """What was not called."""

    operation: str
    """`api@version operationId`, or a whole version."""
    reason: str
    """Why."""


class ContractModel(Told):
    """One version that was called."""

    name: str
    """`api@version`."""
    system: str
    """The id of the system."""
    digest: str
    """Of the contract's document when it was recorded."""


class FuzzReportModel(Told):
    """What `tidewaiter fuzz --format json` prints. It holds no body, no identifier and no secret of the system."""

    form: Literal["tidewaiter-fuzz/1"] = "tidewaiter-fuzz/1"
    """The version of this form."""
    entity: str
    """Which entity."""
    environment: str
    """In which environment; empty for none."""
    production: bool
    """Whether it is production."""
    state: Literal["complete", "stopped"]
    """`stopped`: the run ended before it had asked all that it wanted to."""
    state_reason: str
    """Why it was stopped."""
    exit_code: Literal[0, 1, 2]
    """0: every operation tested, nothing at `fail_on` or above. 1: else. 2: stopped, or nothing tested."""
    fail_on: Level
    """The lowest severity that makes the outcome negative."""
    recording: str
    """Digest of the recording."""
    entries: int
    """How many calls it holds."""
    started: str
    """When the run began."""
    seed: int
    """The fuzzer's seed."""
    tools: dict[str, str]
    """Versions of what the run was made with."""
    contracts: tuple[ContractModel, ...]
    """What was called."""
    counts: dict[Level, int]
    """Findings by severity."""
    causes: dict[Level, int]
    """The same, those with one cause counted once."""
    findings: tuple[FuzzFindingModel, ...]
    """The worst first."""
    coverage: tuple[CoverageModel, ...]
    """By operation."""
    tightness: tuple[TightnessModel, ...]
    """By operation."""
    crossings: tuple[CrossingModel, ...]
    """By operation; empty where the calls were not made again through the gateway."""
    not_tested: tuple[str, ...]
    """Operations without a single success."""
    left_out: tuple[LeftOutModel, ...]
    """What was not called, and why."""
    notes: tuple[str, ...]
    """What a reader must know besides."""


def as_json(verdict: FuzzVerdict) -> str:
    """The whole outcome as JSON."""
    head, counts = verdict.recording.head, verdict.counts()
    told = FuzzReportModel(
        entity=head["entity"], environment=head["environment"], production=bool(head["production"]),
        state=verdict.recording.state, state_reason=verdict.recording.reason,
        exit_code=2 if verdict.exit_code == 2 else 1 if verdict.exit_code else 0, fail_on=_LEVELS[verdict.fail_on],
        recording=verdict.recording.digest, entries=len(verdict.recording.entries), started=head["started"],
        seed=head["seed"], tools=dict(head["tools"]),
        contracts=tuple(
            ContractModel(name=one["name"], system=one["system"], digest=one["contract"]) for one in head["targets"]
        ),
        counts={_LEVELS[severity]: number for severity, number in counts.items()},
        causes={_LEVELS[severity]: len(causes_of(one for one in verdict.findings if one.finding.severity is severity))
                for severity in Severity},
        findings=tuple(_finding(verdict, one) for one in verdict.findings),
        coverage=tuple(_coverage(one) for one in verdict.coverage),
        tightness=tuple(_tightness(one) for one in verdict.tightness),
        crossings=tuple(_crossing(one) for one in verdict.crossings),
        not_tested=tuple(one.operation for one in verdict.not_tested),
        left_out=tuple(LeftOutModel(operation=one.operation, reason=one.reason) for one in verdict.left_out),
        notes=tuple(notes_of(verdict)),
    )  # fmt: skip
    return json_output(told.model_dump())


def _finding(verdict: FuzzVerdict, one: Judged) -> FuzzFindingModel:
    finding = one.finding
    return FuzzFindingModel(
        rule=finding.rule, severity=_LEVELS[finding.severity], message=finding.message, cause=one.cause,
        operation=one.operation, operations=one.operations, method=finding.method, path=finding.path,
        pointer=finding.pointer_new, fingerprint=finding.fingerprint, calls=one.calls, reason=finding.reason,
        do=one.rule.do, fails=verdict.fails(one), proof=finding.proof.value,
        evidence=tuple(
            EvidenceModel(entry=number, commitment=commitment)
            for number, commitment in zip(one.evidence, one.commitments, strict=True)
        ),
    )  # fmt: skip


def _coverage(one: Coverage) -> CoverageModel:
    return CoverageModel(
        operation=one.operation, method=one.method, path=one.path, tested=one.tested, calls=one.calls,
        statuses={str(status): number for status, number in one.statuses.items()}, held_back=one.held_back,
        throttled=one.throttled, valid=one.valid, invalid=one.invalid, unchecked=one.unchecked,
    )  # fmt: skip


def _tightness(one: Tightness) -> TightnessModel:
    return TightnessModel(
        operation=one.operation, score=_rounded(one.score), allows=_rounded(one.allows), catches=_rounded(one.catches),
        accepted_valid=one.accepted_valid, accepted_invalid=one.accepted_invalid, refused_valid=one.refused_valid,
        refused_invalid=one.refused_invalid,
    )  # fmt: skip


def _crossing(one: Crossing) -> CrossingModel:
    return CrossingModel(
        operation=one.operation, calls=one.calls, agreed=one.agreed, too_tight=one.too_tight, hole=one.hole,
        kept_back=one.kept_back, changed=one.changed, by_problem=dict(one.by_problem),
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
