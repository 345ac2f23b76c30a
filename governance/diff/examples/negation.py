"""Every way to break a schema, as alternatives of schemas to keep to."""

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any, Final

from contracts.formats import ENGINE_FORMATS, STRING_FORMATS
from governance.diff.examples.facets import KINDS, NUMBERS, Extra
from governance.diff.examples.parts import Part, target, whole

Parts = tuple[Part, ...]
_PAIRS: Final = 60
_BRANCHES: Final = 1_000
"""More branches than this are not broken on purpose."""
_KIND: Final = {
    "string": frozenset({"string"}), "array": frozenset({"array"}), "object": frozenset({"object"}),
    "number": NUMBERS,
}  # fmt: skip
_BOUNDS: Final = {
    "minimum": ("number", "exclusiveMaximum"), "exclusiveMinimum": ("number", "maximum"),
    "maximum": ("number", "exclusiveMinimum"), "exclusiveMaximum": ("number", "minimum"),
}  # fmt: skip
_COUNTS: Final = {
    "minLength": ("string", "maxLength", -1), "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1), "maxItems": ("array", "minItems", 1),
    "minProperties": ("object", "maxProperties", -1), "maxProperties": ("object", "minProperties", 1),
}  # fmt: skip
_LEAVES: Final = {
    "multipleOf": ("number", Extra.NO_MULTIPLE), "pattern": ("string", Extra.NO_MATCH),
}  # fmt: skip


def ways_to_break(part: Part, keyword: str) -> Iterator[Parts]:
    """The ways to break one keyword of the schema of a part. The values that keep to one of them break the keyword."""
    schema: dict[str, Any] = part.schema
    value = schema[keyword]
    if keyword in _BOUNDS:
        kind, bound = _BOUNDS[keyword]
        yield (_of(part, kind, {bound: value}),)
    elif keyword in _COUNTS:
        kind, bound, change = _COUNTS[keyword]
        count = whole(value)
        if count is not None and count + change >= 0:
            yield (_of(part, kind, {bound: count + change}),)
    elif keyword in _LEAVES:
        kind, extra = _LEAVES[keyword]
        yield (_of(part, kind, {extra: value}),)
    elif keyword in ("properties", "patternProperties", "dependentRequired", "dependentSchemas"):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from _by_name(part, keyword, name, inner)
    elif keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
        if isinstance(value, list):
            yield from _listed(part, keyword, value)
    else:
        yield from _others(part, keyword, value)


def _others(part: Part, keyword: str, value: Any) -> Iterator[Parts]:
    schema = part.schema
    match keyword:
        case "type":
            names = value if isinstance(value, list) else [value]
            kept = frozenset(names) | (NUMBERS if "number" in names else frozenset())
            yield (part.beside({Extra.KINDS: frozenset(KINDS) - kept}),)
        case "enum" | "const":
            given = value if keyword == "enum" and isinstance(value, list) else [value]
            yield (part.beside({Extra.OTHER_THAN: given}),)
        case "format" if value in ENGINE_FORMATS or value in STRING_FORMATS:
            yield (_of(part, "string", {Extra.NO_FORMAT: value}),)
        case "uniqueItems" if value is True:
            yield (_of(part, "array", {Extra.REPEATED: True}),)
        case "required" if isinstance(value, list):
            for name in value:
                yield (_of(part, "object", {Extra.ABSENT: name}),)
        case "$ref":
            yield (part.beside(target(part.root, value), holds=False),)
        case "not":
            yield (part.beside(value),)
        case "if":
            if "then" in schema:
                yield part.beside(value), part.beside(schema["then"], holds=False)
            if "else" in schema:
                yield part.beside(value, holds=False), part.beside(schema["else"], holds=False)
        case "contains":
            least, most = whole(schema.get("minContains", 1)), whole(schema.get("maxContains"))
            inner = part.child(value)
            if least:
                yield (_of(part, "array", {Extra.CONTAINS: (inner, 0, least - 1)}),)
            if most is not None:
                yield (_of(part, "array", {Extra.CONTAINS: (inner, most + 1, None)}),)
        case "items" | "unevaluatedItems":
            first = len(schema.get("prefixItems", ())) if keyword == "items" else _first_items(part)
            yield (_of(part, "array", {Extra.ITEM: (first, False, part.child(value, holds=False))}),)
        case "additionalProperties":
            yield (_of(part, "object", {Extra.OTHER: (schema, part.child(value, holds=False))}),)
        case "unevaluatedProperties":
            yield (_of(part, "object", {Extra.OTHER: (_declared(part), part.child(value, holds=False))}),)
        case "propertyNames":
            yield (_of(part, "object", {Extra.NAMED: part.child(value, holds=False)}),)
        case _:
            pass


def _by_name(part: Part, keyword: str, name: str, inner: Any) -> Iterator[Parts]:
    there = _of(part, "object", {"required": [name]})
    match keyword:
        case "properties":
            yield (_of(part, "object", {Extra.MEMBER: (name, part.child(inner, holds=False))}),)
        case "patternProperties":
            yield (_of(part, "object", {Extra.MATCHING: (name, part.child(inner, holds=False))}),)
        case "dependentSchemas":
            yield there, part.beside(inner, holds=False)
        case _:
            for other in inner if isinstance(inner, list) else ():
                yield there, part.beside({Extra.ABSENT: other})


def _listed(part: Part, keyword: str, branches: list[Any]) -> Iterator[Parts]:
    if keyword == "allOf":
        yield from ((part.beside(branch, holds=False),) for branch in branches)
    elif keyword == "prefixItems":
        for i, inner in enumerate(branches):
            yield (_of(part, "array", {Extra.ITEM: (i, True, part.child(inner, holds=False))}),)
    else:
        yield tuple(part.beside(branch, holds=False) for branch in branches[:_BRANCHES])
        if keyword == "oneOf":
            for one, other in islice(combinations(branches, 2), _PAIRS):
                yield part.beside(one), part.beside(other)


def _of(part: Part, kind: str, schema: dict[Any, Any]) -> Part:
    return part.beside({Extra.KINDS: _KIND[kind], **schema})


def _in_place(part: Part) -> Iterator[dict[str, Any]]:
    """The schemas that judge the same value, at most 200."""
    waiting, seen = [part.schema], set[int]()
    while waiting and len(seen) < 200:
        schema = waiting.pop(0)
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        waiting += [target(part.root, schema["$ref"])] if "$ref" in schema else []
        for keyword in ("allOf", "anyOf", "oneOf"):
            waiting += schema.get(keyword, ())
        waiting += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
        waiting += schema.get("dependentSchemas", {}).values()


def _declared(part: Part) -> dict[str, Any]:
    names: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    for schema in _in_place(part):
        names |= schema.get("properties", {})
        patterns |= schema.get("patternProperties", {})
    return {"properties": names, "patternProperties": patterns}


def _first_items(part: Part) -> int:
    return max(len(schema.get("prefixItems", ())) for schema in _in_place(part))
