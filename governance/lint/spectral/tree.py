"""A document as Spectral's rules see it: with what references lead to in their place, or as it is written.

References are followed by sharing, not by copying: a component that a thousand places refer to is there once, and a
circle of references is a circle of mappings. Each mapping and list knows where it is written.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from contracts.document import Document, UnresolvedReferenceError, references
from contracts.path_text import Location
from contracts.written import pointer_to
from governance.finding import Direction, Use
from governance.lint.spectral.javascript import UNDEFINED
from governance.lint.spectral.paths import members

_NOT_FOUND: Final = (UnresolvedReferenceError, ValueError, RecursionError)
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})
_OWNER: Final = 4
"""Parts of `/components/schemas/Order`, the empty one before the first slash counted."""


class Trees:
    """One document, both ways."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._places: dict[int, str] = {}
        """By the id of a mapping or list of `resolved` its pointer; they live as long as this does."""

    @cached_property
    def written(self) -> Any:
        """As it is written, without the other files of the document."""
        others = {file.under.split("/")[1] for file in self.document.files if file.under}
        return {key: value for key, value in self.document.tree.items() if key not in others}

    @cached_property
    def resolved(self) -> Any:
        """With references followed; one that leads nowhere stays as it is."""
        made: dict[int, Any] = {}
        waiting: list[tuple[Any, Any, str]] = []

        def place(value: Any, at: str) -> Any:
            if isinstance(value, dict) and isinstance(value.get("$ref"), str):
                try:
                    value, at = self.document.follow(value, at)
                except _NOT_FOUND:
                    return value
            if not isinstance(value, dict | list):
                return value
            if id(value) not in made:
                new: Any = {} if isinstance(value, dict) else []
                made[id(value)] = new
                self._places[id(new)] = at
                waiting.append((value, new, at))
            return made[id(value)]

        root = place(self.written, "")
        while waiting:
            value, new, at = waiting.pop()
            for key, inner in members(value):
                found = place(inner, f"{at}{pointer_to(key)}")
                if isinstance(new, dict):
                    new[key] = found
                else:
                    new.append(found)
        return root

    def written_at(self, value: Any) -> str:
        """The pointer of a mapping or list of `resolved`; empty for any other."""
        return self._places.get(id(value), "")

    def origin(self, location: Location, *, resolved: bool, is_key: bool = False) -> tuple[str, Location]:
        """The pointer of a place, or of the nearest one around it that is there, and what of the way was not there.

        `is_key`: the name is meant, which stands where it is written and not where its value is.
        """
        tree = self.resolved if resolved else self.written
        at, value = "", tree
        for number, key in enumerate(location):
            inner = _member(value, key)
            if inner is None:
                return at, location[number:]
            last = number == len(location) - 1
            known = "" if is_key and last else self._places.get(id(inner[0]), "") if resolved else ""
            at = known if known and isinstance(inner[0], dict | list) else f"{at}{pointer_to(key)}"
            value = inner[0]
        return at, ()

    def value(self, pointer: str) -> Any:
        """What is written at a pointer; undefined where nothing is."""
        try:
            return self.document.resolve(f"#{quote(pointer)}")
        except _NOT_FOUND:
            return UNDEFINED

    @cached_property
    def referred(self) -> frozenset[str]:
        """The pointers that references lead to, decoded."""
        found = {value for _, value in references(self.document) if value.startswith("#")}
        return frozenset(reached for value in found for reached in self._reached(value))

    def _reached(self, reference: str) -> Iterator[str]:
        try:
            yield self.document.step(reference)[1]
        except _NOT_FOUND:
            return

    @cached_property
    def _by_component(self) -> Mapping[str, tuple[Use, ...]]:
        """The operations that each component reaches."""
        inside: dict[str, set[str]] = {}
        for at, value in references(self.document):
            for target in self._reached(value):
                inside.setdefault(_owner(at), set()).add(_owner(target))
        found: dict[str, dict[Use, None]] = {}
        for use, owner in self._operations():
            waiting, seen = [owner], {owner}
            while waiting:
                for target in inside.get(waiting.pop(), ()):
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
            for target in sorted(seen):
                found.setdefault(target, {})[use] = None
        return {owner: tuple(uses) for owner, uses in found.items()}

    def _operations(self) -> Iterator[tuple[Use, str]]:
        paths = self.written.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            for method in item if isinstance(item, dict) else ():
                if method in _METHODS:
                    use = Use(method.upper(), path, Direction.NONE, "")
                    yield use, pointer_to("paths", path, method)
                    yield use, pointer_to("paths", path)

    def reach(self, pointer: str) -> tuple[Use, ...]:
        """The operations that a place is part of; none for what belongs to the whole document."""
        return self._by_component.get(_owner(pointer), ())


def _owner(pointer: str) -> str:
    """The operation, path or component that a place is part of."""
    parts = pointer.split("/")
    if parts[1:2] == ["paths"]:
        return "/".join(parts[: 4 if parts[3:4] and parts[3] in _METHODS else 3])
    return "/".join(parts[:_OWNER])


def _member(value: Any, key: str | int) -> tuple[Any] | None:
    if isinstance(value, dict) and key in value:
        return (value[key],)
    if isinstance(value, list) and str(key).isdecimal() and int(key) < len(value):
        return (value[int(key)],)
    return None
