"""How a product says that something went wrong, as its data file writes it: an ordered list, the first that fits."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.model import Written

FaultClass = Literal[
    "transient.capacity",
    "transient.network",
    "transient.session",
    "business.rejected",
    "contract.violation",
    "auth",
    "outage",
    "unknown",
]
"""What kind of trouble: too much asked for, the way there, a session to renew, a rule of the business, a message that
was not understood, the gateway's own rights, the system is away, or not to be told."""

Status = Annotated[int, Field(ge=200, le=599)] | Annotated[str, StringConstraints(pattern="^[2-5]xx$")]
"""One status, or all that begin alike: `5xx`."""


class Member(Written):
    """A member of the JSON body. Where neither `equals` nor `matches` is stated, it is enough that it is there."""

    at: str = Field(pattern="^(/[^/]+)+$")
    """A JSON Pointer (RFC 6901); a number counts into an array."""
    equals: tuple[str | int, ...] = ()
    """Any of these, compared as text."""
    matches: str = ""
    """A pattern, run in linear time on a text or a number."""


class When(Written):
    """All that is stated must hold."""

    status: tuple[Status, ...] = Field(min_length=1)
    header: dict[str, str] = Field(default_factory=dict)
    """Name -> pattern of the value, run in linear time; `.` is enough for "is there"."""
    media: tuple[str, ...] = ()
    """Media types without their parameters."""
    members: tuple[Member, ...] = ()
    method: tuple[str, ...] = ()
    page: str = ""
    """How the HTML page begins by which the product itself says so: a pattern, run in linear time on its first 512
    bytes. Any other page is taken for one of something in between. Such rules come first, and no page is passed on."""


class FaultRule(Written):
    """What an answer of this look means."""

    name: str = Field(pattern="^[a-z][a-z0-9-]*$")
    when: When
    kind: FaultClass = Field(alias="class")
    effect: Literal["none", "applied", "unknown", "by_status"]
    """What a write did. `by_status`: 2xx applied, 4xx none, anything else unknown."""
    renew: bool = False
    """The gateway's token or session is not good any more: get another, and the same message may be sent again."""
    retry: bool = True
    """Whether the same message may fare better a little later; whether it may be sent again, the effect says."""
    not_there: bool = False
    """The record that the call names is not there: callers are told 404 where the answer cannot be passed on itself."""
    source: str = Field(pattern="^https://")
    says: str = Field(min_length=1)
    """What the source says, in our words."""
