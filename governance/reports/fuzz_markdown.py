"""A fuzzing run as Markdown, for a comment or a page."""

from collections.abc import Iterator
from itertools import groupby

from governance.finding import Severity
from governance.fuzz.verdict import FuzzVerdict
from governance.reports.fuzz_words import (
    HEADS,
    causes_told,
    counts_of,
    coverage_of,
    crossing_of,
    notes_of,
    outcome_of,
    run_of,
    tightness_of,
    title_of,
)
from governance.reports.markdown_text import code, marked


def as_markdown(verdict: FuzzVerdict, *, everything: bool = False) -> str:
    """Headings, lists and code only; nothing of a document or a system is a mark, a link or a mention."""
    return "\n".join(_lines(verdict, everything=everything)).rstrip("\n") + "\n"


def _lines(verdict: FuzzVerdict, *, everything: bool) -> Iterator[str]:
    yield f"## Fuzzing {marked(title_of(verdict))}"
    yield ""
    yield f"**{marked(outcome_of(verdict))}** ({counts_of(verdict)})"
    shown = [one for one in verdict.findings if everything or one.finding.severity is not Severity.INFO]
    for severity, group in groupby(causes_told(shown), key=lambda one: one.first.finding.severity):
        yield from ("", f"### {HEADS[severity]}", "")
        for one in group:
            yield f"- **{marked(one.title)}**"
            yield from (f"  - {marked(line)}" for line in one.places)
            yield f"  - {code(one.first.finding.rule)}, {marked(one.evidence)}"
            yield f"  - {marked(one.first.rule.do)}"
    yield from ("", "### Operations", "")
    tight = {one.operation: one for one in verdict.tightness}
    crossed = {one.operation: one for one in verdict.crossings}
    for row in verdict.coverage:
        yield f"- {'' if row.tested else '**not tested** '}{code(row.operation)}: {marked(coverage_of(row))}"
        if row.operation in tight:
            yield f"  - fit of the contract: {marked(tightness_of(tight[row.operation]))}"
        if row.operation in crossed:
            yield f"  - through the gateway: {marked(crossing_of(crossed[row.operation]))}"
    if verdict.left_out:
        yield from ("", "### Left out", "")
        yield from (f"- {code(one.operation)}: {marked(one.reason)}" for one in verdict.left_out)
    yield from ("", "### The run", "")
    yield from (f"- {name}: {marked(what)}" for name, what in run_of(verdict))
    yield from (f"- {marked(note)}" for note in notes_of(verdict))
