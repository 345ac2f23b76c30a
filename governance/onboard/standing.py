"""How far each entity of a workspace is. Nothing is written or called."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.diagnostic import InvalidInputError
from gateway.trust.place import workspace_name
from governance.onboard.journal import Journal
from governance.onboard.known_environments import environments
from governance.onboard.place import Place, places
from governance.onboard.stage import stage_of
from governance.typed import typed

BROKEN: Final = "broken"
_WAIT: Final = "wait until it has ended"


@dataclass(frozen=True, slots=True)
class Standing:
    """One entity in one environment, by the last event."""

    entity: str
    environment: str
    stage: str
    """As its file states it; empty where that cannot be read."""
    step: str
    """The step that came last; empty where nothing was begun."""
    state: str
    """What it came to; `running (process N)` while a run is at work, `interrupted` where one began and did not end,
    `not begun` where nothing was, `no report` for an entity that its file calls onboarded without that.
    """
    at: str = ""
    told: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    report: str = ""
    release: str = ""

    @property
    def broken(self) -> bool:
        """Whether its journal cannot be read."""
        return self.state == BROKEN

    @property
    def first(self) -> str:
        """What to do first."""
        return self.next[0] if self.next else ""


def standings(workspace: Path) -> list[Standing]:
    """Every onboarding that was begun, then every entity of which none was.

    Raises InvalidInputError where the folder is no workspace.
    """
    workspace_name(workspace)
    found = [_of(place) for place in places(workspace)]
    begun = {one.entity for one in found}
    names = [path.stem for path in sorted((workspace / "entities").glob("*.yaml"))]
    found += [_without(workspace, name) for name in names if name not in begun]
    return sorted(found, key=lambda one: (one.entity, one.environment))


def _without(workspace: Path, entity: str) -> Standing:
    """An entity of which no onboarding was begun."""
    stage = _stage(workspace, entity)
    state = "no report" if stage == "onboarded" else "not begun"
    return Standing(entity, "", stage, "", state, next=_begin(workspace, entity))


def _of(place: Place) -> Standing:
    workspace, entity, environment = place.workspace, place.entity, place.environment
    stage = _stage(workspace, entity)
    who = place.at_work()
    try:
        journal = Journal(place.journal)
    except InvalidInputError as error:
        told = tuple(one.message for one in error.diagnostics)
        return Standing(entity, environment, stage, "", BROKEN, told=told, next=(error.diagnostics[0].remedy,))
    running = f"running ({who})" if who else ""
    if not journal.events:
        begin = (_WAIT,) if who else _begin(workspace, entity, environment)
        return Standing(entity, environment, stage, "", running or "not begun", next=begin)
    last = journal.events[-1]
    report, release = journal.last("report", "done"), journal.last("release", "done")
    state: str = last.state if last.state != "began" else "interrupted"
    steps = last.next
    if (last.step, state) == ("live", "done"):
        state = "live"
    elif state in ("interrupted", "done"):
        steps = _began_by(journal) or (typed("onboard", entity, workspace=workspace, environment=environment),)
    if who:
        state, steps = running, (_WAIT,)
    return Standing(
        entity, environment, stage, last.step, state, last.at,
        last.told, steps, str(report.facts["report"]) if report is not None else "",
        str(release.facts["release"]) if release is not None else "",
    )  # fmt: skip


def _began_by(journal: Journal) -> tuple[str, ...]:
    """The command that began the last step, with its options; empty in a journal that was kept without."""
    return next((one.next for one in reversed(journal.events) if one.state == "began"), ())


def _stage(workspace: Path, entity: str) -> str:
    try:
        return stage_of(workspace, entity)
    except InvalidInputError:
        return ""


def _begin(workspace: Path, entity: str, environment: str = "") -> tuple[str, ...]:
    """The command that begins, where one environment can be meant, with that; `NAME` stands for one of several."""
    if _stage(workspace, entity) == "onboarded":
        return ()
    live, tests = environments(workspace)
    goes = environment or (live[0] if len(live) == 1 else "NAME" if live or tests else "")
    asked = ("--test-environment", tests[0]) if len(tests) == 1 and tests[0] != goes else ()
    return (typed("onboard", entity, *asked, workspace=workspace, environment=goes),)
