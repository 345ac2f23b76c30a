"""The formats that are asserted, beyond those that JSON Schema 2020-12 itself names.

A format of the OpenAPI format registry is either a range of numbers, a check of a string, or says nothing that could
be wrong (`password`, `binary`). A format that nobody here knows is an annotation, as JSON Schema wants it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_FLOAT_MAX: Final = 3.4028234663852886e38
_DOUBLE_MAX: Final = 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The numbers that a format can hold, both ends included."""

    minimum: int | float
    maximum: int | float
    words: str


def _signed(bits: int) -> NumberRange:
    return NumberRange(-(1 << (bits - 1)), (1 << (bits - 1)) - 1, f"a whole number of {bits} bits")


def _unsigned(bits: int) -> NumberRange:
    return NumberRange(0, (1 << bits) - 1, f"a whole number of {bits} bits that is not negative")


NUMBER_RANGES: Final[Mapping[str, NumberRange]] = {
    "int8": _signed(8),
    "int16": _signed(16),
    "int32": _signed(32),
    "int64": _signed(64),
    "uint8": _unsigned(8),
    "uint16": _unsigned(16),
    "uint32": _unsigned(32),
    "uint64": _unsigned(64),
    "double-int": NumberRange(-(2**53) + 1, 2**53 - 1, "a whole number that a double holds exactly"),
    "float": NumberRange(-_FLOAT_MAX, _FLOAT_MAX, "a number that fits a float"),
    "double": NumberRange(-_DOUBLE_MAX, _DOUBLE_MAX, "a number that fits a double"),
}
"""Formats of numbers. They say nothing about a string."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,6})?")
_BYTE = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_HTTP_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"[0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT"
)
_LOCAL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?")
_MEDIA_RANGE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*;.*)?", re.DOTALL)
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\uffff]*"')


def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


def _is_byte(text: str) -> bool:
    """Base64 with padding (RFC 4648, section 4). Line breaks are not part of it."""
    return len(text) % 4 == 0 and _BYTE.fullmatch(text) is not None


def _is_base64url(text: str) -> bool:
    """Base64 for URLs, padding optional (RFC 4648, section 5)."""
    body = text.rstrip("=")
    return _BASE64URL.fullmatch(text) is not None and len(body) % 4 != 1 and (body == text or len(text) % 4 == 0)


def _is_http_date(text: str) -> bool:
    return _HTTP_DATE.fullmatch(text) is not None


def _is_local_time(text: str) -> bool:
    return _LOCAL_TIME.fullmatch(text) is not None


def _is_local_date_time(text: str) -> bool:
    return len(text) > 11 and text[10] in "Tt" and _is_local_time(text[11:]) and _is_date(text[:10])


def _is_date(text: str) -> bool:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        return False
    year, month, day = (int(part) for part in match.groups())
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= days[month - 1]


def _is_char(text: str) -> bool:
    return len(text) == 1


def _is_media_range(text: str) -> bool:
    return _MEDIA_RANGE.fullmatch(text) is not None


def _is_etag(text: str) -> bool:
    return _ETAG.fullmatch(text) is not None


STRING_FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "decimal": _is_decimal,
    "decimal128": _is_decimal,
    "byte": _is_byte,
    "base64url": _is_base64url,
    "char": _is_char,
    "date-time-local": _is_local_date_time,
    "time-local": _is_local_time,
    "http-date": _is_http_date,
    "media-range": _is_media_range,
    "etag": _is_etag,
}
"""Formats of strings that are checked here."""

ENGINE_FORMATS: Final = frozenset(
    {
        "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
        "uri", "uri-reference", "uri-template", "iri", "iri-reference", "uuid", "json-pointer",
        "relative-json-pointer", "regex",
    }
)  # fmt: skip
"""Formats of strings that JSON Schema 2020-12 names; the engine checks them."""

STRING_WORDS: Final[Mapping[str, str]] = {
    "date-time": "a date and time by RFC 3339 with its offset, such as 2026-01-31T12:00:00Z",
    "date": "a date such as 2026-01-31",
    "time": "a time with its offset, such as 12:00:00Z",
    "duration": "a duration such as P1DT12H",
    "email": "an e-mail address",
    "uuid": "a UUID",
    "uri": "an absolute URI",
    "byte": "Base64 with padding",
    "base64url": "Base64 for URLs",
    "decimal": "a decimal number in a string, such as 12.50",
    "decimal128": "a decimal number in a string, such as 12.50",
    "date-time-local": "a date and time without offset, such as 2026-01-31T12:00:00",
    "time-local": "a time without offset, such as 12:00:00",
    "http-date": "a date such as Sat, 31 Jan 2026 12:00:00 GMT",
}


def words_of(name: str) -> str:
    """What a string of this format looks like."""
    return STRING_WORDS.get(name, f"a string of the format {name}")


def is_asserted(name: str) -> bool:
    """Whether a value can break this format."""
    return name in NUMBER_RANGES or name in STRING_FORMATS or name in ENGINE_FORMATS
