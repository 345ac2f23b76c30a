"""`consumers/<id>.yaml`: who calls."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from contracts.apis import Visibility
from contracts.model import ApiVersion, Id, Written, fault


class JwtCredential(Written):
    """A token of `issuer` whose consumer claim has this value. Scopes come from the token."""

    type: Literal["jwt"]
    """The kind of credential."""
    issuer: Id
    """The id of the issuer in `policies/issuers.yaml`."""
    claim: str = Field(min_length=1)
    """The value that the issuer's consumer claim (`azp`, `client_id`) has in its tokens."""


class KeyCredential(Written):
    """An API key of the gateway; `tidewaiter key new` writes this entry. Scopes are those listed here."""

    type: Literal["api_key"]
    """The kind of credential."""
    id: str = Field(pattern="^[0-9a-z]{8}$")
    """The first part of the key, by which it is looked up and told in logs."""
    hash: str = Field(pattern="^hmac-sha256:[0-9a-f]{64}$")
    """The keyed hash of its secret part; the key itself is nowhere."""
    created: AwareDatetime
    """Since when it counts."""
    expires: AwareDatetime
    """When it ends."""
    scopes: tuple[str, ...] = ()
    """What it may do, as the scopes of contracts name it."""


Credential = Annotated[JwtCredential | KeyCredential, Field(discriminator="type")]


def _two_at_once(credentials: tuple[Credential, ...]) -> tuple[Credential, ...]:
    """At any moment at most two keys are live. Judged by the keys' own dates: the calendar changes nothing."""
    keys = [credential for credential in credentials if isinstance(credential, KeyCredential)]
    for key in keys:
        if sum(other.created <= key.created < other.expires for other in keys) > 2:
            message = "three API keys are live at once"
            raise fault("too-many-keys", message, "take the oldest out: two are enough to change them")
    return credentials


Credentials = Annotated[tuple[Credential, ...], Field(min_length=1), AfterValidator(_two_at_once)]
"""What proves a consumer: at least one credential, at most two API keys live at once."""


class Consumer(Written):
    """Who calls, on which plan, for which entities. `pins` fixes an exact version by api."""

    name: str
    """Its name for people."""
    owner: str
    """Whom to write to."""
    plan: Id
    """The plan in `policies/plans.yaml` that it is on."""
    audience: Visibility = "internal"
    """What it may see: internal sees everything, partner what is partner or public, public what is public."""
    entities: tuple[Id, ...] = Field(min_length=1)
    """The entities that it may call for."""
    default_entity: Id | None = None
    """Which of them is meant where a call names none."""
    apis: tuple[Id, ...] | None = None
    """Which apis it may use; all that it may see where left out."""
    pinned: tuple[ApiVersion, ...] = ()
    """Exact versions that it was promised."""
    credentials: Credentials
    """What proves it: at least one, at most two API keys live at once."""
    suspended_since: datetime | None = None
    """Since when it is switched off, for the reader: any date refuses all its calls."""
