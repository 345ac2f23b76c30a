"""JSON files that people write, read so that nothing is lost, and the places of what they hold (RFC 8259).

Refused, each at its line: duplicate members, NaN and Infinity, numbers that a float cannot hold, lone surrogates, depth
past the bound that YAML has too. Integers are exact. A byte order mark is passed over, as editors write it.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Final

from contracts.conflict import unsettled
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.exact import number
from contracts.yaml12 import DEPTH, FAULTS, not_utf8, shown

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_TOKEN: Final = re.compile(r'[ \t\n\r,:]*([{}\[\]"]|[^ \t\n\r,:{}\[\]"]+)')
_DECODER: Final = json.JSONDecoder()
_read_text: Final = json.decoder.scanstring  # type: ignore[attr-defined]


class _DuplicateError(Exception):
    """Some object has a member twice; the text is searched for all of them."""


class _NumberError(Exception):
    """A number that cannot be kept; its text is the argument."""


def parse_json(text: bytes, name: str) -> Any:
    """The tree of one JSON file. Raises InvalidInputError with line and column."""
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError([not_utf8(text, name, error)]) from None
    try:
        tree = json.loads(decoded, object_pairs_hook=_members, parse_constant=_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        remedy = "correct the text at this place; often a comma or a quote"
        fault = Diagnostic(name, "json-syntax", message, remedy, error.lineno, error.colno)
        raise InvalidInputError([unsettled(text, name) or fault]) from None
    except _DuplicateError:
        raise InvalidInputError(_duplicates(decoded, name)) from None
    except _NumberError as error:
        line, column = _place(decoded, decoded.find(str(error)))
        message = "this number is not one that JSON has, or is out of range"
        remedy = "write it in quotes if it is text"
        raise InvalidInputError([Diagnostic(name, "number-out-of-range", message, remedy, line, column)]) from None
    except (RecursionError, ValueError) as error:  # ValueError: Python's bound on the digits of an integer
        code, message = (
            ("too-deep", f"nested deeper than {DEPTH}")
            if isinstance(error, RecursionError)
            else (
                "number-out-of-range",
                "a whole number has too many digits",
            )
        )
        raise InvalidInputError([Diagnostic(name, code, message, "make it smaller")]) from None
    _bounds(tree, name, surrogates="\\ud" in decoded or "\\uD" in decoded)
    return tree


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DuplicateError
    return made


def _constant(text: str) -> Any:
    raise _NumberError(text)


def _float(text: str) -> float:
    value = number(text)
    if math.isinf(value) or (value == 0 and re.search("[1-9]", re.split("[eE]", text)[0])):
        raise _NumberError(text)
    return value


def _bounds(tree: Any, name: str, *, surrogates: bool) -> None:
    """Depth, and text that cannot be written as UTF-8."""
    level, depth = _inside([tree]), 0
    while level:
        depth += 1
        if depth > DEPTH:
            fault = Diagnostic(name, "too-deep", f"nested deeper than {DEPTH}", "share inner parts by $ref")
            raise InvalidInputError([fault])
        level = [inner for node in level for inner in _inside(node)]
    if surrogates:
        try:
            json.dumps(tree, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            message = "a text holds half of a surrogate pair"
            fault = Diagnostic(name, "lone-surrogate", message, "write the character itself, or both halves")
            raise InvalidInputError([fault]) from None


def _inside(node: Any) -> list[Any]:
    members = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [member for member in members if isinstance(member, dict | list)]


def _duplicates(text: str, name: str) -> list[Diagnostic]:
    """Every member that stands twice; slow, and asked for only where there is one."""
    found: list[Diagnostic] = []
    stack: list[set[str] | None] = []
    place, key_next = 0, False
    while (token := _TOKEN.match(text, place)) is not None:
        mark, start, place = token[1], token.start(1), token.end()
        if mark == '"':
            value, place = _read_text(text, place, True)
            follows = _SPACE.match(text, place)
            assert follows is not None
            key_next = text.startswith(":", follows.end())
            names = stack[-1] if stack else None
            if key_next and names is not None:
                if value in names:
                    line, column = _place(text, start)
                    message = f"the member `{shown(value)}` stands twice in this object"
                    found.append(Diagnostic(name, "duplicate-key", message, "keep one of the two", line, column))
                    if len(found) >= FAULTS:
                        break
                names.add(value)
        elif mark in "{[":
            stack.append(set() if mark == "{" else None)
        elif mark in "}]":
            stack.pop()
    return found


def _place(text: str, offset: int) -> tuple[int, int]:
    return (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)) if offset >= 0 else (0, 0)


class JsonPlaces:
    """Places in one JSON text by pointer. Objects on the way are looked through once; nothing else is."""

    def __init__(self, text: bytes) -> None:
        self._text = text.decode("utf-8-sig")
        self._lines = [0, *(match.end() for match in re.finditer("\n", self._text))]
        space = _SPACE.match(self._text)
        assert space is not None
        # Per pointer: token -> (where the key or item begins, where the value begins).
        self._inside: dict[str, dict[str, tuple[int, int]]] = {}
        self._root = space.end()

    def place(self, pointer: str) -> tuple[int, int]:
        """Line and column, both from 1, of the member or item; of the nearest one around it where it is not there."""
        at = value_at = self._root
        known = ""
        for token in pointer.split("/")[1:]:
            inside = self._inside.get(known)
            if inside is None:
                inside = self._inside[known] = dict(self._children(value_at))
            found = inside.get(token)
            if found is None:
                break
            at, value_at = found
            known += "/" + token
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def _children(self, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
        text = self._text
        opening = text[start : start + 1]
        if opening not in ("{", "["):
            return
        index, place = 0, self._skip(start + 1)
        while place < len(text) and text[place] not in "}]":
            begin = place
            token = str(index)
            if opening == "{":
                key, place = _read_text(text, place + 1, True)
                token = key.replace("~", "~0").replace("/", "~1")
                place = self._skip(self._skip(place) + 1)
            yield token, (begin, place)
            _, place = _DECODER.raw_decode(text, place)
            place = self._skip(place)
            if text[place : place + 1] == ",":
                place = self._skip(place + 1)
            index += 1

    def _skip(self, place: int) -> int:
        space = _SPACE.match(self._text, place)
        assert space is not None
        return space.end()
