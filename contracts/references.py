"""References between schemas of one self-contained document: pointers, anchors, `$id` and the dynamic scope."""

from collections.abc import Iterator
from typing import Any, Final, Protocol
from urllib.parse import unquote, urldefrag, urljoin

BASE: Final = "https://document.invalid/"
"""What the names of a document are relative to where it does not say."""
_STEPS: Final = 16

Scope = tuple[tuple[str, str], ...]
"""The dynamic scope: name of an anchor -> pointer, the outermost resource first. Empty in nearly every document."""


class Tree(Protocol):
    """The part of a document that references need."""

    @property
    def tree(self) -> dict[str, Any]:
        """The whole document, self-contained."""
        ...


class UnresolvedError(Exception):
    """A reference that leads nowhere inside the document."""


class AmbiguousError(UnresolvedError):
    """A reference to a name that two schemas have; the argument is the name."""


def escape(token: str | int) -> str:
    """One token of a JSON pointer (RFC 6901)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def normal(pointer: str) -> str:
    """A JSON pointer without `#`."""
    return pointer.removeprefix("#")


def walk_to(tree: Any, pointer: str, steps: int = 0) -> Any:
    """The value at a JSON pointer; a `$ref` on the way (a path item) is followed. Raises UnresolvedError."""
    value = tree
    for raw in pointer.split("/")[1:]:
        token = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and token not in value and isinstance(value.get("$ref"), str):
            if steps > _STEPS or not value["$ref"].startswith("#/"):
                raise UnresolvedError(pointer)
            value = walk_to(tree, unquote(value["$ref"][1:]), steps + 1)
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            raise UnresolvedError(pointer)
    return value


class References:
    """Finds what a reference names. Anchors and `$id` are indexed at the first need."""

    def __init__(self, document: Tree, *, named: bool) -> None:
        """Without `named` (OpenAPI 3.0) there are pointers only, and the document is not searched for names."""
        self._tree = document.tree
        self._indexed = not named
        self._ids: dict[str, str | None] = {}  # None where two schemas have one name: nobody can say which is meant
        self._resources: set[str] = set()
        self._base_of: dict[str, str] = {"": BASE}
        stated = document.tree.get("$self")
        if named and isinstance(stated, str):
            self._base_of[""] = urldefrag(urljoin(BASE, stated))[0]
            self._ids[self._base_of[""]] = ""
        self._anchors: dict[tuple[str, str], str] = {}
        self._dynamic: dict[str, dict[str, str]] = {}

    def find(self, ref: str, at: str) -> str:
        """The pointer that `ref`, standing at pointer `at`, names. Raises UnresolvedError."""
        if ref == "#" or ref.startswith("#/"):
            pointer = unquote(ref[1:])
            inside = self._resource_of(at) if self._has_resources() else ""
            if inside:
                try:
                    walk_to(self._tree, inside + pointer)
                except UnresolvedError:
                    pass
                else:
                    return inside + pointer
            walk_to(self._tree, pointer)
            return pointer
        self._index()
        resource = self._resource_of(at)
        target, fragment = urldefrag(urljoin(self._base_of.get(resource, BASE), ref))
        root = resource if ref.startswith("#") else self._ids.get(target)
        if root is None:
            raise AmbiguousError(target) if target in self._ids else UnresolvedError(ref)
        if not fragment or fragment.startswith("/"):
            pointer = root + unquote(fragment)
            walk_to(self._tree, pointer)
            return pointer
        anchored = self._anchors.get((root, unquote(fragment)))
        if anchored is None:
            raise UnresolvedError(ref)
        return anchored

    def find_dynamic(self, ref: str, at: str, scope: Scope) -> str:
        """As `find`, for `$dynamicRef`: the outermost resource of the scope that has the anchor wins."""
        pointer = self.find(ref, at)
        name = unquote(ref.partition("#")[2])
        if self._dynamic.get(self._resource_of(pointer), {}).get(name) != pointer:
            return pointer
        return dict(scope).get(name, pointer)

    def entered(self, pointer: str, scope: Scope) -> Scope:
        """The dynamic scope inside the resource that holds `pointer`."""
        if not self._has_resources():
            return scope
        known = dict(scope)
        for name, place in self._dynamic.get(self._resource_of(pointer), {}).items():
            known.setdefault(name, place)
        return tuple(sorted(known.items()))

    def has_names(self) -> bool:
        """Whether any schema has a name by which, or from which, a reference is read."""
        self._index()
        return bool(self._anchors or self._ids)

    def _has_resources(self) -> bool:
        self._index()
        return bool(self._dynamic or self._resources)

    def _resource_of(self, pointer: str) -> str:
        self._index()
        while pointer and pointer not in self._resources:
            pointer = pointer.rpartition("/")[0]
        return pointer

    def _index(self) -> None:
        if self._indexed:
            return
        self._indexed = True
        named = list(_named(self._tree, ""))
        for pointer, node in sorted(named, key=lambda found: len(found[0])):
            own = node.get("$id")
            if isinstance(own, str) and pointer:
                base = urldefrag(urljoin(self._base_of[self._resource_of(pointer)], own))[0]
                self._resources.add(pointer)
                self._base_of[pointer] = base
                self._ids[base] = None if base in self._ids else pointer
        for pointer, node in named:
            resource = self._resource_of(pointer)
            for keyword in ("$anchor", "$dynamicAnchor"):
                name = node.get(keyword)
                if isinstance(name, str):
                    self._anchors.setdefault((resource, name), pointer)
                    if keyword == "$dynamicAnchor":
                        self._dynamic.setdefault(resource, {}).setdefault(name, pointer)


_DATA: Final = frozenset({"example", "examples", "default", "enum", "const", "value"})


def _named(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping that carries a name of its own, data left out. Iterative: a document may be deep."""
    waiting = [(pointer, value, False)]
    while waiting:
        at, node, names = waiting.pop()
        if isinstance(node, dict):
            if not names and ("$id" in node or "$anchor" in node or "$dynamicAnchor" in node):
                yield at, node
            for key, child in node.items():
                if isinstance(child, dict | list) and (names or key not in _DATA):
                    of_names = not names and key in ("properties", "patternProperties", "$defs", "schemas")
                    waiting.append((f"{at}/{escape(key)}", child, of_names))
        elif isinstance(node, list):
            waiting.extend((f"{at}/{i}", child, False) for i, child in enumerate(node))
