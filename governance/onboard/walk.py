"""One run: each step in its order, from the first that is not done for what it rests on now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import instead
from governance.onboard.asked import Asked
from governance.onboard.journal import Journal
from governance.onboard.live import live_as_it_is
from governance.onboard.outcome import Outcome
from governance.onboard.place import FOLDER, Place
from governance.onboard.preconditions import judge_environment
from governance.onboard.steps import STEPS, Step
from governance.onboard.subject import digest_of, subject_of
from governance.onboard.vault import sweep
from governance.onboard.verified import verify_report
from governance.onboard.work import Say, Work


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a step in this run. `again` is False where it was done before, for the same."""

    step: Step
    outcome: Outcome
    again: bool


def onboard(asked: Asked, say: Say, show: Say | None = None) -> Iterator[Taken]:
    """Go as far as it goes; each step as it ends. The last one that is given out says where it stands.

    Raises InvalidInputError where the workspace cannot be read or another run is at work.
    """
    with _working(asked, say, show) as work:
        for path in sweep(asked.folder, FOLDER, work.now.date()):
            say(f"a recording whose day had come was deleted: {path.name}")
        if not asked.redo and (active := live_as_it_is(work)):
            yield _is_live(work, active)
            return
        for step in STEPS:
            taken = _take(step, work)
            yield taken
            if taken.outcome.state != "done":
                return


def _is_live(work: Work, active: str) -> Taken:
    """Nothing of what the entity rests on changed since the release that is active. It is in the journal once."""
    step = STEPS[-1]
    told = (f"{active} is active, and {work.asked.entity} is in it as it is here",)
    outcome = Outcome("done", told, facts={"release": active})
    last = work.journal.events[-1] if work.journal.events else None
    known = last is not None and (last.step, last.state, last.facts.get("release")) == (step.name, "done", active)
    if not known:
        work.journal.add(step.name, digest_of(active), work.stamp(), outcome)
    return Taken(step, outcome, again=not known)


def planned(asked: Asked) -> Iterator[tuple[Step, str, list[Diagnostic]]]:
    """What a run would do: each step with `done before`, `would be done` or `would stop`. Nothing is written or called.

    Where it would stop, the faults say what for; the steps after it are not told, for they would not be come to.
    """
    with _working(asked, lambda _: None, None, alone=False) as work:
        if not asked.redo and live_as_it_is(work):
            yield STEPS[-1], "done before, for the same", []
            return
        anew: set[str] = set()
        for step in STEPS:
            try:
                done = _done(step, work, step.inputs(work)) is not None
            except InvalidInputError as error:
                yield step, "would stop", list(error.diagnostics)
                return
            open_now = anew.intersection(step.rests_on)
            if not done or open_now:
                anew.add(step.name)
            if done and open_now:
                yield step, f"would be done where {' or '.join(sorted(open_now))} finds something else", []
            elif done:
                yield step, "done before, for the same", []
            elif faults := step.needs(work) if step.needs is not None else []:
                yield step, "would stop", faults
                return
            else:
                yield step, "would be done", []


@contextmanager
def _working(asked: Asked, say: Say, show: Say | None, *, alone: bool = True) -> Iterator[Work]:
    names = [step.name for step in STEPS]
    for name in asked.redo:
        if name not in names:
            message = f"there is no step {name}"
            raise InvalidInputError([Diagnostic("--redo", "no-step", message, instead(name, names))])
    place = Place(asked.folder, asked.entity, asked.environment or "")
    with subject_of(asked) as subject:
        judge_environment(asked.folder, asked.environment)
        with place.alone() if alone else nullcontext():
            journal = Journal(place.journal)
            yield Work(asked, subject, place, journal, say, show, len(journal.events))


def _take(step: Step, work: Work) -> Taken:
    try:
        inputs = step.inputs(work)
    except InvalidInputError as error:
        inputs, before = "", None
        outcome: Outcome | None = _unanswered(error, work)
    else:
        before, outcome = _done(step, work, inputs), None
    if before is not None:
        _after(step, work)
        return Taken(step, before, again=False)
    work.journal.add(step.name, inputs, work.stamp(), again=work.again())
    if outcome is None:
        work.say(f"{step.name}: {step.what}")
        try:
            outcome = step.run(work)
        except InvalidInputError as error:
            outcome = _unanswered(error, work)
        if outcome.state in ("done", "negative"):
            inputs = step.inputs(work)  # the step may itself have written what it rests on
    work.journal.add(step.name, inputs, work.stamp(), outcome)
    if outcome.state in ("done", "negative"):
        _after(step, work)
    return Taken(step, outcome, again=True)


def _after(step: Step, work: Work) -> None:
    after: Callable[[Work], None] | None = step.after
    if after is not None:
        after(work)


def _done(step: Step, work: Work, inputs: str) -> Outcome | None:
    """What it came to before for the same; None where it is to be done."""
    event = work.journal.last(step.name, "done", "negative", "waiting", "unanswered")
    if event is None or event.inputs != inputs or _to_redo(step, work, event.sequence):
        return None
    if event.state != "done" and not (event.state == "negative" and step.keeps):
        return None
    kept = event.facts.get("evidence")
    if kept is not None and not work.is_kept(step.name, str(kept)):
        return None
    if step.name == "report" and not _is_whole(work, str(event.facts.get("report"))):
        return None  # from the same evidence it is the same again, to the byte
    return Outcome("done" if event.state == "done" else "negative", event.told, event.next, event.facts)


def _is_whole(work: Work, digest: str) -> bool:
    """Whether the report lies there as it was written."""
    try:
        return not verify_report(work.place.report, digest).faults
    except OSError:
        return False


def _to_redo(step: Step, work: Work, sequence: int) -> bool:
    return step.name in work.asked.redo and sequence <= work.began


def _unanswered(error: InvalidInputError, work: Work) -> Outcome:
    steps = [one.remedy for one in error.diagnostics if one.remedy]
    return Outcome("unanswered", tuple(str(one) for one in error.diagnostics), (*dict.fromkeys(steps), work.again()))
