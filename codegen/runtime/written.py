"""Values -> what is sent: JSON with every digit, parameters in OpenAPI's styles, forms."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import IO, Any, Final
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from .errors import SetupError
from .operation import Body, Operation, Parameter, Part
from .values import File

_RESERVED: Final = ":/?@!$'()*,;"
"""What `allowReserved` leaves as it is, of what may stand in a value without ending it."""
_SEPARATORS: Final[Mapping[str, str]] = {"spaceDelimited": "%20", "pipeDelimited": "|"}


def plain(value: Any) -> Any:
    """Models, enumerations and their like as what JSON knows; decimals stay decimals."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump(by_alias=True, exclude_unset=True))
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float | Decimal | File | bytes):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(child) for key, child in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(child) for child in value]
    raise SetupError(f"a value of type {type(value).__name__} cannot be sent")


def json_bytes(value: Any) -> bytes:
    """JSON text in UTF-8. Decimals are written as the numbers that they are. Raises SetupError."""
    return _json(plain(value)).encode("utf-8", "strict")


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise SetupError("NaN and Infinity are no numbers of JSON")
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(name)}:{_json(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, bytes | File):
        raise SetupError("bytes cannot stand in JSON")
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise SetupError("NaN and Infinity are no numbers of JSON") from None


def text_of(value: Any) -> str:
    """One value as text of a parameter."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict | list):
        return _json(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return "" if value is None else str(value)


def path_of(operation: Operation[Any], arguments: Sequence[Any]) -> str:
    """The path with its parameters filled in. Raises SetupError."""
    path = operation.path
    for parameter, value in zip(operation.parameters, arguments, strict=True):
        if parameter.location == "path":
            place = f"{{{parameter.name}}}"
            quoted = f"'{place}'" in path
            path = path.replace(place, _in_path(parameter, plain(value), quoted=quoted))
    return path


def _in_path(parameter: Parameter, value: Any, *, quoted: bool) -> str:
    def one(child: Any) -> str:
        text = text_of(child)
        return quote(text.replace("'", "''") if quoted else text, safe="")

    if parameter.json:
        return quote(_json(value), safe="")
    lead, between = {"label": (".", "."), "matrix": (";", ";")}.get(parameter.style, ("", ","))
    if parameter.style == "matrix":
        written = _matrix(parameter, value)
    elif isinstance(value, list):
        written = (between if parameter.explode else ",").join(map(one, value))
    elif isinstance(value, dict):
        pairs = [f"{one(name)}{'=' if parameter.explode else ','}{one(child)}" for name, child in value.items()]
        written = (between if parameter.explode else ",").join(pairs)
    else:
        written = one(value)
    if not written or (not quoted and written in (".", "..")):
        raise SetupError(f"{parameter.name} stands in the path: it cannot be empty, `.` or `..`")
    return lead + written


def _matrix(parameter: Parameter, value: Any) -> str:
    return ";".join(f"{name}={text}" for name, text in _form(parameter.name, value, parameter.explode, "", ""))


def query_of(operation: Operation[Any], arguments: Sequence[Any]) -> list[tuple[str, str]]:
    """Names and values of the query, percent-encoded."""
    found: list[tuple[str, str]] = []
    for parameter, value in zip(operation.parameters, arguments, strict=True):
        if parameter.location == "query" and value is not None:
            found += query_pairs(parameter, plain(value))
    return found


def query_pairs(parameter: Parameter, value: Any) -> list[tuple[str, str]]:
    """One parameter of a query, percent-encoded; also one of a cookie or a form."""
    safe = _RESERVED if parameter.allow_reserved else ""
    if parameter.json:
        return [(_name(parameter.name), quote(_json(value), safe=safe))]
    if parameter.style == "deepObject":
        return list(_deep(_name(parameter.name), value, safe))
    return _form(parameter.name, value, parameter.explode, parameter.style, safe)


def _form(name: str, value: Any, explode: bool, style: str, safe: str) -> list[tuple[str, str]]:
    def one(child: Any) -> str:
        return quote(text_of(child), safe=safe)

    if isinstance(value, list):
        if explode:
            return [(_name(name), one(child)) for child in value]
        return [(_name(name), _SEPARATORS.get(style, ",").join(map(one, value)))] if value else []
    if isinstance(value, dict):
        if explode:
            return [(_name(key), one(child)) for key, child in value.items()]
        return [(_name(name), ",".join(f"{one(key)},{one(child)}" for key, child in value.items()))]
    return [(_name(name), one(value))]


def _deep(name: str, value: Any, safe: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, child in value.items() for pair in _deep(f"{name}[{_name(key)}]", child, safe)]
    if isinstance(value, list):
        if any(isinstance(child, dict) for child in value):
            return [pair for at, child in enumerate(value) for pair in _deep(f"{name}[{at}]", child, safe)]
        return [pair for child in value for pair in _deep(f"{name}[]", child, safe)]
    return [(name, quote(text_of(value), safe=safe))]


def _name(name: str) -> str:
    return quote(name, safe="$@.-_~[]!*'()")


def headers_of(operation: Operation[Any], arguments: Sequence[Any]) -> list[tuple[str, str]]:
    """Header parameters, and the header Cookie of cookie parameters. Raises SetupError."""
    found: list[tuple[str, str]] = []
    cookies: list[str] = []
    for parameter, value in zip(operation.parameters, arguments, strict=True):
        if value is None:
            continue
        if parameter.location == "header":
            found.append((parameter.name, header_text(parameter.name, _in_header(parameter, plain(value)))))
        elif parameter.location == "cookie":
            cookies += [f"{name}={text}" for name, text in query_pairs(parameter, plain(value))]
    if cookies:
        found.append(("Cookie", "; ".join(cookies)))
    return found


def _in_header(parameter: Parameter, value: Any) -> str:
    if parameter.json:
        return _json(value)
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    if isinstance(value, dict):
        between = "=" if parameter.explode else ","
        return ",".join(f"{name}{between}{text_of(child)}" for name, child in value.items())
    return text_of(value)


def header_text(name: str, text: str) -> str:
    """A header's value as it may be sent. Raises SetupError where it would end the header."""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in text) or text != text.strip():
        raise SetupError(f"the header {name} cannot hold control characters, or spaces at its ends")
    return text


def form_bytes(body: Body, value: Any) -> bytes:
    """A body of the type application/x-www-form-urlencoded."""
    pairs: list[tuple[str, str]] = []
    rules = {part.name: part for part in body.parts}
    for name, child in _members(value).items():
        rule = rules.get(name, Part(name, style="deepObject" if _nested(child) else "form"))
        style = rule.style or ("deepObject" if _nested(child) else "form")
        if child is not None:
            pairs += query_pairs(Parameter(name, "query", style, rule.explode), child)
    return "&".join(f"{name}={text}" for name, text in pairs).encode("ascii")


FormFile = tuple[str, tuple[str | None, bytes | str | IO[bytes], str | None]]


def form_parts(body: Body, value: Any) -> list[FormFile]:
    """A body of the type multipart/form-data: name, then file name, content and type of each part."""
    rules = {part.name: part for part in body.parts}
    found: list[FormFile] = []
    for name, child in _members(value).items():
        stated = rules[name].content_type if name in rules and "*" not in rules[name].content_type else ""
        for one in child if isinstance(child, list) else (child,):
            if isinstance(one, File):
                found.append((name, (one.name, one.content, one.media_type)))
            elif isinstance(one, bytes):
                found.append((name, (name, one, stated.split(",")[0] or "application/octet-stream")))
            elif isinstance(one, dict):
                found.append((name, (None, _json(one), stated or "application/json")))
            elif one is not None:
                found.append((name, (None, text_of(one), stated or None)))
    return found


def _members(value: Any) -> dict[str, Any]:
    written = plain(value)
    if not isinstance(written, dict):
        raise SetupError("a form is an object with named members")
    return written


def _nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(child, dict) for child in value))
