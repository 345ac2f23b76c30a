"""`governance/lint.yaml`: what findings of a diff and of lint weigh, by rule, path, layer, visibility and more."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from contracts.apis import Visibility
from contracts.model import Written
from governance.diff.rules.table import BY_ID
from governance.finding import Severity
from governance.lint.settings import Layer, LintSettings
from governance.patterns import known_rule, pattern_of

__all__ = ["UNJUDGED", "DiffSettings", "Layer", "Lint", "Profile", "SeverityRule", "Stability", "pattern_of"]

Profile = Literal["wire", "strict", "sdk"]
Stability = Literal["draft", "alpha", "beta", "stable"]

UNJUDGED: Final = "unjudged-change"
"""The rule of what no other rule knows."""


def _known(rule: str) -> str:
    return known_rule(rule, (*BY_ID, UNJUDGED))


RuleName = Annotated[str, AfterValidator(_known)]
"""The id of a rule, or a pattern of ids with `*`."""


class SeverityRule(Written):
    """Sets the severity where everything named matches; the last entry that matches decides.

    A name left out matches everything. A finding that reaches several operations weighs as much as the worst of them.
    """

    rule: RuleName
    """The id of a rule (`tidewaiter explain rule`), or a pattern with `*`: `response-enum-widened`, `request-*`."""
    severity: Severity
    """What its findings weigh. What is proven to break nobody is not made to weigh more by this."""
    reason: str = Field(min_length=3)
    """Why, for the reader of the report."""
    paths: tuple[str, ...] = ()
    """Only operations whose path matches one of these: `*` stands for one segment, `**` for any."""
    tags: tuple[str, ...] = ()
    """Only operations with one of these tags."""
    layers: tuple[Layer, ...] = ()
    """Only contracts of these layers."""
    visibilities: tuple[Visibility, ...] = ()
    """Only contracts that these may see."""
    stabilities: tuple[Stability, ...] = ()
    """Only operations that were this stable (`x-stability-level`; who states none is `stable`)."""


class DiffSettings(Written):
    """What a diff asks, and what its findings weigh."""

    profile: Profile = "wire"
    """`wire` asks whether a correct caller can fail; `strict` also minds additions that careless callers trip over;
    `sdk` asks whether regenerated code would still compile."""
    unstable: tuple[Stability, ...] = ("draft", "alpha")
    """Operations that were this stable may break: their findings are `info`, unless an entry with `stabilities` says
    otherwise. Lowered stability is never let off by this."""
    severities: tuple[SeverityRule, ...] = ()
    """Severities that differ from those of the rules; the last entry that matches decides."""


class Lint(Written):
    """The whole file."""

    diff: DiffSettings = DiffSettings()
    """Severities of what `tidewaiter diff` finds."""
    lint: LintSettings = LintSettings()
    """The rules that `tidewaiter lint` asks, and severities of what it finds."""
