"""Members of a body that its contract does not name: told, or taken out with every other byte left as it is."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from contracts.annotations import Exempt
from contracts.known_members import ANYWHERE, Place
from contracts.parameters import UnreadableError, text_of

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?|[{}\[\],]', re.DOTALL)
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY, _COMMA, _QUOTE = b'{}[],"'


def undeclared_in(value: Any, place: Place, exempt: Exempt) -> Iterator[Path]:
    """The paths of unknown members, level by level; what lies inside one is not looked into."""
    level: list[tuple[Path, Any, Place]] = [((), value, place)]
    while level:
        following: list[tuple[Path, Any, Place]] = []
        for path, node, where in level:
            if where is ANYWHERE:
                continue
            if isinstance(node, dict):
                for name, child in node.items():
                    below = where.below(name)
                    if below is None:
                        if not exempt(name, where):
                            yield (*path, name)
                    elif isinstance(child, dict | list):
                        following.append(((*path, name), child, below))
            elif isinstance(node, list):
                items = where.items
                following += [((*path, i), c, items) for i, c in enumerate(node) if isinstance(c, dict | list)]
        level = following


class _Frame:
    """An open object or array, and the member of it that is being read."""

    __slots__ = ("after_kept", "array", "place", "removes", "start", "value_place")

    def __init__(self, place: Place, *, array: bool) -> None:
        self.place = place
        self.array = array
        self.value_place = place.items if array else ANYWHERE
        self.start = 0
        self.removes = False
        self.after_kept = -1
        """Where the comma stands that follows the last member that stays; -1: none stays yet."""


def without_undeclared(text: bytes, place: Place, exempt: Exempt) -> bytes:
    """JSON without its unknown members, commas and all. The text must have been read as JSON before."""
    parts: list[bytes] = []
    kept_from = 0
    stack: list[_Frame] = []
    frame = _Frame(ANYWHERE, array=True)
    frame.value_place = place
    for token in _TOKEN.finditer(text):
        head = text[token.start()]
        if head == _QUOTE:
            if token[2] is not None:
                name = _decoded(token[1])
                below = frame.place.below(name)
                frame.start = token.start()
                frame.removes = below is None and not exempt(name, frame.place)
                frame.value_place = below or ANYWHERE
        elif head in (_OPEN_OBJECT, _OPEN_ARRAY):
            stack.append(frame)
            frame = _Frame(frame.value_place, array=head == _OPEN_ARRAY)
        else:
            at, comma = token.start(), head == _COMMA
            if not frame.array:
                if frame.removes:
                    begin = frame.start if frame.after_kept < 0 else frame.after_kept
                    parts.append(text[kept_from : max(begin, kept_from)])
                    kept_from = at + 1 if comma and frame.after_kept < 0 else at
                    frame.removes = False
                elif comma:
                    frame.after_kept = at
            if not comma:
                frame = stack.pop()
    parts.append(text[kept_from:])
    return b"".join(parts)


def _decoded(raw: bytes) -> str:
    text = raw.decode("utf-8")
    return text if "\\" not in text else str(json.loads(f'"{text}"', strict=False))


def undeclared_fields(pairs: bytes, place: Place) -> list[bytes]:
    """The fields of a form that no property names; those of a `deepObject` stand as `name[member]`."""
    return [pair for pair in pairs.split(b"&") if pair and not _names(pair, place)]


def without_fields(pairs: bytes, place: Place) -> bytes:
    """A form without its unknown fields."""
    return b"&".join(pair for pair in pairs.split(b"&") if not pair or _names(pair, place))


def _names(pair: bytes, place: Place) -> bool:
    name = field_name(pair)
    return place.below(name) is not None or ("[" in name and place.below(name.partition("[")[0]) is not None)


def field_name(pair: bytes) -> str:
    """The name of a field; empty where it cannot be read."""
    try:
        return text_of(pair.partition(b"=")[0], plus=True)
    except UnreadableError:
        return ""
