"""Every rule that a finding of the gate can be of: why it is judged so, and what to do, by whom."""

from dataclasses import dataclass
from typing import Literal

from governance.changes.fields.rules import FIELD_RULES
from governance.diff.rules.table import BY_ID
from governance.lifecycle.rules import RULES as LIFECYCLE
from governance.lint.table import LINT_RULES
from governance.severities import UNJUDGED
from governance.waiver_rules import RULES as WAIVERS

Source = Literal["diff", "lint", "lifecycle", "file", "waiver"]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What one rule says. In `reason` and `do` words of code stand between backticks."""

    id: str
    source: Source
    reason: str
    """Why it is judged so."""
    do: str
    """What to do: of a `diff` the callers, of anything else the author of the change."""

    @property
    def is_for_callers(self) -> bool:
        """Whether `do` is said to those who call."""
        return self.source == "diff" and self.id != UNJUDGED


def words_of(rule: str) -> RuleWords | None:
    """The words of a rule by its id; None where no rule has it, as in a rule set of somebody else's."""
    if rule in BY_ID:
        return RuleWords(rule, "diff", BY_ID[rule].reason, BY_ID[rule].do)
    if rule == UNJUDGED:
        reason = "No rule knows this kind of change, so nothing is said of what it does to callers."
        return RuleWords(rule, "diff", reason, "Say in the request for a decision why it is needed.")
    if rule in LINT_RULES:
        return RuleWords(rule, "lint", LINT_RULES[rule].reason, LINT_RULES[rule].do)
    if rule in LIFECYCLE:
        return RuleWords(rule, "lifecycle", LIFECYCLE[rule].reason, LIFECYCLE[rule].do)
    if rule in FIELD_RULES:
        return RuleWords(rule, "file", FIELD_RULES[rule].reason, FIELD_RULES[rule].do)
    if rule in WAIVERS:
        return RuleWords(rule, "waiver", WAIVERS[rule].reason, WAIVERS[rule].do)
    return None
