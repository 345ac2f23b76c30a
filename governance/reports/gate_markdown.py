"""The gate's verdict as Markdown, for a comment on a pull request: the decision first, details folded, and bounded."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from html import escape
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from governance.changes.changed import Point
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling
from governance.reports.diff_words import example_of, said
from governance.reports.gate_affected import Affected, affected
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    NOBODY,
    about_waivers,
    asked_line,
    caller_words,
    classes_line,
    decider_line,
    effects,
    in_order,
    made_rows,
    next_steps,
    outcome,
    place_of,
    point_line,
    unanswered_line,
    waiting_lines,
    waivers_in_force,
)
from governance.reports.markdown_text import code, marked
from governance.reports.waived import terms_of, told_of

MOST: Final = 65_536
"""The most that GitHub takes as one comment, in characters; here in bytes of UTF-8, so that either count fits."""
MARK: Final = "<!-- tidewaiter-gate -->"
"""The first line, which nobody sees: by it a workflow finds the comment again, and writes it anew."""
_ROOM: Final = 1_000
"""Bytes that are kept for the line on what was left out."""
_ROWS: Final = 40
_POINTS: Final = (25, 5, 1)
"""Findings of one change that are listed: the fewer where the whole does not fit with more."""
_NAMES: Final = 8
_TEXT: Final = 400
"""Characters of one text of the workspace."""
_CALLS: Final = re.compile(r"(@|#|://|www\.)(?=\S)", re.IGNORECASE)


def as_markdown(verdict: GateVerdict, context: Context | None = None) -> str:
    """Nothing of the workspace is a mark, a link or a mention. What does not fit is counted."""
    parts = list(_parts(verdict, context or Context()))
    for most in _POINTS:
        texts = [part(most) for part in parts]
        if sum(map(_size, texts)) <= MOST:
            return "\n".join(texts).rstrip("\n") + "\n"
    return _as_many_as_fit(texts)


def _as_many_as_fit(texts: list[str]) -> str:
    """The first parts and the last one, with a line on those that were left out."""
    *rest, made = texts
    kept: list[str] = []
    room = MOST - _ROOM - _size(made)
    for text in rest:
        room -= _size(text)
        if room < 0:
            break
        kept.append(text)
    whole = code("tidewaiter gate --format html")
    left = f"{counted(len(rest) - len(kept), 'part')} of the report did not fit into a comment. The whole: {whole}"
    return "\n".join([*kept, f"{left}\n", made]).rstrip("\n") + "\n"


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _parts(verdict: GateVerdict, context: Context) -> Iterator[Callable[[int], str]]:
    """Parts, each whole in itself, the most important first; each is given how many findings it may list."""
    yield lambda _: f"{MARK}\n{_decision(verdict, context)}"
    if verdict.rulings:
        yield lambda _: "\n".join(_table(verdict, context))
    concerned = affected(verdict)
    if concerned:
        yield lambda _: _folded(f"Who may be concerned ({len(concerned)})", _affected(concerned))
    for ruling in in_order(verdict):
        if ruling.change.points or ruling.why_not or ruling.change.limits:
            yield partial(_change, ruling, context)
    if verdict.waivers or verdict.about_waivers:
        yield lambda _: _folded(f"Waivers ({len(verdict.waivers)} in force)", _waivers(verdict))
    yield lambda _: _folded(
        "How this was made", [f"- {name}: {code(_cut(value))}" for name, value in made_rows(verdict)]
    )


def _decision(verdict: GateVerdict, context: Context) -> str:
    did = f" ({effects(verdict)})" if verdict.rulings else ""
    if not verdict.undecided:
        lines = ["## Nothing has to be decided", "", f"**{outcome(verdict)}**{did}"]
    else:
        lines = [f"## {marked(_cut(asked_line(verdict, context)))}", "", f"**{outcome(verdict)}**{did}", ""]
        lines += [f"If nobody decides: {unanswered_line(verdict)}", *map(marked, list(waiting_lines(verdict))[:_NAMES])]
        lines += ["", "Next:", ""]
        lines += [
            f"- {marked(_cut(what))}: {code(_cut(step))}" for what, step in list(next_steps(verdict, context))[:_NAMES]
        ]
        if verdict.rules.contact:
            lines += ["", f"Questions: {marked(_cut(verdict.rules.contact))}"]
    lines += ["", f"Held against {marked(_cut(verdict.made.base))}, and judged by its rules. The gate advises."]
    lines += [f"- {marked(_cut(note))}" for note in verdict.notes]
    return "\n".join(lines) + "\n"


def _table(verdict: GateVerdict, context: Context) -> Iterator[str]:
    yield "| change | what it does | who decides |"
    yield "|---|---|---|"
    rulings = in_order(verdict)
    for ruling in rulings[:_ROWS]:
        who = _cut(decider_line(ruling, context))
        yield f"| {_cell(ruling.change.name)} | {classes_line(ruling.change)} | {marked(who)} |"
    if len(rulings) > _ROWS:
        yield f"| and {len(rulings) - _ROWS} more | | |"
    yield ""


def _affected(found: Sequence[Affected]) -> Iterator[str]:
    """Each consumer with how much breaks for it."""
    for one in found[:_ROWS]:
        entities = ", ".join(map(plain, list(one.entities)[:_NAMES]))
        counts = [f"{len(held)} {word}" for held, word in (
            (one.breaks, "break"), (one.unproven, "could not be proven"), (one.other, "expose or weaken")
        ) if held]  # fmt: skip
        where = f", for {marked(_cut(entities))}" if entities else ""
        yield f"- {marked(_cut(caller_words(one.caller)))}{where}: {', '.join(counts)}; usage unknown"
    if len(found) > _ROWS:
        yield f"- and {len(found) - _ROWS} more"


def _change(ruling: Ruling, context: Context, most: int) -> str:
    change = ruling.change
    name = _cut(plain(change.name))
    head = f"{name}: {classes_line(change)} ({counted(len(change.points), 'finding')})"
    return _folded(head, _inside(ruling, context, most))


def _inside(ruling: Ruling, context: Context, most: int) -> Iterator[str]:
    change = ruling.change
    yield f"{marked(_cut(decider_line(ruling, context)))}"
    yield ""
    yield from (f"- {marked(_cut(why))}" for why in ruling.why_not[:_NAMES])
    yield from (f"- bound: {marked(_cut(limit))}" for limit in change.limits[:_NAMES])
    for point in change.points[:most]:
        yield from _point(point)
    if len(change.points) > most:
        yield f"- and {counted(len(change.points) - most, 'more finding')}"
    waived = [point for point in change.noted if point.finding.waived]
    yield from (f"- waived: {marked(_cut(said(point.finding)))}" for point in waived[:most])


def _point(point: Point) -> Iterator[str]:
    finding = point.finding
    yield f"- **{marked(_cut(point_line(point)))}**"
    yield f"  - {code(finding.rule)} {code(finding.fingerprint)}, {code(_cut(place_of(point)))}"
    if finding.failing_example is not None:
        yield f"  - fails: {code(_cut(example_of(finding.failing_example)))}"
    if finding.reason:
        yield f"  - {marked(_cut(finding.reason))}"
    names = [marked(_cut(caller_words(one))) for one in point.callers[:_NAMES]]
    more = f" and {len(point.callers) - _NAMES} more" if len(point.callers) > _NAMES else ""
    yield f"  - may concern {', '.join(names)}{more}" if names else f"  - {NOBODY}"


def _waivers(verdict: GateVerdict) -> Iterator[str]:
    yield from (f"- {marked(_cut(terms_of(one)))}" for one in waivers_in_force(verdict)[:_ROWS])
    for told in about_waivers(verdict)[:_ROWS]:
        yield f"- **{told.finding.severity.value}** {code(told.finding.rule)}: {marked(_cut(told_of(told)))}"


def _folded(summary: str, lines: Iterable[str]) -> str:
    """A part that opens on a click. Inside the tags of HTML no mark counts, so their text is escaped for HTML alone."""
    title = _CALLS.sub(lambda found: f"{found[1]}\u2060", escape(summary))
    return "\n".join([f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""])


def _cell(text: str) -> str:
    """Code in a cell of a table, which a bar would end even there."""
    return code(_cut(plain(text)).replace("|", "\u00a6"))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 3]}..."
