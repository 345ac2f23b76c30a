"""Every rule whose findings can be waived, by its id; and the rules about files of a workspace."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from governance.diff.rules.table import BY_ID
from governance.lifecycle.rules import RULES as LIFECYCLE
from governance.lifecycle.rules import LifeRule
from governance.lint.table import LINT_RULES
from governance.severities import UNJUDGED
from governance.waiver_rules import RULES as WAIVERS

FILE_RULES: Final[Mapping[str, Mapping[str, LifeRule]]] = {
    "The life of versions": LIFECYCLE,
    "Waivers": WAIVERS,
}
"""Rules about files of a workspace that are no contracts, under their heading."""


@cache
def known_rules() -> tuple[str, ...]:
    """The ids of the rules of diffs, of lint, and of the life of versions, in that order."""
    return (*BY_ID, UNJUDGED, *LINT_RULES, *LIFECYCLE)
