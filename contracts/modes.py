"""`policies/modes.yaml`: how strictly the contract is enforced, where, and what happens to what it does not name."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.model import Id, Written, fault

Mode = Literal["enforce", "report", "off"]
Direction = Literal["request", "answer"]
Unknown = Literal["allow", "report", "strip", "refuse"]
Undeclared = Literal["report", "strip", "refuse"]
Family = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}-$")]
"""The beginning of header names, with its last hyphen: `x-acme-`."""


class ModeRule(Written):
    """Sets the mode where everything named matches; the last rule that matches decides.

    `version` is exact (`1.2`) or a major (`1`). A name left out matches everything.
    """

    mode: Mode
    """`enforce` refuses what violates; `report` passes and counts it; `off` does not judge."""
    reason: str = Field(min_length=3)
    """Why, for the reader and for `explain call`."""
    api: Id | None = None
    """Only this api."""
    version: str | None = None
    """Only this version: exact (`1.2`) or a major (`1`)."""
    operation: str | None = None
    """Only the operation of this `operationId`."""
    direction: Direction | None = None
    """Only requests, or only answers."""
    entity: Id | None = None
    """Only calls for this entity."""
    consumer: Id | None = None
    """Only calls of this consumer."""
    rule: str | None = None
    """One keyword of JSON Schema, or another rule as errors name it (`undeclared`, `content`): only it gets the mode.

    A later rule that matches and names none decides for all of them again.
    """
    unchecked: Literal["refuse", "allow"] | None = None
    """What happens to a message that could not be checked; `refuse` under enforce unless said here."""
    sample: float | None = Field(None, gt=0, le=1)
    """The share of answers that are judged, drawn by lot for each call; with `direction: answer`. 1 unless said."""
    show_values: bool | None = None
    """Whether errors of a refused request hold what was sent; with `direction: request`. Never unless said."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.sample is not None and self.direction != "answer":
            raise fault("wrong-value", "only answers are judged by samples", "add `direction: answer`", "sample")
        if self.show_values and self.direction != "request":
            message = "only what the caller sent itself can be shown to it"
            raise fault("wrong-value", message, "add `direction: request`", "show_values")
        for key in ("unchecked", "sample", "show_values"):
            if self.rule is not None and getattr(self, key) is not None:
                message = f"`{key}` is of the whole message, and this entry is about one rule"
                raise fault("wrong-value", message, f"set `{key}` in an entry without `rule`", key)
        return self


class UnknownRule(Written):
    """What happens to what a contract does not name; each setting is that of the last rule that matches and says it.

    Known is what any part of a schema names, through `allOf`, `oneOf`, `anyOf`, `if` and `$ref`; where a schema states
    `additionalProperties` (but not false), `patternProperties` or `propertyNames`, or no members at all, the names that
    these allow are known. Annotations of OData are known where the system speaks OData.
    """

    reason: str = Field(min_length=3)
    """Why, for the reader and for `explain call`."""
    api: Id | None = None
    """Only this api."""
    version: str | None = None
    """Only this version: exact (`1.2`) or a major (`1`)."""
    operation: str | None = None
    """Only the operation of this `operationId`."""
    direction: Direction | None = None
    """Only requests, or only answers."""
    entity: Id | None = None
    """Only calls for this entity."""
    members: Unknown | None = None
    """Members of bodies. `strip` takes them out and leaves all other bytes as they are; `allow` unless said."""
    headers: Undeclared | None = None
    """Headers of `families`. They never pass; `report` and `refuse` make them seen. `strip` unless said."""
    families: tuple[Family, ...] = ()
    """How the names of headers begin that are meant for this api, so that an unknown one is worth telling."""
    cookies: Undeclared | None = None
    """Cookies of a request. They never pass; as `headers`."""
    unchecked: Literal["refuse", "allow"] | None = None
    """What happens to a body whose members cannot be told apart, where they were to be stripped; `refuse` unless said.
    """

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.members is self.headers is self.cookies is self.unchecked is None:
            raise fault("missing-key", "it sets nothing", "add `members: report`, `strip` or `refuse`")
        if self.headers is not None and not self.families:
            message = "it does not say which headers are meant"
            raise fault("missing-key", message, "add `families: [x-acme-]`", "headers")
        if self.families and self.headers is None:
            raise fault("missing-key", "it says nothing of these families", "add `headers: report`", "families")
        if self.cookies is not None and self.direction == "answer":
            raise fault("wrong-value", "no cookie of a system ever passes", "take `cookies` out", "cookies")
        return self


class Modes(Written):
    """The whole file."""

    modes: tuple[ModeRule, ...] = ()
    """How strictly the contract is enforced; the last entry that matches decides."""
    unknown: tuple[UnknownRule, ...] = ()
    """What happens to what the contract does not name."""
