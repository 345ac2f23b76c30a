"""What people sign about releases: that one was built rightly, that it is to serve, that something counts no more.

Each kind has a payload type of its own, names workspace and environment, and stands in a DSSE envelope. A node takes
each once, in the order of its numbers.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from contracts.model import Id, Written, fault
from gateway.trust.register import NOTHING
from gateway.trust.root import Digest, RoleName

Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Point(Written):
    """How far a chain had come: the register, or what was revoked."""

    length: int = Field(ge=0)
    """How many entries there were."""
    head: Digest = NOTHING
    """The digest of the last of them."""

    @model_validator(mode="after")
    def _head_is_stated(self) -> Self:
        if (self.head == NOTHING) != (self.length == 0):
            message = "`head` is the digest of entry number `length`"
            raise fault("wrong-value", message, "let `tidewaiter release` write both", "head")
        return self


class Statement(Written):
    """What all of them have in common."""

    format: Literal[1]
    """The form of this file: 1."""
    workspace: str = Field(min_length=1, max_length=200)
    """`name` in tidewaiter.yaml."""
    environment: Id | Literal[""]
    """The environment it counts in, and in no other; empty for none."""
    submitter: Id
    """The member of the trust root who asks for it."""
    dated: date = Field(alias="date")
    """The day, for readers: a signer's own dates prove nothing."""
    reason: str = Field(min_length=3, max_length=4000)
    """Why."""


class Vouch(Statement):
    """A release was built by the whole judgement from what the board decided: the word of the role `release`."""

    type: Literal["vouch"]
    """`vouch`."""
    release: Digest
    """The release's file."""


class Activation(Statement):
    """A release is to serve."""

    type: Literal["activation"]
    """`activation`."""
    release: Digest
    """The release's file."""
    sequence: int = Field(ge=1)
    """Higher than that of any activation before, in this environment: also where an older release is returned to."""
    register_: Point = Field(alias="register")
    """The longest register that is known."""
    revocations: Point
    """What was revoked so far in this environment: a node that knows of more takes no activation that knows of less."""
    clock_is_right: bool = False
    """Whether the node's clock shows the right time, and what it remembers of the time counts no more."""


class Credential(Written):
    """A credential that is never to count again."""

    kind: Literal["consumer", "key", "issuer"]
    """What it is: all of a consumer, one API key by its id, all tokens of an issuer."""
    name: Name
    """Its name in the workspace."""


class IssuerKey(Written):
    """A key of an issuer that no token may be signed with any more."""

    issuer: Name
    """The issuer's name in `policies/issuers.yaml`."""
    key: Name
    """The key's `kid`."""


class Revocation(Statement):
    """Releases, credentials and keys of issuers that count no more, for good. It lies outside of releases."""

    type: Literal["revocation"]
    """`revocation`."""
    sequence: int = Field(ge=1)
    """One more than that of the revocation before, in this environment."""
    previous: Digest = NOTHING
    """The digest of that one."""
    withdrawn: tuple[Digest, ...] = ()
    """Releases that nobody may return to."""
    credentials: tuple[Credential, ...] = ()
    """Credentials that are never to count again."""
    issuer_keys: tuple[IssuerKey, ...] = ()
    """Keys of issuers that no token may be signed with."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.withdrawn or self.credentials or self.issuer_keys):
            message = "a revocation names something"
            raise fault("wrong-value", message, "give one of withdrawn, credentials, issuer_keys")
        if (self.previous == NOTHING) != (self.sequence == 1):
            message = "`previous` is the digest of the revocation before"
            raise fault("wrong-value", message, "let `tidewaiter release` write it", "previous")
        return self


OPERATION: Final = r"^[a-z0-9][a-z0-9-]*(@[0-9]+(\.[0-9]+)*)?/[^\s/][^\s]*$"
MOST_HOURS: Final = 72


class Override(Statement):
    """For some hours the contract of these operations is reported on and not enforced. It loosens nothing else."""

    type: Literal["override"]
    """`override`."""
    sequence: int = Field(ge=1)
    """Higher than that of any override before, in this environment."""
    previous: Digest = NOTHING
    """The digest of that one: where a node never took it, this one needs the quorum of the board there."""
    operations: tuple[Annotated[str, StringConstraints(pattern=OPERATION, max_length=300)], ...] = Field(
        min_length=1, max_length=100
    )
    """`api/operationId`, or `api@version/operationId`."""
    start: AwareDatetime
    """From when on."""
    hours: int = Field(ge=1, le=MOST_HOURS)
    """For how long: at most 72. It ends by itself."""

    @model_validator(mode="after")
    def _previous_is_stated(self) -> Self:
        if (self.previous == NOTHING) != (self.sequence == 1):
            message = "`previous` is the digest of the override before"
            raise fault("wrong-value", message, "let `tidewaiter override begin` write it", "previous")
        return self

    @property
    def until(self) -> datetime:
        """When it ends."""
        return self.start + timedelta(hours=self.hours)


ROLES: Final[dict[type[Statement], RoleName]] = {
    Vouch: "release", Activation: "activation", Revocation: "revocation", Override: "override",
}  # fmt: skip
"""In which role each kind is signed."""
PAYLOAD_TYPES: Final[dict[type[Statement], str]] = {
    Vouch: "application/vnd.tidewaiter.vouch+yaml",
    Activation: "application/vnd.tidewaiter.activation+yaml",
    Revocation: "application/vnd.tidewaiter.revocation+yaml",
    Override: "application/vnd.tidewaiter.override+yaml",
}
"""The payload type under which each kind is signed."""
