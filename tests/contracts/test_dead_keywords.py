"""Keywords that can never refuse anything, and schemas that nothing satisfies."""

import json

import pytest

from contracts import satisfiable
from contracts.contract import examine
from contracts.dead_keywords import dead_keywords
from contracts.document import parse_document
from contracts.satisfiable import unsatisfied
from contracts.vendor_faults import vendor_faults


def contract(schema, version="3.1.0", name="openapi.json", **schemas):
    content = {"application/json": {"schema": schema}}
    operation = {
        "operationId": "it", "security": [], "requestBody": {"content": content},
        "responses": {"200": {"description": "d"}},
    }  # fmt: skip
    whole = {
        "openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/it": {"post": operation}},
        "components": {"schemas": schemas},
    }  # fmt: skip
    return examine(parse_document(json.dumps(whole).encode(), name))[0]


AT = "/paths/~1it/post/requestBody/content/application~1json/schema"


@pytest.mark.parametrize(
    ("schema", "version", "keyword"),
    [
        ({"type": "integer", "maxLength": 3}, "3.1.0", "maxLength"),
        ({"type": "string", "minimum": 3}, "3.0.3", "minimum"),
        ({"type": ["object", "null"], "items": {}}, "3.1.0", "items"),
        ({"type": "array", "required": ["a"]}, "3.0.3", "required"),
        ({"maxContains": 3, "type": "array"}, "3.1.0", "maxContains"),
        ({"then": {"minimum": 3}, "type": "integer"}, "3.1.0", "then"),
        ({"type": "integer", "exclusiveMinimum": True}, "3.0.3", "exclusiveMinimum"),
        ({"$ref": "#/components/schemas/N", "maxLength": 3}, "3.0.3", "maxLength"),
    ],
)
def test_a_keyword_that_never_fires(schema, version, keyword):
    (found,) = dead_keywords(contract(schema, version, N={"type": "string"}))
    assert (found.code, found.pointer, found.severity) == ("keyword-never-fires", f"{AT}/{keyword}", "warning")
    assert f"`{keyword}` can never refuse anything: " in found.message
    assert found.suggestion == ""


@pytest.mark.parametrize(
    ("schema", "version"),
    [
        ({"type": ["string", "integer"], "maxLength": 3, "minimum": 1}, "3.1.0"),
        ({"maxLength": 3, "minimum": 1}, "3.1.0"),
        ({"$ref": "#/components/schemas/N", "maxLength": 3}, "3.1.0"),
        ({"$ref": "#/components/schemas/N", "description": "d"}, "3.0.3"),
        ({"type": "object", "properties": {"maxLength": {"type": "integer"}, "type": {"type": "string"}}}, "3.0.3"),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, "3.0.3"),
        ({"type": "string", "minLength": 0, "example": {"type": "integer", "maxLength": 1}}, "3.0.3"),
        ({"type": "integer", "minLength": 0}, "3.0.3"),
        ({"type": "array", "contains": {}, "maxContains": 2}, "3.1.0"),
    ],
)
def test_what_may_refuse_is_not_told(schema, version):
    assert list(dead_keywords(contract(schema, version, N={"type": "string"}))) == []


def test_many_places_are_one_finding():
    dead = {"type": "integer", "maxLength": 3}
    (found,) = dead_keywords(contract({"properties": {"a": dead, "b": dead}}, name="vendor.json"))
    assert found.message.endswith("(2 places)")
    (found,) = dead_keywords(contract(dead, name="vendor.json"))
    assert "remove: true" in found.suggestion


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ({"type": "string", "minLength": 5, "maxLength": 3}, ""),
        ({"type": "object", "properties": {"a": {"minimum": 5, "maximum": 3, "type": "number"}}}, "/properties/a"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, ""),
        ({"type": "integer", "enum": ["a"]}, ""),
        ({"type": "array", "items": {"type": "string"}, "contains": {"type": "integer"}}, ""),
    ],
)
def test_a_schema_that_nothing_satisfies(schema, at):
    (found,) = unsatisfied(contract(schema))
    assert (found.code, found.pointer) == ("unsatisfiable", AT + at)
    # By name it is told once, where it stands.
    (found,) = unsatisfied(contract({"$ref": "#/components/schemas/N"}, N=schema))
    assert found.pointer == "/components/schemas/N" + at


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {}}, {"additionalProperties": False}, {"properties": {"own": {"readOnly": True}}},
        {"if": {"type": "string", "minLength": 5, "maxLength": 3}, "then": False},
        {"type": "object", "required": ["own"], "properties": {"own": {"type": "string", "writeOnly": True}}},
        {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/N"}}}, {"pattern": "(?=a)"},
    ],
)  # fmt: skip
def test_what_can_be_satisfied_or_was_meant_is_not_told(schema):
    found = list(unsatisfied(contract(schema, N={"properties": {"again": {"$ref": "#/components/schemas/N"}}})))
    assert [one.pointer for one in found] == ([AT] if schema == {"not": {}} else [])


def test_a_contract_that_is_too_large_says_so(monkeypatch):
    monkeypatch.setattr(satisfiable, "LARGEST", 1)
    (found,) = unsatisfied(contract({"type": "object", "properties": {"a": {}, "b": {}}}))
    assert found.code == "not-looked-at"


def test_examples_of_ones_own_document():
    schema = {"type": "object", "properties": {"a": {"type": "string", "example": 5, "default": "x", "format": "odd"}}}
    (found,) = vendor_faults(contract(schema, "3.0.3"))
    assert (found.code, found.pointer) == ("example-not-valid", f"{AT}/properties/a/example")
    assert (found.remedy, found.suggestion) == ("write one that keeps to it", "")
