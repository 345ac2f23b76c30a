"""Reads and judges a JSON Web Token (RFC 7519) in compact serialisation (RFC 7515), by RFC 8725 and RFC 9068.

Nothing here waits and nothing is fetched: `read` takes a token apart, `TokenRules.header` judges what may be judged
before a key is known, `verify` checks the signature, `TokenRules.claims` judges the rest. A fault is a `TokenFault`,
whose text is written here and holds nothing of the token.
"""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

import jiter
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from contracts.issuers import Issuer
from policies.issuer_presets import Profile, plain_typ, profile_of

MAX_TOKEN_BYTES = 16_384
"""Longer tokens are refused unread; the largest seen are Entra's with 200 groups, about 9 kB."""
MAX_KID_CHARACTERS = 256
_MAX_AUDIENCES = 100
_LATEST = 253_402_300_799
"""The end of the year 9999; a later date is no date (and 1e308 is none either)."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CHARACTERS = frozenset(_ALPHABET)
_FORBIDDEN_HEADERS = {
    "crit": "a critical extension, and none is understood here",
    "jwk": "a key of its own",
    "jku": "an address of keys",
    "x5u": "an address of certificates",
    "x5c": "certificates of its own",
    "zip": "compression",
    "b64": "an unencoded payload",
    "enc": "encryption",
    "epk": "encryption",
    "p2c": "encryption",
    "cty": "a token inside it",
}
_ID_TOKEN_MARKS = ("nonce", "at_hash", "c_hash", "s_hash")


class TokenFault(Exception):  # noqa: N818 - a judgement of the caller's token, not an error of ours
    """Why a token is refused, in words that may be told to whoever sent it."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expired = expired


NOT_SIGNED_BY_US = "It was not signed by an issuer and a key that this gateway accepts."
"""One text for an unknown issuer, an unknown key and a wrong signature: it tells nobody which of them are known."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart; nothing in it is believed yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    algorithm: str
    kid: str | None
    issuer: str
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proven:
    """What a verified token says. `expires` in seconds since the epoch, as in the token."""

    consumer_claim: str
    scopes: frozenset[str]
    expires: int


def read(token: bytes) -> Token:
    """Take a compact token apart. Raises TokenFault where its form is not exactly that of RFC 7515, section 7.1."""
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenFault(f"It is longer than {MAX_TOKEN_BYTES} bytes.")
    parts = token.split(b".")
    if len(parts) != 3 or not all(parts):
        raise TokenFault("It is not a signed JWT of three parts (compact serialisation).")
    header = _object(parts[0], "header")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or not algorithm:
        raise TokenFault("Its header has no usable `alg`.")
    kid = header.get("kid")
    if "kid" in header and (not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_CHARACTERS):
        raise TokenFault("Its header has no usable `kid`.")
    signature = _decoded(parts[2], "signature")
    claims = _object(parts[1], "payload")
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise TokenFault("Its `iss` is missing or is not a string.")
    return Token(header, claims, algorithm, kid, issuer, parts[0] + b"." + parts[1], signature)


def _decoded(part: bytes, name: str) -> bytes:
    """Base64url without padding, in its one canonical form (RFC 7515, section 2; RFC 4648, section 3.5)."""
    if not _CHARACTERS.issuperset(part) or len(part) % 4 == 1:
        raise TokenFault(f"Its {name} is not base64url.")
    try:
        decoded = urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise TokenFault(f"Its {name} is not base64url.") from None
    # Unused bits of the last character must be nought, else one token has many spellings.
    spare = {2: 15, 3: 3}.get(len(part) % 4, 0)
    if _ALPHABET.index(part[-1]) & spare:
        raise TokenFault(f"Its {name} is not canonical base64url.")
    return decoded


def _object(part: bytes, name: str) -> dict[str, Any]:
    """A JSON object without duplicate members, NaN, lone surrogates or a byte order mark (RFC 8725, section 2.4)."""
    try:
        value = jiter.from_json(_decoded(part, name), catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:  # jiter's text quotes the input
        raise TokenFault(f"Its {name} is not a JSON object with unique members.") from None
    if not isinstance(value, dict):
        raise TokenFault(f"Its {name} is not a JSON object.")
    return value


def verify(token: Token, keys: tuple[PyJWK, ...]) -> PyJWK:
    """The key that verifies the signature. Each is bound to the header's algorithm. Raises TokenFault for none."""
    for key in keys:
        try:
            if key.algorithm_name == token.algorithm and key.Algorithm.verify(token.signed, key.key, token.signature):
                return key
        except (PyJWTError, ValueError, TypeError):
            continue
    raise TokenFault(NOT_SIGNED_BY_US)


class TokenRules:
    """One issuer's rules, bound at load time."""

    __slots__ = ("_algorithms", "_audience", "_issuer", "_leeway", "_profile", "_typ")

    def __init__(self, issuer: Issuer) -> None:
        self._profile: Profile = profile_of(issuer)
        self._issuer = issuer.issuer
        self._audience = issuer.audience
        self._leeway = issuer.leeway_seconds
        self._algorithms = frozenset(self._profile.algorithms)
        self._typ = frozenset(self._profile.accepted_typ)

    def header(self, token: Token) -> None:
        """Judge the header, before any key is looked for. Raises TokenFault."""
        for name, what in _FORBIDDEN_HEADERS.items():
            if name in token.header and name not in self._profile.tolerated:
                raise TokenFault(f"Its header has `{name}` ({what}), which is not accepted.")
        if token.algorithm not in self._algorithms:
            raise TokenFault("Its `alg` is not accepted from this issuer.")
        typ = token.header.get("typ", "")
        if not isinstance(typ, str) or plain_typ(typ) not in self._typ:
            raise TokenFault("Its `typ` is not that of an access token of this issuer.")

    def claims(self, token: Token, now: float) -> Proven:
        """Judge the claims of a token whose signature holds. Raises TokenFault."""
        claims = token.claims
        if token.issuer != self._issuer:
            raise TokenFault(NOT_SIGNED_BY_US)
        expires = self._times(claims, now)
        self._audiences(claims)
        for name in ("sub", "jti"):
            if name in claims and not isinstance(claims[name], str):
                raise TokenFault(f"Its `{name}` is not a string.")
        if "cnf" in claims:
            raise TokenFault("It is bound to a key by `cnf`, and that proof cannot be checked here.")
        self._use(claims)
        return Proven(self._consumer(claims), self._scopes(claims), expires)

    def over(self, expires: int, now: float) -> bool:
        """Whether a token that expires then is over, allowing for the clocks' difference."""
        return now >= expires + self._leeway

    def until(self, expires: int) -> float:
        """When such a token is over, in seconds since the epoch."""
        return expires + self._leeway

    def _times(self, claims: dict[str, Any], now: float) -> int:
        expires = _date(claims, "exp")
        if expires is None:
            raise TokenFault("It has no `exp`.")
        if self.over(expires, now):
            raise TokenFault("It has expired.", expired=True)
        before = _date(claims, "nbf")
        if before is not None and before > now + self._leeway:
            raise TokenFault("It is not valid yet (`nbf`).")
        issued = _date(claims, "iat")
        if issued is not None and issued > now + self._leeway:
            raise TokenFault("It was issued in the future (`iat`).")
        return expires

    def _audiences(self, claims: dict[str, Any]) -> None:
        """`aud` is a string or a list of strings that holds ours, exactly (RFC 7519, section 4.1.3)."""
        audience = claims.get("aud")
        listed = [audience] if isinstance(audience, str) else audience
        if not isinstance(listed, list) or len(listed) > _MAX_AUDIENCES or not all(isinstance(a, str) for a in listed):
            raise TokenFault("Its `aud` is missing, or is not a string or a list of strings.")
        if self._audience not in listed:
            raise TokenFault("Its `aud` is not this gateway.")

    def _use(self, claims: dict[str, Any]) -> None:
        """An ID token, a refresh token or a logout token is no access token (RFC 8725, section 3.11)."""
        name, wanted = self._profile.token_use
        if name:
            if claims.get(name) != wanted:
                raise TokenFault(f"Its `{name}` is not that of an access token.")
        elif any(mark in claims for mark in _ID_TOKEN_MARKS):
            raise TokenFault("It is an ID token: send the access token.")
        if "events" in claims:
            raise TokenFault("It is a security event or logout token: send the access token.")

    def _consumer(self, claims: dict[str, Any]) -> str:
        for name in self._profile.consumer_claims:
            if name in claims:
                value = claims[name]
                if isinstance(value, str) and value:
                    return value
                raise TokenFault(f"Its `{name}` is not a string.")
        raise TokenFault(f"It has no `{self._profile.consumer_claims[0]}`, which names the consumer.")

    def _scopes(self, claims: dict[str, Any]) -> frozenset[str]:
        found: set[str] = set()
        for name in self._profile.scope_claims:
            value = claims.get(name)
            if value is None:
                continue
            words = value.split(" ") if isinstance(value, str) else value
            if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
                raise TokenFault(f"Its `{name}` is neither a string nor a list of strings.")
            found.update(words)
        found.discard("")
        return frozenset(found)


def _date(claims: dict[str, Any], name: str) -> int | None:
    """A whole number of seconds since the epoch. Raises TokenFault for anything else, strings and floats too."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LATEST:
        raise TokenFault(f"Its `{name}` is not a whole number of seconds since 1970.")
    return value
