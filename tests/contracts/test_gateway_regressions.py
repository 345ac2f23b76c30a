"""Bugs that other gateways shipped in this place; here they are tests."""

import json

JSON = {b"content-type": b"application/json"}


def outcome(operation, *, values=(), query=b"", headers=JSON, body=b""):
    return operation.judge_request(values, query, headers, body).outcome


def test_two_operations_with_the_same_pattern_of_names_do_not_share_a_validator(workbench):
    one = workbench.operation(body={"type": "integer"})
    other = workbench.operation(body={"type": "string"})
    assert outcome(one, body=b"1") == outcome(other, body=b'"1"') == "conforms"
    assert outcome(one, body=b'"1"') == outcome(other, body=b"1") == "violates"


def test_a_query_parameter_without_a_value(workbench):
    parameter = {"name": "flag", "in": "query", "schema": {"type": "boolean"}}
    assert outcome(workbench.operation(method="get", parameters=[parameter]), query=b"flag") == "violates"


def test_a_nullable_enum(workbench):
    operation = workbench.operation(body={"type": "string", "nullable": True, "enum": ["a", None]})
    assert outcome(operation, body=b"null") == "conforms"


def test_float_precision_of_multiple_of(workbench):
    operation = workbench.operation(body={"type": "number", "multipleOf": 0.01})
    assert {outcome(operation, body=f"{n / 100:.2f}".encode()) for n in range(2000)} == {"conforms"}


def test_max_length_says_nothing_of_a_list(workbench):
    assert outcome(workbench.operation(body={"maxLength": 1}), body=b'["a","b"]') == "conforms"


def test_an_answer_without_a_content_type_is_a_violation_and_no_crash(workbench):
    responses = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    operation = workbench.operation(method="get", responses=responses)
    assert operation.judge_answer(200, [], b"{}").outcome == "violates"


def test_if_match_is_no_list(workbench):
    parameter = {"name": "If-Match", "in": "header", "schema": {"type": "string", "maxLength": 40}}
    operation = workbench.operation(method="get", parameters=[parameter])
    assert outcome(operation, headers={b"if-match": b'"a", "b"'}) == "conforms"


def test_a_type_with_null_in_a_parameter(workbench):
    """openapi-core raises TypeError on every call of such an operation."""
    parameter = {"name": "n", "in": "query", "schema": {"type": ["integer", "null"]}}
    operation = workbench.operation(version="3.1.0", method="get", parameters=[parameter])
    assert outcome(operation) == outcome(operation, query=b"n=1") == "conforms"


def test_text_that_looks_like_another_type_stays_text(workbench):
    parameter = {"name": "id", "in": "query", "schema": {"type": "string", "maxLength": 4}}
    operation = workbench.operation(method="get", parameters=[parameter])
    assert {outcome(operation, query=b"id=" + v) for v in (b"007", b"true", b"null", b"1e3", b"NaN")} == {"conforms"}


def test_error_text_holds_no_value(workbench):
    secret = "hunter2-is-a-secret"
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "a": {"type": "integer"}, "b": {"enum": ["x"]}, "c": {"pattern": "^x$"}, "d": {"format": "uuid"}, "e": {"maxLength": 3},
            "f": {"oneOf": [{"type": "integer"}, {"const": "y"}]}, "g": {"not": {"type": "string"}}, "h": {"type": "array", "items": {"const": 1}},
        },
    }  # fmt: skip
    operation = workbench.operation(version="3.1.0", body=schema)
    body = json.dumps(dict.fromkeys("abcdefg", secret) | {"h": [secret]}).encode()
    judgement = operation.judge_request((), b"", JSON, body)
    assert len(judgement.violations) == 8
    assert secret not in str(judgement)


def test_a_body_survives_being_judged(workbench):
    operation = workbench.operation(body={"type": "object"})
    body = b'{"price": 1.10, "big": 123456789012345678901234567890}'
    kept = bytes(body)
    assert outcome(operation, body=body) == "conforms"
    assert body == kept
