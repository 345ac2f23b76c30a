"""`policies/issuers.yaml`: whose tokens are believed."""

from typing import Literal

from pydantic import Field, HttpUrl

from contracts.model import Id, Written

Preset = Literal["entra", "okta", "auth0", "keycloak", "sap-ias", "generic"]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class Issuer(Written):
    """One token issuer. What is left out comes from the preset."""

    preset: Preset = "generic"
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: HttpUrl
    consumer_claim: str | None = None
    scope_claims: tuple[str, ...] | None = None
    accepted_typ: tuple[str, ...] | None = None
    algorithms: tuple[Algorithm, ...] | None = None
    leeway_seconds: float = Field(30, ge=0, le=300)
    jwks_ttl_seconds: float = Field(300, gt=0)
    jwks_min_interval_seconds: float = Field(10, gt=0)
    jwks_max_stale_seconds: float = Field(86400, ge=0)
    ca: str | None = None


class Issuers(Written):
    """The whole file."""

    issuers: dict[Id, Issuer]
