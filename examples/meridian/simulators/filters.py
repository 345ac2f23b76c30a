"""`$filter`: comparisons, `and`, `or`, `not`, brackets and the string functions, with the literals of V2 and V4."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from entity_type import EntityType, Property
from rows import Row

Test = Callable[[Row], Any]
MAX_DEPTH = 40

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<typed>(?:datetimeoffset|datetime|guid|time)'[^']*')"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
    r"|(?P<date>\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMlLdDfF]?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_/]*)"
    r"|(?P<sign>[(),])"
    r")"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and b is not None and a > b,
    "ge": lambda a, b: a is not None and b is not None and a >= b,
    "lt": lambda a, b: a is not None and b is not None and a < b,
    "le": lambda a, b: a is not None and b is not None and a <= b,
}


class FilterError(ValueError):
    """The filter cannot be read; the message says where."""


class _Token(NamedTuple):
    kind: str
    text: str


class _Operand(NamedTuple):
    value: Callable[[Row], Any]
    property: Property | None
    literal: bool = False


def parse_filter(text: str, of: EntityType) -> Test:
    """A test of rows. Raises FilterError."""
    return _Reader(_tokens(text), of).whole()


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise FilterError(f"Syntax error at position {place} in the filter")
        kind = found.lastgroup or ""
        tokens.append(_Token(kind, found[kind]))
        place = found.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token], of: EntityType) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._of = of

    def whole(self) -> Test:
        test = self._or()
        if self._place != len(self._tokens):
            raise FilterError("Syntax error: the filter goes on where it should end")
        return test

    def _peek(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else _Token("", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, text: str) -> bool:
        if self._peek().text == text and self._peek().kind in ("name", "sign"):
            self._place += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise FilterError(f"Syntax error: {text} is missing in the filter")

    def _or(self) -> Test:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError("The filter is nested too deeply")
        test = self._and()
        while self._take("or"):
            test = _either(test, self._and())
        self._depth -= 1
        return test

    def _and(self) -> Test:
        test = self._not()
        while self._take("and"):
            test = _both(test, self._not())
        return test

    def _not(self) -> Test:
        if self._take("not"):
            inner = self._not()
            return lambda row: not inner(row)
        if self._peek() == _Token("sign", "("):
            self._place += 1
            test = self._or()
            self._expect(")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        left = self._operand()
        if self._peek().text not in _COMPARE:
            return left.value
        compare = _COMPARE[self._next().text]
        right = self._operand()
        one, other = _alike(left, right)
        return lambda row: compare(one(row), other(row))

    def _operand(self) -> _Operand:
        token = self._next()
        if token.kind == "name" and self._peek().text == "(":
            return self._function(token.text)
        if token.kind == "name" and token.text in ("true", "false", "null"):
            value = {"true": True, "false": False, "null": None}[token.text]
            return _Operand(lambda _: value, None, literal=True)
        if token.kind == "name":
            found = self._of.named(token.text)
            if found is None:
                raise FilterError(f"Could not find a property named '{token.text}' on type '{self._of.name}'")
            return _Operand(lambda row: found.comparable(row.get(found.name)), found)
        if token.kind in ("", "sign"):
            raise FilterError("Syntax error: an operand is missing in the filter")
        literal = _literal(token)
        return _Operand(lambda _: literal, None, literal=True)

    def _function(self, name: str) -> _Operand:
        self._expect("(")
        given = [self._operand()]
        while self._take(","):
            given.append(self._operand())
        self._expect(")")
        values = [operand.value for operand in given]
        match name, len(values):
            case "contains", 2:
                return _Operand(lambda row: _text(values[1](row)) in _text(values[0](row)), None)
            case "substringof", 2:
                return _Operand(lambda row: _text(values[0](row)) in _text(values[1](row)), None)
            case "startswith", 2:
                return _Operand(lambda row: _text(values[0](row)).startswith(_text(values[1](row))), None)
            case "endswith", 2:
                return _Operand(lambda row: _text(values[0](row)).endswith(_text(values[1](row))), None)
            case "tolower", 1:
                return _Operand(lambda row: _text(values[0](row)).lower(), None)
            case "toupper", 1:
                return _Operand(lambda row: _text(values[0](row)).upper(), None)
            case _:
                raise FilterError(f"Unknown function '{name}', or a wrong number of arguments")


def _either(one: Test, other: Test) -> Test:
    return lambda row: one(row) or other(row)


def _both(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _literal(token: _Token) -> Any:
    match token.kind:
        case "text":
            return token.text[1:-1].replace("''", "'")
        case "typed":
            return token.text.partition("'")[2][:-1]
        case "number":
            return Decimal(token.text.rstrip("mMlLdDfF"))
        case "guid":
            return token.text.lower()
        case _:
            return token.text


def _alike(left: _Operand, right: _Operand) -> tuple[Test, Test]:
    """Both sides in the form in which the property is held; refuses what cannot be compared."""
    known = left.property or right.property
    if known is None:
        return left.value, right.value
    return _fitted(left, known), _fitted(right, known)


def _fitted(operand: _Operand, to: Property) -> Test:
    if not operand.literal:
        return operand.value
    value = operand.value({})
    numeric = to.kind in ("decimal", "integer")
    if value is not None and numeric != isinstance(value, Decimal):
        raise FilterError(f"'{to.name}' cannot be compared with a literal of this type")
    if isinstance(value, str) and to.kind == "date":
        value = value[:10]
    if isinstance(value, str) and to.kind == "datetime":
        value = value.rstrip("Z").ljust(19, "0")
        value = (value if "." in value else f"{value}.000")[:23].ljust(23, "0") + "Z"
    return lambda _: value
