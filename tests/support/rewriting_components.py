"""Rewriting rules that move parts of a document into its components, out of them, and under other names."""

from typing import Any

from document_places import Place, component, target
from rewriting_draft import Draft, is_note, own

_REFERABLE = {
    "parameter": "parameters",
    "response": "responses",
    "requestBody": "requestBodies",
    "header": "headers",
}


def _is_reference(node: Any) -> bool:
    return isinstance(node, dict) and "$ref" in node


def inline_schema(draft: Draft) -> bool:
    """What a `$ref` leads to may stand in its place."""

    def fits(place: Place) -> bool:
        if not _is_reference(place.node) or draft.is_union_branch(place):
            return False
        name = component(place.node["$ref"], "schemas")
        found = target(draft.tree, place.node["$ref"], "schemas")
        if name is None or name in draft.tied or found is None or draft.reaches(found, "schemas", name):
            return False
        siblings = [word for word in place.node if word != "$ref"]
        if siblings and (
            draft.old or not isinstance(found, dict) or any(w in found or not is_note(w) for w in siblings)
        ):
            return False
        here = Place(place.kind, place.pointer, place.holder, place.key, found, place.role)
        if isinstance(found, bool) and (draft.old or place.role == "components"):
            return False
        return not (place.role == "components" and place.key in draft.tied) and draft.is_free(here)

    place = draft.pick("schema", fits)
    if place is None:
        return False
    found = own(target(draft.tree, place.node["$ref"], "schemas"))
    siblings = {word: value for word, value in place.node.items() if word != "$ref"}
    place.put({**found, **siblings} if isinstance(found, dict) else found)
    return True


def extract_schema(draft: Draft) -> bool:
    """A schema may stand among the components, with a `$ref` in its place."""
    place = draft.pick(
        "schema",
        lambda p: (
            isinstance(p.node, dict)
            and not _is_reference(p.node)
            and p.role != "components"
            and not draft.is_union_branch(p)
            and not draft.is_tied(p)
            and draft.is_free(p)
        ),
    )
    if place is None:
        return False
    name = draft.new_name("schemas")
    draft.section("schemas")[name] = place.node
    place.put({"$ref": f"#/components/schemas/{name}"})
    return True


def inline_part(draft: Draft) -> bool:
    """What the `$ref` of a parameter, response, request body or header leads to may stand in its place."""

    def fits(place: Place) -> bool:
        section = _REFERABLE.get(place.kind)
        if section is None or not _is_reference(place.node) or len(place.node) > 1:
            return False
        found = target(draft.tree, place.node["$ref"], section)
        here = Place(place.kind, place.pointer, place.holder, place.key, found, place.role)
        return found is not None and draft.is_free(here) and draft.is_free(place)

    found = [place for place in draft.places if fits(place)]
    if not found:
        return False
    place = draft.random.choice(found)
    place.put(own(target(draft.tree, place.node["$ref"], _REFERABLE[place.kind])))
    return True


def extract_part(draft: Draft) -> bool:
    """A parameter, response, request body or header may stand among the components, with a `$ref` in its place."""
    found = [
        p
        for p in draft.places
        if p.kind in _REFERABLE and not _is_reference(p.node) and p.role != "components" and draft.is_free(p)
    ]
    if not found:
        return False
    place = draft.random.choice(found)
    section = _REFERABLE[place.kind]
    name = draft.new_name(section)
    draft.section(section)[name] = place.node
    place.put({"$ref": f"#/components/{section}/{name}"})
    return True


def extract_path_item(draft: Draft) -> bool:
    """A path may stand among the components, with a `$ref` in its place (OpenAPI 3.1 and later)."""
    if draft.old:
        return False
    place = draft.pick(
        "pathItem",
        lambda p: p.pointer[0] in ("paths", "webhooks") and len(p.pointer) == 2 and not _is_reference(p.node) and draft.is_free(p),
    )  # fmt: skip
    if place is None:
        return False
    name = draft.new_name("pathItems")
    draft.section("pathItems")[name] = place.node
    place.put({"$ref": f"#/components/pathItems/{name}"})
    return True


def alias(draft: Draft) -> bool:
    """A component may be a name for another one."""
    place = draft.pick(
        "schema",
        lambda p: (
            p.role == "components"
            and p.key not in draft.tied
            and isinstance(p.node, dict)
            and not draft.is_tied(p)
            and draft.is_free(p)
        ),
    )
    if place is None:
        return False
    name = draft.new_name("schemas")
    draft.section("schemas")[name] = place.node
    place.put({"$ref": f"#/components/schemas/{name}"})
    return True


def rename_component(draft: Draft) -> bool:
    """The name of a component is on no wire, as long as no discriminator takes it for a value."""
    held = draft.tree.get("components", {})
    fixed = _names_of_unions(draft)
    choices = [
        (section, name)
        for section in ("schemas", *_REFERABLE.values())
        for name in held.get(section, {})
        if not (section == "schemas" and (name in draft.tied or name in fixed)) and (section, name) in draft.used
    ]
    if not choices:
        return False
    section, name = draft.random.choice(choices)
    new = draft.new_name(section)
    held[section] = {new if key == name else key: value for key, value in held[section].items()}
    _redirect(draft.tree, f"#/components/{section}/{name}", f"#/components/{section}/{new}", name, new)
    return True


def rename_security_scheme(draft: Draft) -> bool:
    """The name of a security scheme is on no wire: what it asks callers for is."""
    held = draft.tree.get("components", {}).get("securitySchemes", {})
    if not held:
        return False
    name, new = draft.random.choice(sorted(held)), draft.new_name("securitySchemes")
    draft.tree["components"]["securitySchemes"] = {new if key == name else key: value for key, value in held.items()}
    wanted = [draft.tree, *(p.node for p in draft.places if p.kind == "operation")]
    for holder in wanted:
        if isinstance(holder.get("security"), list):
            holder["security"] = [
                {new if key == name else key: scopes for key, scopes in asked.items()} for asked in holder["security"]
            ]
    return True


def _names_of_unions(draft: Draft) -> set[str]:
    """Schemas that a discriminator finds by their own name, since its mapping does not name them."""
    found: set[str] = set()
    for place in draft.places:
        if place.kind == "schema" and draft.is_union_branch(place) and isinstance(place.node, dict):
            mapping = place.around["discriminator"].get("mapping", {})
            name = component(place.node.get("$ref"), "schemas")
            if name is not None and not {name, f"#/components/schemas/{name}"} & set(mapping.values()):
                found.add(name)
    return found


def _redirect(value: Any, old: str, new: str, name: str, new_name: str) -> None:
    if isinstance(value, list):
        for part in value:
            _redirect(part, old, new, name, new_name)
    elif isinstance(value, dict):
        for word, part in value.items():
            if (
                word in ("$ref", "operationRef")
                and isinstance(part, str)
                and (part == old or part.startswith(old + "/"))
            ):
                value[word] = new + part[len(old) :]
            elif word == "discriminator" and isinstance(part, dict) and isinstance(part.get("mapping"), dict):
                mapping = part["mapping"]
                for key, named in mapping.items():
                    if old.startswith("#/components/schemas/") and named in (old, name):
                        mapping[key] = new if named == old else new_name
            else:
                _redirect(part, old, new, name, new_name)
