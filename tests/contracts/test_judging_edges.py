"""Edges of judging that no table holds."""

import pytest

import contracts.compile
from contracts.compile import Declined
from contracts.engine import EngineRefusedError

JSON = {b"content-type": b"application/json"}


def test_a_schema_that_the_engine_refuses_could_not_be_checked(workbench, monkeypatch):
    operation = workbench.operation(body={"type": "integer"})

    def refuse(schema):
        raise EngineRefusedError("it does not like it")

    monkeypatch.setattr(contracts.compile, "make_engine", refuse)
    assert operation.judge_request((), b"", JSON, b"1").outcome == "could_not_check"
    assert "does not like it" in operation.judge_answer(200, [], b"").reason


def test_a_mapping_that_names_nothing_is_declined(workbench):
    schemas = {"A": {"type": "object"}}
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/A"}],
        "discriminator": {"propertyName": "k", "mapping": {"a": "A", "b/c": "Gone"}},
    }
    with pytest.raises(Declined, match="mapping") as caught:
        workbench.operation(body=schema, schemas=schemas)
    assert caught.value.pointer.endswith("/discriminator/mapping/b~1c")


@pytest.mark.parametrize("location", ["header", "cookie", "path"])
def test_content_parameters_elsewhere(workbench, location):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    parameter = {
        "name": "p",
        "in": location,
        "required": location == "path",
        "content": {"application/json": {"schema": schema}},
    }
    path = "/things/{p}" if location == "path" else "/things"
    operation = workbench.operation(method="get", path=path, parameters=[parameter])

    def rules(text):
        values = (text,) if location == "path" else ()
        headers = {b"p": text} if location == "header" else {b"cookie": b"p=" + text} if location == "cookie" else {}
        return [(v.location, v.rule) for v in operation.judge_request(values, b"", headers, b"").violations]

    assert rules(b'{"a":1}') == []
    assert rules(b'{"a":"1"}') == [(location, "type")]
    assert rules(b"{") == [(location, "json")]


def test_querystring_as_json(workbench):
    whole = {"name": "q", "in": "querystring", "content": {"application/json": {"schema": {"type": "array"}}}}
    operation = workbench.operation(version="3.2.0", method="get", parameters=[whole])
    assert operation.judge_request((), b"%5B1%5D", {}, b"").outcome == "conforms"
    assert operation.judge_request((), b"%7B%7D", {}, b"").outcome == "violates"
    assert operation.judge_request((), b"", {}, b"").outcome == "conforms"


def test_a_path_with_too_few_values_is_a_violation(workbench):
    parameter = {"name": "p", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = workbench.operation(method="get", path="/things/{p}", parameters=[parameter])
    assert operation.judge_request((), b"", {}, b"").outcome == "violates"


def test_a_name_that_a_caller_made_up_is_shown_short(workbench):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    parameter = {"name": "p", "in": "query", "style": "deepObject", "explode": True, "schema": schema}
    operation = workbench.operation(method="get", parameters=[parameter])
    for query in (b"p[" + b"%0A" * 3000 + b"]=1", b"%0Aq" + b"x" * 3000 + b"=1"):
        (violation,) = operation.judge_request((), query, {}, b"").violations
        assert violation.rule == "undeclared"
        assert len(violation.pointer) <= 64
        assert violation.pointer.isprintable()


def test_a_parameter_whose_value_violates_says_where_inside(workbench):
    schema = {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "integer"}}}
    parameter = {"name": "p", "in": "query", "content": {"application/json": {"schema": schema}}}
    operation = workbench.operation(method="get", parameters=[parameter])
    (violation,) = operation.judge_request((), b'p={"a":"x"}', {}, b"").violations
    assert (violation.pointer, violation.message) == ("p", "/a: expected an integer")
    (violation,) = operation.judge_request((), b'p={"b":1}', {}, b"").violations
    assert "does not declare" in violation.message


def test_nearest_alternative_in_words(workbench):
    schema = {
        "anyOf": [
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"a": {"type": "integer", "format": "int32"}},
            },
            {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
        ]
    }
    operation = workbench.operation(body=schema)

    def words(body):
        return operation.judge_request((), b"", JSON, body).violations[0].message

    assert words(b'{"a":3000000000}').endswith("number 1: /a: expected a whole number of 32 bits")
    assert words(b'{"b":1}').endswith("number 1: it has a member that the contract does not declare")
    assert words(b'"x"').startswith("fits none of the 2 alternatives")
