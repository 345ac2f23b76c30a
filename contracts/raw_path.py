"""The one canonical form of a request path, and why some paths have none."""

import re
from typing import Final

from contracts import odata


class UnsafePathError(Exception):
    """A request path that proxies and systems may read in different ways; the text says why, never with the path."""


# A path that needs nothing: unreserved and harmless characters, no segment that begins with a dot.
_PLAIN: Final = re.compile(rb"(?:/[A-Za-z0-9_~$!@&*+,:='()-][A-Za-z0-9._~$!@&*+,:='()-]*+)++/?")
_FORBIDDEN: Final = re.compile(rb"[\x00-\x20\x7f]|[^\x00-\x7f]|[\\;?#]")
_FORBIDDEN_WORDS: Final = {0x5C: "a backslash", 0x3B: "a semicolon", 0x3F: "a question mark", 0x23: "a number sign"}
_BADESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]{2}|[\"<>\[\]^`{|}]")
_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_DOUBLE: Final = re.compile(rb"%25[0-9A-Fa-f]{2}")
_CONTROL: Final = re.compile(rb"%(?:[01][0-9A-F]|7F|C2%[89])")
_DOTS: Final = re.compile(rb"(?:/|%2F)\.\.?(?:%3B[^/]*+)?(?=/|%2F|\Z)")


def _escapes() -> dict[bytes, bytes]:
    """Every form of an escape, and every character that must be escaped -> its one canonical form."""
    table = {b'"<>[]^`{|}'[n : n + 1]: b"%%%02X" % b'"<>[]^`{|}'[n] for n in range(10)}
    for byte in range(256):
        canonical_form = bytes((byte,)) if byte in _UNRESERVED else b"%%%02X" % byte
        for written in (b"%%%02X" % byte, b"%%%02x" % byte):
            table[written] = canonical_form
            table[written[:2] + written[2:].upper()] = canonical_form
            table[written[:2].upper() + written[2:].lower()] = canonical_form
    return table


CANONICAL: Final = _escapes()


def canonical(raw_path: bytes) -> bytes:
    """The one form of a path that routing, access, contract and system see (RFC 3986 6.2.2, and stricter).

    Unreserved characters are decoded, escapes are upper-case, characters that a path may not hold are escaped. Raises
    UnsafePathError for dot segments, backslashes, semicolons, control characters, empty segments, escapes that are
    broken, doubled or not UTF-8, and for an encoded slash that does not stand inside a quoted OData key.
    """
    if _PLAIN.fullmatch(raw_path):
        return raw_path
    if not raw_path.startswith(b"/"):
        raise UnsafePathError("The path does not begin with a slash.")
    forbidden = _FORBIDDEN.search(raw_path)
    if forbidden is not None:
        byte = forbidden[0][0]
        word = "a character that is not ASCII" if byte > 0x7F else _FORBIDDEN_WORDS.get(byte, "a control character")
        if byte == 0x20:
            word = "a space"
        raise UnsafePathError(f"The path holds {word}.")
    if _BADESCAPE.search(raw_path):
        raise UnsafePathError("The path holds a percent sign that begins no escape.")
    path = ESCAPE.sub(lambda escape: CANONICAL[escape[0]], raw_path)
    _refuse(path)
    return path


def _refuse(path: bytes) -> None:
    if b"//" in path:
        raise UnsafePathError("The path holds an empty segment.")
    if _DOTS.search(path):
        raise UnsafePathError("The path holds a dot segment.")
    if b"%" not in path:
        return
    if _DOUBLE.search(path):
        raise UnsafePathError("The path is percent-encoded twice.")
    if b"%5C" in path:
        raise UnsafePathError("The path holds an encoded backslash.")
    if _CONTROL.search(path):
        raise UnsafePathError("The path holds an encoded control character.")
    try:
        ESCAPE.sub(lambda escape: bytes.fromhex(escape[0][1:].decode()), path).decode()
    except UnicodeDecodeError:
        raise UnsafePathError("The path holds escapes that are not UTF-8.") from None
    if b"%2F" in path:
        for segment in path.split(b"/"):
            if b"%2F" in segment and odata.split(segment) is None:
                raise UnsafePathError("The path holds an encoded slash outside a quoted key.")
