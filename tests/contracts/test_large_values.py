"""A value with very many errors is refused as fast as any, and still told where it is wrong."""

import json
import time

import pytest

JSON = {b"content-type": b"application/json"}
LINE = {
    "type": "object",
    "required": ["item"],
    "properties": {"item": {"type": "string"}, "quantity": {"type": "integer"}},
}
NULLABLE = {"anyOf": [{"$ref": "#/components/schemas/Line"}, {"type": "null"}]}
NESTED = {
    "type": "object",
    "required": ["lines"],
    "properties": {"lines": {"type": "array", "maxItems": 50_000, "items": LINE}},
}


def told(operation, value, most_seconds=2.0):
    raw = json.dumps(value).encode()
    started = time.monotonic()
    judgement = operation.judge_request((), b"", JSON, raw)
    assert time.monotonic() - started < most_seconds
    assert judgement.outcome == "violates"
    return [(violation.pointer, violation.rule) for violation in judgement.violations]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "integer"}},
        {"type": "array", "items": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]}},
        {"oneOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": {"type": "boolean"}}]},
        {"type": "array", "items": {"allOf": [{"type": "integer"}, {"minimum": 3}, {"enum": [1, 2]}]}},
    ],
)
def test_a_list_of_nothing_but_errors(workbench, schema):
    operation = workbench.operation(body=schema)
    found = told(operation, ["x"] * 250_000)
    assert found
    assert len(found) <= 20


def test_an_object_of_nothing_but_errors(workbench):
    value = {f"name{i}": "x" for i in range(100_000)}
    assert len(told(workbench.operation(body={"additionalProperties": {"type": "integer"}}), value)) == 20
    assert len(told(workbench.operation(body={"additionalProperties": False}), value)) == 20


@pytest.mark.parametrize("at", [0, 30, 9_999])
@pytest.mark.parametrize("items", [LINE, NULLABLE])
def test_one_error_far_inside_is_found(workbench, at, items):
    lines = [{"item": "a", "quantity": 1} for _ in range(10_000)]
    lines[at] = {"item": "a", "quantity": "x"}
    schema = {"type": "object", "properties": {"lines": {"type": "array", "items": items}}}
    operation = workbench.operation(version="3.1.0", body=schema, schemas={"Line": LINE})
    (pointer, _), *_ = told(operation, {"before": [[1]] * 3_000, "lines": lines})
    assert pointer.startswith(f"/lines/{at}")


def test_what_is_wrong_with_the_whole_list(workbench):
    schema = NESTED | {"properties": {"lines": {"type": "array", "maxItems": 5_000, "items": LINE}}}
    lines = [{"item": "a"}] * 6_000
    assert told(workbench.operation(body=schema), {"lines": lines}) == [("/lines", "maxItems")]


def test_what_is_left_out_makes_no_error_of_its_own(workbench):
    schema = {"type": "array", "minItems": 5_000, "items": {"type": "integer"}}
    value: list = [1] * 6_000
    value[3] = "x"
    assert told(workbench.operation(body=schema), value) == [("/3", "type")]


def test_what_cannot_be_placed_is_a_violation_all_the_same(workbench):
    schema = {
        "anyOf": [{"type": "array", "contains": {"const": 7}}, {"type": "array", "minItems": 9_000, "items": True}]
    }
    found = told(workbench.operation(version="3.1.0", body=schema), [1] * 5_000)
    assert found == [("", "schema")]


def test_deep_and_wide_values(workbench):
    value: list = [["x"] * 40 for _ in range(2_000)]
    found = told(
        workbench.operation(body={"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}), value
    )
    assert len(found) == 20
    assert all(pointer.count("/") == 2 for pointer, _ in found)
