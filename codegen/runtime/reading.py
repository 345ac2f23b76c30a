"""Requests -> values, as the double reads them: parameters in OpenAPI's styles, bodies by their media types."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from .read import json_value

_BETWEEN: Final[Mapping[str, tuple[str, ...]]] = {"spaceDelimited": ("%20", "+"), "pipeDelimited": ("|", "%7C", "%7c")}
Read = tuple[Any, set[str]]
"""The value, None where there is none, and the names in the query that it took."""


class UnreadableError(Exception):
    """What was sent cannot be read as what the contract declares."""


def read_path(parameter: Mapping[str, Any], values: Mapping[str, str], template: str) -> Read:
    """A parameter of the path."""
    raw = values.get(parameter["name"])
    if raw is None:
        return None, set()
    lead = {"label": ".", "matrix": ";"}.get(parameter["style"], "")
    if lead:
        raw = raw.removeprefix(lead)
        raw = raw.removeprefix(f"{parameter['name']}=") if lead == ";" else raw
    if parameter["json"]:
        return _json(unquote(raw)), set()
    quoted = f"'{{{parameter['name']}}}'" in template
    value = _structured(parameter, raw, "." if lead == "." and parameter["explode"] else ",", unquote)
    return value.replace("''", "'") if quoted and isinstance(value, str) else value, set()


def read_query(parameter: Mapping[str, Any], query: str) -> Read:
    """A parameter of the query."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    name, reads = parameter["name"], parameter["reads"]
    if parameter["style"] == "deepObject":
        return _deep(name, pairs, reads)
    if isinstance(reads, dict) and "object" in reads and parameter["explode"] and not parameter["json"]:
        members = reads["object"]
        found = {unquote_plus(key): _one(unquote_plus(text), members[unquote_plus(key)]) for key, _, text in pairs
                 if unquote_plus(key) in members}  # fmt: skip
        return (found or None), set(found)
    mine = [text for key, _, text in pairs if unquote_plus(key) == name]
    if not mine:
        return None, set()
    if parameter["json"]:
        return _json(unquote_plus(mine[0])), {name}
    if isinstance(reads, dict) and "list" in reads and parameter["explode"]:
        return [_one(unquote_plus(text), reads["list"]) for text in mine], {name}
    if len(mine) > 1:
        raise UnreadableError("it stands more than once")
    raw = mine[0]
    for between in _BETWEEN.get(parameter["style"], ()):
        raw = raw.replace(between, ",")
    return _structured(parameter, raw, ",", unquote_plus), {name}


def read_header(parameter: Mapping[str, Any], headers: Mapping[str, str]) -> Read:
    """A parameter in a header."""
    raw = headers.get(parameter["name"])
    if raw is None:
        return None, set()
    return _json(raw) if parameter["json"] else _structured(parameter, raw, ",", str.strip), set()


def read_cookies(parameter: Mapping[str, Any], headers: Mapping[str, str]) -> Read:
    """A parameter in a cookie."""
    pairs = [pair.strip().partition("=") for pair in headers.get("cookie", "").split(";") if pair.strip()]
    for name, _, text in pairs:
        if name == parameter["name"]:
            return _json(unquote(text)) if parameter["json"] else _structured(parameter, text, ",", unquote), set()
    return None, set()


def _structured(parameter: Mapping[str, Any], raw: str, between: str, decode: Any) -> Any:
    reads = parameter["reads"]
    if isinstance(reads, dict) and "list" in reads:
        return [_one(decode(text), reads["list"]) for text in raw.split(between)] if raw else []
    if reads == "object" or isinstance(reads, dict):
        members = reads["object"] if isinstance(reads, dict) else {}
        pieces = [decode(text) for text in raw.replace("=", ",").split(",")]
        return {
            name: _one(text, members.get(name, "text")) for name, text in zip(pieces[::2], pieces[1::2], strict=False)
        }
    return _one(decode(raw), reads)


def _deep(name: str, pairs: list[tuple[str, str, str]], reads: Any) -> Read:
    found: dict[str, Any] = {}
    used: set[str] = set()
    members = reads.get("object", {}) if isinstance(reads, dict) else {}
    for key, _, text in pairs:
        plain = unquote_plus(key)
        if not plain.startswith(f"{name}["):
            continue
        used.add(plain)
        steps = plain[len(name) + 1 :].rstrip("]").split("][")
        into, shape = found, members
        for step in steps[:-1]:
            into = into.setdefault(step, {})
            shape = shape.get(step, {}) if isinstance(shape, dict) else {}
            shape = shape.get("object", {}) if isinstance(shape, dict) else {}
        kind = shape.get(steps[-1], "text") if isinstance(shape, dict) else "text"
        if isinstance(into, dict):
            into[steps[-1]] = _one(unquote_plus(text), kind)
    return (found or None), used


def _one(text: str, kind: Any) -> Any:
    """One text as the kind that the contract says; as text where it is no such thing, so that its schema refuses it."""
    if kind == "boolean" or (kind == "any" and text in ("true", "false")):
        return {"true": True, "false": False}.get(text, text)
    if kind in ("integer", "number"):
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        if not number.is_finite():
            return text
        return int(number) if kind == "integer" and number == number.to_integral_value() else number
    return text


def read_body(essence: str, stated: str, body: bytes) -> tuple[Any, bool]:
    """A body, and whether it can be held against a schema. Raises UnreadableError."""
    if essence == "application/json" or essence.endswith("+json"):
        return _json(body), True
    if essence == "application/x-www-form-urlencoded":
        pairs = [pair.partition("=") for pair in body.decode("ascii", "replace").split("&") if pair]
        return {unquote_plus(name): unquote_plus(text) for name, _, text in pairs}, False
    if essence == "multipart/form-data":
        head = b"Content-Type: " + stated.encode("latin-1", "replace") + b"\r\n\r\n"
        parts = BytesParser(policy=HTTP).parsebytes(head + body)
        names = {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in parts.iter_parts()
        }
        return names, False
    return body.decode("utf-8", "replace") if essence.startswith("text/") else body, False


def _json(text: str | bytes) -> Any:
    try:
        return json_value(text if isinstance(text, bytes) else text.encode())
    except ValueError:
        raise UnreadableError("it is no JSON") from None
