"""Mutations of schemas, keyword by keyword, each with what it does to the set of valid values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

OBJECT = {"type": "object"}
TEXT = {"type": "string"}
LIST = {"type": "array"}


@dataclass(frozen=True)
class SchemaMutation:
    """Two schemas. `tight` takes fewer values than `loose`, or, where `apart`, other ones."""

    name: str
    kinds: tuple[str, ...]
    """What the change may be called: the keyword, or the keyword inside it where the change is there."""
    loose: Any
    tight: Any
    version: str = "3.1.0"
    apart: bool = False


def _keyword(word: str, loose: Any, tight: Any, around: dict[str, Any], **more: Any) -> SchemaMutation:
    kind = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum", "const": "enum"}.get(word, word)
    parts = [{**around, **({} if value is None else {word: value})} for value in (loose, tight)]
    return SchemaMutation(f"{word} {loose} to {tight}", (kind,), *parts, **more)


def _new(name: str, kinds: str, loose: Any, tight: Any, **more: Any) -> SchemaMutation:
    return SchemaMutation(name, tuple(kinds.split()), loose, tight, **more)


A_B = {"type": "object", "properties": {"a": TEXT, "b": {"type": "integer"}}}

MUTATIONS: tuple[SchemaMutation, ...] = (
    _keyword("maxLength", 20, 10, TEXT),
    _keyword("maxLength", None, 10, TEXT),
    _keyword("minLength", 1, 5, TEXT),
    _keyword("minLength", None, 2, TEXT),
    _keyword("pattern", None, "^[a-c]+$", TEXT),
    _keyword("pattern", "^[a-z]+$", "^[a-c]+$", TEXT),
    _keyword("pattern", "^[a-c]+$", "^[d-f]+$", TEXT, apart=True),
    _keyword("format", None, "date", TEXT),
    _keyword("format", "date", "uuid", TEXT, apart=True),
    _keyword("enum", ["a", "b", "c"], ["a", "b"], TEXT),
    _keyword("enum", None, ["a", "b"], TEXT),
    _keyword("enum", ["a", "b"], ["a", "c"], TEXT, apart=True),
    _keyword("enum", [1, 2, 3], [1, 3], {"type": "integer"}),
    _keyword("const", "a", "b", {}, apart=True),
    _new("a list to one value", "enum", {"enum": ["a", "b"]}, {"const": "a"}),
    _keyword("type", ["string", "integer"], "string", {}),
    _new("null off the list of types", "null", {"type": ["string", "null"]}, TEXT),
    _keyword("type", "number", "integer", {}),
    _keyword("type", None, "string", {}),
    _keyword("type", "string", "integer", {}, apart=True),
    SchemaMutation("null not taken any more", ("null",), {"type": "string", "nullable": True}, TEXT, "3.0.3"),
    _keyword("minimum", 1, 5, {"type": "integer"}),
    _keyword("minimum", None, 0, {"type": "number"}),
    _keyword("maximum", 9, 5, {"type": "number"}),
    _new("from 5 to above 5", "minimum", {"type": "number", "minimum": 5}, {"type": "number", "exclusiveMinimum": 5}),
    _new("to 5 to below 5", "maximum", {"type": "number", "maximum": 5}, {"type": "number", "exclusiveMaximum": 5}),
    _keyword("multipleOf", None, 2, {"type": "integer"}),
    _keyword("multipleOf", 2, 4, {"type": "integer"}),
    _keyword("multipleOf", 2, 3, {"type": "integer"}, apart=True),
    _keyword("minItems", 1, 2, {**LIST, "items": {}}),
    _keyword("maxItems", 5, 3, {**LIST, "items": TEXT}),
    _keyword("uniqueItems", None, True, {**LIST, "items": TEXT}),
    _keyword("contains", None, {"type": "integer"}, LIST),
    _keyword("contains", {"type": "number"}, {"type": "number", "minimum": 5}, LIST),
    _new("more items to contain", "contains", {**LIST, "contains": TEXT}, {**LIST, "contains": TEXT, "minContains": 2}),
    _new("at most so many", "contains", {**LIST, "contains": TEXT}, {**LIST, "contains": TEXT, "maxContains": 2}),
    SchemaMutation("items of a type", ("items", "type"), {**LIST, "items": {}}, {**LIST, "items": TEXT}),
    _new("no more than the first", "items", {**LIST, "prefixItems": [TEXT]}, {**LIST, "prefixItems": [TEXT], "items": False}),
    _new("the first of a type", "prefixItems type", LIST, {**LIST, "prefixItems": [TEXT]}),
    _new("the second narrowed", "maxLength", {**LIST, "prefixItems": [{}, TEXT]}, {**LIST, "prefixItems": [{}, {**TEXT, "maxLength": 3}]}),
    _new("no items that nobody judged", "unevaluatedItems", {**LIST, "prefixItems": [TEXT]}, {**LIST, "prefixItems": [TEXT], "unevaluatedItems": False}),
    _keyword("minProperties", 1, 2, {**OBJECT, "additionalProperties": True}),
    _keyword("maxProperties", 5, 2, {**OBJECT, "additionalProperties": TEXT}),
    _keyword("required", ["a"], ["a", "b"], A_B),
    _keyword("required", None, ["a"], A_B),
    _keyword("required", ["a"], ["b"], A_B, apart=True),
    _keyword("additionalProperties", None, False, OBJECT),
    _keyword("additionalProperties", True, False, A_B),
    SchemaMutation("others of a type", ("additionalProperties", "type"), {**OBJECT, "additionalProperties": {}}, {**OBJECT, "additionalProperties": {"type": "integer"}}),
    _keyword("unevaluatedProperties", None, False, OBJECT),
    _new("members by pattern", "patternProperties type", OBJECT, {**OBJECT, "patternProperties": {"^x": TEXT}}),
    _keyword("propertyNames", None, {"maxLength": 3}, OBJECT),
    _keyword("dependentRequired", None, {"a": ["b"]}, A_B),
    _keyword("dependentSchemas", None, {"a": {"required": ["b"]}}, A_B),
    _keyword("not", None, {"enum": ["x"]}, TEXT),
    _keyword("not", {"enum": ["x"]}, {"enum": ["x", "y"]}, TEXT),
    _new("a condition", "if", TEXT, {**TEXT, "if": {"pattern": "^a"}, "then": {"minLength": 3}}),
    _new("then narrowed", "if minLength", {**TEXT, "if": {"pattern": "^a"}, "then": {"minLength": 2}}, {**TEXT, "if": {"pattern": "^a"}, "then": {"minLength": 3}}),
    _new("else narrowed", "if maxLength", {**TEXT, "if": {"pattern": "^a"}, "else": {"maxLength": 5}}, {**TEXT, "if": {"pattern": "^a"}, "else": {"maxLength": 3}}),
    SchemaMutation("an alternative of anyOf", ("alternative", "composition", "type"), {"anyOf": [TEXT, {"type": "integer"}, LIST]}, {"anyOf": [TEXT, {"type": "integer"}]}),
    SchemaMutation("an alternative of oneOf", ("alternative", "composition", "type"), {"oneOf": [TEXT, {"type": "integer"}, LIST]}, {"oneOf": [TEXT, LIST]}),
    SchemaMutation("an alternative narrowed", ("maxLength", "composition", "alternative"), {"anyOf": [TEXT, {"type": "integer"}]}, {"anyOf": [{**TEXT, "maxLength": 4}, {"type": "integer"}]}),
    SchemaMutation("no value of two alternatives", ("composition",), {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}, {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}),
    SchemaMutation("one more demand", ("composition", "maxLength"), {"allOf": [TEXT]}, {"allOf": [TEXT, {"maxLength": 7}]}),
    SchemaMutation("one more member asked for, in allOf", ("required", "composition"), {"allOf": [A_B]}, {"allOf": [A_B, {"required": ["a"]}]}),
    SchemaMutation("a member narrowed", ("maximum",), {**OBJECT, "properties": {"n": {"type": "integer", "maximum": 9}}}, {**OBJECT, "properties": {"n": {"type": "integer", "maximum": 8}}}),
    _new("a member refused", "property type", {**OBJECT, "properties": {"n": True}}, {**OBJECT, "properties": {"n": False}}),
    SchemaMutation("a member gone from a closed object", ("property", "additionalProperties"), {**A_B, "additionalProperties": False}, {**OBJECT, "properties": {"a": TEXT}, "additionalProperties": False}),
)  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """Where in a message the schema stands."""

    name: str
    around: Callable[[Any, Any], Any]
    """From the schema and a reference to it as a component."""
    beside: tuple[str, ...] = ()
    """What a change may be called here as well: an alternative, where it stands among alternatives."""


_OTHER = {"type": "object", "required": ["§"], "properties": {"§": {"enum": ["§"]}}, "additionalProperties": False}
_BRANCH = ("alternative", "composition")

SPOTS: tuple[Spot, ...] = (
    Spot("top", lambda s, _: s),
    Spot("member", lambda s, _: {"type": "object", "properties": {"m": s}, "required": ["m"]}),
    Spot("items", lambda s, _: {"type": "array", "items": s}),
    Spot("anyOf", lambda s, _: {"anyOf": [_OTHER, s]}, _BRANCH),
    Spot("allOf", lambda s, _: {"allOf": [{"description": "d"}, s]}),
    Spot("others", lambda s, _: {"type": "object", "additionalProperties": s}),
    Spot("reference", lambda _, r: {"type": "array", "items": r}),
    Spot("deep", lambda _, r: {"type": "object", "properties": {"m": {"type": "array", "items": {"oneOf": [{"type": "object", "properties": {"n": {"allOf": [r]}}}, {"type": "boolean"}]}}}}),
)  # fmt: skip

CASES: tuple[tuple[SchemaMutation, Spot], ...] = tuple((mutation, spot) for mutation in MUTATIONS for spot in SPOTS)


def document(schemas: Sequence[tuple[Any, Spot]], direction: str, version: str = "3.1.0") -> dict[str, Any]:
    """A document with one operation for each schema, `POST /<its number>`, whose body or answer has it at the spot."""
    paths: dict[str, Any] = {}
    components: dict[str, Any] = {}
    for number, (schema, spot) in enumerate(schemas):
        around = spot.around(schema, {"$ref": f"#/components/schemas/It{number}"})
        content = {"content": {"application/json": {"schema": around}}}
        operation: dict[str, Any] = {"security": [], "responses": {"200": {"description": "d"}}}
        if direction == "request":
            operation["requestBody"] = {"required": True, **content}
        else:
            operation["responses"]["200"].update(content)
        paths[f"/{number}"] = {"post": operation}
        if around is not schema and "$ref" in str(around):
            components[f"It{number}"] = schema
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": components},
    }


def pointer(number: int, direction: str) -> str:
    """Where the schema of the message of an operation stands."""
    inside = "requestBody" if direction == "request" else "responses/200"
    return f"/paths/~1{number}/post/{inside}/content/application~1json/schema"
