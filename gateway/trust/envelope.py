"""A DSSE envelope (Dead Simple Signing Envelope 1.0.2): exact bytes, their type, and signatures over both.

What is signed is never written anew: a signature is over the bytes of the payload and over the name of its type, so
bytes that were signed as one kind of thing count as no other.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import parse_json

ENVELOPE_BYTES: Final = 1_048_576
"""The largest envelope that is read."""
SIGNATURES: Final = 64
"""The most signatures that one envelope may hold."""

_AGAIN: Final = "take it from git as it was, or sign the file again"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature. `key_id` is a hint that nothing signs: it says where to look, never who signed."""

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was signed, as what, and the signatures."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What each signature is over."""
        return pre_authentication(self.payload_type, self.payload)


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """PAE of DSSE: both parts with their lengths in bytes, so that no other pair gives the same text."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def write_envelope(envelope: Envelope) -> bytes:
    """The envelope as JSON, each signature on lines of its own so that a second one is a short change."""
    shape = {
        "payloadType": envelope.payload_type,
        "payload": base64.b64encode(envelope.payload).decode("ascii"),
        "signatures": [
            {"keyid": one.key_id, "sig": base64.b64encode(one.value).decode("ascii")} for one in envelope.signatures
        ],
    }
    return (json.dumps(shape, indent=2) + "\n").encode()


def read_envelope(text: bytes, file: str) -> Envelope:
    """The envelope in a file's bytes. Raises InvalidInputError where it is none; no signature is judged here."""
    if len(text) > ENVELOPE_BYTES:
        raise _broken(file, f"the envelope is larger than {ENVELOPE_BYTES} bytes")
    tree = parse_json(text, file)
    if not isinstance(tree, dict) or not {"payload", "payloadType", "signatures"} <= tree.keys():
        raise _broken(file, "this is no DSSE envelope: it needs payload, payloadType and signatures")
    kind, signatures = tree["payloadType"], tree["signatures"]
    if not isinstance(kind, str) or not isinstance(signatures, list):
        raise _broken(file, "payloadType is a text, and signatures are a list")
    if not 1 <= len(signatures) <= SIGNATURES:
        raise _broken(file, f"an envelope holds 1 to {SIGNATURES} signatures, this one {len(signatures)}")
    payload = _decoded(tree["payload"], file, "the payload")
    return Envelope(kind, payload, tuple(_signature(one, file) for one in signatures))


def _signature(tree: Any, file: str) -> Signature:
    if not isinstance(tree, dict) or not isinstance(tree.get("keyid", ""), str):
        raise _broken(file, "a signature has `sig` and may have `keyid`, both texts")
    return Signature(tree.get("keyid", ""), _decoded(tree.get("sig"), file, "a signature"))


def _decoded(text: Any, file: str, what: str) -> bytes:
    """Base64 of either alphabet, as DSSE says; padded and without anything else in it."""
    if isinstance(text, str) and text.isascii():
        alphabet = b"-_" if ("-" in text or "_" in text) else b"+/"
        try:
            return base64.b64decode(text, alphabet, validate=True)
        except binascii.Error:
            pass
    raise _broken(file, f"{what} is not base64")


def _broken(file: str, message: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(file, "broken-envelope", message, _AGAIN)])
