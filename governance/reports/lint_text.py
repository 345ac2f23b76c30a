"""Lint on a terminal: findings by severity and rule, so that a person can read them on one screen."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from governance.finding import Finding, Severity
from governance.lint.report import LintReport, LintVerdict
from governance.lint.words import NAMES
from governance.reports.diff_words import reach_of
from governance.reports.lint_words import (
    counts_of,
    outcome_of,
    place_of,
    said_of,
    stale_of,
    sum_of,
    title_of,
    waived_lines,
)
from governance.reports.waived import told_of
from governance.terminal import Colour, paint

_OF_A_RULE: Final = 5
_WAIVED: Final = 8
_NAMES: Final = 3
_LINE: Final = 220
_COLOURS: Final[dict[Severity, Colour]] = {Severity.BREAKING: "red", Severity.WARNING: "yellow", Severity.INFO: "green"}


def as_text(verdict: LintVerdict, *, colour: bool = False, everything: bool = False) -> str:
    """Findings that count, the worst first, then what is waived; of each rule the first few, all with `everything`."""
    lines: list[str] = []
    for report in verdict.reports:
        lines += [*_page(verdict, report, colour=colour, everything=everything), ""]
    lines += _about_waivers(verdict, colour=colour)
    lines += [f"stale: {stale_of(one)}" for one in verdict.stale]
    lines += [f"not judged: {plain(name)}: {plain(why)}" for name, why in verdict.left_out]
    if len(verdict.reports) > 1 or verdict.stale or verdict.about:
        lines.append(paint(sum_of(verdict), "red" if verdict.exit_code else "green", on=colour))
    return "".join(line + "\n" for line in lines).rstrip("\n") + "\n"


def _about_waivers(verdict: LintVerdict, *, colour: bool) -> list[str]:
    """What was found about waivers."""
    lines = [paint("waivers", "bold", on=colour)] if verdict.about else []
    for told in verdict.about:
        severity = told.finding.severity
        lines.append(f"  {paint(f'{NAMES[severity]} {told.finding.rule}', _COLOURS[severity], on=colour)}")
        lines.append(f"    {told_of(told)}")
    return [*lines, ""] if lines else []


def _page(verdict: LintVerdict, report: LintReport, *, colour: bool, everything: bool) -> Iterator[str]:
    yield paint(title_of(report), "bold", on=colour)
    for (severity, rule), found in groupby(verdict.new(report), key=lambda one: (one.severity, one.rule)):
        group = list(found)
        count = f" ({len(group)})" if len(group) > 1 else ""
        yield f"  {paint(f'{NAMES[severity]} {plain(rule)}', _COLOURS[severity], on=colour)}{count}"
        most = len(group) if everything else _OF_A_RULE
        for finding in group[:most]:
            yield from _finding(report, finding, everything=everything)
        if len(group) > most:
            yield f"    and {len(group) - most} more of this rule (--all lists them)"
    yield from _waived(verdict, report, everything=everything)
    yield from (f"  bound: {plain(limit)}" for limit in report.limits)
    told = outcome_of(verdict, report)
    took = f"{counted(report.operations, 'operation')} judged by {report.rule_set} in {report.seconds:.1f} s"
    counts = f"{counts_of(verdict, verdict.new(report))}: " if report.findings else ""
    yield paint(f"{counts}{told}; {took}", "red" if verdict.report_fails(report) else "green", on=colour)


def _waived(verdict: LintVerdict, report: LintReport, *, everything: bool) -> Iterator[str]:
    if report.waived:
        yield f"  waived ({len(report.waived)})"
    most = len(report.waived) if everything else _WAIVED
    for line, terms in list(waived_lines(verdict, report))[:most]:
        yield f"    {_cut(line, everything=everything)}"
        yield from (f"      by {_cut(one, everything=everything)}" for one in terms)
    if len(report.waived) > most:
        yield f"    and {len(report.waived) - most} more that are waived (--all lists them)"


def _cut(text: str, *, everything: bool) -> str:
    """A line that fits a screen, unless everything is asked for."""
    return text if everything or len(text) <= _LINE else f"{text[: _LINE - 3]}..."


def _finding(report: LintReport, finding: Finding, *, everything: bool) -> Iterator[str]:
    yield f"    {_cut(said_of(finding), everything=everything)}"
    reach = reach_of(finding, 1_000_000 if everything else _NAMES)
    yield f"      {finding.fingerprint}; {place_of(report, finding)}{f'; {reach}' if reach else ''}"
    if finding.reason:
        yield f"      weighed so: {plain(finding.reason)}"
