"""What a text holds by `contentEncoding` and `contentMediaType`, asserted as formats that no contract can name."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Final

import jiter

from contracts.formats import STRING_FORMATS

_BASE16: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_BASE32: Final = re.compile(r"(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?")
_JSON: Final = re.compile(r"application/(?:[^;\s]+\+)?json|text/json", re.IGNORECASE)

_ENCODINGS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "base64": (STRING_FORMATS["byte"], "Base64 with padding"),
    "base64url": (STRING_FORMATS["base64url"], "Base64 for URLs"),
    "base32": (lambda text: _BASE32.fullmatch(text) is not None, "Base32"),
    "base16": (lambda text: _BASE16.fullmatch(text) is not None, "two hexadecimal digits for each byte"),
}
"""Encodings of RFC 4648, which a text can break. Those of e-mail (`7bit`, `quoted-printable`) are annotations."""


def encoding_format(encoding: object) -> tuple[str, str] | None:
    """The engine's format for an encoding and its words; None for one that says nothing that can be broken."""
    found = _ENCODINGS.get(encoding.lower()) if isinstance(encoding, str) else None
    return None if found is None or not isinstance(encoding, str) else (f"\0{encoding.lower()}", found[1])


def media_format(encoding: object, media: object) -> tuple[str, str] | None:
    """As `encoding_format`, for a media type: JSON is looked into, encoded or not; other types are annotations."""
    if not isinstance(media, str) or _JSON.fullmatch(media.partition(";")[0].strip()) is None:
        return None
    if encoding is None:
        return "\0json", "a text that holds JSON"
    known = isinstance(encoding, str) and encoding.lower() in _DECODERS
    return (f"\0{str(encoding).lower()}+json", "a text that holds JSON, encoded") if known else None


def _is_json(text: str | bytes) -> bool:
    try:
        jiter.from_json(text.encode() if isinstance(text, str) else text, float_mode="decimal", allow_inf_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _holds_json(decode: Callable[[str], bytes]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            held = decode(text)
        except ValueError:
            return True  # what is wrong with the encoding is told by the encoding
        return _is_json(held)

    return check


_DECODERS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "base64": lambda text: base64.b64decode(text, validate=True),
    "base64url": lambda text: base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)),
    "base32": base64.b32decode,
    "base16": lambda text: base64.b16decode(text, casefold=True),
}

CONTENT_FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "\0json": _is_json,
    **{f"\0{name}": check for name, (check, _) in _ENCODINGS.items()},
    **{f"\0{name}+json": _holds_json(decode) for name, decode in _DECODERS.items()},
}
"""The engine's formats, by names that no document can hold."""
