"""The options beside `$filter`, each by its grammar (OData 4.01 URL conventions, section 5.1; V2 URI conventions, 4).

A `$expand` of V4 holds options of its own; they are read off the same tokens, so a bracket or `;` inside a text of a
nested `$filter` ends nothing.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from contracts.odata_query.filter import Parser
from contracts.odata_query.names import READ, REFUSED
from contracts.odata_query.tokens import MOST_CHARACTERS, Dialect, ODataSyntaxError, Token, tokenize
from contracts.odata_query.tree import Node

MOST_ITEMS: Final = 200
"""Of one list."""
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_FORMAT: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+*/-]{0,99}(?:;[ ]?[A-Za-z0-9.]{1,40}=[A-Za-z0-9.-]{1,40}){0,4}"
)
_TOKEN: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]++")
_NESTED: Final = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count"})


@dataclass(frozen=True, slots=True)
class Selected:
    """One item of `$select`; the last segment may be `*`."""

    segments: tuple[str, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Ordered:
    """One item of `$orderby`."""

    expression: Node
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Expanded:
    """One item of `$expand`. `levels` is 0 where none are asked for, and -1 for `max`."""

    segments: tuple[str, ...]
    tail: Literal["", "$ref", "$count"] = ""
    options: "Options | None" = None
    levels: int = 0
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Options:
    """Options by name; None where one was not given."""

    filter: Node | None = None
    select: tuple[Selected, ...] | None = None
    expand: tuple[Expanded, ...] | None = None
    orderby: tuple[Ordered, ...] | None = None
    top: int | None = None
    skip: int | None = None
    count: bool | None = None
    inlinecount: Literal["allpages", "none"] | None = None
    format: str | None = None
    skiptoken: str | None = None


Value = Node | tuple[Selected, ...] | tuple[Expanded, ...] | tuple[Ordered, ...] | int | bool | str


def parse_options(values: dict[str, str], dialect: Dialect) -> Options:
    """Options by their names with `$`, decoded. Raises ODataSyntaxError."""
    return Options(**{name[1:]: parse_option(name, text, dialect) for name, text in values.items()})  # type: ignore[arg-type]


def parse_option(option: str, text: str, dialect: Dialect) -> Value:
    """One option of `names.READ`. Raises ODataSyntaxError, also for a name that is not among them."""
    if option not in READ:
        message = "this query option is not taken" if option in REFUSED else "this is no query option of OData"
        raise ODataSyntaxError(option, 0, message)
    if option in ("$top", "$skip"):
        return _number(option, text, 0)
    if option in _CHOICES:
        if text not in _CHOICES[option]:
            raise ODataSyntaxError(option, 0, f"expected {' or '.join(f'`{word}`' for word in _CHOICES[option])}")
        return text == "true" if option == "$count" else text
    if option in _TEXTS:
        if len(text) > MOST_CHARACTERS or _TEXTS[option].fullmatch(text) is None:
            raise ODataSyntaxError(option, 0, "it is empty, too long, or holds characters that cannot stand here")
        return text
    parser = Parser(tokenize(text, option, dialect), option, dialect)
    value = _READERS[option](parser)
    parser.end()
    return value


def _filter(parser: Parser) -> Node:
    return parser.expression()


def _number(option: str, text: str, position: int) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ODataSyntaxError(option, position, "expected a whole number from 0 to 9999999999")
    return int(text)


def _select(parser: Parser) -> tuple[Selected, ...]:
    items: list[Selected] = []
    while True:
        at = parser.token.position
        segments, _ = _path(parser, star=True)
        items.append(Selected(segments, at))
        _bounded(parser, items)
        if not parser.take(","):
            return tuple(items)


def _orderby(parser: Parser) -> tuple[Ordered, ...]:
    items: list[Ordered] = []
    while True:
        expression = parser.expression()
        descending = False
        if parser.token.kind == "name" and parser.token.text in ("asc", "desc"):
            word = parser.advance()
            if not word.spaced:
                raise parser.error("expected white space before the direction", word)
            descending = word.text == "desc"
        items.append(Ordered(expression, descending))
        _bounded(parser, items)
        if not parser.take(","):
            return tuple(items)


def _expand(parser: Parser) -> tuple[Expanded, ...]:
    items: list[Expanded] = []
    while True:
        at = parser.token.position
        v4 = parser.dialect == "v4"
        segments, tail = _path(parser, star=v4, tails=v4)
        options, levels = None, 0
        if v4 and parser.is_sign("("):
            if parser.token.spaced:
                raise parser.error("no white space may stand before the options of an item")
            options, levels = _nested(parser)
        items.append(Expanded(segments, tail, options, levels, at))
        _bounded(parser, items)
        if not parser.take(","):
            return tuple(items)


def _nested(parser: Parser) -> tuple[Options | None, int]:
    """`($filter=...;$top=...)`; 4.01 would let `$` be left out, which is not taken here."""
    parser.expect("(")
    parser.deeper()
    found: dict[str, Value] = {}
    levels = 0
    while True:
        name = parser.advance()
        if name.kind != "dollar" or name.text not in _NESTED | {"$levels"}:
            raise parser.error("expected an option with its `$`, in lower case, that is taken inside `$expand`", name)
        if name.text in found or (name.text == "$levels" and levels):
            raise parser.error("an option is given twice", name)
        if parser.token.spaced:
            raise parser.error("no white space may stand around `=`")
        parser.expect("=")
        if name.text == "$levels":
            levels = _levels(parser)
        elif name.text in _READERS:
            found[name.text] = _READERS[name.text](parser)
        else:
            found[name.text] = _plain(parser, name)
        if not parser.take(";"):
            break
    parser.higher()
    parser.expect(")")
    return (Options(**{name[1:]: value for name, value in found.items()}) if found else None), levels  # type: ignore[arg-type]


def _plain(parser: Parser, name: Token) -> Value:
    token = parser.advance()
    if token.kind not in ("number", "name"):
        raise parser.error("expected a plain value", token)
    if name.text == "$count":
        if token.text not in ("true", "false"):
            raise parser.error("expected `true` or `false`", token)
        return token.text == "true"
    return _number(parser.option, token.text, token.position)


def _levels(parser: Parser) -> int:
    token = parser.advance()
    if token.text == "max" and token.kind == "name":
        return -1
    found = _number(parser.option, token.text, token.position)
    if not 1 <= found <= 9:
        raise parser.error("expected `max` or a number from 1 to 9", token)
    return found


def _path(parser: Parser, *, star: bool, tails: bool = False) -> tuple[tuple[str, ...], Literal["", "$ref", "$count"]]:
    """Names joined by `/`, where allowed with `*` or `$ref` at the end."""
    segments: list[str] = []
    while True:
        token = parser.advance()
        if segments and token.spaced:
            raise parser.error("no white space may stand around `/`", token)
        if star and token.kind == "sign" and token.text == "*":
            segments.append("*")
            if not (tails and parser.is_sign("/") and len(segments) == 1):
                return tuple(segments), ""
        elif token.kind == "name":
            segments.append(token.text)
        elif tails and segments and token.kind == "dollar" and token.text in ("$ref", "$count"):
            return tuple(segments), "$ref" if token.text == "$ref" else "$count"
        else:
            raise parser.error("expected the name of a property", token)
        if not parser.is_sign("/") or parser.token.spaced:
            return tuple(segments), ""
        if len(segments) >= MOST_ITEMS:
            raise parser.error("the path is too long")
        parser.advance()


def _bounded(parser: Parser, items: "list[Selected] | list[Ordered] | list[Expanded]") -> None:
    if len(items) > MOST_ITEMS:
        raise parser.error(f"the list has more than {MOST_ITEMS} items")


_READERS: Final = {"$filter": _filter, "$select": _select, "$orderby": _orderby, "$expand": _expand}
_CHOICES: Final = {"$count": ("true", "false"), "$inlinecount": ("allpages", "none")}
_TEXTS: Final = {"$format": _FORMAT, "$skiptoken": _TOKEN}
