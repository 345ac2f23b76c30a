"""Bodies that are a sequence of items: lines of JSON, JSON text sequences (RFC 7464), server-sent events (HTML, 9.2).

`Cutter` finds where an item ends while bytes still come; joined again, what it gives is what it got.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import jiter

from contracts.media import EVENTS, is_json_lines, is_json_sequence, read_json
from contracts.parameters import UnreadableError

ItemKind = Literal["lines", "sequence", "events"]
_EVENT_END: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n|\Z))")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_SEPARATOR: Final = b"\x1e"


def item_kind(essence: str) -> ItemKind | None:
    """What the items of a media type are; None for one that has none."""
    if essence == EVENTS:
        return "events"
    if is_json_lines(essence):
        return "lines"
    return "sequence" if is_json_sequence(essence) else None


class Cutter:
    """Cuts what comes into items."""

    __slots__ = ("_end", "_held", "_seen")

    def __init__(self, kind: ItemKind) -> None:
        self._end = _ENDS[kind]
        self._held = bytearray()
        self._seen = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The items that have come to their end."""
        self._held += chunk
        found: list[bytes] = []
        while (end := self._end(self._held, self._seen)) > 0:
            found.append(bytes(self._held[:end]))
            del self._held[:end]
            self._seen = 0
        self._seen = len(self._held)
        return found

    @property
    def held_bytes(self) -> int:
        """How much of an item is held whose end has not come yet."""
        return len(self._held)

    def rest(self) -> bytes:
        """What came after the last end; empties the cutter."""
        held = bytes(self._held)
        self._held.clear()
        self._seen = 0
        return held


def _end_of_line(held: bytearray, seen: int) -> int:
    return held.find(b"\n", seen) + 1


def _end_of_event(held: bytearray, seen: int) -> int:
    match = _EVENT_END.search(held, max(0, seen - 3))
    return 0 if match is None else match.end()


def _end_of_sequence(held: bytearray, seen: int) -> int:
    """Where the next text begins, or after one that is complete although none follows yet."""
    following = held.find(_SEPARATOR, max(1, seen))
    if following > 0:
        return following
    if held.endswith(b"\n"):
        try:
            jiter.from_json(bytes(held).strip(b"\x1e"), float_mode="decimal")
        except ValueError:
            return 0
        return len(held)
    return 0


_ENDS: Final[Mapping[ItemKind, Callable[[bytearray, int], int]]] = {
    "lines": _end_of_line,
    "sequence": _end_of_sequence,
    "events": _end_of_event,
}


def read_item(kind: ItemKind, piece: bytes, depth: int) -> tuple[Any, ...]:
    """The value of one item in a tuple of one; an empty tuple where it holds none, as a comment of events does.

    Raises UnreadableError.
    """
    if kind == "events":
        event = _read_event(piece)
        return () if event is None else (event,)
    if kind == "lines":
        return (read_json(piece, depth),) if piece.strip() else ()
    if not piece.startswith(_SEPARATOR):
        raise UnreadableError("json", "a text does not begin with the record separator (RFC 7464)")
    text = piece[1:]
    if not text:
        return ()
    if not text.endswith(b"\n"):
        raise UnreadableError("json", "a text does not end with a line feed: it may be cut short (RFC 7464)")
    return (read_json(text, depth),)


def read_items(kind: ItemKind, body: bytes, depth: int) -> list[Any]:
    """All items of a whole body. Raises UnreadableError."""
    cutter = Cutter(kind)
    return [value for piece in (*cutter.feed(body), cutter.rest()) if piece for value in read_item(kind, piece, depth)]


def _read_event(piece: bytes) -> dict[str, Any] | None:
    """The fields that the standard names, the others passed over as it says; None where no data comes with them."""
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "an event is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise UnreadableError("encoding", "it starts with a byte order mark")
    data: list[str] = []
    event: dict[str, Any] = {}
    for line in _LINE_END.split(text):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event" or (name == "id" and "\x00" not in value):
            event[name] = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) < 400:
            event[name] = int(value)
    return {"data": "\n".join(data), **event} if data else None
