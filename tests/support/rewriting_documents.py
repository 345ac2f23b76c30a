"""Rewriting rules that work on what stands around schemas: order, defaults said aloud, places of what is inherited."""

from typing import Any

from document_places import METHODS, Place, copied, places, written
from rewriting_draft import Draft


def shuffle_keys(draft: Draft) -> bool:
    """The members of a mapping have no order."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(part) for part in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        draft.random.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}

    draft.tree = shuffled(draft.tree)
    return True


def _shuffle(draft: Draft, kind: str, words: tuple[str, ...]) -> bool:
    """Another order for a list at a random place, where nothing refers to its members by number."""

    def choices(place: Place) -> list[str]:
        if not isinstance(place.node, dict):
            return []
        at = written(place.pointer)
        return [
            word
            for word in words
            if isinstance(place.node.get(word), list)
            and len(place.node[word]) > 1
            and not any(t.startswith(f"{at}/{word}/") for t in draft.targets)
        ]

    place = draft.pick(kind, lambda p: bool(choices(p)))
    if place is None:
        return False
    draft.random.shuffle(place.node[draft.random.choice(choices(place))])
    return True


def reorder_in_schema(draft: Draft) -> bool:
    """Names asked for, values, types and alternatives have no order. (`prefixItems` have one.)"""
    return _shuffle(draft, "schema", ("required", "enum", "type", "anyOf", "oneOf", "allOf"))


def reorder_parameters(draft: Draft) -> bool:
    """Parameters go by their names."""
    return _shuffle(draft, "operation", ("parameters",)) or _shuffle(draft, "pathItem", ("parameters",))


def reorder_security(draft: Draft) -> bool:
    """A caller keeps to any one of the alternatives of `security`."""
    return _shuffle(draft, "operation", ("security",))


def reorder_tags(draft: Draft) -> bool:
    """Tags go by their names."""
    if draft.random.random() < 0.5 and len(draft.tree.get("tags", [])) > 1:
        draft.random.shuffle(draft.tree["tags"])
        return True
    return _shuffle(draft, "operation", ("tags",))


def _methods(item: dict[str, Any]) -> list[str]:
    return [method for method in METHODS if method in item]


def _key(parameter: dict[str, Any]) -> tuple[Any, Any]:
    return parameter.get("in"), parameter.get("name")


def _followed(draft: Draft, parameter: dict[str, Any]) -> dict[str, Any] | None:
    from document_places import target

    found = target(draft.tree, parameter["$ref"], "parameters") if "$ref" in parameter else parameter
    return found if isinstance(found, dict) and "$ref" not in found else None


def parameter_to_operations(draft: Draft) -> bool:
    """What a path asks for, each of its operations asks for, unless it says otherwise."""
    place = draft.pick(
        "pathItem",
        lambda p: (
            bool(p.node.get("parameters"))
            and bool(_methods(p.node))
            and not any(t.startswith(f"{written(p.pointer)}/parameters/") for t in draft.targets)
            and all(_followed(draft, q) is not None for q in p.node["parameters"])
        ),
    )
    if place is None:
        return False
    parameters = place.node["parameters"]
    moved = parameters.pop(draft.random.randrange(len(parameters)))
    if not parameters:
        del place.node["parameters"]
    key = _key(_followed(draft, moved) or {})
    for method in _methods(place.node):
        operation = place.node[method]
        own = [_followed(draft, p) for p in operation.get("parameters", [])]
        if not any(p is not None and _key(p) == key for p in own):
            operation["parameters"] = [*operation.get("parameters", []), copied(moved)]
    return True


def parameter_to_path(draft: Draft) -> bool:
    """What each operation of a path asks for may be said once, for the path."""

    def shared(item: dict[str, Any]) -> list[dict[str, Any]]:
        lists = [item[method].get("parameters", []) for method in _methods(item)]
        return [p for p in lists[0] if all(p in other for other in lists[1:])] if lists else []

    place = draft.pick(
        "pathItem",
        lambda p: (
            bool(shared(p.node))
            and not any(f"{written(p.pointer)}/" in t and "/parameters/" in t for t in draft.targets)
        ),
    )
    if place is None:
        return False
    moved = copied(draft.random.choice(shared(place.node)))
    for method in _methods(place.node):
        operation = place.node[method]
        operation["parameters"] = [p for p in operation["parameters"] if p != moved]
        if not operation["parameters"]:
            del operation["parameters"]
    key = _key(_followed(draft, moved) or {})
    rest = [p for p in place.node.get("parameters", []) if _key(_followed(draft, p) or {}) != key]
    place.node["parameters"] = [*rest, moved]
    return True


def servers_to_operations(draft: Draft) -> bool:
    """The servers of a document are those of each operation that names none."""
    servers = draft.tree.get("servers")
    items = [p for p in draft.places if p.kind == "pathItem" and p.pointer[0] == "paths" and len(p.pointer) == 2]
    if not servers or not items or any("$ref" in p.node for p in items):
        return False
    for place in items:
        for method in _methods(place.node):
            if "servers" not in place.node and "servers" not in place.node[method]:
                place.node[method]["servers"] = copied(servers)
    return True


def servers_to_paths(draft: Draft) -> bool:
    """The servers of a document are those of each path that names none."""
    servers = draft.tree.get("servers")
    items = [p for p in draft.places if p.kind == "pathItem" and p.pointer[0] == "paths" and len(p.pointer) == 2]
    if not servers or not items or any("$ref" in p.node for p in items):
        return False
    for place in items:
        place.node.setdefault("servers", copied(servers))
    del draft.tree["servers"]
    return True


def default_server(draft: Draft) -> bool:
    """A document that names no server means `/`."""
    if draft.tree.get("servers"):
        return False
    draft.tree["servers"] = [{"url": "/"}]
    return True


def _callable(draft: Draft) -> list[dict[str, Any]]:
    """The operations that callers call: not callbacks and webhooks, which the document's security says nothing of."""
    items = [p for p in draft.places if p.kind == "pathItem" and len(p.pointer) == 2 and p.pointer[0] == "paths"]
    if any("$ref" in p.node for p in items):
        return []
    return [p.node[method] for p in items for method in _methods(p.node)]


def security_to_operations(draft: Draft) -> bool:
    """The security of a document is that of each operation of its paths that states none."""
    stated = draft.tree.get("security")
    found = _callable(draft)
    if stated is None or not found:
        return False
    for operation in found:
        operation.setdefault("security", copied(stated))
    del draft.tree["security"]
    return True


def security_to_document(draft: Draft) -> bool:
    """What operations state alike may be said once, for the document."""
    found = _callable(draft)
    if "security" in draft.tree or not found or any("security" not in operation for operation in found):
        return False
    stated = draft.random.choice(found)["security"]
    draft.tree["security"] = copied(stated)
    for operation in found:
        if operation["security"] == stated:
            del operation["security"]
    return True


def default_said(draft: Draft) -> bool:
    """What holds by itself may be said."""
    styles = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}

    def missing(place: Place) -> dict[str, Any]:
        node = place.node
        if not isinstance(node, dict) or "$ref" in node:
            return {}
        said: dict[str, Any] = {}
        if place.kind == "parameter":
            said = {"deprecated": False}
            if node.get("in") != "path":
                said["required"] = False
            if "schema" in node:
                style = node.get("style", styles.get(node.get("in", ""), "form"))
                said.update(style=style, explode=style == "form")
                if node.get("in") == "query":
                    said["allowReserved"] = False
            if node.get("in") == "query":
                said["allowEmptyValue"] = False
        elif place.kind == "header":
            said = {"required": False, "deprecated": False}
            if "schema" in node:
                said.update(style="simple", explode=False)
        elif place.kind == "requestBody":
            said = {"required": False}
        elif place.kind == "operation":
            said = {"deprecated": False, "tags": [], "parameters": []}
            if "callbacks" not in node:
                said["callbacks"] = {}
        elif place.kind == "response":
            said = {"headers": {}, "links": {}}
        elif place.kind == "mediaType" and not draft.old:
            said = {"schema": {}}
        return {word: value for word, value in said.items() if word not in node}

    found = [place for place in draft.places if missing(place)]
    if not found:
        return False
    kind = draft.random.choice(sorted({place.kind for place in found}))
    place = draft.random.choice([p for p in found if p.kind == kind])
    word = draft.random.choice(sorted(missing(place)))
    place.node[word] = missing(place)[word]
    return True


def header_case(draft: Draft) -> bool:
    """Names of headers are read in any case (RFC 9110)."""

    def turned(name: str) -> str:
        return draft.random.choice((name.lower(), name.upper(), name.title()))

    found = [
        p for p in draft.places if p.kind == "parameter" and isinstance(p.node, dict) and p.node.get("in") == "header"
    ]
    answers = [p for p in draft.places if p.kind == "response" and isinstance(p.node, dict) and p.node.get("headers")]
    answers = [p for p in answers if not any(t.startswith(f"{written(p.pointer)}/headers/") for t in draft.targets)]
    if found and (not answers or draft.random.random() < 0.5):
        place = draft.random.choice(found)
        place.node["name"] = turned(place.node["name"])
        return True
    if not answers:
        return False
    headers = draft.random.choice(answers).node["headers"]
    name = draft.random.choice(sorted(headers))
    new = turned(name)
    if new != name and new not in headers:
        headers[new] = headers.pop(name)
    return True


def media_type_case(draft: Draft) -> bool:
    """Names of media types are read in any case (RFC 9110)."""
    place = draft.pick("mediaType", lambda p: "multipart" not in p.key and p.key != p.key.upper() and draft.is_free(p))
    if place is None:
        return False
    name = place.key
    new = draft.random.choice((name.upper(), name.title()))
    if new in place.holder:
        return False
    place.holder[new] = place.holder.pop(name)
    return True


def as_3_1(draft: Draft) -> bool:
    """OpenAPI 3.0 as 3.1: `nullable` as a type, exclusive bounds as numbers, nothing beside `$ref`."""
    if not draft.old:
        return False
    draft.tree["openapi"] = "3.1.0"
    for place in list(places(draft.tree)):
        node = place.node
        if not isinstance(node, dict):
            continue
        if "$ref" in node and place.kind != "pathItem":
            for word in [w for w in node if w != "$ref"]:
                del node[word]
        elif place.kind == "schema":
            if node.pop("nullable", False) is True and "type" in node:
                node["type"] = [node["type"], "null"]
            for inside, outside in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
                if node.pop(outside, False) is True and inside in node:
                    node[outside] = node.pop(inside)
    return True
