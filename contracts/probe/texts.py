"""Texts and numbers of formats: one that is good, one that is bad, and which are known to be either."""

import re
from collections.abc import Mapping
from typing import Any, Final

import re2

from contracts.probe.raw import UnknownError

GOOD: Final[Mapping[str, str]] = {
    "date": "2024-02-29", "date-time": "2024-02-29T12:30:00Z", "time": "12:30:00Z", "duration": "P1D",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "email": "a@example.com", "hostname": "example.com",
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.com/a", "uri-reference": "/a",
    "byte": "QUJD", "base64url": "QUJD", "decimal": "12.50", "json-pointer": "/a", "regex": "^a$",
}  # fmt: skip
BAD: Final[Mapping[str, str]] = {
    "date": "2024-02-30", "date-time": "2024-02-30T12:30:00Z", "time": "25:00:00Z", "duration": "1 day",
    "uuid": "3f2504e0", "email": "nobody", "ipv4": "192.0.2.256", "ipv6": "2001:zz::1", "uri": "not a uri",
    "byte": "QUJ", "decimal": "12,50", "json-pointer": "a", "regex": "(",
}  # fmt: skip
_SURE: Final[Mapping[str, re.Pattern[str]]] = {
    "date": re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"),
    "date-time": re.compile(
        r"[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}(\.[0-9]{1,9})?"
        r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
    ),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "email": re.compile(r"[a-z][a-z0-9]{0,30}(\.[a-z0-9]{1,30})?@[a-z]{1,30}\.(com|org|net|example)"),
    "uri": re.compile(r"https?://[a-z]{1,30}(\.[a-z]{1,30}){0,4}(/[A-Za-z0-9_-]{0,60}){0,6}"),
}
"""Texts that are certainly of the format; others may be too."""
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1), "int16": (-(2**15), 2**15 - 1),
    "int8": (-(2**7), 2**7 - 1), "uint8": (0, 2**8 - 1), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}  # fmt: skip
_UNSURE: Final = frozenset(
    {
        "idn-email", "idn-hostname", "iri", "iri-reference", "uri-template", "relative-json-pointer", "hostname",
        "decimal128", "char", "date-time-local", "time-local", "http-date", "media-range", "etag", "double-int",
        "sf-string", "sf-token", "sf-boolean", "sf-binary", "sf-integer", "sf-decimal",
    }
)  # fmt: skip
_LETTERS: Final = "abcdefghij0123456789ABCDEFGHIJ"


def keeps_to_format(name: str, value: Any) -> bool:
    """Whether a value keeps to a format; an unknown format says nothing. Raises UnknownError."""
    if isinstance(value, str):
        if value == GOOD.get(name) or (name in _SURE and _SURE[name].fullmatch(value)):
            return True
        if value == BAD.get(name):
            return False
        if name in GOOD or name in _UNSURE:
            raise UnknownError(f"a text of the format {name[:40]}")
    elif isinstance(value, int) and not isinstance(value, bool):
        if name in _RANGES:
            return _RANGES[name][0] <= value <= _RANGES[name][1]
        if name in _UNSURE or (name in ("float", "double") and abs(value) > 2**53):
            raise UnknownError(f"a number of the format {name[:40]}")
    elif isinstance(value, float) and (name in _RANGES or name in _UNSURE or abs(value) > 1e30):
        raise UnknownError(f"a number of the format {name[:40]}")
    return True


def out_of_range(name: str) -> int | None:
    """A whole number that a format cannot hold."""
    return _RANGES[name][1] + 1 if name in _RANGES else None


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches, by an engine that is not the compiler's. Raises UnknownError where they may differ."""
    if not text.isascii() or "\n" in text or re.search(r"\\[^dwsDW.\-/+*?()\[\]{}|^$@:\\]|\(\?|\[\[:", pattern):
        # Classes, escapes and groups that the dialects read differently.
        raise UnknownError("a pattern that another engine may read differently")
    try:
        return re2.search(pattern, text) is not None
    except re2.error:
        raise UnknownError("a pattern that a second engine does not take") from None


def candidates(schema: Mapping[str, Any]) -> list[str]:
    """Texts that may keep to a string schema, the best guess first."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1_000)
    if not isinstance(least, int) or not isinstance(most, int) or least > 5_000:
        return []
    size = min(max(least, 3), most)
    found = [GOOD[schema["format"]]] if schema.get("format") in GOOD else []
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        made = from_pattern(pattern, size)
        found += [made] if made is not None else []
        found += [GOOD[name] for name in ("uuid", "date", "date-time", "email", "uri")]
        found += [letter * length for letter in "a1A" for length in dict.fromkeys((size, least, min(most, 10)))]
    found.append((_LETTERS * (size // len(_LETTERS) + 1))[:size])
    return found


_ATOM: Final = re.compile(r"(\[(?:\\.|[^\]\\^])(?:\\.|[^\]\\])*\]|\\.|[^\\()\[\]{}|*+?^$])(\{(\d+)(,?)(\d*)\}|[*+?])?")
_CLASS: Final[Mapping[str, str]] = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}


def from_pattern(pattern: str, size: int) -> str | None:
    """A text for a plain sequence of characters and classes with counts; None for every other pattern."""
    body = pattern.removeprefix("^")
    body = body[:-1] if body.endswith("$") and not body.endswith("\\$") else body
    at = 0
    pieces: list[tuple[str, int, bool]] = []
    while at < len(body):
        match = _ATOM.match(body, at)
        if match is None:
            return None
        atom, repeat = match[1], match[2] or ""
        if atom.startswith("["):
            letter = _CLASS.get(atom[2], atom[2]) if atom[1] == "\\" else atom[1]
        else:
            letter = _CLASS.get(atom[1], atom[1]) if atom.startswith("\\") else "a" if atom == "." else atom
        count = int(match[3]) if match[3] else 0 if repeat in ("*", "?") else 1
        if count > 1_000:
            return None
        pieces.append((letter, count, repeat in ("*", "+") or bool(match[4] and not match[5])))
        at = match.end()
    missing = size - sum(count for _, count, _ in pieces)
    text = ""
    for letter, count, open_ended in pieces:
        more = max(missing, 0) if open_ended else 0
        text += letter * (count + more)
        missing -= more
    return text
