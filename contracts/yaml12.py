"""YAML 1.2, core schema, read so that nothing is guessed: PyYAML's event stream and a composer of our own.

Keys are always text (`200:` is `"200"`). Refused, each at its line: duplicate keys, tags, a second document, cyclic
aliases, aliases that expand past a budget, depth past a bound, numbers that a float cannot hold. `<<` is a key like
any other. YAML 1.2.2 chapter 10.3 is the schema: `no`, `on` and `yes` are text, `012` is twelve, `0o14` is octal.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml import events
from yaml.reader import ReaderError

from contracts.conflict import unsettled
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.exact import number

try:
    from yaml._yaml import CParser as _CParser
except ImportError:  # PyYAML built without libyaml: the same events, some ten times slower
    _CParser = None  # type: ignore[assignment,misc]

DEPTH: Final = 200
"""How deep mappings and sequences may be nested."""

ALIASED_NODES: Final = 100_000
"""How many nodes all aliases of one file may stand for, counted as if written out."""

FAULTS: Final = 20
"""After so many faults of one file the rest is not looked for."""

_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOT_TEXT: Final = frozenset("0123456789+-.~nNtTfF")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class _TooManyFaultsError(Exception):
    """Enough is known; the rest of the file is not read."""


def parse(text: bytes, name: str) -> Any:
    """The tree of one YAML file; None for an empty one. Raises InvalidInputError with every fault found."""
    tree = _Composer(name).compose(text)
    conflict = unsettled(text, name) if isinstance(tree, str) else None
    if conflict is not None:
        raise InvalidInputError([conflict])
    return tree


def positions(text: bytes) -> dict[str, tuple[int, int]]:
    """JSON pointer (RFC 6901) -> line and column of the key, or of the item in a sequence, both from 1.

    What stands behind an alias has the position of the alias only. Raises InvalidInputError where the text cannot be
    read; a duplicate key keeps its first place.
    """
    try:
        return _index(_events(text, ""))
    except yaml.YAMLError as error:
        raise InvalidInputError([_syntax(error, text, "")]) from None


def _events(text: bytes, name: str) -> Callable[[], Any]:
    """A function that gives the next event. PyYAML ships no types for it."""
    decoded = _decode(text, name)
    if _CParser is not None:
        return _CParser(decoded).get_event
    return yaml.Loader(decoded).get_event  # the event stream only: nothing is constructed


def _decode(text: bytes, name: str) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError([not_utf8(text, name, error)]) from None


def not_utf8(text: bytes, name: str, error: UnicodeDecodeError) -> Diagnostic:
    """The fault of a file that is not UTF-8, at its byte."""
    before = text[: error.start]
    line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
    return Diagnostic(name, "not-utf-8", f"byte {error.start + 1} is not UTF-8", "save the file as UTF-8", line, column)


class _Frame:
    """A mapping or sequence that is not yet closed. `key` is the key that waits for its value."""

    __slots__ = ("anchor", "before", "height", "items", "key", "value")

    def __init__(self, value: Any, items: list[Any] | None, anchor: str | None, before: int) -> None:
        self.value, self.items, self.anchor, self.before = value, items, anchor, before
        self.key: str | None = None
        self.height = 1


class _Composer:
    """Events -> tree. Faults that do not stop the reading are gathered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Diagnostic] = []
        self.scalars: dict[str, Any] = {}

    def fault(self, event: Any, code: str, message: str, remedy: str) -> None:
        mark = event.start_mark
        self.faults.append(Diagnostic(self.name, code, message, remedy, mark.line + 1, mark.column + 1))
        if len(self.faults) >= FAULTS:
            raise _TooManyFaultsError

    def compose(self, text: bytes) -> Any:
        tree = None
        try:
            tree = self._documents(_events(text, self.name))
        except yaml.YAMLError as error:
            self.faults.append(_syntax(error, text, self.name))
        except _TooManyFaultsError:
            pass
        if self.faults:
            raise InvalidInputError(self.faults)
        return tree

    def _documents(self, get_event: Callable[[], Any]) -> Any:
        get_event()  # the stream's start
        tree = None
        first = get_event()
        if type(first) is not events.StreamEndEvent:
            tree = self._document(get_event)
            get_event()  # the document's end
            more = get_event()
            if type(more) is not events.StreamEndEvent:
                message = "a second document begins here"
                self.fault(more, "second-document", message, "one file holds one document: take the `---` out")
        return tree

    def _document(self, get_event: Callable[[], Any]) -> Any:
        """One node and all below it; iterative, so that depth costs no stack."""
        stack: list[_Frame] = []
        anchors: dict[str, tuple[Any, int, int] | None] = {}  # value, nodes, height; None while it is open
        nodes = aliased = 0
        while True:
            event = get_event()
            kind = type(event)
            frame = stack[-1] if stack else None
            if kind is events.ScalarEvent:
                nodes += 1
                if event.tag is not None:
                    self._tag(event)
                if frame is not None and frame.items is None and frame.key is None:
                    self._key(frame, event)
                    continue
                value = event.value if event.style else self._plain(event)
                height = 0
                if event.anchor is not None:
                    anchors[event.anchor] = (value, 1, 0)
            elif kind is events.MappingStartEvent or kind is events.SequenceStartEvent:
                nodes += 1
                self._open(event, frame, len(stack))
                if event.anchor is not None:
                    anchors[event.anchor] = None
                made: Any = {} if kind is events.MappingStartEvent else []
                stack.append(_Frame(made, None if kind is events.MappingStartEvent else made, event.anchor, nodes))
                continue
            elif kind is events.AliasEvent:
                value, size, height = self._alias(event, anchors)
                nodes, aliased = nodes + size, aliased + size
                if aliased > ALIASED_NODES:
                    message = f"the aliases of this file stand for more than {ALIASED_NODES} nodes"
                    self._stop(event, "alias-budget", message, "write the parts out, or share them by $ref")
                if len(stack) + height > DEPTH:
                    self._too_deep(event)
                if frame is not None and frame.items is None and frame.key is None:
                    self.fault(event, "key-not-text", "an alias stands for a key", "write the key out")
                    frame.key = f"*{event.anchor}"
                    continue
            else:  # a mapping or sequence ends
                closed = stack.pop()
                value, height = closed.value, closed.height
                if closed.anchor is not None:
                    anchors[closed.anchor] = (value, nodes - closed.before + 1, height)
                frame = stack[-1] if stack else None
            if frame is None:
                return value
            if height >= frame.height:
                frame.height = height + 1
            if frame.items is not None:
                frame.items.append(value)
            elif frame.key is not None:
                frame.value[frame.key] = value
                frame.key = None

    def _key(self, frame: _Frame, event: Any) -> None:
        key = event.value
        if key in frame.value:
            message = f"the key `{shown(key)}` stands twice in this mapping"
            self.fault(event, "duplicate-key", message, "keep one of the two (keys are text: 200 and '200' are one)")
        frame.key = key

    def _open(self, event: Any, frame: _Frame | None, depth: int) -> None:
        if event.tag is not None:
            self._tag(event)
        if frame is not None and frame.items is None and frame.key is None:
            self._stop(event, "key-not-text", "a mapping or list stands for a key", "keys are text")
        if depth >= DEPTH:
            self._too_deep(event)

    def _alias(self, event: Any, anchors: dict[str, tuple[Any, int, int] | None]) -> tuple[Any, int, int]:
        alias = f"`*{shown(event.anchor)}`"
        if event.anchor not in anchors:
            self.fault(event, "unknown-anchor", f"{alias} has no anchor before it", f"add `&{shown(event.anchor)}`")
            return None, 1, 0
        found = anchors[event.anchor]
        if found is None:
            self.fault(event, "cyclic-alias", f"{alias} stands inside what it names", "share the part by $ref")
            return None, 1, 0
        return found

    def _tag(self, event: Any) -> None:
        # libyaml expands `!!str`; the text itself is in nobody's interest.
        self.fault(event, "tag", "a YAML tag stands here", "take the tag out (quote the value where it is text)")

    def _too_deep(self, event: Any) -> None:
        self._stop(event, "too-deep", f"nested deeper than {DEPTH}", "share inner parts by $ref")

    def _stop(self, event: Any, code: str, message: str, remedy: str) -> None:
        self.fault(event, code, message, remedy)
        raise _TooManyFaultsError

    def _plain(self, event: Any) -> Any:
        """A scalar without quotes, by the core schema."""
        text: str = event.value
        if text and text[0] not in _NOT_TEXT:
            return text
        try:
            return self.scalars[text]
        except KeyError:
            pass
        value, code = _resolve(text)
        if code:
            message = "this number is not one that JSON has" if code == "not-finite" else "this number is out of range"
            self.fault(event, code, message, "write it in quotes if it is text")
        self.scalars[text] = value
        return value


def _resolve(text: str) -> tuple[Any, str]:
    """The value of a plain scalar, and the code of what is wrong with it."""
    if text in _NULL:
        return None, ""
    if text in _BOOL:
        return _BOOL[text], ""
    if _INT.fullmatch(text):
        try:
            return int(text), ""
        except ValueError:  # Python's bound on digits
            return 0, "number-out-of-range"
    if _FLOAT.fullmatch(text):
        value = number(text)
        vanished = value == 0 and re.search("[1-9]", re.split("[eE]", text)[0])
        return value, "number-out-of-range" if math.isinf(value) or vanished else ""
    if _OCTAL.fullmatch(text):
        return int(text, 0), ""
    if _HEX.fullmatch(text):
        return int(text, 0), ""
    return (text, "not-finite") if _NOT_FINITE.fullmatch(text) else (text, "")


def _index(get_event: Callable[[], Any]) -> dict[str, tuple[int, int]]:
    """Pointer -> place; one pass over the events."""
    found: dict[str, tuple[int, int]] = {}
    stack: list[list[Any]] = []  # [pointer, next index or None for a mapping, pointer of the waiting key]
    while True:
        event = get_event()
        kind = type(event)
        if kind is events.StreamEndEvent:
            return found
        if kind is events.MappingEndEvent or kind is events.SequenceEndEvent:
            stack.pop()
            continue
        if kind not in _NODES:
            continue
        mark = event.start_mark
        if not stack:
            pointer = ""
            found.setdefault("", (mark.line + 1, mark.column + 1))
        elif stack[-1][1] is not None:
            pointer = f"{stack[-1][0]}/{stack[-1][1]}"
            stack[-1][1] += 1
            found.setdefault(pointer, (mark.line + 1, mark.column + 1))
        elif stack[-1][2] is None:
            key = event.value if kind is events.ScalarEvent else "?"
            pointer = f"{stack[-1][0]}/{key.replace('~', '~0').replace('/', '~1')}"
            found.setdefault(pointer, (mark.line + 1, mark.column + 1))
            stack[-1][2] = pointer
            if kind is events.ScalarEvent or kind is events.AliasEvent:
                continue
        else:
            pointer, stack[-1][2] = stack[-1][2], None
        if kind is events.MappingStartEvent:
            stack.append([pointer, None, None])
        elif kind is events.SequenceStartEvent:
            stack.append([pointer, 0, None])


_NODES: Final = frozenset((events.ScalarEvent, events.AliasEvent, events.MappingStartEvent, events.SequenceStartEvent))


def _syntax(error: yaml.YAMLError, text: bytes, name: str) -> Diagnostic:
    conflict = unsettled(text, name)
    if conflict is not None:
        return conflict
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        message = "this is not YAML: " + " ".join(part for part in (error.context, error.problem) if part)
        remedy = _REMEDIES.get(error.problem or "", "correct the text at this place; often a quote or an indent")
        return Diagnostic(name, "yaml-syntax", message, remedy, line, column)
    if isinstance(error, ReaderError):
        position = error.position if isinstance(error.position, int) else 0
        before = text.decode("utf-8-sig", "replace")[:position]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
        return Diagnostic(name, "yaml-syntax", "a character that YAML does not allow", "take it out", line, column)
    return Diagnostic(name, "yaml-syntax", "this is not YAML", "correct the text")


_REMEDIES: Final = {
    "found character that cannot start any token": "indent with spaces, not tabs; quote text that begins with @ or `",
    "mapping values are not allowed in this context": "quote text that holds a colon and a space",
    "could not find expected ':'": "write `key: value`; the line before may lack its indent",
    "did not find expected key": "give all keys of one mapping the same indent",
}


def shown(text: str) -> str:
    """A key as it may stand in a message: one line, bounded, no control characters."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:80])
    return clean + ("..." if len(text) > 80 else "")
