"""The calendar of all versions: where each stands, what comes next and when, what that needs, and who must be told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from contracts.apis import Api, Version
from governance.callers import Caller, callers, offering_entities
from governance.landscape import Landscape
from governance.lifecycle.conditions import Held, Question, hold
from governance.lifecycle.findings import found_in
from governance.lifecycle.rules import RULES
from governance.lifecycle.stages import TABLE, State
from governance.lifecycle.usage import Usage
from governance.placed import Placed
from governance.severities import pattern_of
from governance.waiver_files import Decided
from governance.waivers import Case, Subject, apply

_LAST: Final = date.max


@dataclass(frozen=True, slots=True)
class Row:
    """One version."""

    api: str
    version: str
    title: str
    owner: str
    """Who answers for the api."""
    visibility: str
    life: Version
    next: State | None
    """The stage that comes next; None where nothing is announced."""
    when: date | None
    """The first day on which it may come, as far as days decide; None where no day is written down."""
    held: tuple[Held, ...]
    """What the next move needs, judged as on the day of the calendar."""
    callers: tuple[Caller, ...]
    """Consumers that may call it, by the access rules."""
    entities: tuple[tuple[str, str], ...]
    """Entities that offer it, each with its owner."""

    @property
    def name(self) -> str:
        """`api@version`."""
        return f"{self.api}@{self.version}"

    @property
    def told(self) -> tuple[str, ...]:
        """Whom to write to about what comes next: owners of consumers and entities, each once; none where nothing."""
        if self.next is None:
            return ()
        return tuple(dict.fromkeys([*(one.owner for one in self.callers), *(owner for _, owner in self.entities)]))


@dataclass(frozen=True, slots=True)
class Calendar:
    """All versions on a day, what comes first at the top."""

    at: date
    rows: tuple[Row, ...]
    findings: tuple[Placed, ...]
    """The worst first; those that are waived name their waivers."""
    waivers: tuple[Decided, ...] = ()
    about: tuple[Placed, ...] = ()
    """What was found about waivers."""

    @property
    def counted(self) -> tuple[Placed, ...]:
        """Findings that no waiver lets pass, those about waivers among them."""
        return (*(one for one in self.findings if not one.finding.waived), *self.about)

    @property
    def exit_code(self) -> int:
        """1 where a finding is breaking and not waived."""
        return int(any(one.finding.severity.value == "breaking" for one in self.counted))


def calendar(
    landscape: Landscape,
    at: date,
    usage: Usage | None = None,
    *,
    api: str | None = None,
    waivers: Iterable[Decided] = (),
) -> Calendar:
    """The calendar as on a day. `api` leaves out all others."""
    rows: list[Row] = []
    cases: list[tuple[tuple[Placed, ...], Subject]] = []
    for name, (described, source) in sorted(landscape.apis.items()):
        if api is not None and name != api:
            continue
        for version, life in described.versions.items():
            row = _row(name, version, described, life, landscape, at, usage or Usage())
            rows.append(row)
            found = tuple(found_in(name, version, life, described, source, landscape, at, row.held))
            cases.append((found, Subject(name, version, frozenset(one.consumer for one in row.callers))))
    rows.sort(key=lambda row: (row.when or _LAST, row.api, _numbers(row.version)))
    done = apply(
        [Case(tuple(told.finding for told in found), subject) for found, subject in cases],
        tuple(one for one in waivers if _is_life(one)),
        at,
        judged=(),
    )
    findings = [
        replace(told, finding=finding)
        for (found, _), held in zip(cases, done.cases, strict=True)
        for told, finding in zip(found, held, strict=True)
    ]
    findings.sort(key=lambda told: (-told.finding.severity.weight, told.file, told.line, told.finding.rule))
    return Calendar(at, tuple(rows), tuple(findings), done.in_force, done.about)


def _is_life(one: Decided) -> bool:
    """Whether a waiver may be about the life of versions: others are the business of a diff."""
    rule = one.waiver.rule
    return rule is None or any(pattern_of(rule).fullmatch(name) for name in RULES)


def _row(api: str, version: str, described: Api, life: Version, landscape: Landscape, at: date, usage: Usage) -> Row:
    following, when = _next(life, landscape)
    held: tuple[Held, ...] = ()
    if following is not None:
        after = None if following == "absent" else life.model_copy(update={"stage": following})
        question = Question(api, version, life, after, landscape, landscape, at, usage)
        held = tuple(hold(condition, question) for condition in TABLE[life.stage, following].conditions)
    owners = {name: entity.owner for name, (entity, _) in landscape.entities.items()}
    return Row(
        api, version, described.title, described.owner, described.visibility, life, following, when, held,
        callers(api, version, landscape),
        tuple((name, owners[name]) for name in offering_entities(api, version, landscape)),
    )  # fmt: skip


def _next(life: Version, landscape: Landscape) -> tuple[State | None, date | None]:
    """What is announced to come next, and the first day on which it may."""
    if life.stage == "active" and life.deprecated is not None:
        return "deprecated", life.deprecated
    if life.stage == "deprecated":
        return "retired", life.sunset
    if life.stage == "retired":
        gone = timedelta(days=landscape.terms.gone_days)
        return "absent", life.sunset + gone if life.sunset is not None else None
    return None, None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
