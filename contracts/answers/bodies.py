"""A value as the bytes of a body, by media type."""

import json
from collections.abc import Iterator
from typing import Any

from contracts.exact import exact
from contracts.items import item_kind
from contracts.media import is_form, is_json, is_xml
from contracts.probe.raw import UnknownError
from contracts.probe.sent import pairs


def written(essence: str, value: Any) -> Iterator[bytes]:
    """The ways in which a value is written; none where there is no way."""
    kind = item_kind(essence)
    if is_json(essence):
        yield json_bytes(value)
        if isinstance(value, str):
            yield value.encode()  # many write an example of JSON as a text
    elif isinstance(value, str):
        yield value.encode()
    elif kind is not None:
        items = value if isinstance(value, list) else [value]
        yield b"".join(_item(kind, item) for item in items)
    elif is_form(essence):
        if isinstance(value, dict):
            try:
                yield "&".join(p for name, member in value.items() for p in pairs(name, member, explode=True)).encode()
            except UnknownError:
                return
    elif not is_xml(essence) and not isinstance(value, dict | list):
        yield json_bytes(value)


def _item(kind: str, value: Any) -> bytes:
    if kind == "lines":
        return json_bytes(value) + b"\n"
    if kind == "sequence":
        return b"\x1e" + json_bytes(value) + b"\n"
    fields = value if isinstance(value, dict) and "data" in value else {"data": value}
    lines: list[str] = []
    for name, said in fields.items():
        text = said if isinstance(said, str) else json_bytes(said).decode()
        lines += [f"{name}: {line}" for line in text.split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def json_bytes(value: Any) -> bytes:
    """JSON with each number as it was written."""
    return _json(exact(value)).encode("utf-8", "backslashreplace")


def _json(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json(str(name))}: {_json(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json, value)) + "]"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # a Decimal
