"""One matcher over the raw paths of a whole release.

Matching never decodes: a value is the bytes that stood in the path. Segments decide one after the other, static before
OData keys, keys before text with parameters in it, that before a bare parameter; where a choice leads nowhere the next
one is tried. A trailing slash is another path. A parameter takes at least one byte and never a slash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts import odata
from contracts.raw_path import UnsafePathError, canonical
from contracts.templates import InvalidTemplateError, Part, Template, Text, collapsing, read_template

__all__ = [
    "Candidate",
    "InvalidTemplateError",
    "PathMatcher",
    "Template",
    "UnsafePathError",
    "canonical",
    "collapsing",
    "read_template",
]

T = TypeVar("T")


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
        self.texts: list[tuple[Text, _Node[T]]] = []
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


def _child(node: _Node[T], part: Part) -> _Node[T]:
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
    if isinstance(part, Text):
        for text, following in node.texts:
            if text == part:
                return following
        node.texts.append((part, _Node()))
        node.texts.sort(key=lambda pair: pair[0].order)
        return next(following for text, following in node.texts if text == part)
    if node.bare is None:
        node.bare = _Node()
    return node.bare
