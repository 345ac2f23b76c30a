"""Changes single string members of a JSON document and leaves every other byte as it is.

One pass over the tokens that matter: strings, brackets, commas. The document is never parsed into values nor written
anew, so numbers, escapes, spaces and the order of members stay as the system wrote them.
"""

import json
import re
from collections.abc import Callable

_STRING = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'


def tokens(dull: bytes) -> re.Pattern[bytes]:
    """The tokens of a document.

    `dull` is a pattern of names, without backslashes, that name a link under no owner: a run of such members with
    plain values is one token, which makes most of a document cost next to nothing.
    """
    run = rb'(?:"' + dull + rb'"\s*+:\s*+(?:"' + _STRING + rb'"|[-+.0-9A-Za-z]++)\s*+,\s*+)++'
    return re.compile(rb"(" + run + rb')|"(' + _STRING + rb')("\s*+:|")|[{}\[\],"]', re.DOTALL)


_EACH = tokens(rb"(?!)")
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY, _COMMA, _QUOTE = b'{}[],"'
_MOST_DEEP = 512

IsLink = Callable[[bytes, bytes], bool]
"""(name of the member that holds the object, through arrays; name of the member) -> whether its value is a link."""
Change = Callable[[str], str | None]
"""The string -> what stands there instead."""


class NotJsonError(Exception):
    """The tokens do not fit together, so no place in the text can be trusted."""


class _Frame:
    """An open object or array, and the member of it that is being read."""

    __slots__ = ("after_kept", "array", "key", "owner", "remove", "start", "valued")

    def __init__(self, owner: bytes, *, array: bool) -> None:
        self.owner = owner
        self.array = array
        self.key: bytes | None = None
        self.start = 0
        self.valued = False
        self.remove = False
        self.after_kept = -1
        """Where the comma stands that follows the last member that stays; -1: none stays yet."""


def splice(
    text: bytes,
    is_link: IsLink,
    change: Change,
    other: Change | None = None,
    found_by: re.Pattern[bytes] = _EACH,
) -> bytes:
    """The text with every link given to `change`; where that gives None the member is removed, comma and all.

    A link that is neither a string nor null is removed too. `other` is given every other string and leaves it as it
    is with None; then every string must be a token of `found_by`. Raises NotJsonError.
    """
    if b"\x00" in text:
        raise NotJsonError
    edits: list[tuple[int, int, bytes]] = []
    stack: list[_Frame] = []
    frame = _Frame(b"", array=True)
    for token in found_by.finditer(text):
        start = token.start()
        head = text[start]
        if head == _QUOTE:
            raw = token[2]
            if raw is None:
                if token[1] is None or frame.array or frame.key is not None:
                    raise NotJsonError
                frame.after_kept = text.rindex(b",", start, token.end())
                continue
            if len(token[3]) > 1:
                if frame.array or frame.key is not None:
                    raise NotJsonError
                frame.key = _decoded(raw).encode("utf-8", "surrogatepass") if b"\\" in raw else raw
                frame.start = start
                continue
            if frame.key is None and not frame.array:
                raise NotJsonError
            frame.valued = True
            new = value = None
            if frame.key is not None and is_link(frame.owner, frame.key):
                value = _decoded(raw)
                new = change(value)
                frame.remove = new is None
            elif other is not None:
                value = _decoded(raw)
                new = other(value)
            if new is not None and new != value:
                edits.append((start, token.end(), json.dumps(new).encode()))
        elif head in (_OPEN_OBJECT, _OPEN_ARRAY):
            if len(stack) >= _MOST_DEEP or (frame.key is None and not frame.array):
                raise NotJsonError
            frame.valued = True
            if frame.key is not None and is_link(frame.owner, frame.key):
                frame.remove = True
            stack.append(frame)
            frame = _Frame(frame.owner if frame.key is None else frame.key, array=head == _OPEN_ARRAY)
        else:
            if not stack or (head != _COMMA and frame.array != (head == _CLOSE_ARRAY)):
                raise NotJsonError
            if frame.key is not None:
                _end_member(text, start, frame, edits, is_link)
            elif head == _COMMA and not frame.array:
                raise NotJsonError
            if head != _COMMA:
                frame = stack.pop()
    if stack:
        raise NotJsonError
    return _applied(text, edits)


def _end_member(text: bytes, at: int, frame: _Frame, edits: list[tuple[int, int, bytes]], is_link: IsLink) -> None:
    """`at` is the comma or bracket that ends it."""
    if not frame.valued and is_link(frame.owner, frame.key or b""):
        frame.remove = text[frame.start : at].rpartition(b":")[2].strip() != b"null"
    comma = text[at] == _COMMA
    if frame.remove:
        begin = frame.start if frame.after_kept < 0 else frame.after_kept
        while edits and edits[-1][0] >= begin:
            edits.pop()
        edits.append((begin, at + 1 if comma and frame.after_kept < 0 else at, b""))
    elif comma:
        frame.after_kept = at
    frame.key, frame.valued, frame.remove = None, False, False


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
        return text if "\\" not in text else str(json.loads(f'"{text}"'))
    except ValueError:
        raise NotJsonError from None


def _applied(text: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    if not edits:
        return text
    parts: list[bytes] = []
    at = 0
    for start, end, new in edits:
        parts += (text[at:start], new)
        at = end
    parts.append(text[at:])
    return b"".join(parts)
