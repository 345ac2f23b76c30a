"""The calendar of versions as one page that a browser shows from a file: no script, nothing fetched."""

from typing import Any

from contracts.plain import plain
from governance.lifecycle.calendar import Calendar, Row
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
from governance.reports.pages import render
from governance.reports.waived import terms_of


def as_html(calendar: Calendar) -> str:
    """A table, what each announced move needs and who must be told, findings; every text escaped."""
    waived = [told for told in calendar.findings if told.finding.waived]
    return render(
        "lifecycle",
        heading="Calendar of versions",
        title=title_of(calendar),
        counts=counts_of(calendar),
        fails=calendar.exit_code != 0,
        head=[word.capitalize() for word in HEAD],
        rows=[cells_of(row, calendar.at) for row in calendar.rows],
        announced=[_row(row, calendar) for row in calendar.rows if row.next is not None],
        findings=[_finding(told, calendar) for told in (*calendar.counted, *waived)],
    )


def _row(row: Row, calendar: Calendar) -> dict[str, Any]:
    return {
        "heading": f"{plain(row.name)}: {next_of(row)}, {when_of(row, calendar.at)}",
        "title": plain(row.title),
        "owner": plain(row.owner),
        "held": [(one.outcome, one.condition.value, plain(one.said)) for one in row.held],
        "tell": [
            *(caller_of(caller) for caller in row.callers),
            *(plain(f"{name} (offers it): {owner}") for name, owner in row.entities),
        ],
    }


def _finding(told: Placed, calendar: Calendar) -> dict[str, Any]:
    finding = told.finding
    return {
        "severity": finding.severity.value,
        "waived": bool(finding.waived),
        "rule": finding.rule,
        "fingerprint": finding.fingerprint,
        "message": told_of(told),
        "do": do_of(told),
        "terms": [terms_of(one) for one in calendar.waivers if one.name in finding.waived],
    }
