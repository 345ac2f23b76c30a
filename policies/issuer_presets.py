"""What tokens of the known issuers look like. A setting in `policies/issuers.yaml` replaces the preset's value.

Each preset names the fact that it rests on. An empty string in `accepted_typ` means: a token without `typ`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.issuers import Issuer, Preset

RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ALL = (*RSA, "ES256", "ES384", "ES512", "EdDSA")


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one issuer's access tokens."""

    consumer_claims: tuple[str, ...]
    """The first of these that a token has names the consumer."""
    scope_claims: tuple[str, ...]
    """A string of words or a list of strings; their union counts."""
    accepted_typ: tuple[str, ...]
    """Lower case, without `application/` (RFC 7515, section 4.1.9)."""
    algorithms: tuple[str, ...]
    token_use: tuple[str, str] = ("", "")
    """A claim that tells an access token from an ID token, and the value of an access token."""
    tolerated: frozenset[str] = frozenset()
    """Header members that this issuer writes and that are never followed."""


PRESETS: Mapping[Preset, Profile] = {
    # learn.microsoft.com, "Access token claims reference": v2.0 tokens name the client `azp`, v1.0 tokens `appid`;
    # `scp` is a string of delegated permissions, `roles` a list of application permissions; `typ` is always JWT,
    # signed with RS256.
    "entra": Profile(("azp", "appid"), ("scp", "roles"), ("jwt",), ("RS256",)),
    # developer.okta.com, "Access token payload": `cid` is the client and `scp` a list; the header holds `kid` and
    # `alg` only. An ID token has no `cid`.
    "okta": Profile(("cid",), ("scp",), ("", "jwt", "at+jwt"), ("RS256",)),
    # auth0.com, "Access token profiles": the profile of Auth0 has typ JWT and `azp`, that of RFC 9068 has at+jwt and
    # `client_id`; `scope` is a string, `permissions` (RBAC) a list.
    "auth0": Profile(("azp", "client_id"), ("scope", "permissions"), ("jwt", "at+jwt"), ("RS256", "PS256")),
    # keycloak.org, server administration, "Client scopes" and "OIDC token mappers": the header says JWT, or at+jwt
    # where the client is set so; the claim `typ` is Bearer in an access token, ID and Refresh in the others.
    "keycloak": Profile(
        ("azp", "client_id"), ("scope",), ("jwt", "at+jwt"), (*RSA, "ES256", "ES384", "ES512", "EdDSA"),
        token_use=("typ", "Bearer"),
    ),
    # help.sap.com, Identity Authentication, "JSON Web Token": `azp` is the client, `ias_apis` the list of API
    # permission groups; the header carries `jku`, which is never followed: keys come from `jwks_url` alone.
    "sap-ias": Profile(
        ("azp",), ("ias_apis", "scope"), ("", "jwt", "at+jwt"), ("RS256",), tolerated=frozenset({"jku"})
    ),
    # RFC 9068, sections 2.1 and 2.2: typ at+jwt, `client_id`, and `scope` as a string of words.
    "generic": Profile(("client_id", "azp"), ("scope",), ("at+jwt", "jwt"), ALL),
}  # fmt: skip


def profile_of(issuer: Issuer) -> Profile:
    """The issuer's preset with its own settings in place."""
    preset = PRESETS[issuer.preset]
    return Profile(
        (issuer.consumer_claim,) if issuer.consumer_claim is not None else preset.consumer_claims,
        issuer.scope_claims if issuer.scope_claims is not None else preset.scope_claims,
        tuple(plain_typ(typ) for typ in issuer.accepted_typ)
        if issuer.accepted_typ is not None
        else preset.accepted_typ,
        issuer.algorithms if issuer.algorithms is not None else preset.algorithms,
        preset.token_use,
        preset.tolerated,
    )


def plain_typ(typ: str) -> str:
    """A media type as `typ` compares it: any case, `application/` left out (RFC 7515, section 4.1.9)."""
    return typ.lower().removeprefix("application/")
