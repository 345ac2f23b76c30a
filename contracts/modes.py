"""`policies/modes.yaml`: how strictly the contract is enforced, where."""

from typing import Literal

from pydantic import Field

from contracts.model import Id, Written

Mode = Literal["enforce", "report", "off"]
Direction = Literal["request", "answer"]


class ModeRule(Written):
    """Sets the mode where everything named matches; the last rule that matches decides.

    `version` is exact (`1.2`) or a major (`1`). A name left out matches everything.
    """

    mode: Mode
    reason: str = Field(min_length=3)
    api: Id | None = None
    version: str | None = None
    operation: str | None = None
    direction: Direction | None = None
    entity: Id | None = None
    consumer: Id | None = None
    unchecked: Literal["refuse", "allow"] | None = None
    """What happens to a message that could not be checked; `refuse` under enforce unless said here."""


class Modes(Written):
    """The whole file."""

    modes: tuple[ModeRule, ...] = ()
