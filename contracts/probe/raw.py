"""The raw tree of a document: references followed by hand, and what a schema says once its parts are put together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote

Direction = Literal["request", "answer"]
_MOST_STEPS: Final = 50


class UnknownError(Exception):
    """Nothing certain can be said here. `str` says why; never holds a value."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the tree and its JSON pointer."""

    node: Any
    pointer: str

    def child(self, *steps: str | int) -> "Place":
        """Some steps further down."""
        node, pointer = self.node, self.pointer
        for step in steps:
            node = node[step]
            pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
        return Place(node, pointer)

    def each(self, keyword: str) -> "Iterator[Place]":
        """The parts of a keyword that takes a list."""
        parts = self.node.get(keyword)
        for i in range(len(parts) if isinstance(parts, list) else 0):
            yield self.child(keyword, i)


@dataclass(frozen=True, slots=True)
class Raw:
    """One document as it stands. `old`: OpenAPI 3.0, where what stands beside a `$ref` does not count."""

    tree: Mapping[str, Any]
    old: bool
    direction: Direction

    def at(self, reference: str) -> Place:
        """What a `#/...` reference names. Raises UnknownError."""
        if not (reference == "#" or reference.startswith("#/")):
            raise UnknownError("a reference that is no pointer into the document")
        node: Any = self.tree
        pointer = ""
        for token in unquote(reference[1:]).split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and name not in node and "$ref" in node:
                found = self.target(Place(node, pointer))
                node, pointer = found.node, found.pointer
            if isinstance(node, dict) and name in node:
                node = node[name]
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                raise UnknownError("a reference that names nothing")
            pointer += "/" + token
        return Place(node, pointer)

    def target(self, place: Place) -> Place:
        """The place once every `$ref` at its top is followed; what stands beside is left out."""
        for _ in range(_MOST_STEPS):
            ref = place.node.get("$ref") if isinstance(place.node, dict) else None
            if not isinstance(ref, str):
                return place
            place = self.at(ref)
        raise UnknownError("references that go round in a circle")

    def parts(self, place: Place, depth: int = 0) -> Iterator[Place]:
        """The schemas that judge one value for certain: itself, behind its `$ref`, and all of its `allOf`."""
        if depth > _MOST_STEPS:
            raise UnknownError("schemas that go round in a circle")
        node = place.node
        if not isinstance(node, dict):
            yield place
            return
        if "$id" in node or "$dynamicRef" in node or "$recursiveRef" in node or "$schema" in node:
            raise UnknownError("a schema with `$id`, `$schema` or `$dynamicRef`")
        if isinstance(node.get("$ref"), str):
            yield from self.parts(self.at(node["$ref"]), depth + 1)
            if self.old:
                return
        yield place
        for part in place.each("allOf"):
            yield from self.parts(part, depth + 1)

    def forbidden(self, place: Place) -> bool:
        """Whether a member of this schema may not stand in the direction. Raises UnknownError where it depends."""
        flag = "readOnly" if self.direction == "request" else "writeOnly"
        for part in self.parts(place):
            if not isinstance(part.node, dict):
                continue
            if part.node.get(flag) is True:
                return True
            for keyword in ("oneOf", "anyOf"):
                for branch in part.each(keyword):
                    if any(isinstance(p.node, dict) and p.node.get(flag) is True for p in self.parts(branch)):
                        raise UnknownError(f"a member that is `{flag}` in some alternatives")
        return False

    def forbidden_names(self, place: Place) -> frozenset[str]:
        """Members of an object of this schema that may not stand in the direction."""
        found = set()
        for part in self.parts(place):
            properties = part.node.get("properties") if isinstance(part.node, dict) else None
            for name in properties if isinstance(properties, dict) else ():
                if self.forbidden(part.child("properties", name)):
                    found.add(name)
        return frozenset(found)
