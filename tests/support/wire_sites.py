"""The messages of a document: each body, parameter and header with its schema, however the document is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from document_places import METHODS, SECTIONS, component, written


@dataclass(frozen=True)
class WireSite:
    """One message. `name` is the same however the document is written."""

    name: str
    pointer: str
    direction: str
    """`request` or `response`, as the caller sees it."""


_SECTION = {kind: section for section, kind in SECTIONS.items()}


def _follow(tree: dict[str, Any], node: Any, pointer: tuple[Any, ...], kind: str) -> tuple[Any, tuple[Any, ...]]:
    section = _SECTION[kind]
    for _ in range(20):
        name = component(node.get("$ref"), section)
        if name is None:
            break
        pointer = ("components", section, name)
        node = tree["components"][section][name]
    return node, pointer


def wire_sites(tree: dict[str, Any]) -> Iterator[WireSite]:
    """Every message of paths, webhooks and callbacks."""
    for field, turned in (("paths", False), ("webhooks", True)):
        for path, item in tree.get(field, {}).items():
            yield from _item(tree, item, (field, path), f"{field} {path}", turned)


def _item(tree: dict[str, Any], item: Any, at: tuple[Any, ...], name: str, turned: bool) -> Iterator[WireSite]:
    item, at = _follow(tree, item, at, "pathItem")
    sent, received = ("response", "request") if turned else ("request", "response")
    for method in (m for m in METHODS if m in item):
        operation, here, called = item[method], (*at, method), f"{name} {method}"
        asked: dict[tuple[str, str], tuple[Any, tuple[Any, ...]]] = {}
        for holder, place in ((item, at), (operation, here)):
            for i, stated in enumerate(holder.get("parameters", [])):
                node, pointer = _follow(tree, stated, (*place, "parameters", i), "parameter")
                key = node["name"].lower() if node["in"] == "header" else node["name"]
                asked[node["in"], key] = (node, pointer)
        for (where, key), (node, pointer) in asked.items():
            yield from _contents(tree, node, pointer, f"{called} {where} {key}", sent)
        if "requestBody" in operation:
            node, pointer = _follow(tree, operation["requestBody"], (*here, "requestBody"), "requestBody")
            yield from _contents(tree, node, pointer, f"{called} body", sent)
        for status, stated in operation.get("responses", {}).items():
            node, pointer = _follow(tree, stated, (*here, "responses", status), "response")
            yield from _contents(tree, node, pointer, f"{called} {status}", received)
            for header, stated_header in node.get("headers", {}).items():
                held, place = _follow(tree, stated_header, (*pointer, "headers", header), "header")
                yield from _contents(tree, held, place, f"{called} {status} {header.lower()}", received)
        for callback, stated in operation.get("callbacks", {}).items():
            node, pointer = _follow(tree, stated, (*here, "callbacks", callback), "callback")
            for expression, inner in node.items():
                yield from _item(tree, inner, (*pointer, expression), f"{called} {callback} {expression}", not turned)


def _contents(
    tree: dict[str, Any], node: Any, pointer: tuple[Any, ...], name: str, direction: str
) -> Iterator[WireSite]:
    if "schema" in node:
        yield WireSite(f"{name} schema", written((*pointer, "schema")), direction)
    for media, held in node.get("content", {}).items():
        if "schema" in held:
            yield WireSite(f"{name} {media.lower()}", written((*pointer, "content", media, "schema")), direction)
