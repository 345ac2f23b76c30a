"""openapi-core asked of the same messages: what differs has a known reason, and each known reason is still one."""

import json

import pytest
from keyword_cells import compiled
from keyword_rows import FORMATS, ROWS, VERSIONS

from contracts import compile as compiler
from contracts.compile import compile_operation
from contracts.contract import examine
from contracts.document import parse_document
from contracts.known_holes import Hole, holes
from contracts.settings import Bounds
from governance.compared import compare

pytestmark = pytest.mark.filterwarnings("ignore")
JSON = "application/json"


def one(version="3.1.0", body=None, parameters=(), path="/it", answer=None, **schemas):
    """A contract of one operation, and the operation compiled."""
    operation = {"operationId": "it", "security": [], "parameters": list(parameters)}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    operation["responses"] = {"200": answer or {"description": "d"}}
    whole = {
        "openapi": version, "info": {"title": "t", "version": "1"}, "paths": {path: {"post": operation}},
        "components": {"schemas": schemas},
    }  # fmt: skip
    contract, _ = examine(parse_document(json.dumps(whole).encode(), "vendor.json"))
    return contract, compile_operation(contract, contract.operations[0], "it", "1", Bounds())


def parameter(name, place="query", **more):
    return {"name": name, "in": place, "schema": {"type": "string"}} | more


OWN = {"type": "object", "properties": {"own": {"type": "string", "readOnly": True}, "a": {"type": "string"}}}
SHOWN = {
    "1-null-among-types": lambda: one(parameters=[parameter("n", schema={"type": ["integer", "null"]})]),
    "4-read-only-in-requests": lambda: one(body=OWN),
    "4-read-only-required": lambda: one(body=OWN | {"required": ["own"]}),
    "read-only-beside-a-reference": lambda: one(
        "3.0.3", {"type": "object", "properties": {"n": {"$ref": "#/components/schemas/N", "readOnly": True}}},
        N={"type": "string"},
    ),
    "formats-not-asserted": lambda: one(body={"type": "string", "format": "duration"}),
    "times-refused": lambda: one(body={"type": "string", "format": "time"}),
    "binary-floats": lambda: one(body={"type": "number", "multipleOf": 0.01, "minimum": 19.99, "maximum": 19.99}),
    "ignored-headers-demanded": lambda: one(parameters=[parameter("Authorization", "header", required=True)]),
    "path-parameter-not-named": lambda: one(parameters=[parameter("id", "path", required=True)]),
    "deep-objects-that-are-not-sent": lambda: one(
        "3.0.3", parameters=[parameter("where", style="deepObject", explode=True, schema={"type": "array", "items": {"type": "string"}})]
    ),
    "10-a-body-demanded": lambda: one(answer={"description": "d", "content": {}}),
}  # fmt: skip


def test_each_hole_is_shown():
    assert SHOWN.keys() == {hole.hole for hole in holes()}


@pytest.mark.parametrize("hole", SHOWN)
def test_a_hole_is_still_one(hole):
    found = compare(*SHOWN[hole]())
    assert hole in {difference.hole for difference in found.differences}
    assert all(difference.reason for difference in found.differences)


def test_over_the_table_of_keywords_each_difference_has_its_reason():
    asked, unexplained = 0, []
    for row in (*ROWS, *FORMATS):
        for version in VERSIONS:
            operation = compiled(row, version)
            if isinstance(operation, str):
                continue
            found = compare(operation._compiler.contract, operation)
            asked += found.messages
            unexplained += [(row.keyword, version, one) for one in found.differences if not one.hole]
    assert unexplained == []
    assert asked > 600


def test_both_say_the_same_of_parameters_forms_and_answers():
    form = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 2}}}
    contract, operation = one(
        path="/it/{id}",
        parameters=[
            parameter("id", "path", required=True, schema={"type": "integer", "minimum": 1}),
            parameter("top", required=True, schema={"type": "integer", "maximum": 5}),
            parameter("ids", explode=False, schema={"type": "array", "minItems": 2, "items": {"type": "integer"}}),
            parameter("tags", schema={"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}),
            parameter("X-Count", "header", schema={"type": "integer"}),
        ],
        answer={"description": "d", "content": {"application/problem+json": {"schema": form}}},
    )
    found = compare(contract, operation, 40)
    assert found.messages > 10
    assert found.differences == ()


class Everything:
    def is_valid(self, instance):
        return True

    def iter_errors(self, instance):
        return iter(())

    def validate(self, instance):
        return None


def test_a_fault_of_ours_has_no_known_reason(monkeypatch):
    monkeypatch.setattr(compiler, "make_engine", lambda _: Everything())
    found = compare(*one(body={"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}))
    assert {(one.keyword, one.ours, one.theirs.split(" ")[0], one.hole) for one in found.differences} == {
        ("type", "conforms", "violates", ""), ("required", "conforms", "violates", ""),
    }  # fmt: skip


def test_no_row_explains_everything():
    for hole in holes():
        assert isinstance(hole, Hole)
        assert hole.error or hole.keywords or hole.holds, hole
        assert hole.reason
