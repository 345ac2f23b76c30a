"""What reports say of waivers, in the same words; text of the files is made plain."""

from collections.abc import Iterator
from typing import Protocol

from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.diff.side import Place
from governance.finding import Finding
from governance.placed import Placed
from governance.reports.diff_words import said
from governance.reports.github import ANNOTATIONS, annotation
from governance.waiver_files import Decided


class Waiving(Protocol):
    """A verdict, of a diff or of lint, that waivers were applied to."""

    @property
    def waivers(self) -> tuple[Decided, ...]:
        """Those by which something was let pass."""


def waivers_of(verdict: Waiving, finding: Finding) -> tuple[Decided, ...]:
    """The waivers that let a finding pass."""
    return tuple(one for one in verdict.waivers if one.name in finding.waived)


def terms_of(one: Decided) -> str:
    """Which waiver, until when, who answers for it, who approved it, and why."""
    waiver = one.waiver
    approved, reason = ", ".join(waiver.approved_by), " ".join(waiver.reason.split())
    return plain(f"{one.name} until {waiver.until} (owner {waiver.owner}, approved by {approved}): {reason}")


def told_of(told: Placed) -> str:
    """What was found about a waiver, and where it stands."""
    return plain(f"{told.finding.message}; {told}")


def annotated(told: Placed) -> str:
    """What was found about a waiver, as a command of a GitHub workflow at its line."""
    return annotation(ANNOTATIONS[told.finding.severity], place_of(told), told.finding.rule, told_of(told))


def place_of(told: Placed) -> Place:
    """Where it stands."""
    return Place(told.file, told.line, told.column, in_tree=True)


def waived_lines(verdict: DiffVerdict, report: DiffReport) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each waived finding with the terms on which it passes."""
    for finding in report.waived:
        rule = f"{finding.severity.value} {plain(finding.rule)}"
        yield f"{said(finding)} [{rule}]", tuple(terms_of(one) for one in waivers_of(verdict, finding))
