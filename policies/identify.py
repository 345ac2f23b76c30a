"""Who calls: a token of a known issuer, or an API key of the gateway, becomes an `Identity`.

A consumer is (environment, issuer, claim): the same client id of another issuer is somebody else. A call without a
credential is `ANONYMOUS`; a credential that is wrong is refused even where none is asked for. Before a signature
holds, a refusal speaks of the token's own form only.

State: verified tokens in `runtime.keep(("identify", "tokens"))`, at most TOKENS of them, each for at most
TOKEN_SECONDS and only while its key is in the issuer's set and the issuer's settings are the same; key sets as
`policies.jwks` says. A reload keeps both and looks consumers up anew, so a suspension counts at once; a restart and
a second worker verify again; no store is asked.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.consumers import Consumer
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.issuers import Issuer
from contracts.settings import Settings
from policies.consumer_table import ConsumerTable
from policies.jwks import IssuerAwayError, Jwks, JwksTiming
from policies.key_set import KeySet, KeySetError, parse_key_set
from policies.keys import KeyFormError, parse_key
from policies.step import ANONYMOUS, Call, Fetch, Header, Identity, Problem, Refusal, Runtime
from policies.tokens import NOT_SIGNED_BY_US, Proven, Token, TokenFault, TokenRules, read, verify

INVALID_TOKEN = Problem(
    "invalid-token",
    401,
    "The token is not accepted",
    "The detail says what is wrong with it. Get a new access token from your issuer, for the audience of this "
    "gateway, and send it as `Authorization: Bearer <token>`.",
)
TOKEN_EXPIRED = Problem(
    "token-expired",
    401,
    "The token has expired",
    "Get a new access token from your issuer and call again.",
)
INVALID_KEY = Problem(
    "invalid-key",
    401,
    "The API key is not accepted",
    "Check that the whole key was copied, and that it was made for this environment. A key that was replaced is "
    "refused: ask the owner of the gateway for a new one.",
)
KEY_EXPIRED = Problem(
    "key-expired",
    401,
    "The API key has expired",
    "Ask the owner of the gateway for a new key. Two keys of a consumer may be live at once, so the next change "
    "needs no pause.",
)
AMBIGUOUS_CREDENTIALS = Problem(
    "ambiguous-credentials",
    400,
    "The call carries more than one credential",
    "Send either `Authorization` or `X-API-Key`, not both.",
)
UNKNOWN_CONSUMER = Problem(
    "unknown-consumer",
    403,
    "The token is good, but its client is not a consumer here",
    "Ask the owner of the gateway to register your client, and check that the token is of the right environment.",
)
CONSUMER_SUSPENDED = Problem(
    "consumer-suspended",
    403,
    "The consumer is suspended",
    "Ask the owner of the gateway why; a new token or key does not help.",
)
ISSUER_UNAVAILABLE = Problem(
    "issuer-unavailable",
    503,
    "The token cannot be judged: its issuer's keys cannot be had",
    "Call again after the seconds in Retry-After. The token itself may be good.",
)
refuses = (
    INVALID_TOKEN, TOKEN_EXPIRED, INVALID_KEY, KEY_EXPIRED, AMBIGUOUS_CREDENTIALS, UNKNOWN_CONSUMER,
    CONSUMER_SUSPENDED, ISSUER_UNAVAILABLE,
)  # fmt: skip

TOKENS = 10_000
TOKEN_SECONDS = 60.0
REALM = "tidewaiter"
_FILE = "policies/issuers.yaml"
CHALLENGE: Header = (b"www-authenticate", f'Bearer realm="{REALM}"'.encode())
"""For a 401 to a call without a credential (RFC 6750, section 3: no error code then)."""


@dataclass(slots=True)
class _Verified:
    """A token that was verified. `rules` says under which settings; `identity` belongs to the binding of that mark."""

    issuer_id: str
    rules: str
    fingerprint: str
    until: float
    proven: Proven
    credential: str
    bound_by: object = None
    identity: Identity = ANONYMOUS


@dataclass(frozen=True, slots=True)
class _Trusted:
    """One issuer, bound."""

    id: str
    issuer: str
    audience: str
    settings: str
    rules: TokenRules
    jwks: Jwks


def bind_identify(
    issuers: Mapping[str, Issuer],
    consumers: Mapping[str, Consumer],
    environment: str,
    settings: Settings,
    runtime: Runtime,
    fetch: Fetch,
    fetch_with: Callable[[str, str], Fetch] | None = None,
    kept: Mapping[str, bytes] | None = None,
) -> Callable[[Call], Awaitable[Identity]]:
    """A front function: the identity that the call's credential proves, `ANONYMOUS` where it carries none.

    `fetch_with(ca, file)` gives the fetch for an issuer with a private authority; `file` is who names it. `kept` are
    last good key sets by issuer, for as long as an issuer has not answered.

    Raises InvalidInputError where the workspace leaves open who calls, SecretError where a consumer has an API key
    and the node has no pepper.
    """
    table = ConsumerTable(consumers, environment, settings, runtime)
    trusted = tuple(
        _trust(
            issuer_id, issuer, runtime, fetch_with(issuer.ca, _FILE) if issuer.ca and fetch_with else fetch,
            (kept or {}).get(issuer_id),
        )
        for issuer_id, issuer in issuers.items()
    )  # fmt: skip
    return _Identifier(table, trusted, settings, runtime).identify


def _set_of(kept: bytes | None) -> KeySet | None:
    """The kept set; None where it is none that can be used: then the issuer is asked, as without one."""
    try:
        return parse_key_set(kept) if kept is not None else None
    except KeySetError:
        return None


def _trust(issuer_id: str, issuer: Issuer, runtime: Runtime, fetch: Fetch, kept: bytes | None = None) -> _Trusted:
    timing = JwksTiming(issuer.jwks_ttl_seconds, issuer.jwks_min_interval_seconds, issuer.jwks_max_stale_seconds)
    settings = hashlib.sha256(issuer.model_dump_json(warnings=False).encode()).hexdigest()
    try:
        jwks = Jwks(issuer_id, str(issuer.jwks_url), timing, runtime, fetch, _set_of(kept))
    except ValueError as error:
        place = Diagnostic(_FILE, "unsafe-jwks-url", str(error), pointer=f"/issuers/{issuer_id}/jwks_url")
        raise InvalidInputError([place]) from None
    return _Trusted(issuer_id, issuer.issuer, issuer.audience, settings, TokenRules(issuer), jwks)


@dataclass(frozen=True, slots=True)
class Assumed:
    """Who calls, with nothing that proves it: for telling what a call would meet before it is made."""

    consumer: str = ""
    credential: str = ""
    """The issuer or the key's id; the consumer's first where left out."""
    scopes: frozenset[str] = frozenset()
    """Of a token; a key has its own."""
    claims: Mapping[str, Any] | None = None
    """Of a token, in place of a consumer: judged as ever, but for the signature."""


def bind_assumed(
    assumed: Assumed,
    issuers: Mapping[str, Issuer],
    consumers: Mapping[str, Consumer],
    environment: str,
    settings: Settings,
    runtime: Runtime,
    fetch: Fetch,
) -> Callable[[Call], Awaitable[Identity]]:
    """In the place of `bind_identify`, where no credential is to be seen. Nothing is fetched.

    Raises NoCredentialError where the consumer has no such credential.
    """
    table = ConsumerTable(consumers, environment, settings, runtime)
    trusted = tuple(_trust(issuer_id, issuer, runtime, fetch) for issuer_id, issuer in issuers.items())
    identifier = _Identifier(table, trusted, settings, runtime)
    if assumed.claims is not None:
        claims = assumed.claims
        return lambda call: identifier.by_claims(call, claims)
    identity, expires = table.of_consumer(assumed.consumer, assumed.credential, assumed.scopes)
    return lambda call: identifier.by_assumption(call, identity, expires)


class _Identifier:
    def __init__(
        self,
        table: ConsumerTable,
        trusted: tuple[_Trusted, ...],
        settings: Settings,
        runtime: Runtime,
    ) -> None:
        self._table = table
        self._by_id = {one.id: one for one in trusted}
        self._by_issuer = {
            issuer: tuple(one for one in trusted if one.issuer == issuer) for issuer in {one.issuer for one in trusted}
        }
        self._mark = object()
        self._key_start = f"{settings.key_prefix}_".encode()
        self._runtime = runtime
        self._tokens: OrderedDict[bytes, _Verified] = runtime.keep(("identify", "tokens"), OrderedDict)

    async def identify(self, call: Call) -> Identity:
        """Who calls. Raises Refusal."""
        authorization = call.headers.get(b"authorization")
        key = call.headers.get(b"x-api-key")
        if authorization is None:
            return ANONYMOUS if key is None else self._allowed(call, self._by_key(key))
        if key is not None:
            raise Refusal(AMBIGUOUS_CREDENTIALS, fault="gateway")
        return self._allowed(call, await self._by_token(self._bearer(authorization)))

    async def by_claims(self, call: Call, claims: Mapping[str, Any]) -> Identity:
        """The identity of a token with these claims, were it signed. Raises Refusal."""
        token = Token({}, dict(claims), "", None, str(claims.get("iss", "")), b"", b"")
        try:
            one = self._issuer_of(token)
            proven = one.rules.claims(token, self._runtime.now())
        except TokenFault as fault:
            raise _bad_token(fault.reason, expired=fault.expired) from None
        identity = self._table.by_token(one.id, proven, one.id)
        if identity is None:
            raise Refusal(UNKNOWN_CONSUMER, fault="gateway")
        return self._allowed(call, identity)

    async def by_assumption(self, call: Call, identity: Identity, expires: float) -> Identity:
        """A consumer of whom it is assumed that the credential proves it. Raises Refusal."""
        return self._allowed(call, self._live(identity, expires))

    def _allowed(self, call: Call, identity: Identity) -> Identity:
        if self._table.suspended(identity.consumer):
            call.identity = identity  # so that the audit record says who was refused
            raise Refusal(CONSUMER_SUSPENDED, fault="gateway")
        return identity

    def _bearer(self, authorization: bytes) -> bytes:
        """The token of `Bearer <token>` (RFC 6750, section 2.1); the scheme's name in any case (RFC 9110, 11.1)."""
        scheme, _, token = authorization.partition(b" ")
        token = token.strip(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise _bad_token("The Authorization header is not `Bearer <token>`.")
        if token.startswith(self._key_start):
            raise _bad_token("It looks like an API key of this gateway: send it as X-API-Key.")
        return token

    def _by_key(self, key: bytes) -> Identity:
        """The identity that an API key proves. An unknown id costs what a known one costs."""
        try:
            text = key.decode("ascii")
            parsed = parse_key(text)
        except UnicodeDecodeError:
            raise _bad_key("It does not have the form of a key.") from None
        except KeyFormError as error:
            hint = " It looks like a token: send it as `Authorization: Bearer`." if key.startswith(b"eyJ") else ""
            raise _bad_key(f"{str(error).capitalize()}.{hint}") from None
        found = self._table.by_key(text, parsed)
        if found is None:
            raise _bad_key("It is not known here.")
        return self._live(*found)

    def _live(self, identity: Identity, expires: float) -> Identity:
        if self._runtime.now() >= expires:
            raise Refusal(KEY_EXPIRED, headers=(CHALLENGE,), fault="gateway")
        return identity

    async def _by_token(self, token: bytes) -> Identity:
        """The identity that a token proves: from the tokens verified lately, or by verifying it."""
        digest = hashlib.sha256(token).digest()
        now = self._runtime.now()
        verified = self._tokens.get(digest)
        if verified is None or not self._stands(verified, now):
            verified = await self._verify(token)
            self._remember(digest, verified)
        else:
            self._tokens.move_to_end(digest)
        if verified.bound_by is not self._mark:
            identity = self._table.by_token(verified.issuer_id, verified.proven, verified.credential)
            if identity is None:
                raise Refusal(UNKNOWN_CONSUMER, fault="gateway")
            verified.identity, verified.bound_by = identity, self._mark
        return verified.identity

    def _stands(self, verified: _Verified, now: float) -> bool:
        """Whether what was verified once still holds. `until` never lies after the token's `exp`."""
        one = self._by_id.get(verified.issuer_id)
        return (
            one is not None
            and now < verified.until <= now + TOKEN_SECONDS
            and one.settings == verified.rules
            and one.jwks.holds(verified.fingerprint)
            and one.jwks.ready(now)
        )

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._tokens[digest] = verified
        self._tokens.move_to_end(digest)
        now = self._runtime.now()
        # The longest unused stands first: what nobody asked for during its time goes, and memory follows the traffic.
        while len(self._tokens) > TOKENS or next(iter(self._tokens.values())).until <= now:
            self._tokens.popitem(last=False)
            if not self._tokens:
                break

    async def _verify(self, text: bytes) -> _Verified:
        """Verify a token from its bytes. Raises Refusal."""
        try:
            token = read(text)
            one = self._issuer_of(token)
            one.rules.header(token)
            found = await one.jwks.find(token.kid, token.algorithm)
            now = self._runtime.now()
            bound = {key.bound(token.algorithm): key for key in found}
            key = bound[verify(token, tuple(bound))]
            proven = one.rules.claims(token, now)
        except TokenFault as fault:
            raise _bad_token(fault.reason, expired=fault.expired) from None
        except KeySetError:
            raise _bad_token(NOT_SIGNED_BY_US) from None
        except IssuerAwayError as away:
            raise _away(away) from None
        until = min(now + TOKEN_SECONDS, one.rules.until(proven.expires))
        return _Verified(one.id, one.settings, key.fingerprint, until, proven, f"{one.id}/{key.kid or '-'}")

    def _issuer_of(self, token: Token) -> _Trusted:
        """`iss` is only looked up here; everything is then judged by that issuer's rules and keys alone."""
        candidates = self._by_issuer.get(token.issuer)
        if not candidates:
            raise TokenFault(NOT_SIGNED_BY_US)
        audience = token.claims.get("aud")
        listed = audience if isinstance(audience, list) else [audience]
        return next((one for one in candidates if one.audience in listed), candidates[0])


def _bad_token(reason: str, *, expired: bool = False) -> Refusal:
    """401 with the challenge of RFC 6750, section 3.1. `reason` is ours: nothing of the token stands in it."""
    said = reason.replace('"', "'").replace("\\", "")
    challenge = f'Bearer realm="{REALM}", error="invalid_token", error_description="{said}"'
    headers = ((b"www-authenticate", challenge.encode()),)
    if expired:
        return Refusal(TOKEN_EXPIRED, headers=headers, fault="gateway")
    return Refusal(INVALID_TOKEN, reason, headers=headers, fault="gateway")


def _bad_key(reason: str) -> Refusal:
    return Refusal(INVALID_KEY, reason, headers=(CHALLENGE,), fault="gateway")


def _away(away: IssuerAwayError) -> Refusal:
    seconds = max(1, -int(-away.retry_seconds // 1))
    return Refusal(ISSUER_UNAVAILABLE, headers=((b"retry-after", str(seconds).encode()),), fault="gateway")
