"""The board's report on a verdict of the gate: one page that a browser shows from a file, the decision first."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.changes.changed import Point
from governance.finding import FailingExample, Proof
from governance.gate.verdict import GateVerdict
from governance.promised import Since
from governance.release.covering import Ruling
from governance.reports.diff_words import operation_of, operations, said
from governance.reports.gate_affected import Affected, affected, duties
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    CLASS_MEANINGS,
    CLASS_WORDS,
    NOBODY,
    about_waivers,
    before_and_after,
    caller_words,
    classes_line,
    decider_line,
    effects,
    in_order,
    made_rows,
    next_steps,
    outcome,
    place_of,
    unanswered_line,
    unproven,
    waiting_lines,
    waived_line,
    waivers_in_force,
    whom_asked,
)
from governance.reports.pages import render
from governance.reports.waived import terms_of, told_of
from governance.rule_words import words_of

_CAUSES: Final = 12
"""Root causes of one change that are told in full; all stand in the appendix."""
_OF_A_KIND: Final = 3
"""Of one rule, or with the same thing to do."""
_STEPS: Final = 8
_NAMES: Final = 5
_SHADES: Final = {"breaks": "breaking", "exposes": "warning", "weakens": "warning", "unproven": "warning"}


def as_html(verdict: GateVerdict, context: Context | None = None) -> str:
    """The decision, the verdict and why, root causes, who is affected, what is to be done, and how it was made."""
    context = context or Context()
    concerned = affected(verdict)
    return render(
        "gate",
        heading=_heading(verdict),
        decision=_decision(verdict, context),
        outcome=outcome(verdict),
        effects=effects(verdict),
        meanings=[(CLASS_WORDS[kind], CLASS_MEANINGS[kind]) for kind in CLASS_WORDS if verdict.counts[kind]],
        changes=[_change(ruling, number, context) for number, ruling in enumerate(in_order(verdict))],
        affected=[_affected(one) for one in concerned],
        duties=list(_duties(concerned)),
        lives=[_life(name, context) for name in context.promised.lives],
        promises=list(_promises(verdict, context)),
        waivers=[terms_of(one) for one in waivers_in_force(verdict)],
        waived=[waived_line(point) for one in verdict.rulings for point in one.change.noted if point.finding.waived],
        about=[
            {"severity": told.finding.severity.value, "rule": told.finding.rule, "message": told_of(told)}
            for told in about_waivers(verdict)
        ],
        unproven=[
            {"message": said(point.finding), "reason": plain(point.finding.reason), "change": plain(ruling.change.name)}
            for ruling, point in unproven(verdict)
        ],
        limits=[f"{plain(one.change.name)}: {plain(limit)}" for one in verdict.rulings for limit in one.change.limits],
        proofs=_proofs(verdict),
        made=made_rows(verdict),
        notes=[plain(note) for note in verdict.notes],
        again=context.gate(),
        found=[
            (_named(ruling.change.name, context), [_row(point) for point in points])
            for ruling in in_order(verdict)
            if (points := _points(ruling))
        ],
        nobody=NOBODY,
    )


def day(when: date) -> str:
    """A date that nobody reads the other way about: `10 December 2026`."""
    return f"{when.day} {when:%B %Y}"


def _heading(verdict: GateVerdict) -> str:
    name = plain(verdict.workspace)
    if not verdict.rulings:
        return f"{name}: nothing changed"
    if not verdict.undecided:
        return f"{name}: nothing has to be decided"
    number = len(verdict.undecided)
    return f"{name}: {counted(number, 'change')} {'needs' if number == 1 else 'need'} a decision"


def _decision(verdict: GateVerdict, context: Context) -> dict[str, Any]:
    asked = whom_asked(verdict, context)
    refused = [ruling for ruling in verdict.undecided if ruling.asked.who == "automatic"]
    return {
        "needed": bool(verdict.undecided),
        "asked": [
            (who, [(*_named(one.change.name, context), classes_line(one.change)) for one in rulings])
            for who, rulings in asked
        ],
        "due": day(verdict.due),
        "from": f"{counted(verdict.rules.unanswered.after_days, 'day')} from {day(verdict.at)}",
        "unanswered": unanswered_line(verdict),
        "waiting": list(waiting_lines(verdict)),
        "refused": [(_named(one.change.name, context), [plain(why) for why in one.why_not]) for one in refused],
        "steps": list(next_steps(verdict, context))[:_STEPS],
        "contact": plain(verdict.rules.contact),
        "short": _in_short(verdict),
    }


def _named(name: str, context: Context) -> tuple[str, str]:
    """What people call it, where a file says, and its name."""
    return context.title(name), plain(name)


def _in_short(verdict: GateVerdict) -> str:
    """What a reader with a minute has to know."""
    breaking = [one for one in affected(verdict) if one.breaks]
    if not breaking:
        return "No consumer that may call is broken, as far as could be proven."
    names = ", ".join(caller_words(one.caller) for one in breaking[:4])
    more = f" and {len(breaking) - 4} more" if len(breaking) > 4 else ""
    return f"It breaks something for {counted(len(breaking), 'consumer')} that may call it: {names}{more}."


def _change(ruling: Ruling, number: int, context: Context) -> dict[str, Any]:
    change = ruling.change
    told = _told(change.points)
    return {
        "id": f"change-{number + 1}",
        "name": plain(change.name),
        "title": context.title(change.name),
        "for": _for_whom(ruling),
        "does": classes_line(change),
        "who": decider_line(ruling, context),
        "open": ruling.decided_by is None,
        "owner": plain(change.owner),
        "count": len(change.points),
        "note": plain(change.note),
        "why_not": [plain(why) for why in ruling.why_not],
        "causes": [_cause(point, context) for point in told],
        "more": len(change.points) - len(told),
    }


def _told(points: tuple[Point, ...]) -> list[Point]:
    """Those that are told in full: the first of each rule."""
    told: list[Point] = []
    counts: Counter[str] = Counter()
    for point in points:
        counts[point.finding.rule] += 1
        if counts[point.finding.rule] <= _OF_A_KIND and len(told) < _CAUSES:
            told.append(point)
    return told


def _for_whom(ruling: Ruling) -> str:
    """Whom it breaks, or could."""
    names = [plain(one.consumer) for one in ruling.change.affected]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _cause(point: Point, context: Context) -> dict[str, Any]:
    finding = point.finding
    before, after = before_and_after(point)
    rule = words_of(finding.rule)
    return {
        "shade": next(
            (_SHADES[one.value] for one in CLASS_WORDS if one in point.classes and one.value in _SHADES), "info"
        ),
        "message": said(finding),
        "why": point.why,
        "where": operation_of(finding),
        "place": place_of(point),
        "rule": plain(finding.rule),
        "fingerprint": finding.fingerprint,
        "before": before,
        "after": after,
        "since": _since(context.promised.since.get(finding.fingerprint)),
        "against": plain(point.against),
        "example": _example(finding.failing_example),
        "reason": "" if rule is not None and finding.reason == rule.reason else plain(finding.reason),
        "judged": rule.reason if rule is not None else "",
        "do": rule.do if rule is not None else "",
        "for_callers": rule is not None and rule.is_for_callers,
        "callers": [caller_words(one) for one in point.callers],
        "operations": operations(finding),
    }


def _example(example: FailingExample | None) -> dict[str, str] | None:
    if example is None:
        return None
    at = f" at {plain(example.instance_pointer)}" if example.instance_pointer else ""
    if example.valid_in == "old":
        story = "Whoever keeps to what was promised may send this"
        end = "With the change it is refused"
    else:
        story = "With the change this may come"
        end = "Whoever keeps to what was promised does not expect it"
    value = json.dumps(example.value, indent=2, default=str, ensure_ascii=False)
    return {
        "story": f"{story} ({plain(example.where)}). {end}{at}: {plain(example.error)}.",
        "value": "\n".join(plain(line) for line in value.split("\n")),
    }


def _since(since: Since | None) -> str:
    if since is None:
        return ""
    return day(since.day) if since.exact else f"at least {day(since.day)}"


def _affected(one: Affected) -> dict[str, Any]:
    caller = one.caller
    return {
        "id": plain(caller.consumer), "name": plain(caller.name), "owner": plain(caller.owner),
        "entities": ", ".join(map(plain, one.entities)) or "none", "pinned": caller.pinned,
        "suspended": caller.suspended, "counts": ", ".join(_counts(one)),
    }  # fmt: skip


def _counts(one: Affected) -> Iterator[str]:
    """How many findings do what to a consumer: `5 findings break it`, `2 could not be proven`."""
    for held, verb, verbs in (
        (one.breaks, "breaks it", "break it"),
        (one.unproven, "could not be proven", "could not be proven"),
        (one.other, "exposes or weakens", "expose or weaken"),
    ):
        if held:
            yield f"{counted(len(held), 'finding')} {verb if len(held) == 1 else verbs}"


def _duties(concerned: tuple[Affected, ...]) -> Iterator[dict[str, Any]]:
    """What is to be done, once for all consumers that have to do the same."""
    groups: dict[Any, list[str]] = {}
    for one in concerned:
        held = duties(one)
        if held:
            groups.setdefault(held, []).append(caller_words(one.caller))
    for held, names in groups.items():
        done: dict[tuple[str, bool], list[str]] = {}
        for one in held:
            done.setdefault((one.do or one.what, one.sure), []).append(one.what if one.do else "")
        yield {
            "who": names,
            "duties": [(do, sure, _first([what for what in whats if what])) for (do, sure), whats in done.items()],
        }


def _first(texts: list[str]) -> str:
    """The first few, and how many more there are; all stand in the appendix."""
    more = f"; and {len(texts) - _OF_A_KIND} more" if len(texts) > _OF_A_KIND else ""
    return "; ".join(texts[:_OF_A_KIND]) + more


def _life(name: str, context: Context) -> dict[str, str]:
    life = context.promised.lives[name]
    return {
        "name": plain(name),
        "stage": life.stage,
        "deprecated": day(life.deprecated) if life.deprecated else "",
        "sunset": day(life.sunset) if life.sunset else "",
        "successor": plain(life.successor or ""),
    }


def _promises(verdict: GateVerdict, context: Context) -> Iterator[tuple[str, str]]:
    """What breaks, and since when it has stood as it stood."""
    told = set()
    for ruling in in_order(verdict):
        for point in ruling.change.points:
            since = _since(context.promised.since.get(point.finding.fingerprint))
            if since and point.finding.fingerprint not in told:
                told.add(point.finding.fingerprint)
                yield said(point.finding), since


def _proofs(verdict: GateVerdict) -> str:
    """What the findings on which somebody must decide rest on."""
    points = [point.finding for one in verdict.rulings for point in one.change.points]
    shown = sum(one.failing_example is not None for one in points)
    structural = sum(one.proof is Proof.STRUCTURAL for one in points)
    if not points:
        return ""
    told = f"Of {counted(len(points), 'finding')}, {shown} {'is' if shown == 1 else 'are'} shown by a failing example"
    return told + (f", and {structural} by the rule of the keyword alone." if structural else ".")


def _points(ruling: Ruling) -> tuple[Point, ...]:
    return (*ruling.change.points, *ruling.change.noted)


def _row(point: Point) -> dict[str, str]:
    finding = point.finding
    waived = f"waived by {', '.join(map(plain, finding.waived))}" if finding.waived else ""
    return {
        "message": said(finding),
        "does": waived or point.why or "for information",
        "rule": plain(finding.rule),
        "fingerprint": finding.fingerprint,
        "place": place_of(point),
    }
