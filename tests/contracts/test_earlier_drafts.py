"""Draft 4 under `jsonSchemaDialect`, and the one keyword of earlier drafts that 2020-12 lets live."""

import pytest

from contracts.compile import Declined

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
OK = "conforms"


def wrong(rule, pointer=""):
    return [(pointer, rule)]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"minimum": 5, "exclusiveMinimum": True}, 5, wrong("exclusiveMinimum")),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, wrong("exclusiveMaximum")),
        ({"$ref": "#/components/schemas/Short", "maxLength": 1}, "abc", OK),
        ({"$ref": "#/components/schemas/Short", "maxLength": 1}, "abcd", wrong("maxLength")),
        ({"type": "string", "nullable": True}, None, wrong("type")),
        ({"items": [{"type": "string"}, {"type": "integer"}]}, ["a", 1, None], OK),
        ({"items": [{"type": "string"}, {"type": "integer"}]}, ["a", "b"], wrong("type", "/1")),
        ({"items": [{}], "additionalItems": False}, [1, 2], wrong("additionalItems", "/1")),
        ({"items": [{}], "additionalItems": {"type": "string"}}, [1, 2], wrong("type", "/1")),
        ({"items": {"type": "string"}, "additionalItems": False}, ["a", "b"], OK),
        ({"additionalItems": False}, [1, 2], OK),
        ({"dependencies": {"a": ["b"]}}, {"a": 1}, wrong("dependencies")),
        ({"$schema": DRAFT_4, "type": "string"}, 1, wrong("type")),
        ({"type": "array", "items": [{"properties": {"id": {"type": "string"}}}]}, [{"id": 1}], wrong("type", "/0/id")),
    ],
)
def test_draft_4(workbench, judge_body, schema, value, expected):
    schemas = {"Short": {"type": "string", "maxLength": 3}}
    operation = workbench.operation(version="3.1.0", body=schema, schemas=schemas, jsonSchemaDialect=DRAFT_4)
    assert judge_body(operation, value) == expected


def test_places_in_the_contract_are_those_of_draft_4(workbench):
    schema = {"items": [{"type": "string"}], "additionalItems": False}
    operation = workbench.operation(version="3.1.0", body=schema, jsonSchemaDialect=DRAFT_4)
    judgement = operation.judge_request((), b"", {b"content-type": b"application/json"}, b"[1, 2]")
    places = {v.contract.rpartition("/schema/")[2] for v in judgement.violations}
    assert places == {"items/0/type", "additionalItems"}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"id": "http://example.test/x", "type": "string"}, "id"),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, "$schema"),
        ({"items": [3]}, "items/0"),
    ],
)
def test_what_draft_4_has_beyond_is_declined(workbench, schema, place):
    with pytest.raises(Declined) as caught:
        workbench.operation(version="3.1.0", body=schema, jsonSchemaDialect=DRAFT_4)
    assert caught.value.pointer.endswith(f"/schema/{place}")


def test_3_0_knows_no_dialect(workbench):
    with pytest.raises(Declined, match="dialect"):
        workbench.operation(body={"type": "string"}, jsonSchemaDialect=DRAFT_4)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "b": 2}, OK),
        ({"a": 1}, wrong("dependencies")),
        ({"c": 1}, wrong("required")),
        ({"c": 1, "d": "x"}, wrong("type", "/d")),
        ({"c": 1, "d": 1}, OK),
        ({"e": 1}, wrong("dependencies")),
    ],
)
def test_dependencies(workbench, judge_body, version, value, expected):
    """Passed over, it would let through what its author meant to refuse."""
    schema = {
        "dependencies": {"a": ["b"], "c": {"required": ["d"], "properties": {"d": {"type": "integer"}}}, "e": False}
    }
    found = judge_body(workbench.operation(version=version, body=schema), value)
    assert found == expected


def test_dependencies_that_are_none(workbench):
    with pytest.raises(Declined, match="dependencies"):
        workbench.operation(version="3.1.0", body={"dependencies": {"a": [3]}})
