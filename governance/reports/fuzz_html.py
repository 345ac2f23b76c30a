"""A fuzzing run as one page that a browser shows from a file: no script, nothing fetched, every text escaped."""

from itertools import groupby
from typing import Any

from contracts.plain import plain
from governance.fuzz.verdict import FuzzVerdict
from governance.reports.fuzz_words import (
    HEADS,
    CauseTold,
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
from governance.reports.pages import render


def as_html(verdict: FuzzVerdict) -> str:
    """Causes by severity, operations with what is known of each, the run."""
    tight = {one.operation: tightness_of(one) for one in verdict.tightness}
    crossed = {one.operation: crossing_of(one) for one in verdict.crossings}
    groups: list[dict[str, Any]] = [
        {
            "heading": HEADS[severity],
            "severity": severity.value,
            "rules": [_rule(list(of_rule)) for _, of_rule in groupby(found, key=lambda one: one.first.finding.rule)],
        }
        for severity, found in groupby(causes_told(verdict.findings), key=lambda one: one.first.finding.severity)
    ]  # fmt: skip
    return render(
        "fuzz", heading=f"Fuzzing {title_of(verdict)}", outcome=outcome_of(verdict), counts=counts_of(verdict),
        fails=bool(verdict.exit_code), groups=groups,
        operations=[
            {"name": plain(one.operation), "tested": one.tested, "coverage": coverage_of(one),
             "tightness": tight.get(one.operation, ""), "crossing": crossed.get(one.operation, "")}
            for one in verdict.coverage
        ],
        left_out=[(plain(one.operation), plain(one.reason)) for one in verdict.left_out],
        run=list(run_of(verdict)), notes=list(notes_of(verdict)),
    )  # fmt: skip


def _rule(found: list[CauseTold]) -> dict[str, Any]:
    """All causes that a rule found."""
    rule = found[0].first.rule
    causes = [
        {"message": one.title, "places": one.places, "evidence": one.evidence, "name": one.name,
         "reason": plain(one.first.finding.reason)}
        for one in found
    ]  # fmt: skip
    return {"rule": rule.id, "why": rule.reason, "do": rule.do, "causes": causes}
