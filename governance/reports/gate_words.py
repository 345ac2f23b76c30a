"""What every report of the gate says in the same words; text of the workspace is made plain."""

from collections.abc import Iterator
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from governance.board_rules import ChangeClass
from governance.callers import Caller
from governance.changes.changed import Changed, Point
from governance.gate.verdict import GateVerdict
from governance.release.covering import AUTOMATIC, Ruling
from governance.reports.diff_words import listed, said

CLASS_WORDS: Final = {
    ChangeClass.BREAKS: "breaks",
    ChangeClass.EXPOSES: "exposes",
    ChangeClass.WEAKENS: "weakens",
    ChangeClass.UNPROVEN: "could not be proven",
    ChangeClass.LINT: "breaks a rule of lint",
    ChangeClass.COMPATIBLE: "compatible",
}
"""What a change does, the worst first."""
_NOTHING_DECIDED: Final = {
    "open": "it stays out until somebody decides: silence never approves",
    "refused": "it is refused on that day, and has to be submitted anew",
}


def outcome(verdict: GateVerdict) -> str:
    """The whole in a line."""
    if not verdict.rulings:
        return "nothing changed"
    parts = [counted(len(verdict.rulings), "change")]
    parts += [f"{len(found)} {word}" for found, word in (
        (verdict.automatic, "automatic"), (verdict.decided, "decided"), (verdict.undecided, "without a decision")
    ) if found]  # fmt: skip
    return f"{parts[0]}: {', '.join(parts[1:])}"


def asked_line(verdict: GateVerdict) -> str:
    """What is asked of whom, by when; empty where nothing is."""
    if not verdict.undecided:
        return ""
    whom = dict.fromkeys(plain(str(one.asked)) for one in verdict.undecided)
    return f"{counted(len(verdict.undecided), 'change')} to be decided by {verdict.due} by {listed(whom, 6)}"


def unanswered_line(verdict: GateVerdict) -> str:
    """What happens if nobody decides."""
    return (
        f"If nobody decides, {_NOTHING_DECIDED[verdict.rules.unanswered.then]}. What runs now keeps running as it is."
    )


def classes_line(change: Changed) -> str:
    """What a change does, in words."""
    return ", ".join(word for kind, word in CLASS_WORDS.items() if kind in change.classes)


def decider_line(ruling: Ruling) -> str:
    """Who decides on it, or who did."""
    if ruling.decided_by == AUTOMATIC:
        return "automatic: nobody need decide"
    if ruling.decided_by is not None:
        return f"decided by decisions/{plain(ruling.decided_by)}.yaml"
    note = f" ({plain(ruling.asked.note)})" if ruling.asked.note else ""
    return f"{plain(str(ruling.asked))} decides{note}"


def point_line(point: Point) -> str:
    """One finding in a line: what it does and what it is."""
    why = f"{point.why}: " if point.why else ""
    return f"{why}{said(point.finding)}"


def place_of(point: Point) -> str:
    """`file:line`, with where it was where it is gone."""
    place = plain(point.file) + (f":{point.line}" if point.line else "")
    return place if point.in_new else f"{place} in the base"


def callers_line(callers: tuple[Caller, ...], most: int = 1_000_000) -> str:
    """Consumers by their id with their owner, and that their use is not known."""
    if not callers:
        return "no consumer may call it, by the access rules"
    names = [f"{plain(one.consumer)} ({plain(one.owner)}{', suspended' if one.suspended else ''})" for one in callers]
    return f"may concern {listed(names, most)}; usage unknown"


def waived_line(point: Point) -> str:
    """What was let pass, and by which waivers."""
    return f"{said(point.finding)}: waived by {', '.join(plain(one) for one in point.finding.waived)}"


def next_steps(verdict: GateVerdict) -> Iterator[str]:
    """The commands that lead on."""
    unsigned = sorted({name for one in verdict.undecided for name in one.unsigned})
    yield from (f"tidewaiter board sign {plain(name)}" for name in unsigned)
    if any(not one.unsigned for one in verdict.undecided):
        yield "tidewaiter board draft NAME --title WHAT --reason WHY"
    if verdict.undecided:
        yield "tidewaiter explain finding FINGERPRINT --base BASE"
