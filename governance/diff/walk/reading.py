"""One document as the walk reads it: references followed, and what is not as OpenAPI says taken as absent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.document import Document, UnresolvedReferenceError
from contracts.written import pointer_to

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_BESIDE: Final = ("summary", "description")
_NOT_FOUND: Final = (UnresolvedReferenceError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; without a value: nothing is there, and the place is the nearest around it."""

    value: Any
    at: str
    beside: Mapping[str, "Node"] = field(default_factory=dict)
    """What stands beside the reference that led here and replaces members of it (`description` since 3.1)."""

    @property
    def there(self) -> bool:
        """Whether anything is there."""
        return self.value is not None

    @property
    def members(self) -> dict[str, Any]:
        """The members of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def text(self) -> str:
        """A text; empty for anything else."""
        return self.value if isinstance(self.value, str) else ""

    def child(self, key: str) -> "Node":
        """A member as it is written, or the nearest place around it."""
        if key in self.beside:
            return self.beside[key]
        value = self.members.get(key)
        return Node(None, self.at) if value is None else Node(value, f"{self.at}{pointer_to(key)}")

    def items(self) -> Iterator["Node"]:
        """The items of a list as they are written; none for anything else."""
        if isinstance(self.value, list):
            for number, item in enumerate(self.value):
                yield Node(item, f"{self.at}/{number}")


NOWHERE: Final = Node(None, "")


class Reading:
    """Reads one document; raises nothing for what is wrong with it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        stated = document.tree.get("openapi")
        self.version = str(stated)[:3] if str(stated)[:3] in ("3.0", "3.1", "3.2") else "3.2"
        """`3.0`, `3.1` or `3.2`; what states another version is read as the newest."""
        self.root = Node(document.tree, "")

    def nowhere(self, *names: str) -> Node:
        """Nothing, at the nearest place to `/names/...` that there is."""
        node = self.root
        for name in names:
            node = self.follow(node.child(name))
        return Node(None, node.at)

    def follow(self, node: Node) -> Node:
        """The node behind references at its top; nothing where they lead nowhere or round in a circle."""
        value = node.value
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return node
        try:
            found, at = self.document.follow(value, node.at)
        except _NOT_FOUND:
            return Node(None, node.at)
        if self.version == "3.0":
            return Node(found, at)
        return Node(found, at, {key: node.child(key) for key in _BESIDE if isinstance(value.get(key), str)})

    def child(self, node: Node, key: str) -> Node:
        """A member, its references followed; anything but a mapping is nothing."""
        found = self.follow(node.child(key))
        return found if isinstance(found.value, dict) else Node(None, node.at)

    def named(self, node: Node) -> dict[str, Node]:
        """The mappings that a mapping holds by name, references followed; extensions are left out."""
        found: dict[str, Node] = {}
        for name in node.members:
            if isinstance(name, str) and not name.startswith("x-"):
                inner = self.child(node, name)
                if inner.there:
                    found[name] = inner
        return found

    def path_item(self, node: Node) -> dict[str, Node]:
        """The members of a path item by key. Those beside a `$ref` win over those that it leads to."""
        found: dict[str, Node] = {}
        seen: set[str] = set()
        value, at = node.value, node.at
        while isinstance(value, dict):
            here = Node(value, at)
            for key in value:
                if value[key] is not None and key != "$ref":
                    found.setdefault(key, here.child(key))
            if not isinstance(value.get("$ref"), str) or at in seen:
                break
            seen.add(at)
            try:
                value, at = self.document.step(value["$ref"])
            except _NOT_FOUND:
                break
        return found

    def operations(self, members: Mapping[str, Node]) -> dict[str, Node]:
        """The operations of a path item by method, in capitals where OpenAPI has a key for it.

        What came with 3.2 is read in every version: who writes it means it.
        """
        found = {key.upper(): self.follow(members[key]) for key in (*METHODS, "query") if key in members}
        if "additionalOperations" in members:
            more = self.named(members["additionalOperations"])
            found = {**{name: more[name] for name in sorted(more)}, **found}
        return {method: node for method, node in found.items() if isinstance(node.value, dict)}
