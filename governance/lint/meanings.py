"""What values mean: money as decimal text, dates and times in their formats, identifiers that have a form."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from contracts.content import CONTENT_FORMATS
from contracts.formats import NUMBER_RANGES, STRING_FORMATS
from contracts.wording import nearest
from governance.finding import Severity
from governance.lint.case import words_of
from governance.lint.documents import path_parameter, query, takes
from governance.lint.operations import Operation, Parameter
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject
from governance.lint.values import Member, Value
from governance.lint.words import place

_MONEY: Final = frozenset(
    {
        "amount", "price", "cost", "fee", "fees", "balance", "subtotal", "total", "tax", "discount",
        "payment", "payments", "charge", "charges", "credit", "debit", "turnover", "revenue", "salary",
        "gross", "net", "due", "paid", "vat",
    }
)  # fmt: skip
_NO_MONEY: Final = frozenset(
    {
        "rate", "percent", "percentage", "ratio", "count", "quantity", "qty", "factor", "weight", "volume",
        "days", "hours", "minutes", "seconds", "number", "index", "page", "pages", "items", "score", "points",
        "units", "records", "elements",
    }
)  # fmt: skip
_AMOUNTS: Final = frozenset(
    {"amount", "price", "cost", "fee", "balance", "subtotal", "total", "turnover", "revenue", "salary"}
)
_TIMES: Final = frozenset({"date", "datetime", "timestamp"})
_DATE_FORMATS: Final = ("date", "date-time", "time", "duration", "http-date", "date-time-local", "time-local")
_SAID: Final = re.compile(r"[a-z]+(?:ed|sent|paid|sold)")
_PLAIN_FORMATS: Final = frozenset(
    {*NUMBER_RANGES, *STRING_FORMATS, *CONTENT_FORMATS,
     "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
     "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex",
     "password", "binary", "byte", "decimal", "decimal128", "url", "unix-time"}
)  # fmt: skip


def _members(subject: Subject, lacks: Callable[[Member], bool], message: str) -> Iterator[Hit]:
    """A hit for each place where a property of this kind is written."""
    values = subject.values
    found: dict[str, tuple[str, int]] = {}
    for member in values.members:
        if member.value.known and lacks(member):
            _, bits = found.get(member.at, ("", 0))
            found[member.at] = (member.name, bits | member.value.carried & _of(member.owner))
    for at, (name, bits) in found.items():
        told_at = place(at, values.where(bits))
        yield Hit(at, f"{told_at if name in told_at else name} {message}", values.reach(bits))


def _of(owner: Value) -> int:
    return owner.carried


def _is_money(name: str) -> bool:
    words = words_of(name)
    return bool(words) and (words[-1] in _MONEY or words[0] in _MONEY) and _NO_MONEY.isdisjoint(words)


def _as_number(member: Member) -> bool:
    value = member.value
    return (
        _is_money(member.name)
        and "number" in value.types
        and not value.has("enum", "const")
        and ("decimal" not in " ".join(one for one in value.stated("format") if isinstance(one, str)))
    )


def _money(subject: Subject) -> Iterator[Hit]:
    yield from _members(subject, _as_number, "is money and a number: digits are lost in floating point")


def _is_amount(name: str) -> bool:
    """Whether a text of this name is an amount: a payment, a tax or a plain price is more often its id or kind."""
    words = words_of(name)
    return bool(words) and words[-1] in _AMOUNTS and words != ("price",) and _NO_MONEY.isdisjoint(words)


def _loose_money(member: Member) -> bool:
    value = member.value
    return (
        _is_amount(member.name)
        and "string" in value.types
        and not value.has("format", "pattern", "enum", "const", "oneOf", "anyOf", "$dynamicRef")
    )


def _money_texts(subject: Subject) -> Iterator[Hit]:
    yield from _members(subject, _loose_money, "is money and any text: 1.000 is a thousand to some and one to others")


_EXACT: Final = 2**53
"""From here on not every whole number is a double."""


def _is_id(name: str) -> bool:
    words = words_of(name)
    return bool(words) and words[-1] in ("id", "key", "uuid", "guid")


def _id_as_number(member: Member) -> bool:
    value = member.value
    if not _is_id(member.name) or value.types.isdisjoint({"integer", "number"}) or value.has("enum", "const"):
        return False
    if "string" in value.types or any(one == "int32" for one in value.stated("format")):
        return False
    bounds = [one for one in value.stated("maximum") if isinstance(one, int | float)]
    return not bounds or min(bounds) > _EXACT


def _number_ids(subject: Subject) -> Iterator[Hit]:
    message = "is an identifier and a number without end: past 2^53 JavaScript rounds it to another one"
    yield from _members(subject, _id_as_number, message)


def _is_time(name: str) -> bool:
    words = words_of(name)
    if not words:
        return False
    if len(words) > 1 and words[-1] == "at" and _SAID.fullmatch(words[-2]):
        return True
    return words[-1] in _TIMES or (words[-2:] == ("date", "time"))


def _without_format(member: Member) -> bool:
    value = member.value
    if not _is_time(member.name) or "string" not in value.types:
        return False
    return not value.has("format", "pattern", "enum", "const", "oneOf", "anyOf")


def _dates(subject: Subject) -> Iterator[Hit]:
    yield from _members(subject, _without_format, "is a day or a time and has no format")
    for parameter, value, operations in _parameters(subject, "query", "header"):
        if (
            _is_time(parameter.name)
            and "string" in value.types
            and not value.has("format", "pattern", "enum", "oneOf", "anyOf")
        ):
            message = f"the {parameter.location} parameter {parameter.name} is a day or a time and has no format"
            yield Hit(parameter.node.at, message, tuple(use for one in operations for use in one.reach))


def _as_count(member: Member) -> bool:
    value = member.value
    return (
        _is_time(member.name)
        and not value.types.isdisjoint({"integer", "number"})
        and "string" not in value.types
        and (not any("unix" in one or "epoch" in one for one in value.stated("format") if isinstance(one, str)))
    )


def _counts(subject: Subject) -> Iterator[Hit]:
    yield from _members(subject, _as_count, "is a time and a number: seconds or milliseconds is left to guess")


def _unknown_formats(subject: Subject) -> Iterator[Hit]:
    found: dict[str, dict[str, int]] = {}
    for value in subject.values:
        for node in value.parts:
            stated = node.members.get("format")
            if isinstance(stated, str) and stated not in _PLAIN_FORMATS:
                places = found.setdefault(stated, {})
                places[node.at] = places.get(node.at, 0) | value.carried
    for name, places in found.items():
        close = nearest(name, (*_DATE_FORMATS, "uuid", "uri", "email", "int32", "int64", "double"))
        several = f" ({len(places)} places)" if len(places) > 1 else ""
        hint = f"; {close} is meant, perhaps" if close else ""
        bits = 0
        for part in places.values():
            bits |= part
        message = f"nobody here knows the format {name}: it checks nothing{several}{hint}"
        yield Hit(f"{next(iter(places))}/format", message, subject.values.reach(bits), name)


def _parameters(subject: Subject, *locations: str) -> Iterator[tuple[Parameter, Value, list[Operation]]]:
    """The parameters of these locations with their values, once for all operations that share one."""
    whole = {(id(one), use.where): value for value, one, use in subject.values.roots}
    found: dict[str, tuple[Parameter, Value, list[Operation]]] = {}
    for one in subject.operations:
        for parameter in one.parameters:
            if parameter.location in locations:
                where = f"{one.where} {parameter.location} parameter {parameter.name}".strip()
                value = whole.get((id(one), where))
                if value is not None:
                    found.setdefault(parameter.node.at, (parameter, value, []))[2].append(one)
    yield from found.values()


def _loose_ids(subject: Subject) -> Iterator[Hit]:
    for parameter, value, operations in _parameters(subject, "path"):
        says = ("format", "pattern", "enum", "const", "maxLength", "oneOf", "anyOf")
        if value.known and "string" in value.types and not value.has(*says):
            message = f"the path parameter {parameter.name} takes any text"
            yield Hit(parameter.node.at, message, tuple(use for one in operations for use in one.reach))


def _flag_texts(member: Member) -> bool:
    for stated in member.value.stated("enum"):
        if isinstance(stated, list) and stated and {str(one).lower() for one in stated} == {"true", "false"}:
            return all(isinstance(one, str) for one in stated)
    return False


def _flags(subject: Subject) -> Iterator[Hit]:
    yield from _members(subject, _flag_texts, "says true or false as a text")


_W, _I = Severity.WARNING, Severity.INFO


def _order(name: str, **schema: object) -> dict[str, object]:
    return takes({"type": "object", "properties": {name: schema}})


RULES: Final = (
    LintRule(
        "money-as-number", _W,
        "JSON numbers are read as binary floating point nearly everywhere: 0.1 + 0.2 is not 0.3, and large amounts "
        "lose their cents.",
        "Use a decimal text, such as `type: string` with `format: decimal` or a pattern; or whole minor units.",
        Example(
            _order("totalAmount", type="number"),
            _order("totalAmount", type="string", pattern="^[0-9]{1,12}\\.[0-9]{2}$"),
        ), _money,
    ),
    LintRule(
        "money-without-form", _I,
        "Money in a text of no stated form is parsed by guess: a comma, a sign for thousands, a currency may be in it.",
        "State `format: decimal`, or the pattern that the system keeps to.",
        Example(
            _order("totalAmount", type="string", maxLength=20),
            _order("totalAmount", type="string", format="decimal"),
        ),
        _money_texts,
    ),
    LintRule(
        "date-without-format", _W,
        "A day or a time in no stated form is parsed by guess: 03/04 is two days.",
        "State `format: date` or `format: date-time`, or the pattern that the system keeps to.",
        Example(_order("deliveryDate", type="string"), _order("deliveryDate", type="string", format="date")), _dates,
    ),
    LintRule(
        "time-as-number", _I,
        "Whether a number counts seconds or milliseconds, and since when, is not said by its type.",
        "Use `format: date-time`, or say what is counted with `format: unix-time`.",
        Example(_order("createdAt", type="integer"), _order("createdAt", type="string", format="date-time")), _counts,
    ),
    LintRule(
        "format-unknown", _I,
        "A format that no reader knows is a comment: nothing is checked by it.",
        "Use one of JSON Schema or of the OpenAPI registry, or a pattern.",
        Example(
            query("since", {"type": "string", "format": "datetime"}),
            query("since", {"type": "string", "format": "date"}),
        ),
        _unknown_formats,
    ),
    LintRule(
        "path-id-unconstrained", _W,
        "What stands in a path becomes part of an address at a system; a key that may be any text, of any length, is "
        "looked up whatever it holds.",
        "State a pattern, a format, or at least `maxLength`.",
        Example(path_parameter({"type": "string"}), path_parameter({"type": "string", "pattern": "^[A-Z0-9]{1,10}$"})),
        _loose_ids,
    ),
    LintRule(
        "identifier-as-number", _I,
        "Numbers lose leading zeros, and past 2^53 their last digits in JavaScript and in every reader of doubles: "
        "what is looked up is another record.",
        "Use a text with a pattern, or state a `maximum` up to 9007199254740991.",
        Example(
            _order("orderId", type="integer", format="int64"),
            _order("orderId", type="string", pattern="^[0-9]{1,10}$"),
        ),
        _number_ids,
    ),
    LintRule(
        "flag-as-text", _I,
        '`"false"` is a text that is not empty, and so true in many languages.',
        "Use `type: boolean`.",
        Example(_order("urgent", type="string", enum=["true", "false"]), _order("urgent", type="boolean")), _flags,
    ),
)  # fmt: skip
