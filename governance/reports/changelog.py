"""A changelog for consumers, as text, Markdown, JSON and a page."""

from collections.abc import Iterator
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.diff.consumers import Changelog, Duty, Note, Section
from governance.diff.report import DiffReport
from governance.finding import Direction
from governance.json_output import json_output
from governance.reports.diff_json import document_of
from governance.reports.diff_words import example_of, listed, title_of
from governance.reports.markdown_text import code, marked
from governance.reports.pages import render
from governance.terminal import Colour, paint

_NAMES: Final = 6
_WORDS: Final = {
    Duty.MUST: "You must act",
    Duty.CHECK: "Please check",
    Duty.MAY: "You may use",
    Duty.KNOW: "Good to know",
}
_COLOURS: Final[dict[Duty, Colour]] = {
    Duty.MUST: "red", Duty.CHECK: "yellow", Duty.MAY: "green", Duty.KNOW: "bold",
}  # fmt: skip


def as_text(log: Changelog, *, colour: bool = False) -> str:
    """Part by part, the most urgent first."""
    lines = [paint(_title(log), "bold", on=colour), summary(log)]
    for section in log.sections:
        lines += ["", paint(plain(section.title), "bold", on=colour)]
        if section.operations:
            lines.append(f"  used by {counted(len(section.operations), 'operation')}: {_used(section)}")
        for note in section.notes:
            lines.append(f"  {paint(word_of(note), _COLOURS[note.duty], on=colour)}: {plain(told(note))}")
            lines += [f"    {plain(line)}" for line in details(note)]
    lines += ["", *(f"bound: {plain(limit)}" for limit in log.report.limits)] if log.report.limits else []
    return "".join(line + "\n" for line in lines)


def as_markdown(log: Changelog) -> str:
    """The same as Markdown."""
    lines = [f"# {marked(_title(log))}", "", summary(log), ""]
    for section in log.sections:
        lines += [f"## {marked(section.title)}", ""]
        if section.operations:
            names = ", ".join(code(name) for name in section.operations[:_NAMES])
            more = f" and {len(section.operations) - _NAMES} more" if len(section.operations) > _NAMES else ""
            lines += [f"Used by {counted(len(section.operations), 'operation')}: {names}{more}", ""]
        for note in section.notes:
            lines.append(f"- **{word_of(note)}**: {marked(told(note))}")
            lines += [f"  - {marked(line)}" for line in details(note)]
        lines.append("")
    lines += [f"Bound: {marked(limit)}" for limit in log.report.limits]
    return "\n".join(lines).rstrip("\n") + "\n"


def as_json(log: Changelog) -> str:
    """The same for machines; `duty` is must, check, may or know."""
    content: dict[str, Any] = {
        "old": document_of(log.report.old).model_dump(),
        "new": document_of(log.report.new).model_dump(),
        "counts": {duty.value: log.count(duty) for duty in Duty} | {"documentation": log.documentation},
        "sections": [
            {
                "title": section.title,
                "operations": list(section.operations),
                "notes": [_note(note) for note in section.notes],
            }
            for section in log.sections
        ],
        "limits": list(log.report.limits),
    }
    return json_output(content)


def as_html(log: Changelog) -> str:
    """The same as one page that a browser shows from a file."""
    sections = [
        {
            "title": plain(section.title),
            "operations": [plain(name) for name in section.operations],
            "notes": [
                {
                    "duty": note.duty.value,
                    "word": word_of(note),
                    "message": plain(told(note)),
                    "details": [plain(line) for line in details(note)],
                }
                for note in section.notes
            ],
        }
        for section in log.sections
    ]
    limits = [plain(limit) for limit in log.report.limits]
    return render("changelog", heading=_title(log), summary=summary(log), sections=sections, limits=limits)


def _note(note: Note) -> dict[str, Any]:
    finding = note.finding
    return {
        "duty": note.duty.value, "message": finding.message, "direction": finding.direction.value, "do": note.do,
        "rule": finding.rule, "fingerprint": finding.fingerprint, "proof": finding.proof.value,
        "reason": finding.reason,
    }  # fmt: skip


_SENT: Final = {Direction.REQUEST: " (what you send)", Direction.RESPONSE: " (what you receive)", Direction.NONE: ""}


def word_of(note: Note) -> str:
    """What it asks, in two or three words."""
    return _WORDS[note.duty]


def told(note: Note) -> str:
    """What changed, and who sends it."""
    return note.finding.message + _SENT[note.finding.direction]


def details(note: Note) -> Iterator[str]:
    """What to do, why it is not sure, and a message that fails."""
    do = note.do.removeprefix("Nothing; ").removeprefix("Nothing.")
    if do:
        yield do[:1].upper() + do[1:]
    if note.finding.reason and note.duty is Duty.CHECK:
        yield note.finding.reason
    if note.finding.failing_example is not None:
        yield f"fails: {example_of(note.finding.failing_example)}"


def _used(section: Section) -> str:
    return listed([plain(name) for name in section.operations], _NAMES)


def _title(log: Changelog) -> str:
    report: DiffReport = log.report
    name = report.new.title or report.old.title
    old, new = report.old.stated_version, report.new.stated_version
    if not old or not new or old == new:
        return f"Changes: {title_of(report)}"
    return plain(f"{name}: changes from {old} to {new}" if name else f"Changes from {old} to {new}")


def summary(log: Changelog) -> str:
    """One sentence over all of it."""
    if not log.sections and not log.documentation:
        return "Nothing changed."
    parts = [
        (log.count(Duty.MUST), "change asks you to act", "changes ask you to act"),
        (log.count(Duty.CHECK), "is to be checked", "are to be checked"),
        (log.count(Duty.MAY), "is new to use", "are new to use"),
        (log.count(Duty.KNOW), "is good to know", "are good to know"),
        (log.documentation, "is of documentation only", "are of documentation only"),
    ]
    if not parts[0][0]:
        parts[0] = (0, "", "no change asks you to act")
    said = [words if not count else f"{count} {one if count == 1 else words}" for count, one, words in parts[:1]]
    said += [f"{count} {one if count == 1 else words}" for count, one, words in parts[1:] if count]
    text = "; ".join(said) + "."
    return text[:1].upper() + text[1:]
