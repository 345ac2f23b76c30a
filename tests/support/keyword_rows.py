"""A row a keyword: a schema that turns on it, values that keep to it, and one mutation that breaks just this keyword."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

VERSIONS = ("3.0", "3.1", "3.2")
DIRECTIONS = ("request", "answer")
NEWER = ("3.1", "3.2")

Empty = Literal["passes", "counts for nothing", "not loaded", "declined"]
"""What becomes of the mutation in a cell where the keyword refuses nothing; or the keyword allows nothing either."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Cells in which the keyword refuses nothing, and why that is right."""

    reason: str
    becomes: Empty = "passes"
    versions: tuple[str, ...] = VERSIONS
    directions: tuple[str, ...] = DIRECTIONS


@dataclass(frozen=True, slots=True)
class Row:
    """One keyword. `told_as`: the keyword that a refusal names, where this one only leads to it."""

    keyword: str
    schema: Any
    good: tuple[Any, ...]
    bad: Any
    mutation: str
    told_as: str = ""
    gaps: tuple[Gap, ...] = ()
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def gap(self, version: str, direction: str) -> Gap | None:
        """Why a cell is empty; None where it must not be."""
        return next((g for g in self.gaps if version in g.versions and direction in g.directions), None)


def annotation(
    keyword: str, value: Any, why: str = "it says something of a value, and nothing that one can break"
) -> Row:
    """A keyword that refuses nothing."""
    return Row(keyword, {keyword: value}, (1, None), "anything", "any value", gaps=(Gap(why),))


NAMES = Gap("3.0 has no names for schemas, only pointers", "not loaded", ("3.0",))
SHORT = {"type": "string", "maxLength": 1}
A, B = {"type": "integer"}, {"type": "string"}
NUMBERS = {
    "$id": "https://example.test/numbers",
    "$ref": "https://example.test/list",
    "$defs": {"item": {"$dynamicAnchor": "item", "type": "number"}},
}
LIST = {
    "$id": "https://example.test/list",
    "items": {"$dynamicRef": "#item"},
    "$defs": {"item": {"$dynamicAnchor": "item"}},
}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
PETS = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "discriminator": {"propertyName": "kind"}}  # fmt: skip
READ, WRITE = {"properties": {"id": {"readOnly": True}}}, {"properties": {"pin": {"writeOnly": True}}}

ROWS = (
    # Core.
    Row("$ref", {"$ref": "#/components/schemas/Short"}, ("a",), "ab", "a text too long for what it refers to", "maxLength", schemas={"Short": SHORT}),
    Row("$id", {"$ref": "https://example.test/short"}, ("a",), "ab", "a text too long for what has that name", "maxLength", (NAMES,), {"S": {"$id": "https://example.test/short", **SHORT}}),
    Row("$anchor", {"$ref": "#short"}, ("a",), "ab", "a text too long for what has that name", "maxLength", (NAMES,), {"S": {"$anchor": "short", **SHORT}}),
    Row("$dynamicRef", {"$ref": "#/components/schemas/Numbers"}, ([1],), ["a"], "an item that the outer schema does not take", "type", (NAMES,), {"Numbers": NUMBERS, "List": LIST}),
    Row("$dynamicAnchor", {"$ref": "#/components/schemas/Numbers"}, ([1],), ["a"], "an item that the outer schema does not take", "type", (NAMES,), {"Numbers": NUMBERS, "List": LIST}),
    Row("$schema", {"$schema": "http://json-schema.org/draft-07/schema#"}, (), 1, "any value", gaps=(Gap("a dialect that is not known declines the operation", "declined"),)),
    annotation("$defs", {"a": False}, "it keeps schemas for references, and says nothing by itself"),
    annotation("$comment", "said"),
    annotation("$vocabulary", {"https://example.test/v": True}, "it counts in meta-schemas only"),
    # Applicators.
    Row("allOf", {"allOf": [A]}, (1,), "a", "a value that a part does not take"),
    Row("anyOf", {"anyOf": [A, B]}, (1, "a"), True, "a value that no part takes"),
    Row("oneOf", {"oneOf": [A, {"minimum": 2}]}, (1, 2.5, "a"), 2, "a value that two parts take"),
    Row("not", {"not": B}, (1,), "a", "a value that is excluded"),
    Row("if", {"if": B, "then": {"maxLength": 1}}, ("a", 1), "ab", "a value that the condition takes and its consequence does not", "then"),
    Row("then", {"if": B, "then": {"maxLength": 1}}, ("a", 1), "ab", "a value that the consequence does not take"),
    Row("else", {"if": B, "else": {"minimum": 1}}, ("a", 1), 0, "a value that the alternative does not take"),
    Row("dependentSchemas", {"dependentSchemas": {"a": {"required": ["b"]}}}, ({}, {"a": 1, "b": 1}), {"a": 1}, "a member without what it asks for"),
    Row("prefixItems", {"prefixItems": [A, B]}, ([1, "a"], [1]), [1, 2], "an item that its place does not take"),
    Row("items", {"items": A}, ([1], []), ["a"], "an item that is not taken"),
    Row("contains", {"contains": A}, (["a", 1],), ["a"], "a list without what it must contain"),
    Row("properties", {"properties": {"a": A}}, ({"a": 1}, {}), {"a": "x"}, "a member that is not taken"),
    Row("patternProperties", {"patternProperties": {"^x": A}}, ({"xa": 1, "a": "b"},), {"xa": "b"}, "a member that its name does not take"),
    Row("additionalProperties", {"properties": {"a": A}, "additionalProperties": False}, ({"a": 1}, {}), {"b": 1}, "a member that is not declared"),
    Row("propertyNames", {"propertyNames": {"maxLength": 1}}, ({"a": 1},), {"ab": 1}, "a name that is not taken"),
    Row("unevaluatedItems", {"prefixItems": [A], "unevaluatedItems": False}, ([1],), [1, 2], "an item that nothing looked at"),
    Row("unevaluatedProperties", {"allOf": [{"properties": {"a": A}}], "unevaluatedProperties": False}, ({"a": 1},), {"b": 1}, "a member that nothing looked at"),
    Row("dependencies", {"dependencies": {"a": ["b"]}}, ({}, {"a": 1, "b": 1}), {"a": 1}, "a member without what it asks for"),
    # Validation.
    Row("type", {"type": "integer"}, (1, Decimal("1.0"), -0.0), 1.5, "a value of another type"),
    Row("enum", {"enum": [1, "a"]}, (1, Decimal("1.0"), "a"), True, "true in place of 1"),
    Row("const", {"const": 1}, (1, Decimal("1.0")), True, "true in place of 1"),
    Row("multipleOf", {"multipleOf": 0.01}, (Decimal("19.99"), 10**30), Decimal("19.995"), "a third decimal"),
    Row("maximum", {"maximum": 2**64}, (2**64, "a"), 2**64 + 1, "one more than 2^64"),
    Row("exclusiveMaximum", {"exclusiveMaximum": 5}, (4.5,), 5, "the bound itself"),
    Row("minimum", {"minimum": -(2**64)}, (-(2**64),), -(2**64) - 1, "one less than -2^64"),
    Row("exclusiveMinimum", {"exclusiveMinimum": 0}, (Decimal("1e-300"),), -0.0, "the bound itself, as -0"),
    Row("maxLength", {"maxLength": 1}, ("\U0001f600", ["a", "b"]), "ab", "one character more"),
    Row("minLength", {"minLength": 2}, ("ab",), "\U0001f600", "one character, which is four bytes"),
    Row("pattern", {"pattern": "^a"}, ("ab", 1), "ba", "a text that does not match"),
    Row("maxItems", {"maxItems": 1}, ([1],), [1, 2], "one item more"),
    Row("minItems", {"minItems": 1}, ([1],), [], "one item less"),
    Row("uniqueItems", {"uniqueItems": True}, ([1, True, "1"],), [1, Decimal("1.0")], "1 and 1.0"),
    Row("maxContains", {"contains": A, "maxContains": 1}, ([1, "a"],), [1, 2], "one too many of what it contains"),
    Row("minContains", {"contains": A, "minContains": 2}, ([1, 2],), [1], "one too few of what it contains"),
    Row("maxProperties", {"maxProperties": 1}, ({"a": 1},), {"a": 1, "b": 1}, "one member more"),
    Row("minProperties", {"minProperties": 1}, ({"a": 1},), {}, "one member less"),
    Row("required", {"required": ["a"]}, ({"a": None},), {}, "a member that is missing"),
    Row("dependentRequired", {"dependentRequired": {"a": ["b"]}}, ({}, {"a": 1, "b": 1}), {"a": 1}, "a member without what it asks for"),
    # Contents.
    Row("contentEncoding", {"contentEncoding": "base64"}, ("aGk=", 1), "aGk", "Base64 without its padding"),
    Row("contentMediaType", {"contentMediaType": "application/json"}, ("{}", 1), "{", "a text that holds no JSON"),
    annotation("contentSchema", {"type": "object"}, "JSON Schema 8.5 leaves what a text holds to the application"),
    # What OpenAPI adds.
    Row("discriminator", PETS, ({"kind": "Cat"},), {"kind": "Cow"}, "a value that names no alternative", schemas={"Cat": CAT, "Dog": CAT}),
    Row("nullable", {"type": "string", "nullable": True}, (None, "a"), 1, "a value that is neither null nor of the type", "type", (Gap("3.1 took it out: `type` says it", "counts for nothing", NEWER),)),
    Row("exclusiveMaximum: true", {"maximum": 5, "exclusiveMaximum": True}, (4,), 5, "the bound itself", "exclusiveMaximum", (Gap("a number there since 3.1", "declined", NEWER),)),
    Row("exclusiveMinimum: true", {"minimum": 5, "exclusiveMinimum": True}, (6,), 5, "the bound itself", "exclusiveMinimum", (Gap("a number there since 3.1", "declined", NEWER),)),
    Row("readOnly", READ, ({},), {"id": 1}, "a member that is read only", gaps=(Gap("an answer is where it stands", directions=("answer",)),)),
    Row("writeOnly", WRITE, ({},), {"pin": 1}, "a member that is write only", gaps=(Gap("a request is where it stands", directions=("request",)),)),
    *(annotation(keyword, value) for keyword, value in (
        ("title", "said"), ("description", "said"), ("default", 1), ("deprecated", True), ("examples", [1]),
        ("example", 1), ("externalDocs", {"url": "https://example.test"}),
    )),
    annotation("xml", {"name": "x"}, "XML bodies as a whole could not be checked"),
    annotation("definitions", {"a": False}, "it kept schemas for references in earlier drafts"),
    annotation("additionalItems", False, "2020-12 says it by `items`; under draft 4's dialect it refuses"),
)  # fmt: skip

_TEXTS: Mapping[str, tuple[str, str]] = {
    "date-time": ("2026-01-31T12:00:00Z", "2026-02-30T12:00:00Z"), "date": ("2024-02-29", "2026-02-29"),
    "time": ("12:00:00Z", "12:00:00"), "duration": ("P1DT12H", "P1H"), "email": ("a@example.test", "a@"),
    "idn-email": ("ä@example.test", "@"), "hostname": ("a.example.test", "-a"), "idn-hostname": ("ä.test", "-a-."),
    "ipv4": ("127.0.0.1", "127.0.0.01"), "ipv6": ("::1", ":::1"), "uri": ("https://example.test/", "/a"),
    "uri-reference": ("/a", "a b"), "uri-template": ("/{a}", "{"), "iri": ("https://example.test/ä", "/ä"),
    "iri-reference": ("/ä", "a b"), "uuid": ("2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08"), "regex": ("^a$", "("),
    "json-pointer": ("/a~0", "/a~2"), "relative-json-pointer": ("0#", "/a"), "decimal": ("12.50", "12,50"),
    "decimal128": ("-1e3", "abc"), "byte": ("aGk=", "aGk"), "base64url": ("aGk", "a+"), "char": ("é", "ab"),
    "date-time-local": ("2026-01-31T12:00:00", "2026-01-31T12:00:00Z"), "time-local": ("12:00:00", "12:00"),
    "http-date": ("Sat, 31 Jan 2026 12:00:00 GMT", "2026-01-31"), "media-range": ("a/*", "a"), "etag": ('W/"a"', "a"),
}  # fmt: skip
_NUMBERS: Mapping[str, tuple[Any, Any]] = {
    "int8": (-128, 128), "int16": (32767, 32768), "int32": (-(2**31), 2**31), "int64": (2**63 - 1, 2**63),
    "uint8": (255, 256), "uint16": (0, -1), "uint32": (2**32 - 1, 2**32), "uint64": (2**64 - 1, 2**64),
    "double-int": (2**53 - 1, 2**53), "float": (3.4e38, Decimal("3.5e38")), "double": (1.7e308, Decimal("1.8e308")),
}  # fmt: skip

FORMATS = tuple(
    Row(f"format: {name}", {"format": name}, (good, True), bad, "a value that is none", "format")
    for name, (good, bad) in (_TEXTS | _NUMBERS).items()
) + tuple(
    Row(f"format: {name}", {"format": name}, (), "\0", "any text", gaps=(Gap(why),))
    for name, why in (
        ("password", "any text is one"),
        ("binary", "any text is one"),
        ("commonmark", "any text is one"),
        ("of-nobody", "one that is not known here is an annotation, as JSON Schema has it"),
    )
)  # fmt: skip
