"""The part `lint` of `governance/lint.yaml`: the rule set, severities that differ from it, the threshold."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.apis import Visibility
from contracts.model import Written, fault
from governance.lint.rule_sets import NEWEST, PinnedRuleSet, SetName
from governance.lint.spectral.rules import PREFIX
from governance.lint.spectral.sets import PinnedSpectral
from governance.lint.table import LINT_RULES
from governance.lint.words import Weight
from governance.patterns import known_rule

Layer = Literal["experience", "process", "system"]


def _known(rule: str) -> str:
    # Which rules a pinned set has is known when it is read.
    return rule if rule.startswith(PREFIX) else known_rule(rule, LINT_RULES)


class LintSeverity(Written):
    """Sets the severity where everything named matches; the last entry that matches decides.

    A name left out matches everything. A finding that reaches several operations weighs as much as the worst of them.
    """

    rule: Annotated[str, AfterValidator(_known)]
    """The id of a rule (`tidewaiter explain rule`), or a pattern with `*`: `security-*`."""
    severity: Weight
    """What its findings weigh; `off` leaves them out."""
    reason: str = Field(min_length=3)
    """Why, for the reader of the report."""
    paths: tuple[str, ...] = ()
    """Only operations whose path matches one of these: `*` stands for one segment, `**` for any."""
    layers: tuple[Layer, ...] = ()
    """Only contracts of these layers."""
    visibilities: tuple[Visibility, ...] = ()
    """Only contracts that these may see."""


class LintSettings(Written):
    """Which rules of lint are asked, and what their findings weigh."""

    extends: SetName = NEWEST
    """The rule set of Tidewaiter that is asked; a newer Tidewaiter changes nothing in it."""
    rule_set: PinnedRuleSet | None = None
    """A rule set of your own instead; it says itself what it extends."""
    spectral: tuple[PinnedSpectral, ...] = ()
    """Rule sets in Spectral's form that are asked besides; their rules are called `spectral:NAME`."""
    fail_on: Literal["error", "warning", "info"] = "error"
    """The lowest severity that makes the outcome negative."""
    severities: tuple[LintSeverity, ...] = ()
    """Severities that differ from those of the rule set; the last entry that matches decides."""

    @model_validator(mode="after")
    def _one_set(self) -> Self:
        if self.rule_set is not None and "extends" in self.model_fields_set:
            message = "both `extends` and `rule_set` name a rule set"
            raise fault("two-rule-sets", message, "put `extends` into the file of the rule set", "extends")
        return self
