"""The outcome of asking whether a message keeps to its contract. Three outcomes, never two."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["conforms", "violates", "could_not_check"]
Location = Literal["path", "query", "header", "cookie", "body", "status"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a message departs from its contract. Never holds the offending value.

    `pointer` is a JSON pointer (RFC 6901) into the body, or the name of the parameter or header;
    `rule` the schema keyword or the OpenAPI field that was broken (`required`, `type`, `style`, `content`);
    `message` says in words what was expected; `contract` is the JSON pointer of the rule in the contract document.
    """

    location: Location
    pointer: str
    rule: str
    message: str
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`violates` carries violations; `could_not_check`, and what violates besides, the reason in words."""

    outcome: Outcome
    violations: tuple[Violation, ...] = ()
    reason: str = ""


CONFORMS = Judgement("conforms")
