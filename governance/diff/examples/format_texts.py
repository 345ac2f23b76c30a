"""Texts of formats: good ones, bad ones, and which texts can be of a format at all."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from contracts.formats import STRING_FORMATS
from contracts.probe.texts import BAD, GOOD, keeps_to_format

_MORE_GOOD: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("2026-01-31",), "date-time": ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456+01:00"),
    "uuid": ("00000000-0000-4000-8000-000000000000",), "email": ("b@c.de", "anna.maria.longname@example.org"),
    "uri": ("a:b", "https://example.org/b?c=d#e"), "uri-reference": ("", "b#c"), "ipv4": ("1.1.1.1",),
    "ipv6": ("::1",), "time": ("08:00:00Z", "08:00:00.123+01:00"), "duration": ("PT1H", "P1Y2M3DT4H5M6S"),
    "hostname": ("a", "a-long-name.example.org"), "idn-email": ("a@example.com", "b@c.de"),
    "idn-hostname": ("example.com", "a"), "iri": ("https://example.com/a", "a:b"), "iri-reference": ("/a", ""),
    "uri-template": ("/a/{b}", ""), "relative-json-pointer": ("0", "1/a"), "char": ("a", "1"),
    "decimal": ("1", "-0.001"), "decimal128": ("1", "12.50"),
    "date-time-local": ("2026-01-31T12:00:00", "2024-02-29T08:30:00.5"),
    "time-local": ("12:00:00", "08:30:00.5"),
    "http-date": ("Sat, 31 Jan 2026 12:00:00 GMT", "Thu, 29 Feb 2024 08:00:00 GMT"),
    "media-range": ("text/plain",),
    "etag": ('"a"', 'W/"a"'), "byte": ("", "QUJDRA=="), "base64url": ("", "QQ"), "regex": ("a", ""),
    "json-pointer": ("", "/a/b"),
}  # fmt: skip
_MORE_BAD: Final[Mapping[str, tuple[str, ...]]] = {
    "hostname": ("-a-", "a b"), "uri-reference": ("a b", "%"), "iri": ("a b",), "iri-reference": ("a b",),
    "uri-template": ("{a",), "idn-email": ("nobody",), "idn-hostname": ("a b",), "relative-json-pointer": ("a",),
    "char": ("ab", ""), "etag": ("a",), "media-range": ("a",), "base64url": ("A",), "uri": ("/a",),
    "date": ("2026-1-31", "20260131"), "date-time": ("2026-01-31T12:00:00", "2026-01-31"), "time": ("12:00",),
}  # fmt: skip
_NEEDED: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "date": r"\d{4}-\d\d-\d\d", "date-time": r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d.+",
        "time": r"\d\d:\d\d:\d\d.+", "duration": r"P.+", "uuid": r"[0-9a-fA-F-]{36}", "email": r"[^ ]+@[^ ]+",
        "idn-email": r"[^ ]+@[^ ]+", "ipv4": r"\d+\.\d+\.\d+\.\d+", "ipv6": r"[0-9a-fA-F:.]*:[0-9a-fA-F:.]*",
        "uri": r"[a-zA-Z][a-zA-Z0-9+.-]*:[^ ]*", "iri": r"[a-zA-Z][a-zA-Z0-9+.-]*:[^ ]*", "uri-reference": r"[^ ]*",
        "iri-reference": r"[^ ]*", "hostname": r"[A-Za-z0-9.-]+", "idn-hostname": r"[^ _]+",
        "json-pointer": r"(/.*)?", "relative-json-pointer": r"\d.*", "decimal": r"[-+.0-9eE]+",
    }.items()
}  # fmt: skip
"""What a text of the format must match at least."""


def good(name: str) -> Iterator[str]:
    """Texts of a format, the usual one first; none for a format that nobody here knows."""
    yield from [GOOD[name]] if name in GOOD else []
    yield from _MORE_GOOD.get(name, ())


def bad(name: str) -> Iterator[str]:
    """Texts that look like the format and are not of it."""
    yield from [BAD[name]] if name in BAD else []
    yield from _MORE_BAD.get(name, ())


def keeps(name: str, text: str) -> bool:
    """Whether a text is of a format; of a format that nobody here knows, each is. Raises UnknownError."""
    if name in STRING_FORMATS:
        return STRING_FORMATS[name](text)
    if name in _NEEDED and not _NEEDED[name].fullmatch(text):
        return False
    if text in _MORE_GOOD.get(name, ()):
        return True
    return text not in _MORE_BAD.get(name, ()) and keeps_to_format(name, text)
