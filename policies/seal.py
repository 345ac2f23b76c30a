"""Continuation links as sealed tokens: nobody reads, changes or passes on what a system put into them.

AES-256-GCM with a random nonce (NIST SP 800-38D). The key comes from the node's secret `LINK_KEY`, else from the pepper
of API keys by HKDF (RFC 5869), so that all workers and nodes open one another's tokens.
"""

import base64
import binascii
import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from policies.step import Runtime, SecretError

LINK_KEY: Final = "secret:LINK_KEY"
LIFE_SECONDS: Final = 3_600
"""How long a link may be followed."""
_NONCE: Final = 12
_TAG: Final = 16
_END: Final = struct.Struct(">Q")


class SealError(Exception):
    """A token that is not ours, not this caller's, not for this address, or too old. One answer for all of them."""


class Seal:
    """Seals and opens. `bound` says for whom and what: it is not in the token, and must be the same to open it."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"tidewaiter continuation links 1").derive(secret.encode())
        self._cipher = AESGCM(derived)

    def seal(self, content: bytes, bound: tuple[bytes, ...], now: float) -> str:
        """A token of URL-safe characters that can be opened for `LIFE_SECONDS`."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher.encrypt(nonce, _END.pack(int(now) + LIFE_SECONDS) + content, _joined(bound))
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, token: str, bound: tuple[bytes, ...], now: float) -> bytes:
        """What was sealed. Raises SealError."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise SealError from None
        if len(raw) < _NONCE + _TAG + _END.size:
            raise SealError
        try:
            content = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _joined(bound))
        except InvalidTag:
            raise SealError from None
        if _END.unpack_from(content)[0] < now:
            raise SealError
        return content[_END.size :]


def make_seal(runtime: Runtime, key_pepper: str) -> Seal:
    """From the node's secrets. Raises SecretError where it has neither."""
    try:
        return Seal(runtime.secret(LINK_KEY, ""))
    except SecretError:
        return Seal(runtime.secret(key_pepper, ""))


def _joined(parts: tuple[bytes, ...]) -> bytes:
    """Lengths before the parts: no two tuples are joined to the same bytes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)
