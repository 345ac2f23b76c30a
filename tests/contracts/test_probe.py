"""Messages from the raw document: what is made, what is left out, and that nothing is shared with the compiler."""

import ast
import json
from pathlib import Path

import pytest

from contracts.probe.breaks import breaks
from contracts.probe.judge import Judge
from contracts.probe.messages import answer_probes, request_probes
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.values import Maker

ROOT = Path(__file__).resolve().parents[2]
OBJECT = {
    "type": "object", "required": ["code", "own"], "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"},
        "own": {"type": "integer", "readOnly": True},
        "count": {"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3},
        "day": {"type": "string", "format": "date"},
        "state": {"type": "string", "enum": ["open", "done"]},
        "tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True, "items": {"type": "string", "maxLength": 4}},
        "secret": {"type": "string", "writeOnly": True, "minLength": 2},
    },
}  # fmt: skip


def made(schema, *, version="3.1", direction="request", schemas=None):
    tree = {"schema": schema, "components": {"schemas": schemas or {}}}
    raw = Raw(tree, version == "3.0", direction)
    judge = Judge(raw)
    place = Place(schema, "/schema")
    value = Maker(raw, judge).good(place)
    return value, breaks(raw, judge, place, value, 30)


def test_the_generator_shares_no_code_with_the_compiler():
    """A fault that both have in common would not be seen."""
    for path in (ROOT / "contracts" / "probe").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                assert top not in ("policies", "gateway", "governance", "codegen", "jsonschema_rs"), (path.name, name)
                # `sendable` holds names of headers that reach nobody, and nothing of schemas.
                assert top != "contracts" or name.startswith(("contracts.probe", "contracts.sendable")), (
                    path.name,
                    name,
                )


def test_a_value_with_optional_members_by_direction():
    value, _ = made(OBJECT)
    assert set(value) == {"code", "count", "day", "state", "tags", "secret"}
    answer, _ = made(OBJECT, direction="answer")
    assert set(answer) == {"code", "own", "count", "day", "state", "tags"}


def test_each_break_is_of_one_keyword():
    _, found = made(OBJECT)
    assert {one.keyword for one in found} == {
        "type", "pattern", "minimum", "maximum", "multipleOf", "format", "enum", "minItems", "maxItems", "uniqueItems",
        "maxLength", "minLength", "required", "additionalProperties", "readOnly",
    }  # fmt: skip
    assert all(one.pointer.startswith("/schema") and one.pointer.endswith(one.keyword) for one in found)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, None, 1),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6, 5),
        ({"type": "integer"}, 1.0, 1.5),
        ({"type": "number", "multipleOf": 0.01}, 19.99, 0.005),
        ({"enum": [1, "a"]}, 1.0, True),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 2, 4),
        ({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}, 3, 7),
        ({"not": {"type": "string"}}, 1, "a"),
        ({"$ref": "#/components/schemas/Name", "maxLength": 1}, "ab", "abc"),
    ],
)
def test_the_judge_of_the_raw_schema(schema, good, bad):
    judge = Judge(Raw({"components": {"schemas": {"Name": {"maxLength": 2}}}}, True, "request"))
    assert not judge.broken(Place(schema, "/s"), good)
    assert judge.broken(Place(schema, "/t"), bad)


@pytest.mark.parametrize(
    "schema",
    [
        {"unevaluatedProperties": False}, {"$dynamicRef": "#a"}, {"$id": "https://example.com/a"},
        {"$ref": "https://example.com/a"}, {"if": {"minimum": 3}}, {"pattern": r"^\p{L}$"}, {"minLength": "3"},
        {"type": "string", "format": "iri"}, {"$ref": "#/components/schemas/Round"},
    ],
)  # fmt: skip
def test_what_the_judge_is_not_certain_of_it_does_not_say(schema):
    tree = {"components": {"schemas": {"Round": {"$ref": "#/components/schemas/Round"}}}}
    with pytest.raises(UnknownError):
        Judge(Raw(tree, False, "request")).broken(Place(schema, "/s"), "é{}" if "pattern" in schema else "a")


def test_alternatives_and_discriminators():
    schemas = {
        "Card": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "n": {"type": "integer"}}},
        "Bank": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    }  # fmt: skip
    refs = [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}]
    stated = {"propertyName": "kind", "mapping": {"card": "#/components/schemas/Card"}}
    value, found = made({"oneOf": refs, "discriminator": stated}, schemas=schemas)
    assert value["kind"] == "card"
    assert "discriminator" in {one.keyword for one in found}


def test_what_cannot_be_made_is_said():
    for schema in (
        False,
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "string", "pattern": "^(?=a)b$"},
    ):
        with pytest.raises(UnknownError):
            made(schema)


def test_recursion_ends():
    tree = {"type": "object", "properties": {"child": {"$ref": "#/schema"}, "name": {"type": "string"}}}
    value, found = made(tree)
    assert found
    assert len(json.dumps(value)) < 1_000


def document(operation):
    return {"openapi": "3.1.0", "paths": {"/orders/{id}": {"parameters": [ID], "post": operation}}}


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
POINTER = "/paths/~1orders~1{id}/post"


def test_parameters_go_over_the_wire():
    operation = {
        "parameters": [
            {"name": "top", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 5}},
            {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array", "minItems": 2, "items": {"type": "integer"}}},
            {"name": "X-Day", "in": "header", "schema": {"type": "string", "format": "date"}},
            {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        ],
        "responses": {"204": {"description": "done"}},
    }  # fmt: skip
    probes = request_probes(document(operation), POINTER, old=False, most=20)
    message = probes.good.message
    assert (message.path, message.query_bytes, message.headers) == (
        {"id": b"1"},
        b"top=1&ids=1,1",
        {b"x-day": b"2024-02-29"},
    )
    assert {probe.keyword for probe in probes.bad} == {"type", "minimum", "required", "maximum", "minItems", "format"}
    assert [reason for reason, _ in probes.left_out] == ["a parameter with `content` or a style of its own"]


def test_a_form_of_scalars():
    schema = {
        "type": "object",
        "required": ["n"],
        "properties": {"n": {"type": "integer", "minimum": 2}, "deep": {"type": "object"}},
    }
    operation = {
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    }
    probes = request_probes(document(operation), POINTER, old=False, most=20)
    assert probes.good.message.body == b"n=2"
    assert b"n=1" in {probe.message.body for probe in probes.bad}


def test_what_is_needed_and_cannot_be_made_leaves_all_out():
    operation = {"requestBody": {"required": True, "content": {"application/xml": {"schema": {}}}}}
    probes = request_probes(document(operation), POINTER, old=False, most=20)
    assert (probes.good, probes.bad) == (None, [])
    assert probes.left_out


def test_an_answer_is_of_the_first_success():
    media = {"application/json": {"schema": OBJECT}}
    operation = {"responses": {"default": {"content": media}, "404": {}, "2XX": {"content": media}}}
    probes = answer_probes(document(operation), POINTER, old=False, most=20)
    assert probes.good.message.status == 200
    assert probes.good.message.headers == {b"content-type": b"application/json"}
    assert "writeOnly" in {probe.keyword for probe in probes.bad}
