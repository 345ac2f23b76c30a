"""The expression of a filter, `[?(@.in == 'header')]`: JavaScript's, as far as rule sets use it."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from governance.diff.wording import shown
from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.javascript import (
    UNDEFINED,
    is_number,
    loosely_equal,
    ordered,
    strictly_equal,
    to_number,
    to_string,
    truthy,
)
from governance.lint.spectral.patterns import Pattern, compiled


class Spot(NamedTuple):
    """What a filter judges."""

    value: Any
    key: str | int


Expression = Callable[[Spot], Any]


class _Constant:
    """A value that is the same everywhere."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, _: Spot) -> Any:
        return self.value


_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<at>@[A-Za-z]*)
      | (?P<word>[A-Za-z_$][\w$]*)
      | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!()\[\].,-])
    )""",
    re.VERBOSE | re.DOTALL,
)
_REGEX: Final = re.compile(r"\s*/((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)")
_CONSTANTS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
_OBJECTS: Final = frozenset({"constructor", "prototype", "__proto__", "hasOwnProperty"})
_DEPTH: Final = 60
_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "===": strictly_equal,
    "!==": lambda left, right: not strictly_equal(left, right),
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    **{sign: partial(ordered, sign) for sign in ("<", ">", "<=", ">=")},
}


def read_filter(text: str) -> Expression:
    """Read one. Raises RuleFaultError for what is no such expression, or is not run here."""
    reader = _Reader(text)
    made = reader.either(0)
    reader.end()
    return made


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def refused(self, message: str, remedy: str = "") -> RuleFaultError:
        told = f"the filter {shown(self.text)} {message}"
        return RuleFaultError("filter", told, remedy or "rewrite it, or leave the rule out by `without`")

    def peek(self, *signs: str) -> str:
        """The next sign, if it is one of these; it is taken."""
        match = _TOKEN.match(self.text, self.at)
        if match is not None and (match["sign"] or match["word"]) in signs:
            self.at = match.end()
            return match["sign"] or match["word"]
        return ""

    def wanted(self, sign: str) -> None:
        if not self.peek(sign):
            raise self.refused(f"lacks `{sign}` at character {self.at + 1}", "correct it")

    def end(self) -> None:
        if self.text[self.at :].strip():
            raise self.refused(f"cannot be read from character {self.at + 1} on", "correct it, or rewrite it")

    def either(self, depth: int) -> Expression:
        if depth > _DEPTH:
            raise self.refused("is nested too deep")
        made = self.both(depth)
        while self.peek("||"):
            made = _either(made, self.both(depth))
        return made

    def both(self, depth: int) -> Expression:
        made = self.compared(depth)
        while self.peek("&&"):
            made = _both(made, self.compared(depth))
        return made

    def compared(self, depth: int) -> Expression:
        made = self.prefixed(depth)
        while True:
            sign = self.peek(*_COMPARED, "in")
            if not sign:
                return made
            right = self.prefixed(depth)
            made = _included(right, made) if sign == "in" else _compare(_COMPARED[sign], made, right)

    def prefixed(self, depth: int) -> Expression:
        if depth > _DEPTH:
            raise self.refused("is nested too deep")
        sign = self.peek("!", "-", "void", "typeof")
        if not sign:
            return self.member(depth)
        if sign == "typeof":
            raise self.refused("asks for `typeof`, which Spectral does not know either")
        inner = self.prefixed(depth + 1)
        if sign == "void":
            return lambda _: UNDEFINED
        return (lambda spot: not truthy(inner(spot))) if sign == "!" else (lambda spot: -to_number(inner(spot)))

    def member(self, depth: int) -> Expression:
        made = self.primary(depth)
        while True:
            if self.peek("."):
                name = self._name()
                made = self._call(made, name, depth) if self.peek("(") else _get(made, _Constant(name))
            elif self.peek("["):
                key = self.either(depth + 1)
                self.wanted("]")
                made = _get(made, key)
            else:
                return made

    def _name(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["word"] is None:
            raise self.refused(f"lacks a name at character {self.at + 1}", "correct it")
        self.at = match.end()
        if match["word"] in _OBJECTS:
            raise self.refused(f"asks for `{match['word']}` of JavaScript's objects, which is not run here")
        return match["word"]

    def primary(self, depth: int) -> Expression:
        regex = _REGEX.match(self.text, self.at)
        if regex is not None:
            self.at = regex.end()
            return _Constant(compiled(regex[1], regex[2]))
        if self.peek("("):
            made = self.either(depth + 1)
            self.wanted(")")
            return made
        if self.peek("["):
            return _list(list(self._arguments("]", depth)))
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["sign"]:
            raise self.refused(f"cannot be read from character {self.at + 1} on", "correct it, or rewrite it")
        self.at = match.end()
        return self._leaf(match)

    def _leaf(self, match: re.Match[str]) -> Expression:
        if match["text"] is not None:
            return _Constant(re.sub(r"\\(.)", r"\1", match["text"][1:-1], flags=re.DOTALL))
        if match["number"] is not None:
            number = float(match["number"])
            return _Constant(int(number) if number.is_integer() else number)
        if match["at"] is not None:
            return self._about(match["at"])
        if match["word"] not in _CONSTANTS:
            raise self.refused(f"names `{match['word']}`, which is not known")
        return _Constant(_CONSTANTS[match["word"]])

    def _about(self, name: str) -> Expression:
        if name == "@":
            return lambda spot: spot.value
        if name == "@property":
            return lambda spot: spot.key
        raise self.refused(f"asks for `{name}`, which is not run here")

    def _arguments(self, end: str, depth: int) -> Iterator[Expression]:
        while not self.peek(end):
            yield self.either(depth + 1)
            if not self.peek(","):
                self.wanted(end)
                return

    def _call(self, subject: Expression, name: str, depth: int) -> Expression:
        arguments = list(self._arguments(")", depth))
        if name in _CASES and not arguments:
            change = _CASES[name]
            return lambda spot: change(_text(subject(spot)))
        if name not in _CALLS and name not in ("match", "test"):
            raise self.refused(f"calls `{name}`, which is not run here")
        if len(arguments) != 1:
            raise self.refused(f"calls `{name}` with {len(arguments)} values", "give it one")
        if name not in ("match", "test"):
            return _CALLS[name](subject, arguments[0])
        pattern, text = (arguments[0], subject) if name == "match" else (subject, arguments[0])
        if not isinstance(pattern, _Constant) or not isinstance(pattern.value, Pattern | str):
            raise self.refused(f"calls `{name}` with a pattern that is not written down")
        found = pattern.value if isinstance(pattern.value, Pattern) else compiled(pattern.value, "")
        return _matched(text, found)


def _either(left: Expression, right: Expression) -> Expression:
    return lambda spot: truthy(left(spot)) or truthy(right(spot))


def _both(left: Expression, right: Expression) -> Expression:
    return lambda spot: truthy(left(spot)) and truthy(right(spot))


def _compare(judge: Callable[[Any, Any], bool], left: Expression, right: Expression) -> Expression:
    return lambda spot: judge(left(spot), right(spot))


def _list(items: list[Expression]) -> Expression:
    return lambda spot: [item(spot) for item in items]


def _get(subject: Expression, key: Expression) -> Expression:
    def get(spot: Spot) -> Any:
        value, name = subject(spot), key(spot)
        if name == "length" and isinstance(value, str | list):
            return len(value)
        if isinstance(value, dict):
            return value.get(to_string(name), UNDEFINED)
        if isinstance(value, list) and is_number(name) and 0 <= name < len(value):
            return value[int(name)]
        return UNDEFINED

    return get


def _text(value: Any) -> str:
    return "" if value is UNDEFINED else to_string(value)


def _matched(subject: Expression, pattern: Pattern) -> Expression:
    def match(spot: Spot) -> bool:
        value = subject(spot)
        return isinstance(value, str | int | float) and pattern.found_in(to_string(value))

    return match


def _included(subject: Expression, one: Expression) -> Expression:
    def included(spot: Spot) -> bool:
        value, wanted = subject(spot), one(spot)
        if isinstance(value, list):
            return any(strictly_equal(item, wanted) for item in value)
        return isinstance(value, str) and to_string(wanted) in value

    return included


def _index(subject: Expression, one: Expression) -> Expression:
    def index(spot: Spot) -> int:
        value, wanted = subject(spot), one(spot)
        if isinstance(value, list):
            return next((number for number, item in enumerate(value) if strictly_equal(item, wanted)), -1)
        return value.find(to_string(wanted)) if isinstance(value, str) else -1

    return index


def _starts(subject: Expression, one: Expression) -> Expression:
    return lambda spot: _text(subject(spot)).startswith(_text(one(spot)))


def _ends(subject: Expression, one: Expression) -> Expression:
    return lambda spot: _text(subject(spot)).endswith(_text(one(spot)))


_CALLS: Final[Mapping[str, Callable[[Expression, Expression], Expression]]] = {
    "includes": _included, "indexOf": _index, "startsWith": _starts, "endsWith": _ends,
}  # fmt: skip
_CASES: Final = {"toLowerCase": str.lower, "toUpperCase": str.upper}
