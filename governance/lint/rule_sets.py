"""Rule sets: which rules are asked and what they weigh, as versioned files. Those of Tidewaiter come with it.

A rule that a set does not name is not asked: a newer Tidewaiter finds nothing new until the set is changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Written, fault
from contracts.wording import instead
from contracts.written import read_entry
from governance.finding import Severity
from governance.lint.rule import Check
from governance.lint.table import LINT_RULES
from governance.lint.words import SEVERITIES, Weight

BUILT_IN: Final = ("tidewaiter/1",)
"""The sets that come with Tidewaiter, the newest last."""
NEWEST: Final = BUILT_IN[-1]


def _set(name: str) -> str:
    if name not in BUILT_IN:
        raise fault("unknown-rule-set", f"there is no rule set {name}", instead(name, BUILT_IN))
    return name


def _rule(name: str) -> str:
    if name not in LINT_RULES:
        raise fault("unknown-rule", f"there is no rule {name}", instead(name, LINT_RULES))
    return name


SetName = Annotated[str, AfterValidator(_set)]
"""A rule set that comes with Tidewaiter: `tidewaiter/1`."""
LintRuleName = Annotated[str, AfterValidator(_rule)]
"""The id of a rule of lint."""


class RuleSetFile(Written):
    """A rule set of your own."""

    rule_set: str = Field(pattern=r"^[a-z][a-z0-9-]*/[1-9][0-9]*$")
    """Its name and version: `meridian/3`."""
    extends: SetName | Literal["nothing"] = NEWEST
    """The set that it begins from; `nothing` for none."""
    rules: dict[LintRuleName, Weight] = Field(default_factory=dict)
    """What rules weigh: `error`, `warning`, `info`, or `off` for a rule that is not asked."""


class PinnedRuleSet(Written):
    """A file with a rule set, held to its content."""

    file: str = Field(min_length=1)
    """Where it lies, from the folder of the workspace on."""
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    """`sha256:` of its bytes: another content is refused until this line is changed, too."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules with what they weigh; what is not among them is not asked."""

    name: str
    weights: Mapping[str, Severity]
    more: Mapping[str, Check] = field(default_factory=dict)
    """Rules of other rule sets, by id; what they weigh is among `weights`."""

    @property
    def rules(self) -> Mapping[str, Check]:
        """Every rule that may be asked, by id."""
        return {**LINT_RULES, **self.more}


def built_in(name: str) -> RuleSet:
    """A set that comes with Tidewaiter."""
    file = f"{name.replace('/', '-')}.yaml"
    tree = yaml12.parse(resources.files(__package__).joinpath("sets", file).read_bytes(), file)
    return RuleSet(name, _weights({}, tree["rules"]))


def pinned(stated: PinnedRuleSet, folder: Path) -> RuleSet:
    """The set of a file. Raises InvalidInputError: it cannot be read, or is not the one that was pinned."""
    path = folder / stated.file
    if not path.resolve().is_relative_to(folder.resolve()):
        message = "a rule set lies inside the workspace"
        raise InvalidInputError([Diagnostic(stated.file, "outside", message, "put it beside governance/lint.yaml")])
    entry = read_entry(path, stated.file, RuleSetFile)
    found = f"sha256:{hashlib.sha256(entry.source.text).hexdigest()}"
    if entry.source.text and found != stated.digest:
        message = f"the rule set is not the one that was pinned: it has {found}"
        remedy = "if it was meant to change, write that digest into governance/lint.yaml"
        raise InvalidInputError([entry.source.fault("", "digest-differs", message, remedy)])
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    begun = {} if entry.value.extends == "nothing" else built_in(entry.value.extends).weights
    return RuleSet(entry.value.rule_set, _weights(begun, entry.value.rules))


def _weights(begun: Mapping[str, Severity], stated: Mapping[str, str]) -> Mapping[str, Severity]:
    made: dict[str, Severity | None] = {**begun, **{rule: SEVERITIES[weight] for rule, weight in stated.items()}}
    return {rule: severity for rule, severity in made.items() if severity is not None}
