"""The gate's verdict for machines. The models here are the published form: `tidewaiter schema gate-report`."""

from typing import Any, Literal

from gateway.release_file import AUTOMATIC
from governance.board_rules import ChangeClass
from governance.callers import Caller
from governance.changes.asked import Asked
from governance.changes.changed import Point
from governance.finding import Proof
from governance.gate.verdict import GateVerdict, Made
from governance.json_output import json_output
from governance.placed import Placed
from governance.release.covering import Ruling
from governance.reports.diff_json import ExampleModel, UseModel, WaiverModel, example_model, use_model, waiver_of
from governance.reports.gate_affected import Affected, affected
from governance.reports.gate_context import Context
from governance.reports.gate_words import about_waivers, in_order, waivers_in_force
from governance.reports.lint_json import Told
from governance.rule_words import words_of

Does = Literal["breaks", "exposes", "weakens", "unproven", "lint", "compatible"]
Level = Literal["breaking", "warning", "info"]


class GroupModel(Told):
    """People of whom one must sign."""

    stands_for: str
    """The owner, as the file that changed states it."""
    of: str
    """What it is the owner of: `it`, or a consumer's id."""
    members: tuple[str, ...]
    """Members of the trust root, by id."""


class AskedModel(Told):
    """Who must decide on a change."""

    who: Literal["automatic", "owner", "owner-and-consumers", "quorum"]
    """As governance/board.yaml of the base says."""
    groups: tuple[GroupModel, ...]
    """For `owner` and `owner-and-consumers`: one of each group must sign. A quorum may decide in their place."""
    note: str
    """Why more people are asked than the board's rules say; empty where they are not."""


class GateFindingModel(Told):
    """One finding about a change."""

    rule: str
    """The rule that judges it: `tidewaiter explain rule ID`."""
    severity: Level
    """How much it weighs."""
    does: tuple[Does, ...]
    """What it does; empty where nobody must decide on it."""
    message: str
    """What changed, on one line."""
    reason: str
    """Why it could not be proven, or what keeps it from breaking anybody."""
    do: str
    """What the rule says to do: of a contract's change its callers, of any other the author of the change."""
    direction: Literal["request", "response", ""]
    """Who sends what changed: the caller, the one who answers, nobody."""
    method: str
    """Of the first operation that it reaches; empty where it reaches none."""
    path: str
    """Of the first operation that it reaches; empty where it reaches none."""
    file: str
    """Where it stands, relative to the workspace."""
    line: int
    """From 1; 0 where it is not known."""
    in_base_only: bool
    """Whether `file` and `line` are those of the base, as it is gone."""
    against: str
    """The version that it was compared with, `api@version`; empty for what is no comparison of contracts."""
    pointer_old: str
    """JSON pointer (RFC 6901) into the older document or file."""
    pointer_new: str
    """JSON pointer into the newer one."""
    before: Any
    """What stood there, where that is short; null where nothing did."""
    after: Any
    """What stands there now, where that is short; null where nothing does."""
    proof: Literal["proven", "structural", "unproven"]
    """What it rests on; `unproven` needs a person."""
    failing_example: ExampleModel | None
    """A message that shows the break; null where none is known."""
    fingerprint: str
    """12 hexadecimal digits that survive reordering, moved files and unrelated edits."""
    reach: tuple[UseModel, ...]
    """The operations that it reaches."""
    consumers: tuple[str, ...]
    """Consumers that may call what changed, by id. Whether they do is not known."""
    waived: tuple[str, ...]
    """Names of the waivers that let it pass; empty where it counts."""


class ChangeModel(Told):
    """One contract or file that is not as it was."""

    kind: Literal["contract", "file"]
    """What it is."""
    name: str
    """`api@version`, or the file's path in the workspace."""
    digest: str
    """Of its content now: what a decision names; `removed` where it is gone."""
    does: tuple[Does, ...]
    """What the change does; `compatible` alone where no finding says more."""
    layer: str
    """Of the api; empty for what is of no api."""
    visibility: str
    """Of the api; empty for what is of no api."""
    owner: str
    """Who answers for it; empty where nobody does."""
    status: Literal["automatic", "decided", "undecided"]
    """Whether somebody must decide on it still."""
    decided_by: str
    """The name of the decision that covers it; empty where none does or none is needed."""
    asked: AskedModel
    """Who must decide on it."""
    why_not: tuple[str, ...]
    """Why decisions that are near do not cover it."""
    unsigned: tuple[str, ...]
    """Decisions that would cover it once enough people have signed."""
    note: str
    """What changed, where nobody must decide."""
    limits: tuple[str, ...]
    """What could not be looked at in full."""
    findings: tuple[GateFindingModel, ...]
    """What somebody must decide on; the worst first."""
    noted: tuple[GateFindingModel, ...]
    """What was found besides, and what a waiver lets pass."""


class AffectedModel(Told):
    """A consumer that may call what changed, by the access rules."""

    consumer: str
    """Its id."""
    name: str
    """Its name for people."""
    owner: str
    """Whom to write to."""
    entities: tuple[str, ...]
    """Entities for which it may call any of what changed."""
    suspended: bool
    """Whether it is switched off now."""
    usage: Literal["unknown"]
    """Whether it does call what changed: no data tells."""
    breaks: tuple[str, ...]
    """Fingerprints of what breaks a correct caller."""
    unproven: tuple[str, ...]
    """Fingerprints of what could not be proven either way."""
    other: tuple[str, ...]
    """Fingerprints of what exposes or weakens something."""


class AboutWaiverModel(Told):
    """What was found about a waiver."""

    rule: str
    """What it is."""
    severity: Level
    """How much it weighs."""
    message: str
    """What it is about, on one line."""
    file: str
    """The file of the waiver."""
    line: int
    """From 1; 0 where it is not known."""
    fingerprint: str
    """12 hexadecimal digits that stay the same for the same waiver."""


class GateCountsModel(Told):
    """How many changes there are; one may do several things."""

    undecided: int
    """They lack their decision."""
    decided: int
    """Somebody decided on them."""
    automatic: int
    """Nobody need decide on them."""
    breaks: int
    """A correct caller can fail."""
    exposes: int
    """More can be called, seen or reached."""
    weakens: int
    """Less is judged or enforced, or others decide."""
    unproven: int
    """Nobody could show whether a caller fails."""
    lint: int
    """A contract breaks a rule of lint that it did not break before."""
    compatible: int
    """Proven to break nobody and to show nothing new."""


class UnansweredModel(Told):
    """What happens if nobody decides."""

    due: str
    """By when a decision is due: YYYY-MM-DD."""
    then: Literal["open", "refused"]
    """`open`: the change stays out until somebody decides. `refused`: it has to be submitted anew."""
    contact: str
    """Where questions go; empty where nobody is named."""


class MadeModel(Told):
    """How the verdict was made."""

    base: str
    """The base as it was named, with its identity."""
    base_digest: str
    """A commit, or the digest of a release or of what is served."""
    workspace_digest: str
    """Of what was judged, as a gateway loads it."""
    environment: str
    """Empty where every environment's file was judged as it stands."""
    rule_set: str
    """The rule set of lint, of the base."""
    version: str
    """Of Tidewaiter."""
    trust: str
    """Which trust root decided whose signatures count; why not, where there is none."""
    development: bool
    """Whether that is a development root, which vouches for nobody."""
    register_length: int
    """Entries of the register of signatures."""
    operations: int
    """How many operations, each on each offer, were compiled and self-tested."""
    seconds: float
    """How long it took."""


class GateReportModel(Told):
    """What `tidewaiter gate --format json` prints."""

    form: Literal["tidewaiter-gate/1"] = "tidewaiter-gate/1"
    """The version of this form."""
    workspace: str
    """Its name."""
    at: str
    """The day that sunsets, notices and waivers were held against: YYYY-MM-DD."""
    exit_code: Literal[0, 1]
    """0: every change is automatic or decided; 1 otherwise."""
    counts: GateCountsModel
    """How many changes there are."""
    unanswered: UnansweredModel
    """What happens if nobody decides."""
    changes: tuple[ChangeModel, ...]
    """Those that lack a decision first."""
    affected: tuple[AffectedModel, ...]
    """Consumers that may call what changed; those for which most breaks first."""
    waivers: tuple[WaiverModel, ...]
    """Those by which something was let pass."""
    about_waivers: tuple[AboutWaiverModel, ...]
    """Waivers that match nothing, end soon, have ended or are too wide."""
    notes: tuple[str, ...]
    """What a reader has to know besides."""
    made: MadeModel
    """How the verdict was made."""


def as_json(verdict: GateVerdict, context: Context | None = None) -> str:  # noqa: ARG001 - as of all formats
    """The whole verdict as JSON."""
    told = GateReportModel(
        workspace=verdict.workspace,
        at=verdict.at.isoformat(),
        exit_code=1 if verdict.exit_code else 0,
        counts=GateCountsModel(
            undecided=len(verdict.undecided), decided=len(verdict.decided), automatic=len(verdict.automatic),
            **{kind.value: number for kind, number in verdict.counts.items()},
        ),
        unanswered=UnansweredModel(
            due=verdict.due.isoformat(), then=verdict.rules.unanswered.then, contact=verdict.rules.contact
        ),
        changes=tuple(_change(ruling) for ruling in in_order(verdict)),
        affected=tuple(_affected(one) for one in affected(verdict)),
        waivers=tuple(waiver_of(one) for one in waivers_in_force(verdict)),
        about_waivers=tuple(_about(told) for told in about_waivers(verdict)),
        notes=verdict.notes,
        made=_made(verdict.made),
    )  # fmt: skip
    return json_output(told.model_dump())


def _change(ruling: Ruling) -> ChangeModel:
    change, decided = ruling.change, ruling.decided_by
    return ChangeModel(
        kind=change.kind, name=change.name, digest=change.digest, does=_does(change.classes), layer=change.layer,
        visibility=change.visibility, owner=change.owner,
        status="undecided" if decided is None else "automatic" if decided == AUTOMATIC else "decided",
        decided_by="" if decided in (None, AUTOMATIC) else str(decided), asked=_asked(ruling.asked),
        why_not=ruling.why_not, unsigned=ruling.unsigned, note=change.note, limits=change.limits,
        findings=tuple(_finding(point) for point in change.points),
        noted=tuple(_finding(point) for point in change.noted),
    )  # fmt: skip


def _asked(asked: Asked) -> AskedModel:
    groups = (GroupModel(stands_for=one.stands_for, of=one.of, members=one.members) for one in asked.groups)
    return AskedModel(who=asked.who, groups=tuple(groups), note=asked.note)


def _does(classes: frozenset[ChangeClass]) -> tuple[Does, ...]:
    return tuple(one.value for one in ChangeClass if one in classes)


def _finding(point: Point) -> GateFindingModel:
    finding = point.finding
    rule = words_of(finding.rule)
    return GateFindingModel(
        rule=finding.rule, severity=finding.severity.value, does=_does(point.classes), message=finding.message,
        reason=finding.reason, do=rule.do if rule is not None else "", direction=finding.direction.value,
        method=finding.method, path=finding.path, file=point.file, line=point.line, in_base_only=not point.in_new,
        against=point.against, pointer_old=finding.pointer_old, pointer_new=finding.pointer_new,
        before=finding.before, after=finding.after, proof=Proof(finding.proof).value,
        failing_example=example_model(finding.failing_example), fingerprint=finding.fingerprint,
        reach=tuple(use_model(use) for use in finding.reach),
        consumers=tuple(one.consumer for one in point.callers), waived=finding.waived,
    )  # fmt: skip


def _affected(one: Affected) -> AffectedModel:
    caller: Caller = one.caller
    return AffectedModel(
        consumer=caller.consumer, name=caller.name, owner=caller.owner, entities=tuple(one.entities),
        suspended=caller.suspended, usage="unknown",
        **{name: _fingerprints(found) for name, found in
           (("breaks", one.breaks), ("unproven", one.unproven), ("other", one.other))},
    )  # fmt: skip


def _fingerprints(found: list[tuple[Ruling, Point]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(point.finding.fingerprint for _, point in found))


def _about(told: Placed) -> AboutWaiverModel:
    finding = told.finding
    return AboutWaiverModel(
        rule=finding.rule, severity=finding.severity.value, message=finding.message, file=told.file, line=told.line,
        fingerprint=finding.fingerprint,
    )  # fmt: skip


def _made(made: Made) -> MadeModel:
    return MadeModel(
        base=made.base, base_digest=made.base_digest, workspace_digest=made.workspace_digest,
        environment=made.environment or "", rule_set=made.rule_set, version=made.version, trust=made.trust,
        development=made.development, register_length=made.register_length, operations=made.operations,
        seconds=round(made.seconds, 3),
    )  # fmt: skip
