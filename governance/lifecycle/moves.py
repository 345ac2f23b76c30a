"""Two states of a workspace: every move of a version held against the table of stages, by the terms of the older one.

What was announced is judged as the older state says it, so that a date made earlier, a pin taken out or a notice made
shorter in the same change helps nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.apis import Version
from contracts.counted import counted
from contracts.written import Source, pointer_to
from governance.finding import Proof
from governance.landscape import Landscape
from governance.lifecycle.conditions import Held, Question, announced, hold
from governance.lifecycle.rules import RULES
from governance.lifecycle.stages import TABLE, State
from governance.lifecycle.usage import Usage
from governance.placed import Placed, placed


@dataclass(frozen=True, slots=True)
class Moved:
    """A version whose stage or dates changed, with what was found about that."""

    api: str
    version: str
    before: State
    after: State
    held: tuple[Held, ...]
    """The conditions of the move; none where it stays at its stage, or may not move so."""
    findings: tuple[Placed, ...]


def moves(old: Landscape, new: Landscape, at: date, usage: Usage | None = None) -> tuple[Placed, ...]:
    """Findings about every change of a stage, of what was announced, and of the terms themselves."""
    found = [told for one in moved(old, new, at, usage) for told in one.findings]
    return (*found, *_terms(old, new))


def moved(old: Landscape, new: Landscape, at: date, usage: Usage | None = None) -> tuple[Moved, ...]:
    """Every version that moved, or of which something that was announced changed; by api and version."""
    found = []
    for api in sorted({*old.apis, *new.apis}):
        before = old.apis[api][0].versions if api in old.apis else {}
        after = new.apis[api][0].versions if api in new.apis else {}
        for version in sorted({*before, *after}, key=lambda number: [int(part) for part in number.split(".")]):
            question = Question(api, version, before.get(version), after.get(version), old, new, at, usage or Usage())
            one = _moved(question)
            if one.before != one.after or one.findings:
                found.append(one)
    return tuple(found)


def state_of(life: Version | None) -> State:
    """The stage of a version; `absent` for one that is not there."""
    return life.stage if life is not None else "absent"


def _moved(question: Question) -> Moved:
    before, after = state_of(question.before), state_of(question.after)
    if before == after:
        return Moved(question.api, question.version, before, after, (), tuple(_announced(question)))
    move, name = TABLE[before, after], f"{question.api}@{question.version}"
    if not move.allowed:
        message = f"{name} may not go from {before} to {after}: {move.why}"
        found = (_told(question, "stage", "lifecycle-move-not-allowed", message, f"{before} {after}"),)
        return Moved(question.api, question.version, before, after, (), found)
    held = tuple(hold(condition, question) for condition in move.conditions)
    told = [_condition(question, one, before, after) for one in held if one.outcome != "holds"]
    return Moved(question.api, question.version, before, after, held, (*told, *_backdated(question)))


def _condition(question: Question, one: Held, before: State, after: State) -> Placed:
    fails = one.outcome == "fails"
    rule = "lifecycle-condition-fails" if fails else "lifecycle-condition-unknown"
    verb = "fails" if fails else "could not be proven"
    message = f"{question.api}@{question.version} from {before} to {after}: {one.condition.value} {verb}: {one.said}"
    proof = Proof.PROVEN if fails else Proof.UNPROVEN
    return _told(question, "stage", rule, message, f"{before} {after} {one.condition.value}", proof)


def _announced(question: Question) -> Iterator[Placed]:
    """Of a version that stays at its stage: what callers were told, and are told now."""
    before, after = question.before, question.after
    if before is None or after is None or after.stage in ("draft", "preview"):
        return
    name = f"{question.api}@{question.version}"
    if before.successor is not None and after.successor is None and after.stage != "active":
        message = f"callers of {name} were shown the way to {before.successor}, and are shown it no more"
        yield _told(question, "", "lifecycle-successor-withdrawn", message, before.successor)
    if after.stage == "retired":
        return
    if after.sunset is not None and (before.sunset is None or after.sunset < before.sunset):
        begin = announced(before, after, question.at)
        if after.sunset < begin + timedelta(days=question.notice_days):
            given = counted((after.sunset - begin).days, "day")
            rule = "lifecycle-notice-short" if before.sunset is None else "lifecycle-sunset-earlier"
            said = f"is announced for {after.sunset}"
            if before.sunset is not None:
                said = f"was announced for {before.sunset}, and is {after.sunset} now"
            message = f"the end of {name} {said}: {given} from {begin}, {question.notice_days} are needed"
            yield _told(question, "sunset", rule, message, str(after.sunset))
    yield from _backdated(question)
    if after.stage == "deprecated" and before.sunset is not None and after.sunset is None:
        message = f"the end of {name} was announced for {before.sunset}, and is told no more"
        yield _told(question, "", "lifecycle-sunset-withdrawn", message, "")


def _backdated(question: Question) -> Iterator[Placed]:
    before, after = question.before, question.after
    if before is None or after is None or after.stage not in ("active", "deprecated"):
        return
    if after.deprecated is None or after.deprecated >= question.at:
        return
    if before.deprecated is None or after.deprecated < before.deprecated:
        message = (
            f"{question.api}@{question.version} is said to be deprecated since {after.deprecated}, "
            f"which is written on {question.at} only"
        )
        yield _told(question, "deprecated", "lifecycle-deprecation-backdated", message, str(after.deprecated))


def _terms(old: Landscape, new: Landscape) -> Iterator[Placed]:
    was, now = old.terms, new.terms
    notices = [
        (f"notice_days/{name}", getattr(was.notice_days, name), getattr(now.notice_days, name))
        for name in ("internal", "partner", "public")
    ]
    for key, before, after in (
        *notices,
        ("quiet_days", was.quiet_days, now.quiet_days),
        ("gone_days", was.gone_days, now.gone_days),
    ):
        if after < before:
            rule = "lifecycle-terms-weaker"
            message = f"{key.replace('/', '.')} was {before}, is now {after}"
            yield placed(new.terms_source, f"/{key}", rule, RULES[rule].severity, message, about=key)


def _told(question: Question, key: str, rule: str, message: str, about: str, proof: Proof = Proof.PROVEN) -> Placed:
    """A finding at the version's place in the newer file; in the older one where that is gone."""
    where = question.new if question.api in question.new.apis else question.old
    source: Source = where.apis[question.api][1]
    there = question.version in where.apis[question.api][0].versions
    pointer = pointer_to("versions", question.version, *([key] if key else [])) if there else "/versions"
    about = f"{question.api}@{question.version} {about}"
    rows = RULES[rule]
    return placed(source, pointer, rule, rows.severity, message, about=about, reason=rows.do, proof=proof)
