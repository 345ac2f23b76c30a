"""How each condition of a move is judged: it holds, it fails, or nobody can tell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from contracts.apis import Version
from contracts.counted import counted
from governance.callers import offering_entities
from governance.landscape import Landscape
from governance.lifecycle.stages import Condition
from governance.lifecycle.usage import Usage

Outcome = Literal["holds", "fails", "unknown"]


@dataclass(frozen=True, slots=True)
class Held:
    """A condition and what came of it."""

    condition: Condition
    outcome: Outcome
    said: str
    """What it rests on, in words."""


@dataclass(frozen=True, slots=True)
class Question:
    """A move of one version. `before` and `after` are what the api's file says of it; None where it is absent."""

    api: str
    version: str
    before: Version | None
    after: Version | None
    old: Landscape
    new: Landscape
    at: date
    usage: Usage

    @property
    def notice_days(self) -> int:
        """The notice that callers were promised: by the old terms, and by the wider of both visibilities."""
        known = [where.apis[self.api][0] for where in (self.old, self.new) if self.api in where.apis]
        return max(self.old.terms.notice_days.of(api.visibility) for api in known)


def hold(condition: Condition, question: Question) -> Held:
    """Judge one condition."""
    outcome, said = _JUDGES[condition](question)
    return Held(condition, outcome, said)


def announced(before: Version | None, after: Version | None, at: date) -> date:
    """Since when callers were told of the end as it stands: not since a date in the past that is written only now."""
    stated = after.deprecated if after is not None and after.deprecated is not None else at
    told = before is not None and after is not None and before.deprecated == after.deprecated
    kept = told and before is not None and after is not None and _not_sooner(before.sunset, after.sunset)
    return stated if kept else max(stated, at)


def _not_sooner(before: date | None, after: date | None) -> bool:
    return before is not None and after is not None and after >= before


def _sunset_stated(question: Question) -> tuple[Outcome, str]:
    life = question.after
    if life is None or life.sunset is None:
        return "fails", "no sunset is written down"
    return "holds", f"the sunset is {life.sunset}"


def _notice_given(question: Question) -> tuple[Outcome, str]:
    before, after, needed = question.before, question.after, question.notice_days
    if before is not None and before.stage == "deprecated":
        begin, end = before.deprecated, before.sunset
    else:
        begin, end = announced(before, after, question.at), after.sunset if after is not None else None
    if begin is None or end is None:
        return "fails", f"no sunset was announced; {counted(needed, 'day')} of notice are needed"
    given = (end - begin).days
    said = f"{counted(given, 'day')} from {begin} to {end}, {needed} are needed"
    return ("holds" if given >= needed else "fails"), said


def _successor_served(question: Question) -> tuple[Outcome, str]:
    life = question.after or question.before
    name = life.successor if life is not None else None
    known = question.new.apis.get(question.api)
    if name is None:
        return "fails", "no successor is named"
    successor = known[0].versions.get(name) if known is not None else None
    if successor is None:
        return "fails", f"the successor {name} is not there"
    if successor.stage != "active":
        return "fails", f"the successor {name} is {successor.stage}"
    offers = offering_entities(question.api, name, question.new)
    lacking = [one for one in offering_entities(question.api, question.version, question.old) if one not in offers]
    if lacking:
        return "fails", f"the successor {name} is not offered by {', '.join(lacking)}"
    return "holds", f"{name} is active" + (f", offered by {', '.join(offers)}" if offers else "")


def _sunset_passed(question: Question) -> tuple[Outcome, str]:
    sunset = question.before.sunset if question.before is not None else None
    if sunset is None:
        return "fails", "no sunset was announced"
    return ("holds", f"the sunset was {sunset}") if sunset <= question.at else ("fails", f"the sunset is {sunset}")


def _sunset_ahead(question: Question) -> tuple[Outcome, str]:
    sunset = question.after.sunset if question.after is not None else None
    if sunset is None or sunset <= question.at:
        return "fails", "no sunset that is still to come is written down"
    return "holds", f"the new sunset is {sunset}"


def _nobody_pinned(question: Question) -> tuple[Outcome, str]:
    reference = f"{question.api}@{question.version}"
    pinned = sorted({name for where in (question.old, question.new) for name in where.pinning.get(reference, ())})
    if pinned:
        return "fails", f"pinned to it: {', '.join(pinned)}"
    return "holds", "no consumer is pinned to it"


def _no_traffic(question: Question) -> tuple[Outcome, str]:
    days = max(question.old.terms.quiet_days, question.new.terms.quiet_days)
    state, said = question.usage.asked(question.api, question.version, days, question.at)
    outcomes: Mapping[str, Outcome] = {"called": "fails", "quiet": "holds", "unknown": "unknown"}
    return outcomes[state], f"{said} ({counted(days, 'day')} without a call are needed)"


def _gone_long(question: Question) -> tuple[Outcome, str]:
    sunset = question.before.sunset if question.before is not None else None
    needed = max(question.old.terms.gone_days, question.new.terms.gone_days)
    if sunset is None:
        return "fails", f"no sunset says since when it is gone; {counted(needed, 'day')} are needed"
    until = sunset + timedelta(days=needed)
    return ("holds" if until <= question.at else "fails"), f"it answers 410 until {until} at least"


def _no_successor(question: Question) -> tuple[Outcome, str]:
    known = question.new.apis.get(question.api)
    others = known[0].versions if known is not None else {}
    naming = [name for name, life in others.items() if life.successor == question.version]
    if naming:
        return "fails", f"it is the successor of {', '.join(naming)}"
    return "holds", "no version names it as its successor"


_JUDGES: Final[Mapping[Condition, Callable[[Question], tuple[Outcome, str]]]] = {
    Condition.SUNSET_STATED: _sunset_stated,
    Condition.NOTICE_GIVEN: _notice_given,
    Condition.SUCCESSOR_SERVED: _successor_served,
    Condition.SUNSET_PASSED: _sunset_passed,
    Condition.SUNSET_AHEAD: _sunset_ahead,
    Condition.NOBODY_PINNED: _nobody_pinned,
    Condition.NO_TRAFFIC: _no_traffic,
    Condition.GONE_LONG: _gone_long,
    Condition.NO_SUCCESSOR: _no_successor,
}
