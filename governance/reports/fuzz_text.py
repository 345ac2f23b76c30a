"""A fuzzing run on a terminal: findings by severity, then each operation with what is known of it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from contracts.plain import plain
from governance.finding import Severity
from governance.fuzz.verdict import FuzzVerdict
from governance.lint.words import NAMES
from governance.reports.fuzz_words import (
    CauseTold,
    causes_told,
    counts_of,
    coverage_of,
    crossing_of,
    notes_of,
    outcome_of,
    tightness_of,
    title_of,
)
from governance.terminal import Colour, paint

_OF_A_RULE: Final = 5
_COLOURS: Final[dict[Severity, Colour]] = {Severity.BREAKING: "red", Severity.WARNING: "yellow", Severity.INFO: "green"}


def as_text(verdict: FuzzVerdict, *, colour: bool = False, everything: bool = False) -> str:
    """Each cause once; of each rule the first few, and none that are for information only, unless `everything`."""
    return "".join(line + "\n" for line in _lines(verdict, colour=colour, everything=everything))


def _lines(verdict: FuzzVerdict, *, colour: bool, everything: bool) -> Iterator[str]:
    yield paint(title_of(verdict), "bold", on=colour)
    causes = list(causes_told(verdict.findings))
    found = [one for one in causes if everything or one.first.finding.severity is not Severity.INFO]
    for (severity, rule), group in groupby(found, key=lambda one: (one.first.finding.severity, one.first.finding.rule)):
        yield from _rule(severity, rule, list(group), colour=colour, everything=everything)
    hidden = len(causes) - len(found)
    if hidden:
        yield f"  and {hidden} for information (--all lists them)"
    yield paint("Operations", "bold", on=colour)
    tight = {one.operation: one for one in verdict.tightness}
    crossed = {one.operation: one for one in verdict.crossings}
    for one in verdict.coverage:
        mark = "" if one.tested else paint("NOT TESTED ", "red", on=colour)
        yield f"  {mark}{plain(one.operation)}: {coverage_of(one)}"
        if one.operation in tight:
            yield f"    fit of the contract: {tightness_of(tight[one.operation])}"
        if one.operation in crossed:
            yield f"    through the gateway: {crossing_of(crossed[one.operation])}"
    yield from (f"  left out: {plain(one.operation)}: {plain(one.reason)}" for one in verdict.left_out)
    yield from (f"note: {note}" for note in notes_of(verdict))
    told = f"{counts_of(verdict)}: {outcome_of(verdict)}"
    yield paint(told, "red" if verdict.exit_code else "green", on=colour)


def _rule(
    severity: Severity, rule: str, group: list[CauseTold], *, colour: bool, everything: bool
) -> Iterator[str]:  # fmt: skip
    count = f" ({len(group)})" if len(group) > 1 else ""
    yield f"  {paint(f'{NAMES[severity]} {rule}', _COLOURS[severity], on=colour)}{count}"
    most = len(group) if everything else _OF_A_RULE
    for one in group[:most]:
        yield f"    {one.title}"
        yield from (f"      {line}" for line in one.places or [plain(one.first.operation)])
        yield f"      {one.name}; {one.evidence}"
        if one.first.finding.reason:
            yield f"      weighed so: {plain(one.first.finding.reason)}"
    if len(group) > most:
        yield f"    and {len(group) - most} more of this rule (--all lists them)"
    yield f"    {group[0].first.rule.do}"
