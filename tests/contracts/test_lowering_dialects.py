"""What the dialects of 3.0, 3.1 and 3.2 mean, seen through whole judgements."""

import pytest

from contracts.compile import Declined

OK = "conforms"


def wrong(rule, pointer=""):
    return [(pointer, rule)]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string", "nullable": True}, None, OK),
        ({"type": "string", "nullable": False}, None, wrong("type")),
        ({"type": "string"}, None, wrong("type")),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, None, OK),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None, wrong("enum")),
        ({"type": "string", "nullable": True, "maxLength": 2}, None, OK),
        ({"type": "string", "nullable": True, "format": "date-time"}, None, OK),
        ({"type": "integer", "nullable": True, "format": "int32"}, None, OK),
        ({"nullable": True, "allOf": [{"type": "object"}]}, None, wrong("type")),
        ({"type": "object", "nullable": True, "allOf": [{"type": "object", "nullable": True}]}, None, OK),
        ({"type": "object", "nullable": True, "allOf": [{"type": "object"}]}, None, wrong("type")),
        ({"oneOf": [{"type": "string", "nullable": True}, {"type": "integer"}]}, None, OK),
        ({"nullable": True}, None, OK),
        ({}, None, OK),
        ({"minimum": 5, "exclusiveMinimum": True}, 5, wrong("exclusiveMinimum")),
        ({"minimum": 5, "exclusiveMinimum": False}, 5, OK),
        ({"minimum": 5, "exclusiveMinimum": True}, 6, OK),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, wrong("exclusiveMaximum")),
        ({"maximum": 5, "exclusiveMaximum": True}, 4.5, OK),
        ({"exclusiveMinimum": True}, -5, OK),
        ({"type": "integer", "example": "no integer", "default": "nor this"}, 3, OK),
        ({"$ref": "#/components/schemas/Short", "maxLength": 1, "nullable": True}, "abc", OK),
        ({"$ref": "#/components/schemas/Short", "maxLength": 1, "nullable": True}, None, wrong("type")),
        ({"maxLength": 1}, ["a", "b"], OK),
        ({"type": "array", "maxLength": 1, "items": {}}, ["a", "b"], OK),
        ({"format": "nobody-knows-this"}, "x", OK),
    ],
)
def test_3_0(workbench, judge_body, schema, value, expected):
    operation = workbench.operation(body=schema, schemas={"Short": {"type": "string", "maxLength": 3}})
    assert judge_body(operation, value) == expected


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": ["string", "null"]}, None, OK),
        ({"type": ["string", "null"]}, 3, wrong("type")),
        ({"type": "string", "nullable": True}, None, wrong("type")),
        ({"const": "a"}, "a", OK),
        ({"const": "a"}, "b", wrong("const")),
        ({"const": None}, None, OK),
        ({"exclusiveMinimum": 5}, 5, wrong("exclusiveMinimum")),
        ({"$ref": "#/components/schemas/Short", "minLength": 2}, "a", wrong("minLength")),
        ({"$ref": "#/components/schemas/Short", "minLength": 2}, "abcd", wrong("maxLength")),
        ({"$ref": "#/components/schemas/Short", "minLength": 2}, "abc", OK),
        ({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False}, ["a", 1], OK),
        ({"prefixItems": [{"type": "string"}, {"type": "integer"}]}, ["a", "b"], [("/1", "type")]),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1}, OK),
        (
            {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
            {"b": 1},
            [("/b", "unevaluatedProperties")],
        ),
        ({"prefixItems": [{}], "unevaluatedItems": False}, [1, 2], wrong("unevaluatedItems")),
        (
            {"if": {"properties": {"k": {"const": 1}}}, "then": {"required": ["a"]}, "else": {"required": ["b"]}},
            {"k": 2},
            wrong("required"),
        ),
        ({"contains": {"const": 1}, "minContains": 2}, [1], wrong("minContains")),
        ({"contains": {"const": 1}, "maxContains": 1}, [], wrong("contains")),
        ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], wrong("maxContains")),
        ({"contains": {"const": 1}, "minContains": 2, "maxContains": 3}, [1], wrong("minContains")),
        ({"contains": {"const": 1}, "minContains": 0, "maxContains": 1}, [], OK),
        ({"contains": {"const": 1}, "maxContains": 1, "unevaluatedItems": False}, [1], OK),
        ({"maxContains": 0}, [1], OK),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, wrong("dependentRequired")),
        ({"dependentSchemas": {"a": {"required": ["c"]}}}, {"a": 1}, wrong("required")),
        ({"propertyNames": {"pattern": "^[a-z]+$"}}, {"A": 1}, wrong("propertyNames")),
        ({"patternProperties": {"^x-": {"type": "integer"}}}, {"x-a": "b"}, [("/x-a", "type")]),
        ({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}, "aGk=", OK),
        ({"type": "string", "contentSchema": {"type": "object"}}, "no JSON", OK),
        ({"examples": ["a"], "type": "integer"}, 1, OK),
        (True, {"any": "thing"}, OK),
        ({"not": {"type": "string"}}, "a", wrong("not")),
        ({"type": "integer"}, 1.0, OK),
        ({"type": "integer"}, 1.5, wrong("type")),
    ],
)
def test_3_1_and_3_2(workbench, judge_body, version, schema, value, expected):
    operation = workbench.operation(version=version, body=schema, schemas={"Short": {"type": "string", "maxLength": 3}})
    assert judge_body(operation, value) == expected


def test_dynamic_references_choose_by_the_outermost_resource(workbench, judge_body):
    schemas = {
        "List": {
            "$id": "https://example.test/list",
            "type": "array",
            "items": {"$dynamicRef": "#item"},
            "$defs": {"any": {"$dynamicAnchor": "item"}},
        },
        "Numbers": {
            "$id": "https://example.test/numbers",
            "$ref": "#/components/schemas/List",
            "$defs": {"number": {"$dynamicAnchor": "item", "type": "number"}},
        },
        "Texts": {
            "$id": "https://example.test/texts",
            "$ref": "#/components/schemas/List",
            "$defs": {"text": {"$dynamicAnchor": "item", "type": "string"}},
        },
    }
    body = {"properties": {"n": {"$ref": "#/components/schemas/Numbers"}, "t": {"$ref": "#/components/schemas/Texts"}}}
    operation = workbench.operation(version="3.1.0", body=body, schemas=schemas)
    assert judge_body(operation, {"n": [1], "t": ["a"]}) == OK
    assert judge_body(operation, {"n": ["a"]}) == [("/n/0", "type")]
    assert judge_body(operation, {"t": [1]}) == [("/t/0", "type")]


def test_anchors(workbench, judge_body):
    schemas = {"A": {"$anchor": "short", "type": "string", "maxLength": 2}}
    operation = workbench.operation(version="3.1.0", body={"$ref": "#short"}, schemas=schemas)
    assert judge_body(operation, "ab") == OK
    assert judge_body(operation, "abc") == wrong("maxLength")


def test_circles(workbench, judge_body):
    schemas = {
        "Node": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}},
        }
    }
    operation = workbench.operation(body={"$ref": "#/components/schemas/Node"}, schemas=schemas)
    assert judge_body(operation, {"next": {"next": {"n": 1}}}) == OK
    assert judge_body(operation, {"next": {"next": {"n": "1"}}}) == [("/next/next/n", "type")]


def test_a_base_whose_alternatives_refer_back_to_it(workbench, judge_body):
    """Generators write this: the base has oneOf its children, and every child has allOf the base."""
    schemas = {
        "Pet": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}, "age": {"type": "integer"}},
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {"propertyName": "kind"},
        },
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]},
        "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"bark": {"type": "boolean"}}}]},
    }
    operation = workbench.operation(body={"$ref": "#/components/schemas/Pet"}, schemas=schemas)
    assert judge_body(operation, {"kind": "Cat", "lives": 9, "age": 1}) == OK
    assert ("/lives", "type") in judge_body(operation, {"kind": "Cat", "lives": "9"})
    assert ("/age", "type") in judge_body(operation, {"kind": "Dog", "age": "9"})
    assert ("/kind", "discriminator") in judge_body(operation, {"kind": "Cow"})


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "string", "pattern": "^(?=a)b"}, "pattern"),
        ({"type": "string", "pattern": "(a)\\1"}, "pattern"),
        ({"type": "string", "pattern": "(ab){1000000}"}, "pattern"),
        ({"type": "string", "pattern": "["}, "pattern"),
        ({"patternProperties": {"(?!x)": {}}}, "patternProperties/(?!x)"),
        ({"type": "string", "pattern": "^(?=a){1,5000}$"}, "pattern"),
        ({"patternProperties": {"^.{1,900000}x$": {}}}, "patternProperties/^.{1,900000}x$"),
        ({"type": "file"}, "type"),
        ({"minimum": "1"}, "minimum"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"maxLength": -1}, "maxLength"),
        ({"required": True}, "required"),
        ({"enum": "a"}, "enum"),
        ({"format": 3}, "format"),
        ({"oneOf": []}, "oneOf"),
        ({"allOf": {"type": "string"}}, "allOf"),
        ({"properties": []}, "properties"),
        ({"items": [{"type": "string"}]}, "items"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "$schema"),
        ({"exclusiveMinimum": True}, "exclusiveMinimum"),
    ],
)
def test_what_cannot_be_checked_is_declined_with_its_place(workbench, schema, pointer):
    with pytest.raises(Declined) as caught:
        workbench.operation(
            version="3.1.0", body={"properties": {"deep": {"$ref": "#/components/schemas/X"}}}, schemas={"X": schema}
        )
    assert caught.value.pointer == f"/components/schemas/X/{pointer}"
    assert caught.value.reason


def test_every_place_is_told_at_once(workbench):
    body = {"properties": {"a": {"pattern": "(?=x)"}, "b": {"pattern": "(?<=x)"}, "c": {"minimum": "x"}}}
    with pytest.raises(Declined) as caught:
        workbench.operation(body=body)
    reasons = {place.pointer.rpartition("/properties/")[2]: place.reason for place in caught.value.places}
    assert set(reasons) == {"a/pattern", "b/pattern", "c/minimum"}
    assert "look-ahead" in reasons["a/pattern"]
    assert "look-behind" in reasons["b/pattern"]


def test_another_dialect_is_declined(workbench):
    with pytest.raises(Declined, match="dialect"):
        workbench.operation(
            version="3.1.0", body={"type": "string"}, jsonSchemaDialect="http://json-schema.org/draft-07/schema#"
        )


def test_a_response_nobody_asked_for_does_not_decline_the_operation(workbench, judge_body):
    """Only what an operation reaches counts."""
    operation = workbench.operation(body={"type": "string"}, schemas={"Other": {"pattern": "(?=x)"}})
    assert judge_body(operation, "a") == OK


def test_a_densely_linked_document_compiles_in_bounded_time(workbench, judge_body):
    """Every schema refers to every other."""
    names = [f"S{i}" for i in range(60)]
    schemas = {
        name: {
            "type": "object",
            "properties": {other: {"$ref": f"#/components/schemas/{other}"} for other in names}
            | {"id": {"type": "integer", "readOnly": True}},
            "required": ["id"],
        }
        for name in names
    }
    operation = workbench.operation(body={"$ref": "#/components/schemas/S39"}, schemas=schemas)
    assert judge_body(operation, {"S1": {"S2": {}}}) == OK
    assert judge_body(operation, {"S1": {"S2": {"id": 1}}}) == [("/S1/S2/id", "readOnly")]


def chained(size):
    """Each schema is all of those after it: the ways through double with every schema."""
    return {
        f"S{i}": {
            "properties": {"id": {"type": "integer", "readOnly": True}},
            "required": ["id"],
            "allOf": [{"$ref": f"#/components/schemas/S{k}"} for k in range(i + 1, size)],
        }
        for i in range(size)
    }


def test_composition_that_explodes_is_declined_at_once(workbench, judge_body):
    with pytest.raises(Declined, match="steps"):
        workbench.operation(body={"$ref": "#/components/schemas/S0"}, schemas=chained(60))
    operation = workbench.operation(body={"$ref": "#/components/schemas/S0"}, schemas=chained(8))
    assert judge_body(operation, {}) == OK
