"""The gate's verdict on a terminal: what is asked first, then each change with what it does and who decides."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.plain import plain
from gateway.release_file import AUTOMATIC
from governance.changes.changed import Point
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling
from governance.reports.diff_words import example_of
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    about_waivers,
    asked_line,
    callers_line,
    classes_line,
    decider_line,
    effects,
    in_order,
    next_steps,
    outcome,
    place_of,
    point_line,
    unanswered_line,
    waiting_lines,
    waived_line,
)
from governance.reports.waived import told_of
from governance.terminal import Colour, paint

_POINTS: Final = 6
"""Findings of one change that are listed; of more, that there are more."""
_NAMES: Final = 3
_LINE: Final = 220


def as_text(
    verdict: GateVerdict, context: Context | None = None, *, colour: bool = False, everything: bool = False
) -> str:
    """Changes that lack a decision first. `everything` lists each finding, those on which nobody decides too."""
    lines = list(_lines(verdict, context or Context(), colour=colour, everything=everything))
    return "".join(line + "\n" for line in lines).rstrip("\n") + "\n"


def _lines(verdict: GateVerdict, context: Context, *, colour: bool, everything: bool) -> Iterator[str]:
    yield paint(f"{plain(verdict.workspace)} against {plain(verdict.made.base)}", "bold", on=colour)
    for title, group in groupby(in_order(verdict), key=_state):
        rulings = list(group)
        yield f"{title} ({len(rulings)})"
        for ruling in rulings:
            yield from _ruling(ruling, context, colour=colour, everything=everything)
    for told in about_waivers(verdict):
        yield f"  waiver: {told.finding.severity.value} {told.finding.rule}: {told_of(told)}"
    yield from (f"  note: {plain(note)}" for note in verdict.notes)
    if verdict.undecided:
        yield ""
        yield paint(asked_line(verdict, context), "bold", on=colour)
        yield f"If nobody decides: {unanswered_line(verdict)}"
        yield from waiting_lines(verdict)
        yield "Next:"
        yield from (f"  {command}" for _, command in next_steps(verdict, context))
    colour_of: Colour = "red" if verdict.undecided else "green"
    did = f" ({effects(verdict)})" if verdict.rulings else ""
    took = f"judged by the rules of the base in {verdict.made.seconds:.1f} s"
    yield paint(f"{outcome(verdict)}{did}; {took}", colour_of, on=colour)


def _state(ruling: Ruling) -> str:
    if ruling.decided_by is None:
        return "to be decided"
    return "automatic" if ruling.decided_by == AUTOMATIC else "decided"


def _ruling(ruling: Ruling, context: Context, *, colour: bool, everything: bool) -> Iterator[str]:
    change = ruling.change
    shade: Colour = "green" if ruling.decided_by is not None else "red"
    yield f"  {paint(plain(change.name), shade, on=colour)}: {classes_line(change)}; {decider_line(ruling, context)}"
    if ruling.decided_by == AUTOMATIC and not everything:
        if change.note:
            yield f"    {_cut(plain(change.note), everything=everything)}"
    else:
        most = len(change.points) if everything else _POINTS
        for point in change.points[:most]:
            yield from _point(point, everything=everything)
        if len(change.points) > most:
            yield f"    and {len(change.points) - most} more (--all lists them)"
    for point in change.noted:
        if point.finding.waived:
            yield f"    {_cut(waived_line(point), everything=everything)}"
        elif everything:
            yield f"    {point_line(point)} [{plain(point.finding.rule)}]"
    yield from (f"    bound: {plain(limit)}" for limit in change.limits)
    if ruling.decided_by is None:
        yield from (f"    {plain(why)}" for why in ruling.why_not)


def _point(point: Point, *, everything: bool) -> Iterator[str]:
    finding = point.finding
    yield f"    {_cut(point_line(point), everything=everything)}"
    against = f", against {plain(point.against)}" if point.against else ""
    yield f"      {finding.fingerprint} {plain(finding.rule)}; {place_of(point)}{against}"
    if finding.failing_example is not None:
        yield f"      fails: {_cut(example_of(finding.failing_example), everything=everything)}"
    yield f"      {callers_line(point.callers, 1_000_000 if everything else _NAMES)}"


def _cut(text: str, *, everything: bool) -> str:
    """A line that fits a screen, unless everything is asked for."""
    return text if everything or len(text) <= _LINE else f"{text[: _LINE - 3]}..."
