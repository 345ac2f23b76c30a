"""Where rules have modes of their own, each that a message breaks is told, however many places come before it."""

import json

import pytest

JSON = {b"content-type": b"application/json"}
ROW = {"type": "object", "properties": {"n": {"type": "integer"}, "t": {"type": "string", "maxLength": 2}}}
TREE = {"type": "object", "properties": {"n": {"type": "integer"}, "in": {"$ref": "#/components/schemas/Tree"}}}


def rules(operation, value, query=b"", *, every):
    judgement = operation.judge_request((), query, JSON, json.dumps(value).encode(), every=every)
    return judgement, {violation.rule for violation in judgement.violations}


@pytest.mark.parametrize("count", [30, 300, 5_000])
def test_a_rule_behind_many_places_is_told(workbench, count):
    operation = workbench.operation(version="3.1.0", body={"type": "array", "items": ROW})
    value = [{"n": "x"}] * count + [{"t": "long"}]

    judgement, told = rules(operation, value, every=True)

    assert told == {"type", "maxLength"}
    assert len(judgement.violations) == 21
    assert rules(operation, value, every=False)[1] == {"type"}


def test_rules_of_other_places_are_told(workbench):
    number = {"name": "n", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    operation = workbench.operation(body={"type": "array", "items": {"type": "integer"}}, parameters=[number])

    judgement, told = rules(operation, ["x"] * 50, b"n=0", every=True)

    assert told == {"minimum", "type"}
    assert len(judgement.violations) == 20


def test_lines_are_judged_to_the_last(workbench):
    operation = workbench.operation(version="3.2.0", content={"application/x-ndjson": {"itemSchema": ROW}})
    body = b'{"n":"x"}\n' * 50 + b'{"t":"long"}\n'

    judgement = operation.judge_request((), b"", {b"content-type": b"application/x-ndjson"}, body, every=True)

    assert {violation.rule for violation in judgement.violations} == {"type", "maxLength"}
    assert judgement.violations[-1].pointer == "/50/t"


def test_what_is_too_deep_to_be_told_of_each_rule_is_told_as_a_rule_of_its_own(workbench):
    value = {"n": "x"}
    for _ in range(20):
        value = {"in": value}
    operation = workbench.operation(version="3.1.0", body=TREE, schemas={"Tree": TREE})

    assert rules(operation, value, every=True)[1] == {"schema"}
    assert rules(operation, {"in": {"n": "x"}}, every=True)[1] == {"type"}


def test_what_violates_and_could_not_be_checked_says_both(workbench):
    number = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    operation = workbench.operation(
        content={"application/xml": {"schema": {"type": "object", "properties": {"a": {}}}}}, parameters=[number]
    )

    judgement = operation.judge_request((), b"n=x", {b"content-type": b"application/xml"}, b"<a/>")

    assert (judgement.outcome, judgement.reason) == ("violates", "XML bodies cannot be checked")
