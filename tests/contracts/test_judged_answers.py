"""Answers: status, headers, media types, bodies."""

import pytest

from contracts.compile import compile_operation
from contracts.selftest import self_test
from contracts.settings import Bounds

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
JSON = (b"content-type", b"application/json")


def response(schema=None, **more):
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {"description": "it", **content, **more}


def judged(operation, status, headers=(JSON,), body=b'{"id":1}', *, head=False):
    judgement = operation.judge_answer(status, list(headers), body, head=head)
    return [(v.location, v.pointer, v.rule) for v in judgement.violations] or judgement.outcome


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'"exact"', "conforms"),
        (200, b'"range"', [("body", "", "const")]),
        (201, b'"range"', "conforms"),
        (299, b'"range"', "conforms"),
        (404, b'"default"', "conforms"),
        (500, b'"default"', "conforms"),
        (500, b'"range"', [("body", "", "const")]),
    ],
)
@pytest.mark.parametrize("spelt", ["2XX", "2xx"])
def test_exact_before_range_before_default(workbench, status, body, expected, spelt):
    responses = {
        "default": response({"const": "default"}),
        spelt: response({"const": "range"}),
        "200": response({"const": "exact"}),
    }
    operation = workbench.operation(version="3.1.0", method="get", responses=responses)
    assert judged(operation, status, body=body) == expected


@pytest.mark.parametrize("status", [199, 202, 302, 404, 500, 599])
def test_a_status_the_contract_does_not_name(workbench, status):
    operation = workbench.operation(method="get", responses={"200": response(THING)})
    assert judged(operation, status) == [("status", str(status), "responses")]


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(workbench, status):
    operation = workbench.operation(method="get", responses={"2XX": response(THING), "304": response()})
    assert judged(operation, status, (), b"") == "conforms"
    assert judged(operation, status, body=b"{}") == [("body", "", "content")]


def test_answers_to_head(workbench):
    operation = workbench.operation(method="get", responses={"200": response(THING)})
    assert judged(operation, 200, (JSON, (b"content-length", b"99")), b"", head=True) == "conforms"
    head = workbench.operation(method="head", responses={"200": response(THING)})
    assert judged(head, 200, (JSON,), b"") == "conforms"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((JSON,), b'{"id":1}', "conforms"),
        (((b"Content-Type", b"application/json;odata.metadata=minimal"),), b'{"id":1}', "conforms"),
        ((), b'{"id":1}', [("header", "content-type", "content")]),
        (((b"content-type", b"text/html"),), b"<html>", [("header", "content-type", "content")]),
        (((b"content-type", b"text/html; charset=utf-8"),), b"", [("body", "", "content")]),
        ((JSON,), b"", [("body", "", "content")]),
        ((), b"", [("body", "", "content")]),
        ((JSON,), b"{", [("body", "", "json")]),
        ((JSON,), b'{"id":1,"id":2}', [("body", "", "json")]),
        ((JSON,), b"<html>", [("body", "", "json")]),
        ((JSON,), b'{"id":"1"}', [("body", "/id", "type")]),
        ((JSON,), None, "could_not_check"),
    ],
)
def test_bodies(workbench, headers, body, expected):
    operation = workbench.operation(method="get", responses={"200": response(THING)})
    assert judged(operation, 200, headers, body) == expected


def test_a_body_where_the_contract_states_none(workbench):
    operation = workbench.operation(method="get", responses={"200": response()})
    assert judged(operation, 200, (), b"") == "conforms"
    assert judged(operation, 200, ((b"content-length", b"0"),), None) == "conforms"
    assert judged(operation, 200) == [("body", "", "content")]
    assert judged(operation, 200, body=None) == [("body", "", "content")]
    assert operation.answer_bound == 0


def test_headers(workbench):
    headers = {
        "X-Count": {"required": True, "schema": {"type": "integer"}},
        "ETag": {"schema": {"type": "string", "pattern": '^(W/)?"'}},
        "X-Parts": {"schema": {"type": "array", "items": {"type": "integer"}}},
        "Content-Type": {"required": True, "schema": {"type": "integer"}},
    }
    operation = workbench.operation(method="get", responses={"200": response(THING, headers=headers)})
    good = (JSON, (b"X-Count", b"3"), (b"etag", b'W/"a"'), (b"x-parts", b"1"), (b"x-parts", b"2,3"))
    assert judged(operation, 200, good) == "conforms"
    assert judged(operation, 200, (JSON,)) == [("header", "x-count", "required")]
    assert judged(operation, 200, (JSON, (b"x-count", b"x"))) == [("header", "x-count", "type")]
    assert judged(operation, 200, (*good, (b"x-parts", b"x"))) == [("header", "x-parts", "type")]
    assert operation.answer_header_names(200) == {b"x-count", b"etag", b"x-parts"}
    assert operation.answer_header_names(500) == frozenset()


@pytest.mark.parametrize("name", ["Set-Cookie", "WWW-Authenticate", "sap-server", "Server"])
def test_headers_that_no_caller_gets_are_not_missed(workbench, name):
    """They are taken out before the answer is judged: what is required of them could not be kept."""
    headers = {name: {"required": True, "schema": {"type": "integer"}}}
    operation = workbench.operation(method="get", responses={"200": response(THING, headers=headers)})
    assert judged(operation, 200, (JSON,)) == "conforms"
    assert judged(operation, 200, (JSON, (name.lower().encode(), b"SID=1"))) == "conforms"
    assert operation.answer_header_names(200) == frozenset()
    operation = {"get": {"security": [], "responses": {"200": response(THING, headers=headers)}}}
    contract = workbench.contract(
        {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {"/things": operation}}
    )
    compiled = compile_operation(contract, contract.operations[0], "things", "1", Bounds())
    assert self_test(contract.document.tree, contract.version, compiled).failures == (), "nor served not at all"


@pytest.mark.parametrize(
    ("header", "sent", "expected"),
    [
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, b"1,2", "conforms"),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, b"1;2", [("header", "x-it", "type")]),
        ({"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}, b"a,1", "conforms"),
        ({"schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}, b"a=1", [("header", "x-it", "style")]),
        ({"explode": True, "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}}, b"a=1", "conforms"),
        ({"content": {"application/json": {"schema": THING}}}, b'{"id":1}', "conforms"),
        ({"content": {"application/json": {"schema": THING}}}, b'{"id":"1"}', [("header", "x-it", "type")]),
        ({"content": {"application/json": {"schema": THING}}}, b"{", [("header", "x-it", "json")]),
        ({"content": {"text/plain": {"schema": {"type": "string", "maxLength": 2}}}}, b"abc", [("header", "x-it", "maxLength")]),
        ({"content": {"application/xml": {"schema": THING}}}, b"<a/>", "could_not_check"),
        ({"schema": {"type": "string", "format": "date-time"}}, b"2026-01-31T12:00:00Z", "conforms"),
        ({"schema": {"type": "string", "enum": ["a%20b"]}}, b"a%20b", "conforms"),
    ],
)  # fmt: skip
def test_headers_by_style_and_by_content(workbench, header, sent, expected):
    operation = workbench.operation(method="get", responses={"200": response(THING, headers={"X-It": header})})
    assert judged(operation, 200, (JSON, (b"x-it", sent))) == expected
    assert judged(operation, 200, (JSON,)) == "conforms"


def test_what_streams(workbench):
    binary = {"description": "it", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    operation = workbench.operation(method="get", responses={"200": binary})
    assert operation.answer_bound == 0
    assert judged(operation, 200, ((b"content-type", b"application/pdf"),), None) == "conforms"
    assert judged(operation, 200, ((b"content-type", b"text/html"),), None) == [("header", "content-type", "content")]
    both = workbench.operation(method="get", responses={"200": binary, "default": response(THING)})
    assert both.answer_bound > 0
    assert judged(both, 200, ((b"content-type", b"application/pdf"),), None) == "conforms"
    assert judged(both, 500, body=None) == "could_not_check"
    assert both.media_types_out == ("application/pdf", "application/json")


def test_a_violation_outweighs_what_could_not_be_checked(workbench):
    xml = {"description": "it", "content": {"application/xml": {"schema": THING}}}
    xml["headers"] = {"X-Count": {"required": True, "schema": {"type": "integer"}}}
    operation = workbench.operation(method="get", responses={"200": xml})
    assert judged(operation, 200, ((b"content-type", b"text/xml"),)) != "could_not_check"
    assert judged(operation, 200, ((b"content-type", b"application/xml"),)) == [("header", "x-count", "required")]
    assert judged(operation, 200, ((b"content-type", b"application/xml"), (b"x-count", b"1"))) == "could_not_check"


def test_the_violation_is_told_in_words_with_its_place_in_the_contract(workbench):
    schemas = {"Thing": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 10}}}}
    operation = workbench.operation(
        method="get", responses={"200": response({"$ref": "#/components/schemas/Thing"})}, schemas=schemas
    )
    violation = operation.judge_answer(200, [JSON], b'{"n":99887766}').violations[0]
    assert violation.message == "expected an integer of at most 10"
    assert violation.contract == "/components/schemas/Thing/properties/n/maximum"
    assert "99887766" not in str(violation)


@pytest.mark.parametrize(
    ("schema", "body", "message"),
    [
        ({"type": "string"}, "1", "expected a text"),
        ({"type": ["string", "null"]}, "1", "expected null or a text"),
        ({"enum": ["a", "b"]}, "1", 'expected one of "a", "b"'),
        ({"const": 5}, "1", "expected 5"),
        ({"type": "string", "minLength": 2}, '"a"', "expected a text of at least 2 characters"),
        ({"type": "array", "maxItems": 1}, "[1,2]", "expected a list of at most 1 item"),
        ({"type": "number", "exclusiveMinimum": 0}, "0", "expected a number above 0"),
        ({"multipleOf": 0.5}, "0.3", "expected a multiple of 0.5"),
        ({"required": ["a"]}, "{}", 'the member "a" is missing'),
        ({"additionalProperties": False}, '{"x":1}', "the contract does not declare this member"),
        ({"type": "string", "format": "uuid"}, '"x"', "expected a UUID"),
        ({"type": "integer", "format": "int32"}, "3000000000", "expected a whole number of 32 bits"),
        ({"type": "string", "pattern": "^a+$"}, '"b"', "expected a text that matches ^a+$"),
        ({"uniqueItems": True}, "[1,1]", "expected items that all differ"),
        ({"not": {}}, "1", "the contract excludes this by `not`"),
        ({"oneOf": [{}, True]}, "1", "fits more than one alternative, and has to fit exactly one"),
        (
            {
                "oneOf": [
                    {"type": "string"},
                    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                ]
            },
            '{"a":"x"}',
            "fits none of the 2 alternatives; nearest is number 2: /a: expected an integer",
        ),
    ],
)
def test_words(workbench, schema, body, message):
    operation = workbench.operation(version="3.1.0", method="get", responses={"200": response(schema)})
    violation = operation.judge_answer(200, [JSON], body.encode()).violations[0]
    assert violation.message == message
    assert violation.contract.startswith("/paths/~1things/get/responses/200/content/application~1json/schema")


CARD = {"type": "object", "required": ["number"], "properties": {"number": {"type": "string", "maxLength": 4}}}
BANK = {"type": "object", "required": ["iban"], "properties": {"iban": {"type": "string"}}}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("body", "nearest"),
    [
        ('{"number":"12345"}', "number 1 (Card): /number: expected a text of at most 4 characters"),
        ('{"iban":1}', "number 2 (a/b): /iban: expected a text"),
        ('"x"', "number 1 (Card): expected an object"),
        ("7", "number 3: expected an integer of at most 5"),
    ],
)
def test_the_nearest_alternative_is_told_by_its_name(workbench, keyword, body, nearest):
    schema = {
        keyword: [*({"$ref": f"#/components/schemas/{n}"} for n in ("Card", "a~1b")), {"type": "integer", "maximum": 5}]
    }
    operation = workbench.operation(
        version="3.1.0", method="get", responses={"200": response(schema)}, schemas={"Card": CARD, "a/b": BANK}
    )

    (violation,) = operation.judge_answer(200, [JSON], body.encode()).violations

    assert violation.message == f"fits none of the 3 alternatives; nearest is {nearest}"
    assert violation.rule == keyword
