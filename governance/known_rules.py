"""Every rule whose findings can be waived, by its id."""

from functools import cache

from governance.diff.rules.table import BY_ID
from governance.lifecycle.rules import RULES as LIFECYCLE
from governance.lint.table import LINT_RULES
from governance.severities import UNJUDGED


@cache
def known_rules() -> tuple[str, ...]:
    """The ids of the rules of diffs, of lint, and of the life of versions, in that order."""
    return (*BY_ID, UNJUDGED, *LINT_RULES, *LIFECYCLE)
