"""Findings as a consumer reads them: what must be done, what to look at, what may be used, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from governance.diff.documentation import is_documentation
from governance.diff.report import DiffReport
from governance.finding import Finding, Proof, Severity
from governance.rules import Rule

_WHOLE: Final = "The API as a whole"
_NOTHING: Final = "nothing"
_MAY: Final = "you may"
_COMPONENTS: Final = {
    "schemas": "schema", "responses": "response", "parameters": "parameter", "examples": "example",
    "requestBodies": "request body", "headers": "header", "securitySchemes": "security scheme", "links": "link",
    "callbacks": "callback", "pathItems": "path item", "mediaTypes": "media type",
}  # fmt: skip


class Duty(StrEnum):
    """What a finding asks of a consumer, the most urgent first."""

    MUST = "must"
    """A correct caller of the old version can fail."""
    CHECK = "check"
    """It may concern a caller, or could not be proven not to."""
    MAY = "may"
    """Something new that may be used."""
    KNOW = "know"
    """Good to know; nothing is to be done."""


DUTIES: Final = tuple(Duty)


@dataclass(frozen=True, slots=True)
class Note:
    """One root cause for a consumer."""

    duty: Duty
    finding: Finding
    do: str
    """What to do, in a sentence; empty where no rule says it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the API with what changed there, the most urgent first."""

    title: str
    """`POST /orders`, `schema Order`, or the API as a whole."""
    operations: tuple[str, ...]
    """For a part that several operations share: those that the changes reach."""
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Changelog:
    """Everything that consumers of the old version should know of the new one."""

    report: DiffReport
    sections: tuple[Section, ...]
    """First the API as a whole, then shared parts, then operations by path; each change stands in one of them."""
    documentation: int
    """How many changes are of documentation, examples and extensions only."""

    def count(self, duty: Duty) -> int:
        """How many notes ask this."""
        return sum(note.duty is duty for section in self.sections for note in section.notes)


def changelog(report: DiffReport, rules: Mapping[str, Rule]) -> Changelog:
    """Sort the findings of a comparison into what a consumer reads."""
    notes: dict[tuple[int, str], list[Note]] = {}
    documentation = 0
    for finding in report.findings:
        rule = rules.get(finding.rule)
        if is_documentation(finding, rule):
            documentation += 1
            continue
        do = rule.do if rule is not None else ""
        notes.setdefault(_place(finding), []).append(Note(_duty(finding, do), finding, do))
    sections = [
        Section(
            title,
            _reached(found) if kind == 1 else (),
            tuple(sorted(found, key=lambda note: (DUTIES.index(note.duty), note.finding.rule, note.finding.message))),
        )
        for (kind, title), found in sorted(notes.items(), key=lambda pair: (pair[0][0], _by_path(pair[0][1])))
    ]
    return Changelog(report, tuple(sections), documentation)


def _duty(finding: Finding, do: str) -> Duty:
    if finding.severity is Severity.BREAKING:
        return Duty.MUST
    if finding.severity is Severity.WARNING or finding.proof is Proof.UNPROVEN:
        return Duty.CHECK
    if finding.exposes or _MAY in do.lower():
        return Duty.MAY
    return Duty.KNOW if not do or do.lower().startswith(_NOTHING) else Duty.MAY


def _place(finding: Finding) -> tuple[int, str]:
    """Where a finding is told: 0 the whole, 1 a shared part, 2 an operation; with its title."""
    operations = {(use.method, use.path) for use in finding.reach if use.path}
    if len(operations) > 1:
        return 1, _shared(finding)
    if finding.path:
        return 2, f"{finding.method} {finding.path}".strip()
    return 0, _WHOLE


def _shared(finding: Finding) -> str:
    """`schema Order` for what lies in a component; else the path that the operations have in common, or the message."""
    for pointer in (finding.pointer_new, finding.pointer_old):
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        if len(steps) > 2 and steps[0] == "components":
            return f"{_COMPONENTS.get(steps[1], steps[1])} {steps[2]}"
    paths = {use.path for use in finding.reach}
    return paths.pop() if len(paths) == 1 else "Several operations"


def _reached(notes: list[Note]) -> tuple[str, ...]:
    uses = (use for note in notes for use in note.finding.reach if use.path)
    return tuple(dict.fromkeys(f"{use.method} {use.path}".strip() for use in uses))


def _by_path(title: str) -> tuple[str, str]:
    method, _, path = title.partition(" ")
    return path, method
