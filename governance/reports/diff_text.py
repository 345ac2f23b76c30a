"""A diff on a terminal: root causes by severity and rule, so that a person can read it on one screen."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof, Severity
from governance.reports.diff_words import (
    counts_of,
    example_of,
    listed,
    operation_of,
    outcome_of,
    places_of,
    reach_of,
    said,
    split,
    tags_of,
    title_of,
)
from governance.reports.waived import told_of, waived_lines
from governance.terminal import Colour, paint

_IN_FULL: Final = 8
"""So many findings are shown with all that is known of them; of more, the first of each rule."""
_OF_A_RULE: Final = 3
_INFO_LINES: Final = 8
_NAMES: Final = 3
_LINE: Final = 220
_COLOURS: Final[dict[Severity, Colour]] = {Severity.BREAKING: "red", Severity.WARNING: "yellow", Severity.INFO: "green"}


def as_text(verdict: DiffVerdict, *, colour: bool = False, everything: bool = False) -> str:
    """Findings by severity and rule, the worst first; what is for information only is counted by rule where it is much.

    `everything` shows each finding in full.
    """
    lines: list[str] = []
    for report in verdict.reports:
        lines += [*_Page(verdict, report, colour=colour, everything=everything).lines(), ""]
    lines += _about_waivers(verdict, colour=colour)
    lines += [f"not compared with {plain(name)}: {plain(why)}" for name, why in verdict.left_out]
    if verdict.candidate:
        lines += list(_sum(verdict, colour=colour))
    return "".join(line + "\n" for line in lines).rstrip("\n") + "\n"


def _sum(verdict: DiffVerdict, *, colour: bool) -> Iterator[str]:
    """One line for each version that the candidate was compared with."""
    yield paint(
        f"{plain(verdict.candidate)} against {counted(len(verdict.reports), 'version')} in use", "bold", on=colour
    )
    for report in verdict.reports:
        fails = verdict.report_fails(report)
        word = paint("breaks" if fails else "fits", "red" if fails else "green", on=colour)
        yield f"  {word:<6}  {plain(report.old.shown)}: {counts_of(report)}"


def _about_waivers(verdict: DiffVerdict, *, colour: bool) -> list[str]:
    """What was found about waivers."""
    lines = [paint("waivers", "bold", on=colour)] if verdict.about else []
    for told in verdict.about:
        severity = told.finding.severity
        lines.append(f"  {paint(f'{severity.value} {told.finding.rule}', _COLOURS[severity], on=colour)}")
        lines.append(f"    {told_of(told)}")
    return [*lines, ""] if lines else []


class _Page:
    """The lines of one comparison."""

    def __init__(self, verdict: DiffVerdict, report: DiffReport, *, colour: bool, everything: bool) -> None:
        self.verdict = verdict
        self.report = report
        self.colour = colour
        self.everything = everything
        self.told, self.documentation = split(report, verdict.rules)
        if everything:
            self.told, self.documentation = [f for f in report.findings if not f.waived], []

    def lines(self) -> Iterator[str]:
        """All lines, the last says what it comes to."""
        yield paint(title_of(self.report), "bold", on=self.colour)
        weighty = [f for f in self.told if f.severity is not Severity.INFO or f.proof is Proof.UNPROVEN]
        rest = [f for f in self.told if f.severity is Severity.INFO and f.proof is not Proof.UNPROVEN]
        in_full = self.everything or len(weighty) <= _IN_FULL
        for (_, rule), group in groupby(weighty, key=lambda f: (f.severity, f.rule)):
            yield from self._group(rule, list(group), in_full=in_full)
        yield from self._information(rest)
        yield from self._waived()
        if self.documentation:
            changes = counted(len(self.documentation), "change")
            yield f"  {changes} of documentation, examples and extensions only (--all lists them)"
        yield from (f"  bound: {plain(limit)}" for limit in self.report.limits)
        yield self._sum()

    def _group(self, rule: str, group: list[Finding], *, in_full: bool) -> Iterator[str]:
        severity = group[0].severity
        count = f" ({len(group)})" if len(group) > 1 else ""
        yield f"  {paint(f'{severity.value} {plain(rule)}', _COLOURS[severity], on=self.colour)}{count}"
        most = len(group) if in_full else _OF_A_RULE
        for number, finding in enumerate(group[:most]):
            yield from self._finding(finding, in_full=in_full or number == 0)
        if len(group) > most:
            yield f"    and {len(group) - most} more of this rule (--all lists them)"

    def _finding(self, finding: Finding, *, in_full: bool) -> Iterator[str]:
        tags = tags_of(finding)
        yield f"    {self._cut(said(finding))}{f' [{tags}]' if tags else ''}"
        old, new = places_of(self.report, finding)
        reach = reach_of(finding, 1_000_000 if self.everything else _NAMES)
        yield f"      {finding.fingerprint}; {old} -> {new}{f'; {reach}' if reach else ''}"
        if in_full and finding.failing_example is not None:
            yield f"      fails: {self._cut(example_of(finding.failing_example))}"
        if in_full and finding.reason:
            yield f"      {plain(finding.reason)}"

    def _information(self, rest: list[Finding]) -> Iterator[str]:
        if not rest:
            return
        if self.everything or len(rest) <= _INFO_LINES:
            yield f"  {paint('for information', 'green', on=self.colour)}"
            for finding in rest:
                tags = tags_of(finding)
                yield f"    {self._cut(said(finding))}{f' [{tags}]' if tags else ''}"
                if self.everything:
                    old, new = places_of(self.report, finding)
                    yield f"      {plain(finding.rule)}; {old} -> {new}"
            return
        by_rule = [
            (rule, list(group)) for rule, group in groupby(sorted(rest, key=lambda f: f.rule), key=lambda f: f.rule)
        ]
        by_rule.sort(key=lambda pair: -len(pair[1]))
        yield f"  {paint('for information', 'green', on=self.colour)} ({len(rest)}; --all lists them)"
        for rule, group in by_rule:
            names = listed(dict.fromkeys(operation_of(f) for f in group if operation_of(f)), 2)
            exposes = ", exposes" if any(f.exposes for f in group) else ""
            yield f"    {len(group):>5} {plain(rule)}{exposes}{f': {names}' if names else ''}"

    def _waived(self) -> Iterator[str]:
        if self.report.waived:
            yield f"  waived ({len(self.report.waived)})"
        for line, terms in waived_lines(self.verdict, self.report):
            yield f"    {self._cut(line)}"
            yield from (f"      by {self._cut(one)}" for one in terms)

    def _cut(self, text: str) -> str:
        """A line that fits a screen, unless everything is asked for."""
        return text if self.everything or len(text) <= _LINE else f"{text[: _LINE - 3]}..."

    def _sum(self) -> str:
        colour: Colour = "red" if self.verdict.report_fails(self.report) else "green"
        report = self.report
        took = f"{counted(report.operations, 'operation')} compared as {report.profile} in {report.seconds:.1f} s"
        if not report.findings:
            return paint(f"{outcome_of(self.verdict, report)}; {took}", colour, on=self.colour)
        return paint(f"{counts_of(report)}: {outcome_of(self.verdict, report)}; {took}", colour, on=self.colour)
