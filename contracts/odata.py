"""Key predicates of OData in paths: `A_SalesOrder('4711')`, `companies(<guid>)`, `X(A='1',B=2)`.

OData V4.01 URL conventions 4.3.1 and its ABNF (`SQUOTE = "'" / "%27"`, likewise parentheses, comma and equals sign);
V2 puts a type before the quote (`guid'...'`) or after a number (`5L`). The order of named keys is free, and a single
key may be named or not. Inside quotes `%2F` is data and a quote is written twice. Values stay as they came on the
wire; `decode_quoted` gives what they stand for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

_QUOTE: Final = rb"(?:'|%27)"
_HEX: Final = rb"[0-9A-F]{2}"
# Possessive throughout: a hostile path costs one pass.
_NAME_TEXT: Final = rb"((?:[^()'%/]++|%(?!27|28|29|2F)" + _HEX + rb")++)(?:\(|%28)"
_ITEM_TEXT: Final = (
    rb"(?:((?:[A-Za-z0-9_.~-]++|%(?!27|28|29|2C|2F|3D)" + _HEX + rb")++)(?:=|%3D))?"
    rb"(?:([A-Za-z]*+)" + _QUOTE + rb"((?:[^'%/]++|%(?!27)" + _HEX + rb"|" + _QUOTE + _QUOTE + rb")*+)" + _QUOTE + rb"|"
    rb"((?:[A-Za-z0-9._~:+@!$&*-]++|%(?!27|28|29|2C|2F|3D)" + _HEX + rb")++))"
)
_SINGLE: Final = re.compile(_NAME_TEXT + _ITEM_TEXT + rb"(?:\)|%29)")
_NAME: Final = re.compile(_NAME_TEXT)
_ITEM: Final = re.compile(_ITEM_TEXT)
_COMMA: Final = re.compile(rb",|%2C")
_CLOSE: Final = re.compile(rb"(?:\)|%29)\Z")


class Predicate(NamedTuple):
    """One key value of a path as it came. `kind` is the word before a quoted literal (`guid`), else empty."""

    name: bytes
    """Empty where the key is not named."""
    quoted: bool
    kind: bytes
    value: bytes
    """Without the quotes around it; doubled quotes still doubled, percent-encoding untouched."""


def split(segment: bytes) -> tuple[bytes, tuple[Predicate, ...]] | None:
    """Name and key values of one canonical segment; None where it does not have that form.

    `%2F` passes inside quotes only, so a segment that has it and comes back not None carries it as data.
    """
    single = _SINGLE.fullmatch(segment)
    if single is not None:
        entity, *item_groups = single.groups()
        return entity, (_predicate(*item_groups),)
    begin = _NAME.match(segment)
    if begin is None:
        return None
    predicates: list[Predicate] = []
    place = begin.end()
    while True:
        item = _ITEM.match(segment, place)
        if item is None:
            return None
        predicates.append(_predicate(*item.groups()))
        place = item.end()
        comma = _COMMA.match(segment, place)
        if comma is None:
            return (begin[1], tuple(predicates)) if _CLOSE.match(segment, place) else None
        place = comma.end()


def _predicate(name: bytes | None, kind: bytes, quoted: bytes | None, plain: bytes) -> Predicate:
    return Predicate(name or b"", False, b"", plain) if quoted is None else Predicate(name or b"", True, kind, quoted)


def decode_quoted(value: bytes) -> bytes:
    """What a quoted key stands for: percent-encoding undone, then doubled quotes (`O%27%27Neil` is `O'Neil`)."""
    return unquote_to_bytes(value).replace(b"''", b"'")


@dataclass(frozen=True, slots=True)
class KeyItem:
    """One key of a template. `constant`: `before` is the whole literal, decoded, and there is no parameter."""

    name: bytes
    """The key's name; the parameter's where the template does not name the key."""
    named: bool
    """Whether the template names the key."""
    form: Literal["quoted", "plain", "constant"]
    before: bytes
    """The type before the quote (`guid`)."""
    after: bytes
    """The type after a number (`L`)."""

    def answers_to(self, name: bytes) -> bool:
        """Whether a single key may be called so; `{company_id}` answers to `id` too, as in Microsoft's documents."""
        return not name or name == self.name or (not self.named and self.name.endswith(b"_" + name))

    def take(self, predicate: Predicate) -> bytes | None:
        """The parameter's raw value; empty for a constant that fits; None where the literal does not fit."""
        value = predicate.value
        if self.form == "constant":
            fits = decode_quoted(value) == self.before and predicate.quoted == (self.after == b"'")
            return b"" if fits else None
        if self.form == "quoted":
            return value if predicate.quoted and predicate.kind == self.before and value else None
        if predicate.quoted:  # some generators leave the quotes to the caller: then they are part of the value
            if self.after or b"%2F" in value:
                return None
            return predicate.kind + b"'" + value + b"'"
        if not value.endswith(self.after) or len(value) == len(self.after):
            return None
        return value[: len(value) - len(self.after)]


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """One templated segment with keys: `A_SalesOrder('{SalesOrder}')`."""

    name: bytes
    items: tuple[KeyItem, ...]

    def take(self, predicates: Sequence[Predicate]) -> tuple[bytes, ...] | None:
        """The raw values in the template's order; None where the keys do not fit."""
        items = self.items
        if len(predicates) != len(items):
            return None
        if len(items) == 1:
            if not items[0].answers_to(predicates[0].name):
                return None
            value = items[0].take(predicates[0])
            return None if value is None else (value,)
        by_name = {predicate.name: predicate for predicate in predicates}
        if len(by_name) != len(items):
            return None  # a key twice
        values: list[bytes] = []
        for item in items:
            predicate = by_name.get(item.name)
            value = item.take(predicate) if predicate is not None else None
            if value is None:
                return None
            if item.form != "constant":
                values.append(value)
        return tuple(values)

    @property
    def shape(self) -> tuple[object, ...]:
        """Equal for templates that take the same segments: the name of a single key and the order do not matter."""
        if len(self.items) == 1:
            item = self.items[0]
            return (self.name, item.form, item.before, item.after)
        return (self.name, frozenset(self.items))


_TEMPLATE: Final = re.compile(r"([^(){}']+)\((.*)\)")
_TEMPLATE_ITEM: Final = re.compile(
    r"\s*(?:([^\s(){}',=]+)\s*=\s*)?"
    r"(?:([A-Za-z]*)'\{([^{}]+)\}'|\{([^{}]+)\}([A-Za-z]?)|('[^'{}]*'|[^\s(){}',=]+))\s*,"
)
_STRUCTURE: Final = {"%27": "'", "%28": "(", "%29": ")", "%2C": ",", "%2c": ",", "%3D": "=", "%3d": "="}


def read_template(segment: str) -> tuple[KeyTemplate, tuple[str, ...]] | None:
    """A templated segment and its parameters' names in order; None where it is not one with keys.

    Several keys must all be named (OData V4.01 URL conventions 4.3.1), else it is none either.
    """
    text = re.sub(r"%(?:27|28|29|2[Cc]|3[Dd])", lambda match: _STRUCTURE[match[0]], segment)
    whole = _TEMPLATE.fullmatch(text)
    if whole is None:
        return None
    items: list[KeyItem] = []
    names: list[str] = []
    place, inside = 0, whole[2] + ","
    while place < len(inside):
        found = _TEMPLATE_ITEM.match(inside, place)
        if found is None:
            return None
        place = found.end()
        key, kind, quoted, plain, suffix, constant = found.groups()
        name = (key or quoted or plain or "").encode()
        if constant is not None:
            literal, in_quotes = constant.strip("'"), constant.startswith("'")
            mark = b"'" if in_quotes else b""
            items.append(KeyItem(name, bool(key), "constant", unquote_to_bytes(literal), mark))
        elif quoted is not None:
            items.append(KeyItem(name, bool(key), "quoted", kind.encode(), b""))
            names.append(quoted)
        else:
            items.append(KeyItem(name, bool(key), "plain", b"", suffix.encode()))
            names.append(plain)
    several_unnamed = len(items) > 1 and not all(item.named for item in items)
    if not names or several_unnamed or len({item.name for item in items}) != len(items):
        return None
    return KeyTemplate(whole[1].encode(), tuple(items)), tuple(names)


def quoted_parameters(template: str) -> frozenset[str]:
    """The parameters of a path template that stand in quotes: their values are for `decode_quoted`."""
    found: set[str] = set()
    for segment in template.split("/"):
        read = read_template(segment)
        if read is not None:
            with_parameter = (item for item in read[0].items if item.form != "constant")
            found |= {name for item, name in zip(with_parameter, read[1], strict=True) if item.form == "quoted"}
    return frozenset(found)
