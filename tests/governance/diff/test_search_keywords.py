"""Each keyword of JSON Schema: a failing example is found, small, and judged alike by two engines."""

import json
from decimal import Decimal
from operator import itemgetter

import pytest
from rows import over
from two_engines import TwoEngines

from governance.diff.examples.search import NOT_FOUND, failing

OBJECT = {"type": "object"}
ADDRESS = {"type": "object", "required": ["zip"], "properties": {"zip": {"type": "string", "maxLength": 5}}}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}}
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}, "bark": {"type": "string"}}}
TREE = {
    "type": "object", "required": ["v"],
    "properties": {"v": {"type": "integer"}, "more": {"type": "array", "items": {"$ref": "#/$defs/T"}}},
}  # fmt: skip
SMALL_TREE = {**TREE, "properties": {**TREE["properties"], "v": {"type": "integer", "maximum": 9}}}

# name, what the sender may send, what the receiver takes
PAIRS = [
    ("type", {}, {"type": "string"}),
    ("type of no value", {}, {"type": ["null", "boolean", "string", "array", "object", "integer"]}),
    ("number to integer", {"type": "number"}, {"type": "integer"}),
    ("null", {"type": ["string", "null"]}, {"type": "string"}),
    ("one of many types", {"type": ["string", "array", "object"]}, {"type": ["string", "object"]}),
    ("enum", {"enum": ["a", "b", "c"]}, {"enum": ["a", "b"]}),
    ("enum over text", {"type": "string"}, {"enum": ["", "a", "A", "1", "ab"]}),
    ("enum of all booleans but one", {"type": "boolean"}, {"enum": [True]}),
    ("enum of objects", {"enum": [{"a": 1}, {"a": 2}]}, {"enum": [{"a": 1}]}),
    ("const", {"type": "integer"}, {"const": 7}),
    ("const 1 against true", {"const": 1}, {"const": True}),
    ("minimum", {"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 2}),
    ("minimum between whole numbers", {"type": "number", "minimum": 1}, {"type": "number", "minimum": 1.5}),
    ("minimum a hair higher", {"type": "number", "minimum": 0.1}, {"type": "number", "minimum": 0.100001}),
    ("maximum", {"type": "integer", "maximum": 2**63 - 1}, {"type": "integer", "maximum": 2**31 - 1}),
    ("maximum of decimals", {"type": "number"}, {"type": "number", "maximum": Decimal("99.99")}),
    ("exclusiveMinimum", {"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}),
    ("exclusiveMaximum", {"type": "number", "maximum": 3.5}, {"type": "number", "exclusiveMaximum": 3.5}),
    ("only between", {"type": "number", "exclusiveMinimum": 3, "exclusiveMaximum": 4}, {"type": "integer"}),
    ("multipleOf", {"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 6}),
    ("multipleOf of cents", {"type": "number", "multipleOf": 0.01}, {"type": "number", "multipleOf": 0.05}),
    ("multipleOf above a bound", {"type": "integer", "multipleOf": 7, "minimum": 1000}, {"multipleOf": 14}),
    ("two multipleOf", {"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer"}, {"multipleOf": 24}),
    ("minLength", {"type": "string", "minLength": 2}, {"type": "string", "minLength": 3}),
    ("maxLength", {"type": "string", "maxLength": 40}, {"type": "string", "maxLength": 35}),
    ("maxLength, large", {"type": "string"}, {"type": "string", "maxLength": 4000}),
    ("pattern", {"type": "string", "pattern": "^[A-Z]{3}[0-9]{2}$"}, {"type": "string", "pattern": "^A"}),
    ("pattern over a pattern", {"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-y]+$"}),
    ("pattern with a length", {"type": "string", "pattern": "^a+$", "minLength": 4}, {"maxLength": 6}),
    ("format", {"type": "string"}, {"type": "string", "format": "date"}),
    ("format, of a length", {"type": "string", "minLength": 10, "maxLength": 10}, {"type": "string", "format": "ipv4"}),
    ("format against another", {"type": "string", "format": "date"}, {"type": "string", "format": "ipv4"}),
    ("format to enum", {"type": "string", "format": "date"}, {"enum": ["2024-02-29"]}),
    ("minItems", {"type": "array"}, {"type": "array", "minItems": 1}),
    ("maxItems", {"type": "array", "minItems": 2}, {"type": "array", "maxItems": 10}),
    ("uniqueItems", {"type": "array", "items": {"type": "string"}}, {"uniqueItems": True}),
    ("uniqueItems of pairs", {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "number"}]}, {"uniqueItems": True}),
    ("items", {"type": "array", "items": {"type": "integer"}}, {"items": {"minimum": 5}}),
    ("items in a long list", {"type": "array", "minItems": 20, "items": {"type": "integer"}}, {"items": {"minimum": 0}}),
    ("prefixItems", {"type": "array", "prefixItems": [True, {"type": "string"}]}, {"prefixItems": [True, {"minLength": 1}]}),
    ("items false", {"type": "array", "prefixItems": [True, True]}, {"prefixItems": [True], "items": False}),
    ("contains", {"type": "array", "items": {"type": "integer"}, "minItems": 1}, {"contains": {"minimum": 5}}),
    ("minContains", {"type": "array", "contains": {"const": 1}, "minContains": 2}, {"contains": {"const": 1}, "minContains": 3}),
    ("maxContains", {"type": "array", "contains": {"const": 1}}, {"contains": {"const": 1}, "maxContains": 3}),
    ("unevaluatedItems", {"type": "array", "prefixItems": [True]}, {"allOf": [{"prefixItems": [True]}], "unevaluatedItems": False}),
    ("required", {"type": "object", "properties": {"a": {}, "b": {}}}, {"required": ["b"]}),
    ("required in a closed one", {"required": ["a"], "properties": {"a": {}, "b": {}}, "unevaluatedProperties": False, "type": "object"}, {"required": ["a", "b"]}),
    ("properties", {"type": "object", "properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "string", "maxLength": 3}}}),
    ("property nobody declared", OBJECT, {"properties": {"a": {"type": "string"}}}),
    ("property false", OBJECT, {"properties": {"a": False}}),
    ("additionalProperties", {"type": "object", "additionalProperties": {"type": "integer"}}, {"additionalProperties": {"minimum": 0}}),
    ("additionalProperties false", {"type": "object", "properties": {"a": {}, "b": {}}, "unevaluatedProperties": False}, {"properties": {"a": {}}, "additionalProperties": False}),
    ("patternProperties", {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}, {"patternProperties": {"^x-[a-c]": {"minLength": 2}}}),
    ("patternProperties over a property", {"type": "object", "properties": {"x-a": {"type": "integer"}}, "unevaluatedProperties": False}, {"patternProperties": {"^x": {"type": "string"}}}),
    ("propertyNames", OBJECT, {"propertyNames": {"maxLength": 8}}),
    ("propertyNames of a map", {"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}}, {"propertyNames": {"enum": ["de", "at"]}}),
    ("minProperties", OBJECT, {"minProperties": 1}),
    ("maxProperties", {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "unevaluatedProperties": False}, {"maxProperties": 2}),
    ("maxProperties of a map", {"type": "object", "additionalProperties": {"type": "integer"}}, {"maxProperties": 10}),
    ("dependentRequired", {"type": "object", "properties": {"card": {}, "bill": {}}, "unevaluatedProperties": False}, {"dependentRequired": {"card": ["bill"]}}),
    ("dependentRequired of both", {"type": "object", "dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a": ["b", "c"]}}),
    ("dependentSchemas", OBJECT, {"dependentSchemas": {"a": {"required": ["b"]}}}),
    ("dependentSchemas of both", {"type": "object", "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}, "required": ["b"]}}}, {"dependentSchemas": {"a": {"properties": {"b": {"minimum": 0}}}}}),
    ("unevaluatedProperties", {"type": "object", "properties": {"a": {}, "b": {}}, "unevaluatedProperties": False}, {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}),
    ("unevaluatedProperties, a schema", OBJECT, {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": {"type": "string"}}),
    ("closed, with allOf", {"allOf": [CAT, {"properties": {"extra": {"type": "integer"}}}], "unevaluatedProperties": False}, {"properties": {"extra": {"maximum": 3}}}),
    ("allOf", {"type": "integer"}, {"allOf": [{"minimum": 0}, {"multipleOf": 5}]}),
    ("anyOf", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 3}]}),
    ("anyOf of objects", {"anyOf": [CAT, DOG]}, {"anyOf": [CAT, {**DOG, "required": ["kind", "bark"]}]}),
    ("oneOf branch gone", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT]}),
    ("oneOf branch narrowed", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT, {**DOG, "properties": {**DOG["properties"], "bark": {"enum": ["wau"]}}}]}),
    ("anyOf to oneOf", {"anyOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "integer"}, {"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}),
    ("anyOf to oneOf of objects", {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
    ("many branches", {"oneOf": [{"const": f"v{i}"} for i in range(150)]}, {"oneOf": [{"const": f"v{i}"} for i in range(149)]}),
    ("not", {"type": "string"}, {"not": {"pattern": "^x-"}}),
    ("not of a member", {"type": "object", "properties": {"a": {"type": "integer"}}}, {"not": {"properties": {"a": {"const": 5}}, "required": ["a"]}}),
    ("not narrower", {"type": "integer", "not": {"multipleOf": 4}}, {"not": {"multipleOf": 2}}),
    ("not required", {"type": "object", "not": {"required": ["a"]}}, {"required": ["b"]}),
    ("if then", {"type": "object", "properties": {"country": {"type": "string"}, "zip": {"type": "string"}}}, {"if": {"properties": {"country": {"const": "DE"}}, "required": ["country"]}, "then": {"required": ["zip"]}}),
    ("if else", {"type": "integer"}, {"if": {"minimum": 0}, "else": {"multipleOf": 10}}),
    ("then narrowed", {"type": "integer", "if": {"minimum": 10}, "then": {"multipleOf": 5}}, {"if": {"minimum": 10}, "then": {"multipleOf": 10}}),
    ("$ref", {"$ref": "#/$defs/A", "$defs": {"A": ADDRESS}}, {"$ref": "#/$defs/B", "$defs": {"B": {**ADDRESS, "properties": {"zip": {"type": "string", "maxLength": 4}}}}}),
    ("$ref into a schema", {"$ref": "#/$defs/A/properties/zip", "$defs": {"A": ADDRESS}}, {"type": "string", "maxLength": 4}),
    ("$ref with an escaped name", {"$ref": "#/$defs/A/properties/a~1b%20c", "$defs": {"A": {"properties": {"a/b c": {"type": "string"}}}}}, {"type": "null"}),
    ("recursion", {"$ref": "#/$defs/T", "$defs": {"T": TREE}}, {"$ref": "#/$defs/T", "$defs": {"T": SMALL_TREE}}),
    ("recursion below the root", {"$ref": "#/$defs/T", "$defs": {"T": TREE}}, {"properties": {"more": {"items": {"$ref": "#/$defs/T"}}}, "$defs": {"T": SMALL_TREE}}),
    ("true to false", True, False),
]  # fmt: skip


def search(sender, receiver):
    sends, takes = TwoEngines(sender), TwoEngines(receiver)
    found = failing(sender, receiver, valid=sends.valid, accepted=takes.valid, deadline_seconds=5)
    if found is not NOT_FOUND:
        assert sends.both_take(found)
        assert not takes.both_take(found)
    return found


@over(("name", "sender", "receiver"), PAIRS, ids=itemgetter(0))
def test_a_failing_example_is_found(name, sender, receiver):
    found = search(sender, receiver)
    assert found is not NOT_FOUND
    assert search(sender, receiver) == found


@over(("name", "sender", "receiver"), PAIRS, ids=itemgetter(0))
def test_nothing_fails_where_both_are_the_same(name, sender, receiver):
    assert search(sender, sender) is NOT_FOUND
    assert search(receiver, receiver) is NOT_FOUND


def at_depth(schema):
    """The schema as an optional member of an item of a required list, beside members of its own."""
    inner = schema if isinstance(schema, bool) else {name: value for name, value in schema.items() if name != "$defs"}
    line = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "format": "uuid"}, "part": inner},
    }
    lines = {"type": "array", "minItems": 1, "items": {"anyOf": [line, {"type": "null"}]}}
    return {
        "allOf": [{"type": "object", "required": ["no"], "properties": {"no": {"type": "integer", "minimum": 1}}}],
        "required": ["lines"],
        "properties": {"lines": lines, "note": {"type": "string"}},
        "$defs": {} if isinstance(schema, bool) else schema.get("$defs", {}),
    }


@over(("name", "sender", "receiver"), PAIRS, ids=itemgetter(0))
def test_it_is_found_at_depth_too(name, sender, receiver):
    found = search(at_depth(sender), at_depth(receiver))
    assert found is not NOT_FOUND
    assert set(found) == {"no", "lines"}
    assert len(found["lines"]) == 1


@pytest.mark.parametrize(
    ("sender", "receiver", "smallest"),
    [
        ({"type": "string"}, {"maxLength": 3}, "aaaa"),
        ({"type": "integer", "minimum": 5}, {"maximum": 100}, 101),
        ({"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}}, {"properties": {"b": {"minimum": 0}}}, {"b": -1}),
        ({"type": "array", "items": {"type": "integer"}}, {"items": {"maximum": 9}}, [10]),
        (OBJECT, {"maxProperties": 0}, {"a": 1}),
    ],
)  # fmt: skip
def test_examples_are_small(sender, receiver, smallest):
    found = search(sender, receiver)
    assert len(json.dumps(found)) <= len(json.dumps(smallest)) + 8
