"""A rule of lint: one function with its id, its reason and its example. Tables of rules, no import side effects."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from governance.finding import Severity, Use

if TYPE_CHECKING:
    from governance.lint.subject import Subject


@dataclass(frozen=True, slots=True)
class Hit:
    """One root cause that a rule found."""

    pointer: str
    """JSON pointer into the document."""
    message: str
    """What is wrong, on one line."""
    reach: tuple[Use, ...] = ()
    """The operations that it reaches; empty for what belongs to none."""
    identity: str = ""
    """What the fingerprint is made of beside the rule; the pointer by names where it is empty."""
    weight: Severity | None = None
    """What it weighs there, where that is not what the rule weighs elsewhere."""


@dataclass(frozen=True, slots=True)
class Example:
    """Two documents without `openapi` and `info`: the rule finds the first and is silent on the second."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    layer: str = ""
    """The layer and the visibility of the api, where the rule looks at them."""
    visibility: str = ""
    visibility_after: str = ""
    """Where the example is mended outside of the document."""


class Check(Protocol):
    """What lint asks: a rule of its own, or one of a rule set of another form."""

    @property
    def id(self) -> str:
        """How it is named."""

    @property
    def severity(self) -> Severity:
        """What it weighs where nobody says otherwise."""

    @property
    def reason(self) -> str:
        """Why it is a fault."""

    @property
    def do(self) -> str:
        """What mends it."""

    @property
    def find(self) -> Callable[["Subject"], Iterator[Hit]]:
        """What it finds in a document."""


@dataclass(frozen=True, slots=True)
class LintRule:
    """What is looked for, how much it weighs, why, and what to do."""

    id: str
    severity: Severity
    """Where no rule set and no setting says otherwise; `breaking` is shown as `error`."""
    reason: str
    """Why it is a fault, for the one who reads the report."""
    do: str
    """What mends it."""
    example: Example
    find: Callable[["Subject"], Iterator[Hit]] = field(repr=False)
