r"""Regular expressions of ECMA-262 as trees. What engines read in different ways is refused with the reason.

Read as Unicode patterns, with the old forms of ECMA-262 B.1.2 that documents hold: `\-`, `[\w-.]`, a lone `{`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from governance.diff.examples.patterns_characters import (
    DIGIT,
    LINE_END,
    SPACE,
    WORD,
    Ranges,
    category,
    complement,
    span,
    union,
)


class PatternError(Exception):
    """Why a pattern cannot be compared."""


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other; without parts: the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of the options."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body, `least` to `most` times; None: without end."""

    body: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: `^`, `$`, `b` or `B`."""

    kind: str


@dataclass(frozen=True, slots=True)
class Look:
    """What must follow (`ahead`) or come before, or must not (`holds` is False)."""

    body: "Node"
    ahead: bool
    holds: bool


Node = Characters | Sequence | Choice | Repeat | Edge | Look

_DEPTH: Final = 40
_LONGEST: Final = 10_000
_COUNT: Final = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}")
_GROUP: Final = re.compile(r"\((?:\?(?::|P?<[A-Za-z_$][\w$]*>|(=|!|<=|<!))|(?!\?))")
_HEX: Final = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}")
_LOW_HALF: Final = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_PLACE: Final = re.compile(r"[\^$]|\\[bB]|\(\?<?[=!]")
_PROPERTY: Final = re.compile(r"[pP]\{([^{}]*)\}")
_SETS: Final = {"d": DIGIT, "w": WORD, "s": SPACE} | {
    "D": complement(DIGIT), "W": complement(WORD), "S": complement(SPACE)
}  # fmt: skip
_CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}


def parse(pattern: str) -> Node:
    """The tree of a pattern. Raises PatternError."""
    if len(pattern) > _LONGEST:
        raise PatternError(f"a pattern is longer than {_LONGEST} characters")
    reader = _Reader(pattern)
    node = reader.choice(0)
    if reader.at < len(pattern):
        raise PatternError("a pattern has a ) too many")
    return node


def sequence(parts: Iterable[Node]) -> Node:
    """The parts as one node, flat."""
    flat = [p for part in parts for p in (part.parts if isinstance(part, Sequence) else (part,))]
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def _take(self, sign: str) -> bool:
        found = self.pattern.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _match(self, form: re.Pattern[str]) -> re.Match[str] | None:
        match = form.match(self.pattern, self.at)
        self.at = match.end() if match else self.at
        return match

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise PatternError("a pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def choice(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise PatternError(f"a pattern is nested deeper than {_DEPTH}")
        options = [self._sequence(depth)]
        while self._take("|"):
            options.append(self._sequence(depth))
        if all(isinstance(option, Characters) for option in options):
            return Characters(union(option.ranges for option in options if isinstance(option, Characters)))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            place = _PLACE.match(self.pattern, self.at)
            atom = self._atom(depth)
            body = self._repeated(atom)
            if place and body is not atom:
                raise PatternError("a pattern repeats a place between characters")
            parts.append(body)
        return sequence(parts)

    def _repeated(self, body: Node) -> Node:
        count = self._match(_COUNT)
        if count:
            if max(len(count[1]), len(count[3])) > 9:
                raise PatternError("a pattern counts beyond what can be compared")
            least = int(count[1])
            most = int(count[3]) if count[3] else None if count[2] else least
            if most is not None and most < least:
                raise PatternError(f"the count {count[0]} in a pattern is out of order")
        elif self._take("*"):
            least, most = 0, None
        elif self._take("+"):
            least, most = 1, None
        elif self._take("?"):
            least, most = 0, 1
        else:
            return body
        self._take("?")
        return Repeat(body, least, most)

    def _atom(self, depth: int) -> Node:
        sign = self.pattern[self.at]
        if sign == "(":
            return self._group(depth)
        if sign in "*+?" or (sign == "{" and _COUNT.match(self.pattern, self.at)):
            raise PatternError("a pattern repeats nothing")
        self.at += 1
        if sign == "[":
            return self._class()
        if sign == ".":
            return Characters(complement(LINE_END))
        if sign in "^$":
            return Edge(sign)
        if sign != "\\":
            return Characters(span(sign))
        if self._take("b"):
            return Edge("b")
        return Edge("B") if self._take("B") else Characters(self._escaped())

    def _group(self, depth: int) -> Node:
        opening = self._match(_GROUP)
        if opening is None:
            shown = self.pattern[self.at : self.at + 4]
            raise PatternError(f"{shown} in a pattern is no part of ECMA-262 that every engine knows")
        body = self.choice(depth + 1)
        if not self._take(")"):
            raise PatternError("a pattern has a ( too many")
        look = opening[1]
        return Look(body, ahead="<" not in look, holds="=" in look) if look else body

    def _escaped(self) -> Ranges:
        """A set or a character after a backslash."""
        digits = self._match(_HEX)
        if digits:
            return self._numbered(int(digits[1] or digits[2] or digits[3], 16))
        prop = self._match(_PROPERTY)
        if prop:
            known = category(prop[1])
            if known is None:
                raise PatternError(f"\\{prop[0]} in a pattern is a property that is not known here")
            return known if prop[0].startswith("p") else complement(known)
        sign = self._next()
        if sign in _SETS:
            return _SETS[sign]
        if sign in _CONTROLS:
            return span(_CONTROLS[sign])
        after = self.pattern[self.at : self.at + 1]
        if sign == "0" and not after.isdigit():
            return span("\0")
        if sign == "c" and after.isascii() and after.isalpha():
            return span(chr(ord(self._next()) % 32))
        if sign == "k" or sign.isdigit():
            raise PatternError("a pattern uses a back-reference, which is no regular language")
        if sign.isascii() and sign.isalpha():
            raise PatternError(f"\\{sign} in a pattern means different things to different engines")
        return span(sign)

    def _numbered(self, code: int) -> Ranges:
        half = self._match(_LOW_HALF) if 0xD800 <= code < 0xDC00 else None
        if half:
            code = 0x10000 + (code - 0xD800) * 0x400 + int(half[1], 16) - 0xDC00
        if code > 0x10FFFF:
            raise PatternError("a pattern names a character beyond Unicode")
        return ((code, code),)

    def _class(self) -> Node:
        negated = self._take("^")
        members: list[Ranges] = []
        while not self._take("]"):
            first = self._member()
            if self.pattern.startswith("-", self.at) and not self.pattern.startswith("-]", self.at):
                self.at += 1
                members.extend(_range(first, self._member()))
            else:
                members.append(first)
        inside = union(members)
        return Characters(complement(inside) if negated else inside)

    def _member(self) -> Ranges:
        sign = self._next()
        if sign != "\\":
            return span(sign)
        return span("\b") if self._take("b") else self._escaped()


def _range(first: Ranges, last: Ranges) -> list[Ranges]:
    if len(first) == len(last) == 1 and first[0][0] == first[0][1] and last[0][0] == last[0][1]:
        if first[0][0] > last[0][0]:
            raise PatternError("a range of characters in a pattern is out of order")
        return [((first[0][0], last[0][0]),)]
    return [first, span("-"), last]
