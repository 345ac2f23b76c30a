"""What every report of the gate says in the same words; text of the workspace is made plain."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from gateway.release_file import AUTOMATIC
from governance.board_rules import ChangeClass
from governance.callers import Caller
from governance.changes.changed import Changed, Point
from governance.gate.verdict import GateVerdict
from governance.placed import Placed
from governance.release.covering import Ruling
from governance.reports.diff_words import listed, said, value_of
from governance.reports.gate_context import Context
from governance.waiver_files import FOLDER, Decided

CLASS_WORDS: Final = {
    ChangeClass.BREAKS: "breaks",
    ChangeClass.EXPOSES: "exposes",
    ChangeClass.WEAKENS: "weakens",
    ChangeClass.UNPROVEN: "could not be proven",
    ChangeClass.LINT: "breaks a rule of lint",
    ChangeClass.COMPATIBLE: "compatible",
}
"""What a change does, the worst first."""
CLASS_MEANINGS: Final = {
    ChangeClass.BREAKS: "a correct caller can fail",
    ChangeClass.EXPOSES: "more can be called, seen or reached than before",
    ChangeClass.WEAKENS: "less is judged or enforced from now on, or others decide on it",
    ChangeClass.UNPROVEN: "nobody could show whether a caller fails: a person decides",
    ChangeClass.LINT: "a contract breaks a rule of lint that it did not break before",
    ChangeClass.COMPATIBLE: "proven to break nobody and to show nothing new",
}
NOBODY: Final = "the access rules name no consumer for it"
_NOTHING_DECIDED: Final = {
    "open": "They stay out until somebody decides: silence never approves.",
    "refused": "They are refused on that day, and have to be submitted anew: silence never approves.",
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


def effects(verdict: GateVerdict) -> str:
    """How many changes do what: `2 break, 1 exposes`; one change may do several things."""
    verbs = {ChangeClass.BREAKS: ("breaks", "break"), ChangeClass.EXPOSES: ("exposes", "expose"),
             ChangeClass.WEAKENS: ("weakens", "weaken"), ChangeClass.LINT: ("breaks a rule of lint",
             "break rules of lint")}  # fmt: skip
    counts = verdict.counts
    told = []
    for kind, word in CLASS_WORDS.items():
        one, many = verbs.get(kind, (word, word))
        if counts[kind]:
            told.append(f"{counts[kind]} {one if counts[kind] == 1 else many}")
    return ", ".join(told)


def in_order(verdict: GateVerdict) -> tuple[Ruling, ...]:
    """Changes that lack a decision, then those that somebody decided on, then the automatic ones; the worst first."""
    return tuple(
        one for group in (verdict.undecided, verdict.decided, verdict.automatic) for one in sorted(group, key=_weight)
    )


def _weight(ruling: Ruling) -> int:
    return next(number for number, kind in enumerate(CLASS_WORDS) if kind in ruling.change.classes)


def asked_line(verdict: GateVerdict, context: Context) -> str:
    """What is asked of whom, by when; empty where nothing is."""
    if not verdict.undecided:
        return ""
    asked = whom_asked(verdict, context)
    refused = counted(len(verdict.undecided) - sum(len(names) for _, names in asked), "change")
    if not asked:
        return f"{refused} refused by a decision"
    whom = listed((who for who, _ in asked), 6)
    line = f"{counted(sum(len(names) for _, names in asked), 'change')} to be decided until {verdict.due} by {whom}"
    return line if refused.startswith("0 ") else f"{line}; {refused} refused by a decision"


def whom_asked(verdict: GateVerdict, context: Context) -> tuple[tuple[str, tuple[Ruling, ...]], ...]:
    """Who must decide, each with the changes that wait for them; what a decision refused waits for nobody."""
    found: dict[str, list[Ruling]] = {}
    for one in in_order(verdict):
        if one.decided_by is None and one.asked.who != "automatic":
            found.setdefault(who_of(one, context), []).append(one)
    return tuple((who, tuple(rulings)) for who, rulings in found.items())


def who_of(ruling: Ruling, context: Context) -> str:
    """Who must decide on a change, with the people where they are known."""
    who = plain(str(ruling.asked))
    return f"{who}: {plain(context.board)}" if ruling.asked.who == "quorum" and context.board else who


def unanswered_line(verdict: GateVerdict) -> str:
    """What happens to what lacks a decision if nobody decides."""
    return _NOTHING_DECIDED[verdict.rules.unanswered.then]


def waiting_lines(verdict: GateVerdict) -> Iterator[str]:
    """What it costs to wait, as far as the files tell; nothing where nothing waits."""
    if not verdict.undecided:
        return
    with_them = len(verdict.automatic) + len(verdict.decided)
    yield "What runs now keeps running as it is, and none of what is new reaches anybody."
    if with_them:
        names = counted(with_them, "change") + (" that needs" if with_them == 1 else " that need")
        waits = "waits" if with_them == 1 else "wait"
        yield f"{names} no further decision {waits} with the others, unless what was submitted is split."
    due = verdict.due
    for one in verdict.waivers:
        if one.waiver.until < due:
            ends = f"The waiver {plain(one.name)} ends on {one.waiver.until}"
            yield f"{ends}: what it lets pass counts from the next day on."


def classes_line(change: Changed) -> str:
    """What a change does, in words."""
    if not change.points and any(point.finding.waived for point in change.noted):
        return "waived"
    return ", ".join(word for kind, word in CLASS_WORDS.items() if kind in change.classes)


def decider_line(ruling: Ruling, context: Context) -> str:
    """Who decides on it, or who did."""
    if ruling.decided_by == AUTOMATIC:
        return "automatic: nobody need decide"
    if ruling.decided_by is not None:
        return f"decided by decisions/{plain(ruling.decided_by)}.yaml"
    note = f" ({plain(ruling.asked.note)})" if ruling.asked.note else ""
    if ruling.asked.who == "automatic":
        return "nobody need decide, but a decision refuses it"
    return f"to be decided by {who_of(ruling, context)}{note}"


def point_line(point: Point) -> str:
    """One finding in a line: what it does and what it is."""
    why = f"{point.why}: " if point.why else ""
    return f"{why}{said(point.finding)}"


def place_of(point: Point) -> str:
    """`file:line`, with where it was where it is gone."""
    place = plain(point.file) + (f":{point.line}" if point.line else "")
    return place if point.in_new else f"{place} in the base"


def file_of(change: Changed) -> str:
    """A file of the workspace at which a change can be shown as a whole."""
    return change.name if change.kind == "file" else f"contracts/{change.name.partition('@')[0]}/api.yaml"


def before_and_after(point: Point) -> tuple[str, str]:
    """What stood there and what stands there now, as JSON; empty where nothing does, or where it is long."""
    finding = point.finding
    return tuple("" if one is None else value_of(one) for one in (finding.before, finding.after))  # type: ignore[return-value]


def caller_words(caller: Caller) -> str:
    """A consumer with its owner."""
    return f"{plain(caller.consumer)} ({plain(caller.owner)}{', suspended' if caller.suspended else ''})"


def callers_line(callers: tuple[Caller, ...], most: int = 1_000_000) -> str:
    """Consumers by their id with their owner, and that their use is not known."""
    if not callers:
        return NOBODY
    return f"may concern {listed(map(caller_words, callers), most)}; usage unknown"


def waived_line(point: Point) -> str:
    """What was let pass, and by which waivers."""
    return f"{said(point.finding)}: waived by {', '.join(plain(one) for one in point.finding.waived)}"


def waivers_in_force(verdict: GateVerdict) -> tuple[Decided, ...]:
    """Those by which something was let pass, each at its place in the workspace, wherever it was read from."""
    return tuple(replace(one, source=replace(one.source, file=f"{FOLDER}/{one.name}.yaml")) for one in verdict.waivers)


def about_waivers(verdict: GateVerdict) -> tuple[Placed, ...]:
    """What was found about waivers, each at its place in the workspace."""
    return tuple(replace(told, file=f"{FOLDER}/{PurePosixPath(told.file).name}") for told in verdict.about_waivers)


def unproven(verdict: GateVerdict) -> tuple[tuple[Ruling, Point], ...]:
    """Findings of which nobody could show whether they break somebody."""
    return tuple(
        (ruling, point) for ruling in in_order(verdict) for point in ruling.change.points
        if ChangeClass.UNPROVEN in point.classes
    )  # fmt: skip


def made_rows(verdict: GateVerdict) -> tuple[tuple[str, str], ...]:
    """How the verdict was made: what somebody needs who makes it again."""
    made = verdict.made
    return (
        ("Workspace", f"{plain(verdict.workspace)}, {made.workspace_digest}"),
        ("Base", f"{plain(made.base)}, {made.base_digest}"),
        ("Environment", plain(made.environment or "") or "none: every environment's file as it stands"),
        ("Day", verdict.at.isoformat()),
        ("Rules of lint", f"{plain(made.rule_set)}, of the base"),
        ("Who decides", "governance/board.yaml of the base" if verdict.rules.rules else "no rules: the quorum decides"),
        ("Trust root", plain(made.trust)),
        ("Register", counted(made.register_length, "entry", "entries")),
        ("Self-test", f"{counted(made.operations, 'operation')} compiled and tested, each on each offer"),
        ("Tidewaiter", f"{made.version}, in {made.seconds:.1f} s"),
    )


def next_steps(verdict: GateVerdict, context: Context) -> Iterator[tuple[str, str]]:
    """What leads on, each with its command."""
    unsigned = sorted({name for one in verdict.undecided for name in one.unsigned})
    yield from ((f"Sign the decision {plain(name)}", context.sign(name)) for name in unsigned)
    if any(not one.unsigned for one in verdict.undecided):
        yield "Write a decision, then sign it", context.draft(verdict)
    first = next((point for one in in_order(verdict) if one.decided_by is None for point in one.change.points), None)
    if first is not None:
        yield "Read all that is known of one finding", context.explain(first.finding.fingerprint)
