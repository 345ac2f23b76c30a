"""Every place of an OpenAPI document where something of a known kind stands: schemas, parameters, answers and so on.

Written apart from the product's own walkers, so that the laws that use it share no mistake with them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Pointer = tuple[str | int, ...]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

ONE = ("items", "not", "contains", "propertyNames", "if", "then", "else", "unevaluatedItems", "contentSchema")
MEMBERS = ("additionalProperties", "unevaluatedProperties")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs")
IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""Keywords whose schemas judge the value that the schema around them judges."""

NEGATED = frozenset({"not", "if"})

SECTIONS = {
    "schemas": "schema",
    "parameters": "parameter",
    "responses": "response",
    "requestBodies": "requestBody",
    "headers": "header",
    "pathItems": "pathItem",
    "callbacks": "callback",
}
"""The sections of `components` with the kind of what they hold."""


@dataclass(frozen=True)
class Place:
    """One place: `node` is `holder[key]`."""

    kind: str
    """schema, parameter, response, requestBody, header, mediaType, encoding, operation, pathItem, callback, security."""
    pointer: Pointer
    holder: Any
    key: Any
    node: Any
    role: str = ""
    """For a schema the keyword or field by which it hangs on what is around it."""
    negated: bool = False
    """Whether it stands under `not` or `if`, where a message is to fail it as well as to keep to it."""
    around: Any = None
    """For a schema: the schema, media type or parameter that it stands in."""

    def put(self, node: Any) -> None:
        """Put something else in its place."""
        self.holder[self.key] = node


def written(pointer: Pointer) -> str:
    """As a JSON pointer (RFC 6901)."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer)


def places(tree: dict[str, Any]) -> Iterator[Place]:
    """All places, from the root down. Nothing may be changed while it runs: make a list of it first."""
    for field, kind in (("paths", "pathItem"), ("webhooks", "pathItem")):
        for name in tree.get(field, {}):
            if not str(name).startswith("x-"):
                yield from _any(kind, tree[field], name, (field, name))
    for section, kind in SECTIONS.items():
        held = tree.get("components", {}).get(section, {})
        for name in held:
            yield from _any(kind, held, name, ("components", section, name), "components")


def schemas(tree: dict[str, Any]) -> list[Place]:
    """The places of schemas, booleans too."""
    return [place for place in places(tree) if place.kind == "schema"]


def operations(tree: dict[str, Any]) -> list[Place]:
    """The places of operations: of paths, webhooks and callbacks."""
    return [place for place in places(tree) if place.kind == "operation"]


def _any(kind: str, holder: Any, key: Any, pointer: Pointer, role: str = "") -> Iterator[Place]:
    if kind == "schema":
        yield from _schema(holder, key, pointer, role, negated=False, around=holder)
        return
    yield Place(kind, pointer, holder, key, holder[key], role)
    node = holder[key]
    if isinstance(node, dict) and "$ref" not in node:
        yield from _INSIDE[kind](node, pointer)


def _schema(holder: Any, key: Any, pointer: Pointer, role: str, *, negated: bool, around: Any) -> Iterator[Place]:
    node = holder[key]
    yield Place("schema", pointer, holder, key, node, role, negated, around)
    if not isinstance(node, dict):
        return
    for word in (*ONE, *MEMBERS):
        if isinstance(node.get(word), dict | bool):
            under = negated or word in NEGATED
            yield from _schema(node, word, (*pointer, word), word, negated=under, around=node)
    for word in LISTS:
        if isinstance(node.get(word), list):
            for i in range(len(node[word])):
                yield from _schema(node[word], i, (*pointer, word, i), word, negated=negated, around=node)
    for word in NAMED:
        if isinstance(node.get(word), dict):
            for name in node[word]:
                yield from _schema(node[word], name, (*pointer, word, name), word, negated=negated, around=node)


def _named(kind: str, field: str, node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    held = node.get(field, {})
    for name in held:
        yield from _any(kind, held, name, (*pointer, field, name), field)


def _path_item(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    for i in range(len(node.get("parameters", []))):
        yield from _any("parameter", node["parameters"], i, (*pointer, "parameters", i), "parameters")
    for method in METHODS:
        if method in node:
            yield from _any("operation", node, method, (*pointer, method))


def _operation(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    for i in range(len(node.get("parameters", []))):
        yield from _any("parameter", node["parameters"], i, (*pointer, "parameters", i), "parameters")
    if "requestBody" in node:
        yield from _any("requestBody", node, "requestBody", (*pointer, "requestBody"))
    yield from _named("response", "responses", node, pointer)
    yield from _named("callback", "callbacks", node, pointer)


def _parameter(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    if "schema" in node:
        yield from _schema(node, "schema", (*pointer, "schema"), "schema", negated=False, around=node)
    yield from _named("mediaType", "content", node, pointer)


def _body(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    yield from _named("mediaType", "content", node, pointer)


def _response(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    yield from _named("header", "headers", node, pointer)
    yield from _named("mediaType", "content", node, pointer)


def _media_type(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    if "schema" in node:
        yield from _schema(node, "schema", (*pointer, "schema"), "schema", negated=False, around=node)
    yield from _named("encoding", "encoding", node, pointer)


def _encoding(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    yield from _named("header", "headers", node, pointer)


def _callback(node: dict[str, Any], pointer: Pointer) -> Iterator[Place]:
    for name in node:
        if not str(name).startswith("x-"):
            yield from _any("pathItem", node, name, (*pointer, name))


_INSIDE: dict[str, Callable[[dict[str, Any], Pointer], Iterator[Place]]] = {
    "pathItem": _path_item,
    "operation": _operation,
    "parameter": _parameter,
    "header": _parameter,
    "requestBody": _body,
    "response": _response,
    "mediaType": _media_type,
    "encoding": _encoding,
    "callback": _callback,
}


def copied(tree: Any) -> Any:
    """A copy of its own, in which no part stands twice."""
    return json.loads(json.dumps(tree, default=float))


def targets(tree: Any) -> set[str]:
    """Where every `$ref`, `operationRef` and mapping of a discriminator leads, as pointers."""
    found: set[str] = set()
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
            found.update(v[1:] for k in ("$ref", "operationRef") if isinstance(v := value.get(k), str) and v[:1] == "#")
            mapping = value.get("mapping")
            if isinstance(mapping, dict):
                found.update(v[1:] if v[:1] == "#" else f"/components/schemas/{v}" for v in mapping.values())
    return found


def target(tree: dict[str, Any], reference: str, section: str) -> Any:
    """The component that a reference of the form `#/components/<section>/NAME` names, or None."""
    name = component(reference, section)
    return None if name is None else tree.get("components", {}).get(section, {}).get(name)


def component(reference: Any, section: str) -> str | None:
    """The name in such a reference."""
    head = f"#/components/{section}/"
    if not isinstance(reference, str) or not reference.startswith(head) or "/" in reference[len(head) :]:
        return None
    return reference[len(head) :].replace("~1", "/").replace("~0", "~").replace("%20", " ")
