"""The calendar of versions on a terminal: a table, what each announced move needs and who must be told, findings."""

from collections.abc import Iterator
from typing import Final

from contracts.plain import plain
from governance.finding import Severity
from governance.lifecycle.calendar import Calendar, Row
from governance.lifecycle.conditions import Outcome
from governance.placed import Placed
from governance.reports.lifecycle_words import (
    HEAD,
    caller_of,
    cells_of,
    counts_of,
    do_of,
    next_of,
    title_of,
    told_of,
    when_of,
)
from governance.reports.waived import terms_of
from governance.terminal import Colour, paint, table

_OUTCOMES: Final[dict[Outcome, Colour]] = {"holds": "green", "fails": "red", "unknown": "yellow"}
_COLOURS: Final[dict[Severity, Colour]] = {Severity.BREAKING: "red", Severity.WARNING: "yellow", Severity.INFO: "green"}


def as_text(calendar: Calendar, *, colour: bool = False) -> str:
    """All of it, the next move first."""
    lines = [paint(title_of(calendar), "bold", on=colour)]
    lines += table(HEAD, [cells_of(row, calendar.at) for row in calendar.rows]).splitlines()
    for row in calendar.rows:
        if row.next is not None:
            lines += ["", *_row(row, calendar, colour=colour)]
    if calendar.findings or calendar.about:
        lines += ["", paint("findings", "bold", on=colour)]
        for told in calendar.counted:
            lines += _finding(told, colour=colour)
        for told in calendar.findings:
            if told.finding.waived:
                lines += _waived(told, calendar)
    lines += ["", paint(counts_of(calendar), "red" if calendar.exit_code else "green", on=colour)]
    return "".join(line + "\n" for line in lines)


def _row(row: Row, calendar: Calendar, *, colour: bool) -> Iterator[str]:
    yield paint(f"{plain(row.name)}, {row.life.stage}: {next_of(row)}, {when_of(row, calendar.at)}", "bold", on=colour)
    for one in row.held:
        # Colour codes have no width: the word is filled up before it is painted.
        outcome = paint(f"{one.outcome:<8}", _OUTCOMES[one.outcome], on=colour)
        yield f"  {outcome}{one.condition.value}: {plain(one.said)}"
    yield f"  owner   {plain(row.owner)}"
    for caller in row.callers:
        yield f"  tell    {caller_of(caller)}"
    for name, owner in row.entities:
        yield f"  tell    {plain(name)} (offers it): {plain(owner)}"


def _finding(told: Placed, *, colour: bool) -> Iterator[str]:
    severity = told.finding.severity
    head = paint(f"{severity.value} {told.finding.rule}", _COLOURS[severity], on=colour)
    yield f"  {head} {told.finding.fingerprint}"
    yield f"    {told_of(told)}"
    yield f"    {do_of(told)}"


def _waived(told: Placed, calendar: Calendar) -> Iterator[str]:
    yield f"  waived {told.finding.severity.value} {told.finding.rule} {told.finding.fingerprint}"
    yield f"    {told_of(told)}"
    yield from (f"    by {terms_of(one)}" for one in calendar.waivers if one.name in told.finding.waived)
