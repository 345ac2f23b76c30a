"""One canonical path, and one matcher over the raw paths of a whole release.

Matching never decodes: a value is the bytes that stood in the path. Segments decide one after the other, static before
OData keys, keys before text with parameters in it, that before a bare parameter; where a choice leads nowhere the next
one is tried. A trailing slash is another path. A parameter takes at least one byte and never a slash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from contracts import odata

T = TypeVar("T")


class UnsafePathError(Exception):
    """A request path that proxies and systems may read in different ways; the text says why, never with the path."""


class InvalidTemplateError(Exception):
    """A path template that no call can be matched to for sure. `code` and `remedy` are for a diagnostic."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message}; {remedy}")


# A path that needs nothing: unreserved and harmless characters, no segment that begins with a dot.
_PLAIN: Final = re.compile(rb"(?:/[A-Za-z0-9_~$!@&*+,:='()-][A-Za-z0-9._~$!@&*+,:='()-]*+)++/?")
_FORBIDDEN: Final = re.compile(rb"[\x00-\x20\x7f]|[^\x00-\x7f]|[\\;?#]")
_FORBIDDEN_WORDS: Final = {0x5C: "a backslash", 0x3B: "a semicolon", 0x3F: "a question mark", 0x23: "a number sign"}
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]{2}|[\"<>\[\]^`{|}]")
_UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_DOUBLE: Final = re.compile(rb"%25[0-9A-Fa-f]{2}")
_CONTROL: Final = re.compile(rb"%(?:[01][0-9A-F]|7F|C2%[89])")
_DOTS: Final = re.compile(rb"(?:/|%2F)\.\.?(?:%3B[^/]*+)?(?=/|%2F|\Z)")


def _escapes() -> dict[bytes, bytes]:
    """Every form of an escape, and every character that must be escaped -> its one canonical form."""
    table = {b'"<>[]^`{|}'[n : n + 1]: b"%%%02X" % b'"<>[]^`{|}'[n] for n in range(10)}
    for byte in range(256):
        canonical_form = bytes((byte,)) if byte in _UNRESERVED else b"%%%02X" % byte
        for written in (b"%%%02X" % byte, b"%%%02x" % byte):
            table[written] = canonical_form
            table[written[:2] + written[2:].upper()] = canonical_form
            table[written[:2].upper() + written[2:].lower()] = canonical_form
    return table


_CANONICAL: Final = _escapes()


def canonical(raw_path: bytes) -> bytes:
    """The one form of a path that routing, access, contract and system see (RFC 3986 6.2.2, and stricter).

    Unreserved characters are decoded, escapes are upper-case, characters that a path may not hold are escaped. Raises
    UnsafePathError for dot segments, backslashes, semicolons, control characters, empty segments, escapes that are
    broken, doubled or not UTF-8, and for an encoded slash that does not stand inside a quoted OData key.
    """
    if _PLAIN.fullmatch(raw_path):
        return raw_path
    if not raw_path.startswith(b"/"):
        raise UnsafePathError("The path does not begin with a slash.")
    forbidden = _FORBIDDEN.search(raw_path)
    if forbidden is not None:
        byte = forbidden[0][0]
        word = "a character that is not ASCII" if byte > 0x7F else _FORBIDDEN_WORDS.get(byte, "a control character")
        if byte == 0x20:
            word = "a space"
        raise UnsafePathError(f"The path holds {word}.")
    if _BAD_ESCAPE.search(raw_path):
        raise UnsafePathError("The path holds a percent sign that begins no escape.")
    path = _ESCAPE.sub(lambda escape: _CANONICAL[escape[0]], raw_path)
    _refuse(path)
    return path


def _refuse(path: bytes) -> None:
    if b"//" in path:
        raise UnsafePathError("The path holds an empty segment.")
    if _DOTS.search(path):
        raise UnsafePathError("The path holds a dot segment.")
    if b"%" not in path:
        return
    if _DOUBLE.search(path):
        raise UnsafePathError("The path is percent-encoded twice.")
    if b"%5C" in path:
        raise UnsafePathError("The path holds an encoded backslash.")
    if _CONTROL.search(path):
        raise UnsafePathError("The path holds an encoded control character.")
    try:
        _ESCAPE.sub(lambda escape: bytes.fromhex(escape[0][1:].decode()), path).decode()
    except UnicodeDecodeError:
        raise UnsafePathError("The path holds escapes that are not UTF-8.") from None
    if b"%2F" in path:
        for segment in path.split(b"/"):
            if b"%2F" in segment and odata.split(segment) is None:
                raise UnsafePathError("The path holds an encoded slash outside a quoted key.")


@dataclass(frozen=True, slots=True)
class _Text:
    """A segment with literal text and parameters: `report.{format}`, `{a}-{b}`. One literal more than parameters."""

    literals: tuple[bytes, ...]

    @property
    def order(self) -> tuple[int, int, tuple[bytes, ...]]:
        """More literal text first, then fewer parameters."""
        return (-sum(map(len, self.literals)), len(self.literals), self.literals)

    def take(self, segment: bytes) -> tuple[bytes, ...] | None:
        """The values; the last separators win (`a.b.json` for `{name}.{format}` is `a.b` and `json`). Linear."""
        literals = self.literals
        first, last = literals[0], literals[-1]
        end = len(segment) - len(last)
        if not segment.startswith(first) or not segment.endswith(last) or _inside_escape(segment, end):
            return None
        values: list[bytes] = []
        for literal in reversed(literals[1:-1]):
            at = segment.rfind(literal, len(first), max(end - 1, 0))
            while at >= 0 and (_inside_escape(segment, at) or _inside_escape(segment, at + len(literal))):
                at = segment.rfind(literal, len(first), at + len(literal) - 1)
            if at < 0:
                return None
            values.append(segment[at + len(literal) : end])
            end = at
        if end <= len(first):
            return None
        values.append(segment[len(first) : end])
        return tuple(reversed(values))


def _inside_escape(segment: bytes, place: int) -> bool:
    return b"%" in segment[max(place - 2, 0) : place]


class _Bare:
    """A segment that is one parameter."""


_BARE: Final = _Bare()
_Part = bytes | _Text | odata.KeyTemplate | _Bare


@dataclass(frozen=True, slots=True)
class Template:
    """A path template, ready to be matched. `names` are its parameters in order."""

    text: str
    parts: tuple[_Part, ...]
    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """Equal for templates that take the same paths."""
        return tuple(part.shape if isinstance(part, odata.KeyTemplate) else part for part in self.parts)


_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")


def read_template(text: str) -> Template:
    """A path template of a contract. Raises InvalidTemplateError where no call could ever be matched for sure."""
    if not text.startswith("/"):
        raise InvalidTemplateError("path-template", f"the path `{text}` does not begin with `/`", f"write `/{text}`")
    if _PARAMETER.sub("", text).strip("{}") != _PARAMETER.sub("", text) or re.search(r"[{}]", _PARAMETER.sub("", text)):
        raise InvalidTemplateError("path-template", f"a brace in `{text}` has no partner", "close every `{`")
    names = tuple(_PARAMETER.findall(text))
    if "" in names or any("/" in name for name in names):
        message = f"a parameter of `{text}` has no name, or a slash in it"
        raise InvalidTemplateError("path-template", message, "write `{name}`")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"`{{{twice}}}` stands twice in `{text}`"
        raise InvalidTemplateError("path-template", message, "give each parameter its own name")
    for question, what in (("?", "a query string"), ("#", "a fragment")):
        if question in _PARAMETER.sub("", text):
            message = f"the path `{text}` holds {what}, so no call can have it"
            raise InvalidTemplateError("path-template", message, "declare query parameters under `parameters`")
    try:
        canonical(_literal(_PARAMETER.sub("x", text)))
        parts = tuple(_part(segment, text) for segment in text.split("/")[1:])
    except UnsafePathError as error:
        reason = str(error).removeprefix("The path ").rstrip(".")
        message = f"no call can have the path `{text}`: it {reason}"
        raise InvalidTemplateError("path-template", message, "write it without that") from None
    return Template(text, parts, names)


def _literal(text: str) -> bytes:
    """Literal text as it stands in a raw path."""
    return quote(text, safe="%:/?#[]@!$&'()*+,;=~").encode()


def _part(segment: str, template: str) -> _Part:
    if "{" not in segment:
        return canonical(b"/" + _literal(segment))[1:]
    pieces = _PARAMETER.split(segment)
    literals = tuple(_escaped(piece) for piece in pieces[::2])
    written = "".join(f"{{{piece}}}" if n % 2 else literals[n // 2].decode() for n, piece in enumerate(pieces))
    keys = odata.read_template(written)
    if keys is not None:
        return keys[0]
    if literals == (b"", b""):
        return _BARE
    if any(not literal for literal in literals[1:-1]):
        message = f"two parameters of `{template}` stand side by side, so nothing says where one ends"
        raise InvalidTemplateError("path-template", message, "put text between them, or make them one")
    return _Text(literals)


def _escaped(piece: str) -> bytes:
    return _ESCAPE.sub(lambda escape: _CANONICAL[escape[0]], _literal(piece))


@dataclass(slots=True)
class Candidate(Generic[T]):
    """What one path leads to. `values` are raw, in the order of the template, the same for every group."""

    by_group: Mapping[str, T]
    values: tuple[bytes, ...]

    def of(self, group: str) -> tuple[T, tuple[bytes, ...]] | None:
        """The value of a group with the path's values; None where the group does not have this path."""
        try:
            return self.by_group[group], self.values
        except KeyError:
            return None

    @property
    def first(self) -> T:
        """The value of any group."""
        return next(iter(self.by_group.values()))


class _Node(Generic[T]):
    """What may follow one prefix of segments."""

    __slots__ = ("bare", "branches", "by_group", "groups", "keys", "static", "texts")

    def __init__(self) -> None:
        self.static: dict[bytes, _Node[T]] = {}
        self.keys: dict[bytes, list[tuple[odata.KeyTemplate, _Node[T]]]] = {}
        self.texts: list[tuple[_Text, _Node[T]]] = []
        self.bare: _Node[T] | None = None
        self.branches = False
        """Whether there is anything but static segments."""
        self.by_group: dict[str, T] = {}
        self.groups: set[str] = set()
        """All groups at this node and below."""


class PathMatcher(Generic[T]):
    """Path templates -> values. Templates of one group never overlap by shape; groups (versions) share one tree.

    Filled once at load time, then only read. Every node is visited at most once a match, whatever the path.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._shapes: dict[tuple[str, tuple[object, ...]], str] = {}

    def add(self, prefix: str, template: str, group: str, value: T) -> None:
        """Put a template under a literal prefix (`/sales/v1`, or empty).

        Raises InvalidTemplateError where the template cannot be matched, or collapses with another of its group.
        """
        read = read_template(prefix + template)
        key = (group, read.shape)
        if key in self._shapes:
            raise collapsing(self._shapes[key], template)
        self._shapes[key] = template
        node = self._root
        node.groups.add(group)
        for part in read.parts:
            node = _child(node, part)
            node.groups.add(group)
        node.by_group[group] = value

    def match(self, path: bytes) -> tuple[Candidate[T], ...]:
        """What a canonical path leads to, best first; a group stands in one candidate only. Empty for a miss."""
        found: list[Candidate[T]] = []
        segments = path.split(b"/")
        self._find(self._root, segments, 1, (), found, b"%2F" in path)
        return tuple(found)

    def _find(
        self,
        node: _Node[T],
        segments: list[bytes],
        at: int,
        values: tuple[bytes, ...],
        found: list[Candidate[T]],
        slash: bool,
    ) -> None:
        """Add the candidates below `node` for `segments[at:]`."""
        count = len(segments)
        while at < count and not node.branches:
            following = node.static.get(segments[at])
            if following is None:
                return
            node = following
            at += 1
        if at == count:
            if node.by_group:
                _found(node.by_group, values, found)
            return
        segment = segments[at]
        at += 1
        following = node.static.get(segment)
        if following is not None:
            self._find(following, segments, at, values, found, slash)
            if found and _settled(node, found):
                return
        if not segment:
            return
        if node.keys and (b"(" in segment or b"%28" in segment):
            self._find_keys(node, segments, at, values, found, slash)
            if found and _settled(node, found):
                return
        if slash and b"%2F" in segment:
            return  # data of a quoted key and of nothing else
        for text, following in node.texts:
            taken = text.take(segment)
            if taken is not None:
                self._find(following, segments, at, values + taken, found, slash)
                if found and _settled(node, found):
                    return
        if node.bare is not None:
            self._find(node.bare, segments, at, (*values, segment), found, slash)

    def _find_keys(
        self,
        node: _Node[T],
        segments: list[bytes],
        at: int,
        values: tuple[bytes, ...],
        found: list[Candidate[T]],
        slash: bool,
    ) -> None:
        read = odata.split(segments[at - 1])
        if read is None:
            return
        for keys, following in node.keys.get(read[0], ()):
            taken = keys.take(read[1])
            if taken is not None:
                self._find(following, segments, at, values + taken, found, slash)
                if found and _settled(node, found):
                    return


def _found(by_group: dict[str, Any], values: tuple[bytes, ...], found: list[Candidate[Any]]) -> None:
    for earlier in found:
        if not by_group.keys().isdisjoint(earlier.by_group.keys()):
            by_group = {group: value for group, value in by_group.items() if group not in earlier.by_group}
    if by_group:
        found.append(Candidate(by_group, values))


def _settled(node: _Node[Any], found: list[Candidate[Any]]) -> bool:
    """Whether every group below the node has its candidate."""
    if len(found) == 1:
        return node.groups <= found[0].by_group.keys()
    return node.groups <= {group for candidate in found for group in candidate.by_group}


def _child(node: _Node[T], part: _Part) -> _Node[T]:
    if isinstance(part, bytes):
        return node.static.setdefault(part, _Node())
    node.branches = True
    if isinstance(part, odata.KeyTemplate):
        keys = node.keys.setdefault(part.name, [])
        for known, following in keys:
            if known == part:
                return following
        made: _Node[T] = _Node()
        keys.append((part, made))
        # Quoted literals first: a bare parameter takes a quoted value as well.
        keys.sort(key=lambda pair: [item.form == "plain" and not item.after for item in pair[0].items])
        return made
    if isinstance(part, _Text):
        for text, following in node.texts:
            if text == part:
                return following
        node.texts.append((part, _Node()))
        node.texts.sort(key=lambda pair: pair[0].order)
        return next(following for text, following in node.texts if text == part)
    if node.bare is None:
        node.bare = _Node()
    return node.bare


def collapsing(one: str, other: str) -> InvalidTemplateError:
    """Two templates of one contract that take the same paths (OpenAPI 3.1 4.8.8.2)."""
    message = (
        f"`{other}` and `{one}` are the same path: no call tells them apart"
        if one != other
        else (f"the path `{one}` stands twice")
    )
    return InvalidTemplateError("paths-collapse", message, "make them one path item, or add text that differs")
