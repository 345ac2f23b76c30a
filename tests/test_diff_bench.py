"""The bench of the diff: what hangs or crashes is a result, names are replaced alike, a wrong example is found out."""

import os
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from governance.finding import Direction, FailingExample, Finding, Proof, Severity, Use

pytest.importorskip("openapi_schema_validator")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

from diff_cases import Case, named_apart
from diff_examples import Opinion, check
from diff_judge import Outcome
from diff_pool import run
from diff_rename import Renaming
from diff_table import Score, table


def work(job):
    if job == "hang":
        time.sleep(60)
    if job == "crash":
        raise ValueError("it went wrong")
    if job == "end":
        os._exit(7)
    return job * 2


def test_a_hang_and_a_crash_are_answers_and_stop_nobody():
    jobs = ["a", "hang", "crash", "b", "end", "c"]

    answers = list(run(work, jobs, 1.0, workers=2, start_seconds=4.0))

    assert [kind for kind, _ in answers] == ["done", "hang", "crash", "done", "crash", "done"]
    assert [value for kind, value in answers if kind == "done"] == ["aa", "bb", "cc"]
    assert "it went wrong" in answers[2][1]
    assert "ended with 7" in answers[4][1]


def described(schema, version="3.1.0", method="post"):
    operation = {
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9}}],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
    }
    schemas = {"Pet": {"type": "object", "required": ["name", "id"],
                       "properties": {"name": {"type": "string"}, "id": {"type": "string", "readOnly": True}}}}  # fmt: skip
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/pets/{id}": {method: operation}},
            "components": {"schemas": schemas}}  # fmt: skip


def finding(value, where, error="type", direction=Direction.REQUEST):
    use = Use("POST", "/pets/{pet}", direction, where)
    example = FailingExample(value, where, "old", "new", error, "")
    return Finding("rule", Severity.BREAKING, "", direction, "POST", "/pets/{pet}", "", "", False, Proof.PROVEN,
                   example, "0", (use,))  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "value", "outcome"),
    [
        ({"type": "string"}, {"type": "string", "maxLength": 2}, "abc", "confirmed"),
        ({"type": "string"}, {"type": "string", "maxLength": 2}, "ab", "contradicted"),
        ({"type": "string"}, {"type": "string", "maxLength": 2}, 1, "contradicted"),
        ({"type": ["string", "null"]}, {"type": "string"}, None, "confirmed"),
        ({}, {"$ref": "#/components/schemas/Pet"}, {"name": 1, "id": ""}, "confirmed"),
        ({"type": "number"}, {"type": "number", "multipleOf": 0.1}, 0.3, "contradicted"),
        ({"type": "number"}, {"type": "number", "multipleOf": 0.1}, 0.35, "confirmed"),
        ({"type": "string"}, {"type": "int"}, "a", "hole"),
    ],
)
def test_examples_are_judged_by_the_documents_themselves(old, new, value, outcome):
    sides = Opinion(described(old)), Opinion(described(new))

    assert check(finding(value, "request body application/json"), *sides).outcome == outcome


def test_3_0_is_read_as_3_0():
    nullable = {"type": "string", "nullable": True}
    old, new = (Opinion(described(schema, "3.0.3")) for schema in (nullable, {"type": "string"}))

    assert check(finding(None, "request body application/json"), old, new).outcome == "confirmed"

    pet = {"$ref": "#/components/schemas/Pet", "maxProperties": 0}
    old, new = (Opinion(described(schema, "3.0.3")) for schema in (pet, {"type": "string"}))

    assert check(finding({"name": "a"}, "request body application/json"), old, new).outcome == "confirmed"
    answered = finding({"name": "a"}, "response 200 application/json", direction=Direction.RESPONSE)
    assert check(answered, old, new).outcome == "contradicted"


def test_a_parameter_is_text_and_an_unknown_message_is_not_located():
    old, new = Opinion(described({})), Opinion(described({}))

    assert check(finding("7", "query parameter limit"), old, new).outcome == "contradicted"
    assert check(finding("7", "query parameter offset"), old, new).outcome == "not located"
    assert check(finding("7", "response 404 application/json"), old, new).outcome == "not located"


def test_names_are_replaced_alike_in_both_documents():
    tree = described({"$ref": "#/components/schemas/Pet", "example": {"name": "n"}})
    renaming = Renaming("1", [tree])

    one, two = renaming.document(tree), renaming.document(tree)

    assert one == two
    (path,) = one["paths"]
    assert path.endswith("/{id}")
    assert path != "/pets/{id}"
    ((schema, pet),) = one["components"]["schemas"].items()
    assert list(pet["properties"]) == pet["required"]
    assert {"name", "id"}.isdisjoint(pet["required"])
    body = one["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"] == f"#/components/schemas/{schema}"
    assert list(body["example"]) == pet["required"][:1]
    assert Renaming("2", [tree]).document(tree) != one


def test_names_that_the_document_looks_at_stay():
    tree = described({"patternProperties": {"^x": {}}, "discriminator": {"propertyName": "kind"}})
    renaming = Renaming("1", [tree])

    assert renaming.kept == {"property", "schema"}
    assert renaming.document(tree)["components"] == tree["components"]


def outcome(breaking, *findings, scoped=False):
    rows = [{"severity": severity, "proof": proof} for severity, proof in findings]
    return Outcome(Case("c", "here", "{}", "{}", breaking, scoped, date(2026, 1, 1)), rows, 0.5)


def test_scores():
    score = Score("here")
    for one in (
        outcome(True, ("breaking", "proven")), outcome(True, ("warning", "unproven")), outcome(True),
        outcome(True, ("info", "proven"), ("breaking", "structural")),
        outcome(False), outcome(False, ("breaking", "proven"), scoped=True), outcome(False, ("warning", "unproven")),
        outcome(False, ("info", "proven")),
    ):  # fmt: skip
        score.add(one)

    assert (score.recall, score.false_alarms, score.balanced) == (0.5, 0.25, 0.625)
    assert (score.missed_unproven, score.compatible_unproven, score.scoped_alarms) == (1, 1, 1)
    assert "0.500 (2/4)" in next(line for line in table([score]) if line.startswith("here"))


def test_cases_of_one_name_are_told_apart():
    cases = [Case(name, "here", "{}", "{}", True) for name in ("a", "b", "a", "a")]

    assert [case.name for case in named_apart(cases)] == ["a", "b", "a (2)", "a (3)"]
