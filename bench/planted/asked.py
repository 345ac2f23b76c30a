"""One request, what is wrong with it, and what is answered; free of ASGI."""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = list[tuple[str, str]]

_SAFE_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


class RefusedError(Exception):
    """Answered in the form of `Error`. `fields` are pairs of (at, rule)."""

    def __init__(self, status: int, code: str, message: str, fields: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields or []
        self.headers: Headers = []


@dataclass(slots=True)
class Answer:
    """A status with a JSON value, or with bytes as they are. `value` None and no bytes: no body."""

    status: int
    value: Any = None
    headers: Headers = field(default_factory=list)
    raw: bytes | None = None
    media: str = "application/json"


@dataclass(slots=True)
class Asked:
    """A request as it came. `path` is the raw path, still encoded."""

    method: str
    path: str
    query_string: bytes
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header; None where it is absent."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def segments(self) -> list[str]:
        """The parts of the path, decoded. Raises RefusedError."""
        return [_decoded(part.encode("latin-1"), "path") for part in self.path.split("/")[1:]]

    def query(self) -> dict[str, str]:
        """The query. Raises RefusedError for a name that stands twice, and for what is no text."""
        found: dict[str, str] = {}
        for pair in self.query_string.split(b"&"):
            if not pair:
                continue
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            key = _decoded(name, "query")
            if key in found:
                raise not_as_agreed(shown(key), "once")
            found[key] = _decoded(value, "query")
        return found

    def media_type(self) -> str:
        """The type of the body without its parameters, in lower case; empty where it is not stated."""
        essence, _, rest = (self.header("content-type") or "").partition(";")
        charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", rest, re.IGNORECASE)
        if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
            return ""
        return essence.strip().lower()

    def json(self) -> Any:
        """The body as JSON; numbers are int or Decimal. Raises RefusedError."""
        if self.media_type() != "application/json":
            raise RefusedError(415, "media_type", "The body must be application/json.")
        return read_json(self.body)


def read_json(body: bytes) -> Any:
    """Strict JSON: no duplicate members, no NaN, no lone surrogates. Raises RefusedError."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) != len(members):
            raise ValueError("duplicate")
        return made

    def no_constant(_: str) -> Any:
        raise ValueError("no number")

    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=pairs, parse_float=Decimal, parse_constant=no_constant)
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError, ArithmeticError):
        raise RefusedError(400, "not_as_agreed", "The body is no JSON.", [("body", "json")]) from None
    return value


def not_as_agreed(at: str, rule: str) -> RefusedError:
    """The refusal of one field."""
    return RefusedError(400, "not_as_agreed", "The call does not keep to the contract.", [(at, rule)])


def shown(name: str) -> str:
    """A name that a caller sent, if it is plain enough to be said."""
    return name if _SAFE_NAME.fullmatch(name) else "a name that is not known"


def _decoded(raw: bytes, at: str) -> str:
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise not_as_agreed(at, "utf-8") from None
