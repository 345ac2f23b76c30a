"""References read from `$id`, `$anchor` and `$self`, as JSON Schema 2020-12 reads them."""

import json
import time

import pytest

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document
from contracts.settings import Bounds

OK = "conforms"
TYPE = [("", "type")]


def both(judge, operation):
    """What becomes of a number and of a text."""
    return judge(operation, 1), judge(operation, "a")


@pytest.mark.parametrize(
    "schema",
    [
        {"$id": "https://example.test/a/", "$ref": "b", "$defs": {"b": {"$id": "b", "type": "string"}}},
        {"$id": "https://example.test/a/c.json", "$ref": "/a/b", "$defs": {"b": {"$id": "b", "type": "string"}}},
        {"$id": "https://example.test/a/c.json", "$ref": "#/$defs/b", "$defs": {"b": {"type": "string"}}},
        {"$id": "https://example.test/a", "$ref": "#b", "$defs": {"b": {"$anchor": "b", "type": "string"}}},
        {"$id": "https://example.test/a", "$ref": "a#b", "$defs": {"b": {"$anchor": "b", "type": "string"}}},
        {"$id": "urn:example:a", "$ref": "urn:example:a#/$defs/b", "$defs": {"b": {"type": "string"}}},
        {"$id": "https://example.test/x/y/", "$defs": {"in": {"$id": "in/", "$defs": {"b": {"$id": "b", "type": "string"}}}}, "$ref": "in/b"},
        {"$ref": "https://example.test/b", "$defs": {"b": {"$id": "https://example.test/b", "type": "string"}}},
    ],
)  # fmt: skip
def test_where_a_reference_leads(workbench, judge_body, schema):
    operation = workbench.operation(
        version="3.1.0", body={"$ref": "#/components/schemas/S"}, schemas={"S": schema, "b": {"type": "integer"}}
    )
    assert both(judge_body, operation) == (TYPE, OK)


def test_the_same_reference_leads_elsewhere_from_another_schema(workbench, judge_body):
    def holder(name, kind):
        return {"$id": f"https://example.test/{name}/it", "$ref": "#/$defs/b", "$defs": {"b": {"type": kind}}}

    schemas = {"N": holder("n", "integer"), "S": holder("s", "string")}
    body = {"properties": {"n": {"$ref": "#/components/schemas/N"}, "s": {"$ref": "#/components/schemas/S"}}}
    operation = workbench.operation(version="3.1.0", body=body, schemas=schemas)
    assert judge_body(operation, {"n": 1, "s": "a"}) == OK
    assert judge_body(operation, {"n": "a", "s": 1}) == [("/n", "type"), ("/s", "type")]


def test_self_names_the_document(workbench, judge_body):
    operation = workbench.operation(
        version="3.2.0",
        body={"$ref": "https://example.test/api/openapi.json#/components/schemas/S"},
        schemas={"S": {"type": "string"}},
        **{"$self": "https://example.test/api/openapi.json"},
    )
    assert both(judge_body, operation) == (TYPE, OK)


def test_two_schemas_of_one_name_are_refused_where_the_name_is_used(workbench, judge_body):
    named = {"$id": "https://example.test/a", "type": "string"}
    schemas = {"A": named, "B": named | {"type": "integer"}, "C": {"type": "boolean"}}
    with pytest.raises(InvalidInputError, match=r"two schemas have the `\$id` https://example\.test/a") as caught:
        workbench.operation(version="3.1.0", body={"$ref": "https://example.test/a"}, schemas=schemas)
    assert [fault.code for fault in caught.value.diagnostics] == ["ambiguous-reference"]
    unused = workbench.operation(version="3.1.0", body={"$ref": "#/components/schemas/C"}, schemas=schemas)
    assert judge_body(unused, True) == OK


@pytest.mark.parametrize("ref", ["https://example.test/other", "other", "/a/other", "//example.test/other"])
def test_what_has_no_name_here_is_outside(workbench, ref):
    schema = {"$id": "https://example.test/a/b", "properties": {"x": {"$ref": ref}}}
    with pytest.raises(InvalidInputError) as caught:
        workbench.operation(version="3.1.0", body={"$ref": "#/components/schemas/S"}, schemas={"S": schema})
    assert {fault.code for fault in caught.value.diagnostics} == {"reference-outside"}


@pytest.mark.parametrize(
    ("first", "second"), [("#/$defs/a", "#/$defs/b"), ("#a", "#b"), ("https://example.test/s#a", "s#b")]
)
def test_a_circle_of_names_is_told(workbench, first, second):
    schema = {
        "$id": "https://example.test/s", "$ref": first,
        "$defs": {"a": {"$anchor": "a", "$ref": second}, "b": {"$anchor": "b", "$ref": first}},
    }  # fmt: skip
    with pytest.raises(InvalidInputError) as caught:
        workbench.operation(version="3.1.0", body={"$ref": "#/components/schemas/S"}, schemas={"S": schema})
    assert {fault.code for fault in caught.value.diagnostics} == {"circular-reference"}


def test_a_scope_that_was_left_does_not_choose(workbench, judge_body):
    """`$dynamicRef` sees the schemas that are entered on the way, those inside one schema too."""
    thing = {"$dynamicAnchor": "thing"}
    schema = {
        "$id": "https://example.test/main",
        "if": {"$id": "first", "$defs": {"thing": thing | {"type": "number"}}},
        "then": {"$id": "second", "$ref": "start", "$defs": {"thing": thing | {"type": "null"}}},
        "$defs": {
            "start": {"$id": "start", "$dynamicRef": "inner#thing"},
            "thing": {"$id": "inner", **thing, "type": "string"},
        },
    }
    operation = workbench.operation(version="3.1.0", body=schema)
    assert judge_body(operation, None) == OK
    assert both(judge_body, operation) == (TYPE, TYPE)


def test_names_in_the_files_of_a_folder(tmp_path, judge_body):
    """A fragment belongs to the schema with an `$id` around it, and otherwise to its file."""
    shared = {
        "Named": {"$id": "https://example.test/named", "$ref": "#/$defs/x", "$defs": {"x": {"type": "string"}}},
        "Anchored": {"$id": "https://example.test/anchored", "$ref": "#x", "$defs": {"x": {"$anchor": "x", "type": "string"}}},
        "OfFile": {"$id": "https://example.test/of-file", "properties": {"a": {"$ref": "#/Plain"}}},
        "Plain": {"type": "string"},
    }  # fmt: skip
    names = {name: {"$ref": f"schemas.json#/{name}"} for name in shared} | {
        "ByName": {"$ref": "https://example.test/named"}
    }
    content = {"application/json": {"schema": {"properties": names}}}
    operation = {"operationId": "it", "security": [], "requestBody": {"content": content}, "responses": {}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/t": {"post": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "schemas.json").write_text(json.dumps(shared))
    contract = read_contract(load_document(tmp_path))
    compiled = compile_operation(contract, contract.operations[0], "t", "1", Bounds())
    good = {"Named": "a", "Anchored": "a", "Plain": "a", "OfFile": {"a": "a"}, "ByName": "a"}
    assert judge_body(compiled, good) == OK
    bad = {"Named": 1, "Anchored": 1, "Plain": 1, "OfFile": {"a": 1}, "ByName": 1}
    assert sorted(place for place, _ in judge_body(compiled, bad)) == [
        "/Anchored", "/ByName", "/Named", "/OfFile/a", "/Plain",
    ]  # fmt: skip


def test_many_names_are_found_in_bounded_time(workbench, judge_body):
    """Each schema has a name and refers to the next by it, and to one of its own parts."""
    schemas = {
        f"S{i}": {
            "$id": f"https://example.test/{i}",
            "properties": {"next": {"$ref": f"{i + 1}"}, "own": {"$ref": "#/$defs/own"}},
            "$defs": {"own": {"type": "integer", "maximum": i}},
        }
        for i in range(3000)
    } | {"S3000": {"$id": "https://example.test/3000", "type": "string"}}
    began = time.perf_counter()
    operation = workbench.operation(version="3.1.0", body={"$ref": "https://example.test/2990"}, schemas=schemas)
    assert time.perf_counter() - began < 10
    assert judge_body(operation, {"own": 2990, "next": {"own": 2991}}) == OK
    assert judge_body(operation, {"own": 2991, "next": {"own": 2992}}) == [
        ("/own", "maximum"),
        ("/next/own", "maximum"),
    ]
