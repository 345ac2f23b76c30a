"""How values and answers are written: plainly, or in one of the odd ways that a contract allows."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from asked import Headers


@dataclass(frozen=True, slots=True)
class Style:
    """One way to write. The default is the plain one."""

    reversed: bool = False
    """Members in the opposite order; optional ones that may be null are written as null."""
    wide: bool = False
    """Much white space, numbers with exponents or trailing noughts."""
    escaped: bool = False
    """Everything beyond ASCII, and the slash, as an escape."""
    more_headers: bool = False
    """Headers that no contract names, as proxies and frameworks add them."""
    capitals: bool = False
    """Names of headers in capitals."""
    pieces: bool = False
    """Bodies in chunks, of a few bytes each at the beginning."""
    slow_every: int = 0
    """Each so many calls one takes a second."""
    weak_tags: bool = False
    minimal: bool = False
    lone: bool = False
    """The other division has no records at all."""
    odd_texts: bool = False
    long_texts: bool = False


STYLES = (
    Style(),
    Style(reversed=True),
    Style(more_headers=True),
    Style(slow_every=40),
    Style(wide=True, long_texts=True),
    Style(pieces=True),
    Style(capitals=True),
    Style(odd_texts=True, escaped=True),
    Style(lone=True),
    Style(weak_tags=True),
    Style(minimal=True),
)
"""By number of the variant; 0 is the plain system. variants.yaml says what each is."""

_MORE: Headers = [
    ("Server", "NorthERP/9.2"), ("X-Powered-By", "Servlet/4.0"), ("Cache-Control", "private, no-cache"),
    ("Vary", "Accept-Encoding"), ("X-Request-Id", "4f9d1c"), ("Set-Cookie", "JSESSIONID=8A1F; Path=/; HttpOnly"),
    ("Set-Cookie", "route=n2; Path=/"), ("Link", '</docs>; rel="service-doc"'), ("Content-Language", "en"),
]  # fmt: skip
_MAY_BE_NULL = ({"party_id", "name"}, "city"), ({"shipment_id"}, "tracking"), ({"sku", "valid_from"}, "description")


def written_json(value: Any, style: Style) -> bytes:
    """The bytes of a JSON body. Decimals keep their digits."""
    text = _text(value, style, 0)
    return text.encode("ascii") if style.escaped else text.encode()


def written_headers(headers: Headers, style: Style) -> list[tuple[bytes, bytes]]:
    """The headers of an answer."""
    all_headers = [*headers, *(_MORE if style.more_headers else [])]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in all_headers]


def _text(value: Any, style: Style, depth: int) -> str:
    if isinstance(value, dict):
        members = list((_with_nulls(value) if style.reversed else value).items())
        members = members[::-1] if style.reversed else members
        parts = [f"{_string(name, style)}{_colon(style)}{_text(held, style, depth + 1)}" for name, held in members]
        return _inside("{", parts, "}", style, depth)
    if isinstance(value, list):
        return _inside("[", [_text(held, style, depth + 1) for held in value], "]", style, depth)
    if isinstance(value, Decimal):
        return _number(value, style)
    return _string(value, style) if isinstance(value, str) else json.dumps(value)


def _inside(opening: str, parts: list[str], closing: str, style: Style, depth: int) -> str:
    if not style.wide or not parts:
        return opening + ",".join(parts) + closing
    margin = "\r\n" + "\t" * 8 * (depth + 1)
    return f"{opening}{margin}{f' ,{margin}'.join(parts)}\r\n{closing}"


def _colon(style: Style) -> str:
    return "\t:  " if style.wide else ":"


def _string(text: str, style: Style) -> str:
    made = json.dumps(text, ensure_ascii=style.escaped)
    return made.replace("/", "\\/") if style.escaped else made


def _number(value: Decimal, style: Style) -> str:
    if not style.wide:
        return f"{value:f}"
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)))
    # JSON has no leading noughts: of nought there are no hundred.
    return f"{'-' if value < 0 else ''}{whole}{'00' if whole else ''}E{exponent - 2:+d}"


def _with_nulls(value: dict[str, Any]) -> dict[str, Any]:
    found = dict(value)
    for names, optional in _MAY_BE_NULL:
        if names <= set(value):
            found.setdefault(optional, None)
    if set(value) == {"items"} and value["items"] and "order_date" in value["items"][0]:
        found["next"] = None
    return found
