"""What every form of the calendar says in the same words; text of the files is made plain."""

from datetime import date

from contracts.counted import counted
from contracts.plain import plain
from governance.callers import Caller
from governance.finding import Severity
from governance.lifecycle.calendar import Calendar, Row
from governance.placed import Placed

HEAD = ("VERSION", "STAGE", "DEPRECATED", "SUNSET", "SUCCESSOR", "NEXT", "WHEN", "CALLERS")
_NOTHING = "-"
_NEXT = {"absent": "may be taken out"}


def cells_of(row: Row, at: date) -> tuple[str, ...]:
    """One row of the table, under `HEAD`."""
    life = row.life
    return (
        plain(row.name), life.stage, _day(life.deprecated), _day(life.sunset), plain(life.successor or _NOTHING),
        next_of(row), when_of(row, at), str(len(row.callers)),
    )  # fmt: skip


def next_of(row: Row) -> str:
    """What comes next."""
    return _NOTHING if row.next is None else _NEXT.get(row.next, row.next)


def when_of(row: Row, at: date) -> str:
    """The day, and how far it is."""
    if row.next is None:
        return _NOTHING
    if row.when is None:
        return "no day is written down"
    left = (row.when - at).days
    far = "today" if left == 0 else f"in {counted(left, 'day')}" if left > 0 else f"{counted(-left, 'day')} ago"
    return f"{row.when} ({far})"


def caller_of(caller: Caller) -> str:
    """A consumer, whom to write to, and what is special about it."""
    marks = [word for word, holds in (("pinned", caller.pinned), ("suspended", caller.suspended)) if holds]
    said = f" [{', '.join(marks)}]" if marks else ""
    return plain(f"{caller.consumer} ({caller.name}): {caller.owner}{said}")


def told_of(told: Placed) -> str:
    """A finding and its place."""
    return plain(f"{told.finding.message}; {told}")


def do_of(told: Placed) -> str:
    """What to do about it."""
    return plain(told.finding.reason)


def counts_of(calendar: Calendar) -> str:
    """`1 breaking, 2 warnings, 0 for information; 1 waived`."""
    found = [one.finding.severity for one in calendar.counted]
    text = (
        f"{found.count(Severity.BREAKING)} breaking, {counted(found.count(Severity.WARNING), 'warning')}, "
        f"{found.count(Severity.INFO)} for information"
    )
    waived = sum(bool(one.finding.waived) for one in calendar.findings)
    return text + (f"; {waived} waived" if waived else "")


def title_of(calendar: Calendar) -> str:
    """What it is a calendar of."""
    apis = len({row.api for row in calendar.rows})
    return f"{counted(len(calendar.rows), 'version')} of {counted(apis, 'api')} on {calendar.at}"


def _day(day: date | None) -> str:
    return _NOTHING if day is None else day.isoformat()
