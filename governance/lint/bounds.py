"""Sizes and bounds on everything that a caller sends: one finding for each place where a bound is missing."""

from collections.abc import Callable, Iterator
from typing import Final

from contracts.formats import NUMBER_RANGES
from governance.diff.walk.reading import Node
from governance.finding import Severity
from governance.lint.documents import OK, query, takes
from governance.lint.longest import longest_text
from governance.lint.operations import Operation, media_types
from governance.lint.pagination import is_page_size
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject
from governance.lint.values import Value
from governance.lint.words import place

_SHORT_FORMATS: Final = frozenset(
    {"date", "date-time", "time", "uuid", "ipv4", "ipv6", "duration", "char", "time-local", "date-time-local",
     "http-date", "int32", "int64", "uint64", "double", "float", "decimal128", "binary"}
)  # fmt: skip
"""Formats whose texts have an end; what is `binary` is a file, bounded as a body."""


def _hits(
    subject: Subject, lacking: Callable[[Value], str], message: str, *, skip: Callable[[Value], bool] = lambda _: False
) -> Iterator[Hit]:
    """A hit for each place that `lacking` names, with all operations in which callers send what lacks there."""
    values = subject.values
    found: dict[str, int] = {}
    for value in values:
        bits = values.sent(value)
        if bits and value.known and not skip(value):
            at = lacking(value)
            if at:
                found[at] = found.get(at, 0) | bits
    if values.cut:
        subject.limits["the document has more values than are looked at"] = None
    for at, bits in found.items():
        yield Hit(at, f"{place(at, values.where(bits))} {message}", values.reach(bits))


def _listed(value: Value) -> bool:
    return value.has("enum", "const")


def _text(value: Value) -> str:
    bounded = (
        "string" not in value.types
        or _listed(value)
        or value.has("maxLength")
        or (value.has("contentMediaType") and not value.has("contentEncoding"))
        or not _SHORT_FORMATS.isdisjoint(one for one in value.stated("format") if isinstance(one, str))
        or any(isinstance(one, str) and longest_text(one) is not None for one in value.stated("pattern"))
        or (any(_listed(one) or one.has("maxLength") for one in value.alternatives) and _all_bounded(value, _text))
    )  # fmt: skip
    return "" if bounded else value.place_of("string")


def _all_bounded(value: Value, lacking: Callable[[Value], str]) -> bool:
    return bool(value.alternatives) and not any(lacking(one) for one in value.alternatives)


def _list(value: Value) -> str:
    bounded = (
        "array" not in value.types
        or _listed(value)
        or value.has("maxItems")
        or any(one is False for one in value.stated("items"))
        or _all_bounded(value, _list)
    )
    return "" if bounded else value.place_of("array")


def _number(value: Value) -> str:
    kinds = value.types & {"integer", "number"}
    low = value.has("minimum", "exclusiveMinimum")
    high = value.has("maximum", "exclusiveMaximum")
    formats = {one for one in value.stated("format") if isinstance(one, str)}
    if not kinds or _listed(value) or (low and high) or _all_bounded(value, _number):
        return ""
    ranged = formats & NUMBER_RANGES.keys() - {"double", "float"}
    return "" if ranged else value.place_of("integer" if "integer" in kinds else "number")


def _is_map(value: Value) -> bool:
    """Whether any name may be sent because the schema says so, or because it names none."""
    return value.has("additionalProperties", "patternProperties", "unevaluatedProperties") or not _names_members(value)


def _names_members(value: Value) -> bool:
    return value.has("properties", "oneOf", "anyOf", "discriminator", "if")


def _closed(value: Value) -> bool:
    shut = any(one is False for key in ("additionalProperties", "unevaluatedProperties") for one in value.stated(key))
    return shut or _listed(value) or value.has("maxProperties")


def _map(value: Value) -> str:
    if "object" not in value.types or _closed(value) or not _is_map(value):
        return ""
    return value.place_of("object")


def _open(value: Value) -> str:
    if "object" not in value.types or _closed(value) or _is_map(value) or not value.has("properties"):
        return ""
    return value.place_of("object")


def _anything(value: Value) -> str:
    says = {
        "type", "enum", "const", "$ref", "oneOf", "anyOf", "not", "if", "properties", "items", "format", "pattern",
        "additionalProperties", "required", "patternProperties", "maxLength", "minimum", "maximum", "$dynamicRef",
    }  # fmt: skip
    return "" if value.has(*says) else value.at


def _texts(subject: Subject) -> Iterator[Hit]:
    named = _paths(subject)
    yield from _hits(subject, _text, "has no maxLength", skip=lambda value: id(value) in named)


def _paths(subject: Subject) -> set[int]:
    """The values of path parameters, which a rule of their own judges."""
    return {id(value) for value, _, use in subject.values.roots if use.where.startswith("path parameter ")}


def _lists(subject: Subject) -> Iterator[Hit]:
    yield from _hits(subject, _list, "has no maxItems")


def _numbers(subject: Subject) -> Iterator[Hit]:
    sizes = {
        id(value) for value, _, use in subject.values.roots
        if use.where.startswith("query parameter ") and is_page_size(use.where.removeprefix("query parameter "))
    }  # fmt: skip
    yield from _hits(subject, _number, "has no minimum and maximum", skip=lambda value: id(value) in sizes)


def _maps(subject: Subject) -> Iterator[Hit]:
    yield from _hits(subject, _map, "takes any number of members of any name: no maxProperties")


def _objects(subject: Subject) -> Iterator[Hit]:
    yield from _hits(subject, _open, "takes members that no schema names")


def _anythings(subject: Subject) -> Iterator[Hit]:
    inside = {id(one) for value in subject.values for one in value.alternatives}
    message = "has no type: a caller may send anything"
    yield from _hits(subject, _anything, message, skip=lambda value: id(value) in inside)


def _bodies(subject: Subject) -> Iterator[Hit]:
    found: dict[str, tuple[str, list[Operation]]] = {}
    for one in subject.operations:
        for name, media in media_types(subject.reading, one.body):
            if _has_no_schema(media) and not name.startswith(("application/octet-stream", "image/", "*/*")):
                found.setdefault(media.at, (f"{one.name}: the body {name} has no schema", []))[1].append(one)
    for at, (message, operations) in found.items():
        yield Hit(at, message, tuple(use for one in operations for use in one.reach))


def _has_no_schema(media: Node) -> bool:
    return media.members.keys().isdisjoint({"schema", "itemSchema"})


_W, _I = Severity.WARNING, Severity.INFO
_TEXT: Final = {"type": "string", "maxLength": 40}


def _body(**fields: object) -> dict[str, object]:
    content = {"application/json": fields}
    return {"paths": {"/orders": {"post": {"requestBody": {"content": content}, "responses": OK}}}}


RULES: Final = (
    LintRule(
        "text-without-max-length", _W,
        "A text without an end is stored, compared, logged and passed on at whatever length a caller chooses; what the "
        "system cuts off or refuses is found out in production.",
        "State `maxLength`, or a format, an enum or a pattern that bounds it.",
        Example(query("status", {"type": "string"}), query("status", _TEXT)), _texts,
    ),
    LintRule(
        "list-without-max-items", _W,
        "Each item costs the system work; without an end one call may hold as much as a thousand.",
        "State `maxItems`.",
        Example(
            takes({"type": "array", "items": {"type": "boolean"}}),
            takes({"type": "array", "items": {"type": "boolean"}, "maxItems": 100}),
        ), _lists,
    ),
    LintRule(
        "number-without-bounds", _I,
        "Systems keep numbers in columns of a width; what does not fit fails there, or is cut off.",
        "State `minimum` and `maximum`, or a format such as int32.",
        Example(query("year", {"type": "integer"}), query("year", {"type": "integer", "minimum": 0, "maximum": 9999})),
        _numbers,
    ),
    LintRule(
        "map-without-max-properties", _W,
        "An object that takes any name takes any number of them.",
        "State `maxProperties`, or name the members and close the object.",
        Example(
            takes({"type": "object", "additionalProperties": _TEXT}),
            takes({"type": "object", "additionalProperties": _TEXT, "maxProperties": 20}),
        ), _maps,
    ),
    LintRule(
        "object-open", _I,
        "A misspelt member is taken for one of somebody else's and passed over: the caller thinks that it was heard.",
        "State `additionalProperties: false`, `unevaluatedProperties: false` where it is composed, or `maxProperties`.",
        Example(
            takes({"type": "object", "properties": {"note": _TEXT}}),
            takes({"type": "object", "properties": {"note": _TEXT}, "additionalProperties": False}),
        ), _objects,
    ),
    LintRule(
        "value-without-type", _W,
        "Where a caller may send anything, nothing can be checked.",
        "State the type.",
        Example(
            takes({"type": "object", "properties": {"note": {}}, "additionalProperties": False}),
            takes({"type": "object", "properties": {"note": _TEXT}, "additionalProperties": False}),
        ), _anythings,
    ),
    LintRule(
        "body-without-schema", _W,
        "A body without a schema may be anything: it cannot be checked.",
        "State the schema.",
        Example(_body(), _body(schema=_TEXT)), _bodies,
    ),
)  # fmt: skip
