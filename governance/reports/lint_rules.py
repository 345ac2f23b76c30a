"""What a rule of lint finds, why, and what mends it: for the command line, and as a page of its own."""

import difflib
import json
from collections.abc import Iterator
from typing import Any, Final

from governance.json_output import json_output
from governance.lint.documents import whole
from governance.lint.rule import LintRule
from governance.lint.rule_sets import NEWEST
from governance.lint.table import LINT_RULES, TABLES
from governance.lint.words import NAMES
from governance.reports.rules import otherwise
from governance.terminal import table

_LINES: Final = 2
"""Unchanged lines around a change that the page shows."""


def as_text(rule: LintRule) -> str:
    """The rule for a terminal."""
    lines = [
        rule.id, "", f"Finds:   {_heading(rule)} (tidewaiter lint)", f"Weighs:  {NAMES[rule.severity]} in {NEWEST}",
        f"Why:     {rule.reason}", f"Mend:    {rule.do}", *(f"{line}" for line in _outside(rule)),
        "Example:", *(f"  {line}" for line in _difference(rule)), "To weigh it otherwise, in governance/lint.yaml:",
        "  lint:", "    severities:", f"      - {{rule: {rule.id}, severity: info, reason: why it is so here}}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def as_json(rule: LintRule) -> str:
    """The rule for machines."""
    return json_output(content(rule))


def content(rule: LintRule) -> dict[str, Any]:
    """The rule for machines, as a mapping."""
    before, after = whole(rule.example)
    return {
        "id": rule.id,
        "area": "lint",
        "heading": _heading(rule),
        "severity": {NEWEST: NAMES[rule.severity]},
        "reason": rule.reason,
        "do": rule.do,
        "example": {"before": before, "after": after},
    }


def listing() -> str:
    """Every rule on a line."""
    return table(("LINT RULE", "SEVERITY"), [(rule.id, NAMES[rule.severity]) for rule in LINT_RULES.values()])


def page_of(rule: LintRule) -> str:
    """The rule as a page of its own, in Markdown."""
    weighs = f"`{NAMES[rule.severity]}` in {NEWEST}"
    lines = [
        f"# {rule.id}", "", f"Found by `tidewaiter lint` ({_heading(rule).lower()}). {weighs}.", "",
        "## Why", "", rule.reason, "", "## What mends it", "", rule.do, "",
    ]  # fmt: skip
    outside, difference = list(_outside(rule)), _difference(rule)
    if outside or difference:
        lines += ["## Example", "", *outside, *([""] if outside else [])]
    if difference:
        lines += ["What is found, and mended:", "", "```diff", *difference, "```", ""]
    return "\n".join([*lines, *otherwise("lint", rule.id)]) + "\n"


def _heading(rule: LintRule) -> str:
    return next(heading for heading, rules in TABLES.items() if rule in rules)


def _outside(rule: LintRule) -> Iterator[str]:
    """What of the example stands outside of the document."""
    example = rule.example
    if example.visibility_after:
        said = f"`visibility: {example.visibility}` becomes `visibility: {example.visibility_after}`"
        yield f"In the `api.yaml` of an api with `layer: {example.layer}`, {said}."
    elif example.layer:
        yield f"In an api with `layer: {example.layer}`:"


def _difference(rule: LintRule) -> list[str]:
    old, new = (
        json.dumps(side, indent=2, ensure_ascii=False).splitlines()
        for side in (rule.example.before, rule.example.after)
    )
    found = list(difflib.unified_diff(old, new, n=_LINES, lineterm=""))[3:]
    return ["..." if line.startswith("@@") else line for line in found]
