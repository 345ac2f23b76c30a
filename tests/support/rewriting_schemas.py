"""Rewriting rules that work on one schema: what it demands is written in another way."""

from typing import Any

from document_places import Place, copied
from rewriting_draft import Draft, demands, has_any, notes, own, replace, stands_alone

_COMPOSED = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "discriminator", "$defs")
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_MOVABLE = (
    "maxLength", "minLength", "pattern", "minimum", "maximum", "multipleOf", "required", "enum", "minItems",
    "maxItems", "uniqueItems", "minProperties", "maxProperties", "const", "dependentRequired",
)  # fmt: skip
_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})


def _wrap(draft: Draft, word: str) -> bool:
    place = draft.pick_schema(
        lambda p, n: (
            draft.is_free(p)
            and not draft.is_union_branch(p)
            and bool(demands(n))
            and not ("$ref" in n and len(n) > 1)
            and "discriminator" not in n
        )
    )
    if place is None:
        return False
    replace(place.node, {word: [demands(place.node)]})
    return True


def wrap_in_all_of(draft: Draft) -> bool:
    """`allOf` of one schema demands what that schema demands."""
    return _wrap(draft, "allOf")


def wrap_in_any_of(draft: Draft) -> bool:
    """`anyOf` of one schema demands what that schema demands."""
    return _wrap(draft, "anyOf")


def wrap_in_one_of(draft: Draft) -> bool:
    """`oneOf` of one schema demands what that schema demands."""
    return _wrap(draft, "oneOf")


def unwrap(draft: Draft) -> bool:
    """A composition of one schema that says nothing else is that schema."""

    def fits(place: Place, node: dict[str, Any]) -> bool:
        said = demands(node)
        if len(said) != 1 or not draft.is_free(place) or draft.is_union_branch(place):
            return False
        ((word, parts),) = said.items()
        if word not in ("allOf", "anyOf", "oneOf") or len(parts) != 1 or not isinstance(parts[0], dict):
            return False
        # In 3.0 what stands beside `$ref` is not read.
        return not notes(parts[0]) and not ("$ref" in parts[0] and draft.old and bool(notes(node)))

    place = draft.pick_schema(fits)
    if place is None:
        return False
    replace(place.node, next(iter(demands(place.node).values()))[0])
    return True


def flatten_all_of(draft: Draft) -> bool:
    """Objects that demand members of different names, all at once, are one object with all these members."""
    plain = {"type", "properties", "required"}

    def part(node: Any) -> dict[str, Any] | None:
        found = draft.follow(node)
        if not isinstance(found, dict) or not found.keys() <= plain or found.get("type", "object") != "object":
            return None
        return None if isinstance(node, dict) and "$ref" in node and len(node) > 1 else found

    def fits(place: Place, node: dict[str, Any]) -> bool:
        said = demands(node)
        if not draft.is_free(place) or "allOf" not in said or not said.keys() <= plain | {"allOf"}:
            return False
        if said.get("type", "object") != "object":
            return False
        parts = [part(p) for p in said["allOf"]] + [said]
        names = [name for p in parts if p is not None for name in p.get("properties", {})]
        return None not in parts and len(names) == len(set(names)) and draft.is_free(place)

    place = draft.pick_schema(fits)
    if place is None:
        return False
    said = demands(place.node)
    parts = [found for p in said.pop("allOf") if (found := part(p)) is not None] + [said]
    flat: dict[str, Any] = {}
    if any("type" in p for p in parts):
        flat["type"] = "object"
    properties = {name: own(schema) for p in parts for name, schema in p.get("properties", {}).items()}
    required = list(dict.fromkeys(name for p in parts for name in p.get("required", [])))
    flat.update({"properties": properties} if properties else {}, **({"required": required} if required else {}))
    replace(place.node, flat)
    return True


def split_object(draft: Draft) -> bool:
    """An open object is two objects, each with some of its members, demanded at once."""
    plain = {"type", "properties", "required"}
    place = draft.pick_schema(
        lambda p, n: (
            draft.is_free(p)
            and not p.negated
            and demands(n).keys() <= plain
            and len(n.get("properties", {})) > 1
            and n.get("type", "object") == "object"
        )
    )
    if place is None:
        return False
    said = demands(place.node)
    names = list(said["properties"])
    draft.random.shuffle(names)
    cut = draft.random.randint(1, len(names) - 1)
    parts = []
    for chosen in (names[:cut], names[cut:]):
        part: dict[str, Any] = {"type": "object"} if "type" in said else {}
        part["properties"] = {name: said["properties"][name] for name in chosen}
        required = [name for name in said.get("required", []) if name in chosen]
        parts.append({**part, "required": required} if required else part)
    rest = [name for name in said.get("required", []) if name not in names]
    replace(place.node, {"allOf": parts, **({"required": rest} if rest else {})})
    return True


def keyword_into_all_of(draft: Draft) -> bool:
    """A demand that looks at no other keyword may stand in an `allOf` beside the rest."""

    def candidates(node: dict[str, Any]) -> list[str]:
        words = [word for word in _MOVABLE if word in node]
        if isinstance(node.get("exclusiveMinimum"), bool):
            words = [word for word in words if word != "minimum"]
        if isinstance(node.get("exclusiveMaximum"), bool):
            words = [word for word in words if word != "maximum"]
        return words

    place = draft.pick_schema(lambda _, n: "$ref" not in n and bool(candidates(n)))
    if place is None:
        return False
    word = draft.random.choice(candidates(place.node))
    value = place.node.pop(word)
    place.node["allOf"] = [*place.node.get("allOf", []), {word: value}]
    return True


def enum_and_const(draft: Draft) -> bool:
    """`enum` of one value is `const` (OpenAPI 3.1 and later)."""
    if draft.old:
        return False
    place = draft.pick_schema(lambda _, n: ("const" in n) != (isinstance(n.get("enum"), list) and len(n["enum"]) == 1))
    if place is None:
        return False
    if "const" in place.node:
        if "enum" in place.node:
            return False
        place.node["enum"] = [place.node.pop("const")]
    else:
        place.node["const"] = place.node.pop("enum")[0]
    return True


def enum_as_alternatives(draft: Draft) -> bool:
    """A list of values is an alternative of lists of one value."""
    place = draft.pick_schema(
        lambda p, n: 1 < len(n.get("enum", [])) < 8 and not has_any(n, ("anyOf", "$ref")) and draft.is_free(p)
    )
    if place is None:
        return False
    place.node["anyOf"] = [{"enum": [value]} for value in place.node.pop("enum")]
    return True


def type_and_list_of_one(draft: Draft) -> bool:
    """`type: [x]` is `type: x` (OpenAPI 3.1 and later)."""
    if draft.old:
        return False
    place = draft.pick_schema(lambda _, n: "type" in n and (isinstance(n["type"], str) or len(n["type"]) == 1))
    if place is None:
        return False
    stated = place.node["type"]
    place.node["type"] = stated[0] if isinstance(stated, list) else [stated]
    return True


def types_as_alternatives(draft: Draft) -> bool:
    """A value of one of several types is one of several alternatives, one a type (OpenAPI 3.1 and later)."""
    if draft.old:
        return False
    place = draft.pick_schema(
        lambda p, n: (
            isinstance(n.get("type"), list)
            and len(n["type"]) > 1
            and not has_any(n, (*_COMPOSED, *_UNEVALUATED))
            and draft.is_free(p)
        )
    )
    if place is None:
        return False
    said = demands(place.node)
    replace(place.node, {"anyOf": [{**own(said), "type": name} for name in said["type"]]})
    return True


def null_as_alternative(draft: Draft) -> bool:
    """A type list with `null` is an alternative of the rest and of null, where no list of values speaks (3.1)."""
    if draft.old:
        return False
    place = draft.pick_schema(
        lambda p, n: (
            isinstance(n.get("type"), list)
            and "null" in n["type"]
            and len(n["type"]) > 1
            and not has_any(n, (*_COMPOSED, *_UNEVALUATED, "enum", "const"))
            and draft.is_free(p)
        )
    )
    if place is None:
        return False
    said = demands(place.node)
    rest = [name for name in said["type"] if name != "null"]
    branches = [{**said, "type": rest if len(rest) > 1 else rest[0]}, {"type": "null"}]
    draft.random.shuffle(branches)
    replace(place.node, {draft.random.choice(("anyOf", "oneOf")): branches})
    return True


def one_of_and_any_of(draft: Draft) -> bool:
    """Where no value can keep to two alternatives, `oneOf` is `anyOf`."""

    def apart(branches: list[Any]) -> bool:
        seen: set[str] = set()
        for branch in branches:
            types = draft.types(branch)
            if types is None:
                return False
            types = types | ({"integer"} if "number" in types else set())
            if types & seen:
                return False
            seen |= types
        return True

    place = draft.pick_schema(
        lambda p, n: (
            ("oneOf" in n) != ("anyOf" in n)
            and "discriminator" not in n
            and "$ref" not in n
            and apart(n.get("oneOf") or n.get("anyOf"))
            and draft.is_free(p)
        )
    )
    if place is None:
        return False
    was, now = ("oneOf", "anyOf") if "oneOf" in place.node else ("anyOf", "oneOf")
    place.node[now] = place.node.pop(was)
    return True


def repeat_branch(draft: Draft) -> bool:
    """An alternative that stands twice in `anyOf`, or a demand twice in `allOf`, says nothing new."""
    place = draft.pick_schema(
        lambda _, n: ("anyOf" in n or "allOf" in n) and "$ref" not in n and "discriminator" not in n
    )
    if place is None:
        return False
    word = draft.random.choice([w for w in ("anyOf", "allOf") if w in place.node])
    place.node[word].append(own(draft.random.choice(place.node[word])))
    return True


def not_not(draft: Draft) -> bool:
    """What does not fail to keep to a schema keeps to it; values without members, and none that is read from text."""
    place = draft.pick_schema(
        lambda p, n: (
            draft.is_free(p)
            and not {"parameters", "headers"} & set(p.pointer)
            and not has_any(n, (*_COMPOSED, *_UNEVALUATED))
            and (types := draft.types(n)) is not None
            and types <= _SCALARS
        )
    )
    if place is None:
        return False
    replace(place.node, {"not": {"not": demands(place.node)}})
    return True


_BOUNDS = (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1))


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53 and value == int(value)


def exclusive_bound(draft: Draft) -> bool:
    """For whole numbers `from 6` is `above 5`."""
    place = draft.pick_schema(
        lambda _, n: (
            n.get("type") in ("integer", ["integer"])
            and any(_whole(n.get(inside)) and outside not in n for inside, outside, _ in _BOUNDS)
        )
    )
    if place is None:
        return False
    node = place.node
    inside, outside, step = draft.random.choice([b for b in _BOUNDS if _whole(node.get(b[0])) and b[1] not in node])
    value = int(node.pop(inside)) - step
    node.update({inside: value, outside: True} if draft.old else {outside: value})
    return True


def inclusive_bound(draft: Draft) -> bool:
    """For whole numbers `above 5` is `from 6`."""

    def turns(node: dict[str, Any], inside: str, outside: str) -> bool:
        flagged = node.get(outside) is True and _whole(node.get(inside))
        return flagged or (_whole(node.get(outside)) and inside not in node)

    place = draft.pick_schema(
        lambda _, n: n.get("type") in ("integer", ["integer"]) and any(turns(n, b[0], b[1]) for b in _BOUNDS)
    )
    if place is None:
        return False
    node = place.node
    inside, outside, step = draft.random.choice([b for b in _BOUNDS if turns(node, b[0], b[1])])
    stated = node.pop(outside)
    node[inside] = int(node[inside] if stated is True else stated) + step
    return True


def numbers_with_point(draft: Draft) -> bool:
    """1.0 is 1."""
    words = (
        "minimum", "maximum", "multipleOf", "maxLength", "minLength", "maxItems", "minItems", "minProperties",
        "maxProperties", "const",
    )  # fmt: skip

    place = draft.pick_schema(lambda _, n: any(_whole(n.get(w)) for w in words) or any(map(_whole, n.get("enum", []))))
    if place is None:
        return False
    node = place.node
    for word in words:
        if _whole(node.get(word)):
            node[word] = int(node[word]) if isinstance(node[word], float) else float(node[word])
    if "enum" in node:
        node["enum"] = [float(v) if _whole(v) and isinstance(v, int) else v for v in node["enum"]]
    return True


def anything(draft: Draft) -> bool:
    """`true` is the empty schema, and `false` the one that is not anything (OpenAPI 3.1 and later)."""
    if draft.old:
        return False
    place = draft.pick("schema", lambda p: p.role != "components" and p.node in (True, False, {}, {"not": {}}))
    if place is None or not draft.is_free(place):
        return False
    if isinstance(place.node, bool):
        place.put({} if place.node else {"not": {}})
    else:
        place.put(place.node == {})
    return True


def tautology(draft: Draft) -> bool:
    """A demand that every value keeps to."""
    loose = not draft.has_unevaluated()

    def fitting(place: Place, node: dict[str, Any]) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = [("minLength", 0), ("minItems", 0), ("minProperties", 0), ("uniqueItems", False)]
        names = has_any(node, (*_COMPOSED, *_UNEVALUATED, "properties", "patternProperties"))
        types = draft.types(node) or frozenset()
        if loose and stands_alone(place) and not names and types == {"object"}:
            found += [("additionalProperties", True), ("additionalProperties", {})]
        if not draft.old:
            found += [
                ("required", []),
                ("dependentRequired", {}),
                ("allOf", [{}]),
                ("not", False),
                ("$defs", {"Unused": {}}),
            ]
            found += [("if", {"minLength": 2}), ("else", {"maxLength": 3}), ("propertyNames", True)]
            if loose and stands_alone(place) and not has_any(node, (*_COMPOSED, *_UNEVALUATED)):
                found += [("items", {}), ("items", True)] if types == {"array"} else []
            if "contains" in node:
                found.append(("minContains", 1))
            else:
                found.append(("minContains", 3))
        return [(word, value) for word, value in found if word not in node and not (word == "if" and has_any(node, ("then", "else")))
                and not (word == "else" and "if" in node)]  # fmt: skip

    place = draft.pick_schema(lambda p, n: "$ref" not in n and draft.types(n) is not None and bool(fitting(p, n)))
    if place is None:
        return False
    word, value = draft.random.choice(fitting(place, place.node))
    place.node[word] = copied(value)
    return True


def if_as_alternatives(draft: Draft) -> bool:
    """`if` a `then` b `else` c is: a and b, or not a and c; where no members are named (3.1)."""
    place = draft.pick_schema(
        lambda p, n: (
            "if" in n
            and has_any(n, ("then", "else"))
            and "anyOf" not in n
            and not _names_members([n["if"], n.get("then"), n.get("else")])
            and draft.is_free(p)
        )
    )
    if place is None:
        return False
    node = place.node
    test, yes, no = node.pop("if"), node.pop("then", {}), node.pop("else", {})
    node["anyOf"] = [{"allOf": [test, yes]}, {"allOf": [{"not": own(test)}, no]}]
    return True


def dependent_required(draft: Draft) -> bool:
    """What the presence of a member asks for: it is not there, or the others are (3.1)."""
    place = draft.pick_schema(lambda _, n: bool(n.get("dependentRequired")) and "$ref" not in n)
    if place is None:
        return False
    asked = place.node.pop("dependentRequired")
    parts = [{"anyOf": [{"not": {"required": [name]}}, {"required": names}]} for name, names in asked.items()]
    place.node["allOf"] = [*place.node.get("allOf", []), *parts]
    return True


def comment(draft: Draft) -> bool:
    """A `$comment` is for the ones who write the document (OpenAPI 3.1 and later)."""
    place = None if draft.old else draft.pick_schema(lambda _, n: "$comment" not in n)
    if place is None:
        return False
    place.node["$comment"] = f"number {draft.random.randint(1, 99)}"
    return True


def schema_defaults(draft: Draft) -> bool:
    """A flag that is off by itself may be said to be off."""
    words = ["deprecated", "readOnly", "writeOnly", *(["nullable"] if draft.old else [])]
    place = draft.pick_schema(lambda _, n: "$ref" not in n and any(w not in n for w in words))
    if place is None:
        return False
    place.node[draft.random.choice([w for w in words if w not in place.node])] = False
    return True


def state_mapping(draft: Draft) -> bool:
    """A discriminator's mapping by the names of components may be written out."""

    def fits(_: Place, node: dict[str, Any]) -> bool:
        branches = node.get("oneOf") or node.get("anyOf") or []
        names = [isinstance(b, dict) and str(b.get("$ref", "")).startswith("#/components/schemas/") for b in branches]
        return "discriminator" in node and "mapping" not in node["discriminator"] and bool(branches) and all(names)

    place = draft.pick_schema(fits)
    if place is None:
        return False
    branches = place.node.get("oneOf") or place.node.get("anyOf")
    references = [branch["$ref"] for branch in branches]
    place.node["discriminator"]["mapping"] = {r.rpartition("/")[2]: r for r in references}
    return True


def _names_members(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_names_members, value))
    named = (
        "properties",
        "patternProperties",
        "additionalProperties",
        "dependentSchemas",
        "$ref",
        "items",
        "prefixItems",
        "contains",
    )
    return isinstance(value, dict) and (
        has_any(value, (*named, *_UNEVALUATED)) or any(map(_names_members, value.values()))
    )
