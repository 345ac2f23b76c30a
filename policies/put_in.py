"""Puts members into a JSON object and leaves every byte that came as it is."""

import json
from collections.abc import Mapping


def put_in(body: bytes, members: Mapping[str, str]) -> bytes:
    """The object with `members` at its beginning. It was read before: it is one object, and has none of them."""
    start = body.index(b"{") + 1
    text = json.dumps(dict(members), ensure_ascii=False)[1:-1].encode()
    empty = body[start:].lstrip(b" \t\r\n").startswith(b"}")
    return body[:start] + text + (b"" if empty else b",") + body[start:]
