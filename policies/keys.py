"""API keys of the gateway: what one looks like, how one is made, and what is kept of it.

`tw_4k2m9xqp_<secret>_<checksum>`, or `tw_prod_4k2m9xqp_<secret>_<checksum>` where the key names its environment:
the prefix lets scanners find a leaked key, the checksum tells a typing error without asking anybody, the id says
which key it is without telling the key. Of the key only HMAC-SHA256 under the node's pepper is kept.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.consumers import KeyCredential

MAX_KEY_BYTES = 256
MAX_LIVE_KEYS = 2
"""So that a key is replaced without a gap: the new one works before the old one ends."""
_ID_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 32
"""190 bits."""
_CHECKSUM_LENGTH = 6
_FORM = re.compile(
    r"(?P<body>(?P<prefix>[a-z]{2,8})_(?:(?P<environment>[a-z][a-z0-9-]{0,63})_)?(?P<id>[0-9a-z]{8})_"
    r"(?P<secret>[0-9A-Za-z]{32}))_(?P<checksum>[0-9A-Za-z]{6})",
    re.ASCII,
)


class KeyFormError(ValueError):
    """The text is not a key. The message says why and holds nothing of the text."""


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """The public parts of a key. `environment` is empty where the key names none."""

    prefix: str
    environment: str
    id: str


def new_key(
    prefix: str, pepper: str, now: float, days: float, scopes: tuple[str, ...] = (), *, environment: str = ""
) -> tuple[str, KeyCredential]:
    """A new key, to be shown once, and the entry that is kept of it. `now` in seconds since the epoch.

    Raises ValueError for days that are not more than nought, or a prefix or an environment that no key may have.
    """
    if not days > 0:
        raise ValueError("a key must live for more than 0 days")
    # A letter first: then YAML reads the id as text even where somebody takes the quotes off.
    key_id = _random(_ID_CHARACTERS[10:], 1) + _random(_ID_CHARACTERS, 7)
    named = f"{environment}_" if environment else ""
    body = f"{prefix}_{named}{key_id}_{_random(_BASE62, _SECRET_LENGTH)}"
    key = f"{body}_{_checksum(body)}"
    parsed = parse_key(key)
    if (parsed.prefix, parsed.environment, parsed.id) != (prefix, environment, key_id):
        raise KeyFormError("the prefix or the environment cannot stand in a key")
    created = datetime.fromtimestamp(int(now), UTC)
    return key, KeyCredential(
        type="api_key",
        id=key_id,
        hash=hash_key(key, pepper),
        created=created,
        expires=created + timedelta(days=days),
        scopes=tuple(scopes),
    )


def parse_key(key: str) -> ParsedKey:
    """The public parts of a key, without asking whether it is known. Raises KeyFormError for a typing error."""
    found = _FORM.fullmatch(key) if len(key) <= MAX_KEY_BYTES else None
    if found is None:
        raise KeyFormError("it does not have the form of a key")
    if _checksum(found["body"]) != found["checksum"]:
        raise KeyFormError("its checksum does not fit: it was mistyped or cut off")
    return ParsedKey(found["prefix"], found["environment"] or "", found["id"])


def hash_key(key: str, pepper: str) -> str:
    """What is kept of a key: `hmac-sha256:` and the HMAC of the whole key under the pepper, in hexadecimal."""
    return "hmac-sha256:" + hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()


def same_hash(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def live(credentials: tuple[object, ...], now: float) -> tuple[KeyCredential, ...]:
    """The keys among a consumer's credentials that have not expired."""
    at = datetime.fromtimestamp(now, UTC)
    return tuple(c for c in credentials if isinstance(c, KeyCredential) and c.expires > at)


def _random(characters: str, length: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(length))


def _checksum(body: str) -> str:
    """CRC-32 in six characters of base 62: for typing errors and scanners, not for security."""
    number = zlib.crc32(body.encode())
    text = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text
