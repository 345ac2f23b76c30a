"""`policies/issuers.yaml`: whose tokens are believed."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, HttpUrl

from contracts.model import Id, Written, fault

Preset = Literal["entra", "okta", "auth0", "keycloak", "sap-ias", "generic"]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


def safe_address(url: str) -> bool:
    """Whether keys may be fetched there: https anywhere, http on loopback only; no user and no fragment in it."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or parts.fragment or not parts.hostname:
        return False
    if parts.scheme != "http":
        return parts.scheme == "https"
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _is_safe(url: HttpUrl) -> HttpUrl:
    if not safe_address(str(url)):
        message = "keys may be fetched over https only (http on loopback), from an address without a user"
        raise fault("keys-in-clear", message, "write https://... without a user in it")
    return url


KeySetUrl = Annotated[HttpUrl, AfterValidator(_is_safe)]
"""Where an issuer's keys are. Whoever can answer there decides whose tokens are believed."""


class Issuer(Written):
    """One token issuer. What is left out comes from the preset."""

    preset: Preset = "generic"
    """How tokens of this product look; what is written below replaces a part of it."""
    issuer: str = Field(min_length=1)
    """The exact `iss` of its tokens."""
    audience: str = Field(min_length=1)
    """What `aud` must name."""
    jwks_url: KeySetUrl
    """Where its public keys are."""
    consumer_claim: str | None = None
    """The claim that names the consumer, such as `azp`."""
    scope_claims: tuple[str, ...] | None = None
    """The claims that hold scopes; their union counts."""
    accepted_typ: tuple[str, ...] | None = None
    """The `typ` that a token may have, in small letters; an empty text: a token without one."""
    algorithms: tuple[Algorithm, ...] | None = None
    """The signature algorithms that are taken."""
    leeway_seconds: float = Field(30, ge=0, le=300)
    """How far clocks may differ."""
    jwks_ttl_seconds: float = Field(300, gt=0)
    """How long fetched keys are used before they are asked for again."""
    jwks_min_interval_seconds: float = Field(10, gt=0)
    """The least time between two fetches, once keys that are not known have used up the burst."""
    jwks_max_stale_seconds: float = Field(86400, ge=0)
    """How long keys serve beyond that time while the issuer is away."""
    ca: str | None = None
    """The PEM bundle of a private authority for `jwks_url`, a file of the workspace."""


class Issuers(Written):
    """The whole file."""

    issuers: dict[Id, Issuer]
    """By name, which credentials of consumers refer to: an issuer whose tokens are believed."""
