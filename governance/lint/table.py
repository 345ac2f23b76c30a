"""All rules of lint, by the heading that their page gives them, and by id."""

from collections.abc import Mapping
from typing import Final

from governance.lint import (
    bounds,
    dead,
    deprecation,
    errors,
    examples,
    keywords,
    layers,
    meanings,
    naming,
    pagination,
    patterns,
    security,
)
from governance.lint.rule import LintRule

TABLES: Final[Mapping[str, tuple[LintRule, ...]]] = {
    "Names": naming.RULES,
    "Lists": pagination.RULES,
    "Answers and errors": errors.RULES,
    "Security": security.RULES,
    "Sizes and bounds of what callers send": bounds.RULES,
    "What values mean": meanings.RULES,
    "Deprecation": deprecation.RULES,
    "Examples and defaults": examples.RULES,
    "Dead parts": dead.RULES,
    "Keywords": keywords.RULES,
    "Patterns": patterns.RULES,
    "Layers": layers.RULES,
}
"""Rules under the heading that the page of rules gives them."""


def by_id(tables: Mapping[str, tuple[LintRule, ...]]) -> dict[str, LintRule]:
    """Rules by id, in the order of the tables. Raises ValueError where two have one id."""
    found: dict[str, LintRule] = {}
    for rules in tables.values():
        for rule in rules:
            if rule.id in found:
                raise ValueError(f"two rules are called {rule.id}")
            found[rule.id] = rule
    return found


LINT_RULES: Final[Mapping[str, LintRule]] = by_id(TABLES)
