"""Facts about two documents, before anyone judges them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from governance.finding import Direction, FailingExample, Proof, Use


class Area(StrEnum):
    """Which part of a document changed."""

    DOCUMENT = "document"
    SERVER = "server"
    PATH = "path"
    OPERATION = "operation"
    PARAMETER = "parameter"
    BODY = "body"
    RESPONSE = "response"
    HEADER = "header"
    MEDIA_TYPE = "media-type"
    ENCODING = "encoding"
    SCHEMA = "schema"
    SECURITY = "security"
    SCHEME = "security-scheme"
    CALLBACK = "callback"
    WEBHOOK = "webhook"
    LINK = "link"
    TAG = "tag"
    ODATA = "odata"


class Effect(StrEnum):
    """What a change does to the set of what it describes."""

    ADDS = "adds"
    REMOVES = "removes"
    NARROWS = "narrows"
    """Fewer messages are valid than before."""
    WIDENS = "widens"
    CHANGES = "changes"
    """Neither contains the other, or there is no order between them."""


class Outcome(StrEnum):
    """What was found out about the question: can a correct message of the sender be refused by the receiver?"""

    FAILS = "fails"
    HOLDS = "holds"
    UNKNOWN = "unknown"
    NOT_ASKED = ""
    """The change is about no messages, or the rule decides without asking."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the operation, parameter or member says of itself; rules and settings weigh by it."""

    deprecated_old: bool = False
    deprecated_new: bool = False
    sunset_old: str = ""
    """`x-sunset` as it is written; empty for none."""
    sunset_new: str = ""
    stability_old: str = ""
    """`x-stability-level`: draft, alpha, beta, stable; empty for none."""
    stability_new: str = ""
    tags: tuple[str, ...] = ()
    """Of the operation, old and new together."""
    required: bool = False
    """Of the parameter, header or member as it is where it exists (old where both do)."""
    has_default: bool = False
    """Whether the new schema states a `default` for what is asked for."""
    read_only: bool = False
    """The side that sends marks the member `readOnly`; likewise `writeOnly`."""
    write_only: bool = False


NO_TRAITS: Final = Traits()
SAME_BODY: Final = "a body like another success"
ANOTHER_BODY: Final = "another body, or none"
"""What a further success answers, beside those that there were."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact. `kind` is what changed: a keyword (`maxLength`), a field (`operationId`) or a thing (`property`)."""

    area: Area
    kind: str
    effect: Effect
    direction: Direction
    pointer_old: str
    """JSON pointer into the old document; of the nearest place around it where the thing is not there."""
    pointer_new: str
    old: Any = None
    new: Any = None
    subject: str = ""
    """What it is about in words of the contract: `query parameter limit`, `member total`, `200 application/json`."""
    reach: tuple[Use, ...] = ()
    """The operations that it reaches, in the order of the walk; empty for what belongs to none."""
    traits: Traits = NO_TRAITS
    outcome: Outcome = Outcome.NOT_ASKED
    proof: Proof = Proof.PROVEN
    example: FailingExample | None = None
    reason: str = ""
    """Why the question could not be answered, or why nobody fails."""
    identity: str = field(default="")
    """What the fingerprint is made of: names instead of numbers, no files. Empty: made from subject and pointer."""
