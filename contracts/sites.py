"""Where a document refers to something: one walk that tells keywords from names and from data.

`$ref` counts where it is a keyword. It does not inside `example`, `default`, `enum`, `const`, an Example Object's
`value` or an `x-` member, nor where it is the name of a property.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.written import pointer_to

_NAME_MAPS: Final = frozenset(
    (
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"),
        *("schemas", "responses", "parameters", "requestBodies", "headers", "securitySchemes", "links", "callbacks"),
        *("pathItems", "mediaTypes", "paths", "webhooks", "content", "encoding", "variables", "additionalOperations"),
    )
)
_DATA: Final = frozenset(("example", "default", "const", "enum"))
_EXTENSIBLE: Final = frozenset(("paths", "responses", "callbacks", "webhooks"))
_DIRECTIVES: Final = frozenset(("customTypePath", "customBasePath"))

_KEYWORDS, _NAMES, _EXTENSIBLE_NAMES, _EXAMPLES, _EXAMPLE = range(5)

Link = tuple[Any, str | int] | None
"""The way to a node: (way to its parent, key)."""


@dataclass(frozen=True, slots=True)
class Site:
    """One member of a mapping that is a reference, or a directive of a code generator."""

    kind: str
    """`ref`, `mapping` (of a discriminator), `operation` (`operationRef`), `id`, `anchor` or `directive`."""
    holder: dict[str, Any]
    key: str
    link: Link
    """The way to the holder."""

    @property
    def value(self) -> Any:
        """What is written there."""
        return self.holder[self.key]

    @property
    def way(self) -> list[str | int]:
        """The steps to the holder."""
        return steps_to(self.link)

    @property
    def pointer(self) -> str:
        """The JSON pointer of the member."""
        return pointer_to(*self.way, self.key)


def steps_to(link: Link) -> list[str | int]:
    """The keys and indexes from the root."""
    way: list[str | int] = []
    while link is not None:
        way.append(link[1])
        link = link[0]
    way.reverse()
    return way


def sites(tree: Any) -> Iterator[Site]:
    """Every site of a tree. Iterative; what YAML aliases share is met at each place."""
    for node, link in objects(tree):
        yield from _sites_of(node, link)


def objects(tree: Any) -> Iterator[tuple[dict[str, Any], Link]]:
    """Every mapping of a tree whose members are keywords, with the way to it."""
    waiting: list[tuple[Any, int, Link]] = [(tree, _KEYWORDS, None)]
    while waiting:
        node, context, link = waiting.pop()
        inside: list[tuple[Any, int, Link]] = []
        if isinstance(node, list):
            inside = [(item, context, (link, n)) for n, item in enumerate(node) if isinstance(item, dict | list)]
        elif context in (_NAMES, _EXTENSIBLE_NAMES):
            for key, child in node.items():
                if isinstance(child, dict | list) and not (context == _EXTENSIBLE_NAMES and key.startswith("x-")):
                    inside.append((child, _KEYWORDS, (link, key)))
        elif context == _EXAMPLES:
            inside = [(child, _EXAMPLE, (link, key)) for key, child in node.items() if isinstance(child, dict)]
        elif isinstance(node, dict):
            yield node, link
            inside = list(_inside(node, context, link))
        waiting += reversed(inside)  # in the order of the document


def _sites_of(node: dict[str, Any], link: Link) -> Iterator[Site]:
    for key, child in node.items():
        if isinstance(child, str):
            if key == "$ref":
                yield Site("ref", node, key, link)
            elif key == "operationRef":
                yield Site("operation", node, key, link)
            elif key == "$id":
                yield Site("id", node, key, link)
            elif key == "$anchor":
                yield Site("anchor", node, key, link)
        if _is_directive(key):
            yield Site("directive", node, key, link)
        elif key == "discriminator" and isinstance(child, dict):
            mapping = child.get("mapping")
            if isinstance(mapping, dict):
                way = ((link, key), "mapping")
                yield from (Site("mapping", mapping, name, way) for name, to in mapping.items() if isinstance(to, str))


def _is_directive(key: str) -> bool:
    return key in _DIRECTIVES or key.startswith("x-python-")


def _inside(node: dict[str, Any], context: int, link: Link) -> Iterator[tuple[Any, int, Link]]:
    for key, child in node.items():
        if not isinstance(child, dict | list) or key in _DATA or key.startswith("x-") or key == "discriminator":
            continue
        if key == "examples":
            if isinstance(child, dict):
                yield child, _EXAMPLES, (link, key)
        elif key in _NAME_MAPS and isinstance(child, dict):
            yield child, _EXTENSIBLE_NAMES if key in _EXTENSIBLE else _NAMES, (link, key)
        elif not (context == _EXAMPLE and key in ("value", "dataValue")) and not _is_directive(key):
            yield child, _KEYWORDS, (link, key)
