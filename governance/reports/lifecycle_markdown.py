"""The calendar of versions as Markdown; nothing of a file is a mark, a link or a mention."""

from collections.abc import Iterator

from governance.lifecycle.calendar import Calendar, Row
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
from governance.reports.markdown_text import code, marked
from governance.reports.waived import terms_of


def as_markdown(calendar: Calendar) -> str:
    """A table, what each announced move needs and who must be told, findings."""
    lines = ["# Calendar of versions", "", f"{title_of(calendar)}: **{counts_of(calendar)}**", ""]
    lines += ["| " + " | ".join(word.capitalize() for word in HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(map(marked, cells_of(row, calendar.at))) + " |" for row in calendar.rows]
    for row in calendar.rows:
        if row.next is not None:
            lines += ["", *_row(row, calendar)]
    if calendar.findings or calendar.about:
        lines += ["", "## Findings", "", *_findings(calendar)]
    return "\n".join(lines) + "\n"


def _row(row: Row, calendar: Calendar) -> Iterator[str]:
    yield f"## {marked(row.name)}: {next_of(row)}, {when_of(row, calendar.at)}"
    yield ""
    yield f"Owner: {marked(row.owner)}"
    yield ""
    yield from (f"- {one.outcome}: {code(one.condition.value)}, {marked(one.said)}" for one in row.held)
    yield from (f"- tell {marked(caller_of(caller))}" for caller in row.callers)
    yield from (f"- tell {marked(name)}, which offers it: {marked(owner)}" for name, owner in row.entities)


def _findings(calendar: Calendar) -> Iterator[str]:
    for told in calendar.counted:
        finding = told.finding
        head = f"**{finding.severity.value}** {code(finding.rule)} {code(finding.fingerprint)}"
        yield f"- {head}: {marked(told_of(told))}"
        yield f"  - {marked(do_of(told))}"
    for told in calendar.findings:
        finding = told.finding
        if finding.waived:
            yield f"- waived, {finding.severity.value} {code(finding.rule)}: {marked(told_of(told))}"
            yield from (f"  - {marked(terms_of(one))}" for one in calendar.waivers if one.name in finding.waived)
