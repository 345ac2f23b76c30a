"""The calendar of versions for machines. `tidewaiter schema lifecycle-report` is made of the models here."""

from typing import Literal

from pydantic import ConfigDict

from contracts.apis import Stage, Visibility
from contracts.model import Written
from governance.json_output import json_output
from governance.lifecycle.calendar import Calendar, Row
from governance.lifecycle.conditions import Outcome
from governance.lifecycle.stages import Condition, State
from governance.placed import Placed


class _Told(Written):
    model_config = ConfigDict(str_strip_whitespace=False, validate_default=False)


class ConditionModel(_Told):
    """A condition of the next move."""

    condition: Condition
    """Which one."""
    outcome: Outcome
    """Whether it holds on the day; `unknown` where nobody can tell."""
    said: str
    """What that rests on."""


class CallerModel(_Told):
    """A consumer that may call the version, by the access rules."""

    consumer: str
    """Its id."""
    name: str
    """Its name for people."""
    owner: str
    """Whom to write to."""
    entities: tuple[str, ...]
    """Those on whose offer it may call."""
    pinned: bool
    """Whether it was promised this exact version."""
    suspended: bool
    """Whether it is switched off now."""


class RowModel(_Told):
    """One version."""

    api: str
    """The api's id."""
    version: str
    """The exact version."""
    title: str
    """The api's name for people."""
    owner: str
    """Who answers for the api."""
    visibility: Visibility
    """Who may see the api."""
    stage: Stage
    """Where it stands."""
    deprecated: str
    """Since when it is deprecated: YYYY-MM-DD; empty for none."""
    sunset: str
    """When it is meant to end: YYYY-MM-DD; empty for none."""
    successor: str
    """The version to move to; empty for none."""
    next: State | None
    """The stage that comes next, `absent` for being taken out of the file; null where nothing is announced."""
    when: str
    """The first day on which it may come, as far as days decide; empty where none is written down."""
    conditions: tuple[ConditionModel, ...]
    """What the next move needs."""
    callers: tuple[CallerModel, ...]
    """Who may call it."""
    entities: dict[str, str]
    """Who offers it: entity and owner."""
    tell: tuple[str, ...]
    """Whom to write to about what comes next; empty where nothing does."""


class LifeFindingModel(_Told):
    """What was found."""

    rule: str
    """Which rule, or what about a waiver."""
    severity: Literal["breaking", "warning", "info"]
    """How much it weighs."""
    message: str
    """What it is, on one line."""
    do: str
    """What to do; of a waiver its reason."""
    file: str
    """Where it stands."""
    line: int
    """From 1; 0 where it is not known."""
    column: int
    """From 1; 0 where it is not known."""
    fingerprint: str
    """12 hexadecimal digits that stay the same for the same thing."""
    waived: tuple[str, ...]
    """Names of the waivers that let it pass; empty where it counts."""


class LifecycleReportModel(_Told):
    """What `tidewaiter lifecycle --format json` prints."""

    form: Literal["tidewaiter-lifecycle/1"] = "tidewaiter-lifecycle/1"
    """The version of this form."""
    at: str
    """The day that was assumed: YYYY-MM-DD."""
    exit_code: Literal[0, 1]
    """1 where a finding is breaking and not waived."""
    versions: tuple[RowModel, ...]
    """What comes first at the top."""
    findings: tuple[LifeFindingModel, ...]
    """The worst first; those about waivers last."""


def as_json(calendar: Calendar) -> str:
    """The whole calendar as JSON."""
    told = LifecycleReportModel(
        at=calendar.at.isoformat(),
        exit_code=1 if calendar.exit_code else 0,
        versions=tuple(map(_row, calendar.rows)),
        findings=tuple(map(_finding, (*calendar.findings, *calendar.about))),
    )
    return json_output(told.model_dump(mode="json"))


def _row(row: Row) -> RowModel:
    life = row.life
    return RowModel.model_validate({
        "api": row.api, "version": row.version, "title": row.title, "owner": row.owner, "visibility": row.visibility,
        "stage": life.stage, "deprecated": str(life.deprecated or ""), "sunset": str(life.sunset or ""),
        "successor": life.successor or "", "next": row.next, "when": str(row.when or ""),
        "conditions": [{"condition": one.condition, "outcome": one.outcome, "said": one.said} for one in row.held],
        "callers": [
            {
                "consumer": one.consumer, "name": one.name, "owner": one.owner, "entities": one.entities,
                "pinned": one.pinned, "suspended": one.suspended,
            }
            for one in row.callers
        ],
        "entities": dict(row.entities), "tell": row.told,
    })  # fmt: skip


def _finding(told: Placed) -> LifeFindingModel:
    finding = told.finding
    return LifeFindingModel(
        rule=finding.rule, severity=finding.severity.value, message=finding.message, do=finding.reason, file=told.file,
        line=told.line, column=told.column, fingerprint=finding.fingerprint, waived=finding.waived,
    )  # fmt: skip
