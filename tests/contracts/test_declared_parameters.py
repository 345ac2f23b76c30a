"""Parameters as a contract declares them: `content`, `querystring`, what is new in 3.2, and what check says of them."""

import json

import pytest

from contracts.contract import examine
from contracts.document import load_document
from contracts.servable import unservable


@pytest.fixture
def said(workbench):
    def told(*parameters, version="3.2.0", path="/a", **operation):
        document = {
            "openapi": version,
            "info": {"title": "x", "version": "1"},
            "paths": {path: {"get": {"security": [], "responses": {"200": {"description": "x"}}, **operation,
                                     "parameters": list(parameters)}}},
        }  # fmt: skip
        source = workbench.folder / "it.json"
        source.write_text(json.dumps(document))
        contract, faults = examine(load_document(source))
        return contract, [(fault.code, fault.severity) for fault in faults]

    return told


def query(name="q", **more):
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


def whole(media="application/x-www-form-urlencoded", schema=None, name="all"):
    return {"name": name, "in": "querystring", "content": {media: {"schema": schema or {"type": "object"}}}}


@pytest.mark.parametrize(
    ("parameters", "version", "code"),
    [
        ([whole()], "3.1.1", "newer-value"),
        ([{"name": "c", "in": "cookie", "style": "cookie", "schema": {}}], "3.0.4", "newer-value"),
        ([whole(), query()], "3.2.0", "querystring-not-alone"),
        ([whole(), whole(name="other")], "3.2.0", "querystring-not-alone"),
        ([{"name": "all", "in": "querystring", "schema": {"type": "string"}}], "3.2.0", "querystring-schema"),
        ([{"name": "q", "in": "query", "content": {}}], "3.1.0", "content-entries"),
        (
            [{"name": "q", "in": "query", "content": {"application/json": {}, "text/plain": {}}}],
            "3.1.0",
            "content-entries",
        ),
        ([query(content={"text/plain": {}})], "3.1.0", "schema-and-content"),
        ([query(style="matrix")], "3.1.0", "parameter-style"),
        ([{"name": "X", "in": "header", "style": "form", "schema": {}}], "3.1.0", "parameter-style"),
    ],
)
def test_what_is_wrong_with_a_parameter(said, parameters, version, code):
    assert said(*parameters, version=version)[1] == [(code, "error")]


@pytest.mark.parametrize(
    "parameters",
    [[whole()], [{"name": "c", "in": "cookie", "style": "cookie", "schema": {}}], [query(content=None)]],
)
def test_what_is_right(said, parameters):
    assert said(*parameters)[1] == []


def test_a_path_that_holds_a_semicolon_is_not_served(said):
    """It is refused before routing, so that no system ends the path there."""
    matrix = {"name": "id", "in": "path", "required": True, "style": "matrix", "schema": {"type": "integer"}}
    contract, faults = said(matrix, path="/a/{id}")

    assert faults == []
    assert unservable(contract.operations[0]).code == "semicolon-in-path"
    contract, _ = said({**matrix, "style": "label"}, path="/a/{id}")
    assert unservable(contract.operations[0]) is None


def test_a_header_that_nobody_gets_is_told_of(said):
    headers = {"Set-Cookie": {"required": True, "schema": {}}, "X-A": {"required": True, "schema": {}}}
    _, faults = said(responses={"200": {"description": "x", "headers": headers}})

    assert faults == [("header-never-answered", "warning")]


FILTER = {
    "type": "object",
    "required": ["q"],
    "properties": {
        "q": {"type": "string", "maxLength": 5},
        "page": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        "where": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
    },
}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"q=a+b&page=1", "conforms"),
        (b"q=a%2Bb", "conforms"),
        (b"page=1", [("", "required")]),
        (b"q=abcdef", [("/q", "maxLength")]),
        (b"q=a&page=x", [("/page", "type")]),
        (b"q=a&q=b", [("", "style")]),
        (b"q=a&tags=a&tags=b", "conforms"),
        (b"q=a&tags=abcd", [("/tags/0", "maxLength")]),
        (b"q=a&where[city]=Ulm", "conforms"),
        (b"q=a&where[town]=Ulm", [("where[town]", "undeclared")]),
        (b"q=a&other=1", [("other", "undeclared")]),
        (b"", [("all", "required")]),
    ],
)
def test_a_query_that_is_a_form(workbench, raw, expected):
    parameter = {**whole(schema=FILTER), "required": True}
    parameter["content"]["application/x-www-form-urlencoded"]["encoding"] = {"where": {"style": "deepObject"}}
    operation = workbench.operation(version="3.2.0", method="get", parameters=[parameter])
    judgement = operation.judge_request((), raw, {}, b"")

    assert ([(v.pointer, v.rule) for v in judgement.violations] or judgement.outcome) == expected
    assert operation.query_names == {b"q", b"page", b"tags"}
    assert not operation.query_open


def test_a_query_that_a_schema_leaves_open(workbench):
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    operation = workbench.operation(version="3.2.0", method="get", parameters=[whole(schema=schema)])

    assert operation.query_open
    assert operation.judge_request((), b"a=1&b=2", {}, b"").outcome == "conforms"
    assert [v.rule for v in operation.judge_request((), b"a=x", {}, b"").violations] == ["type"]


@pytest.mark.parametrize(
    ("media", "schema", "raw", "expected"),
    [
        ("application/json", FILTER, b"%7B%22q%22%3A%22a%22%7D", "conforms"),
        ("application/json", FILTER, b'{"q":"a&b"}', "conforms"),
        ("application/json", FILTER, b'{"q":1}', ["type"]),
        ("application/json", FILTER, b"{", ["json"]),
        ("text/plain", {"type": "string", "maxLength": 3}, b"a%20b", "conforms"),
        ("text/plain", {"type": "string", "maxLength": 3}, b"a+b+c", ["maxLength"]),
        ("application/jsonpath", {"type": "string", "maxLength": 3}, b"$.a", "application/jsonpath"),
    ],
)
def test_a_query_of_another_media_type(workbench, media, schema, raw, expected):
    operation = workbench.operation(version="3.2.0", method="get", parameters=[whole(media, schema)])
    judgement = operation.judge_request((), raw, {}, b"")
    found = [v.rule for v in judgement.violations]

    assert operation.query_open
    assert found == expected if isinstance(expected, list) else expected in (judgement.reason or judgement.outcome)


@pytest.mark.parametrize(
    ("location", "raw"),
    [
        ("path", b"%7B%22q%22%3A1%7D"),
        ("query", b"p=%7B%22q%22%3A1%7D"),
        ("header", b'{"q":1}'),
        ("cookie", b'p={"q":1}'),
    ],
)
def test_content_in_every_location(workbench, location, raw):
    content = {"application/json": {"schema": FILTER}}
    parameter = {"name": "p", "in": location, "required": location == "path", "content": content}
    operation = workbench.operation(method="get", path="/x/{p}" if location == "path" else "/x", parameters=[parameter])

    def rules(raw):
        headers = {b"p": raw} if location == "header" else {b"cookie": raw} if location == "cookie" else {}
        values = (raw,) if location == "path" else ()
        judgement = operation.judge_request(values, raw if location == "query" else b"", headers, b"")
        return [(v.location, v.rule) for v in judgement.violations]

    assert rules(raw) == [(location, "type")]
    assert rules(raw.replace(b"1", b"%22a%22" if location in ("path", "query") else b'"a"')) == []
    assert rules(raw.replace(b"%22", b"").replace(b'"', b"")) == [(location, "json")]


def test_a_content_parameter_given_twice(workbench):
    parameter = {"name": "p", "in": "query", "content": {"text/plain": {"schema": {"type": "string", "maxLength": 1}}}}
    operation = workbench.operation(method="get", parameters=[parameter])

    assert [v.rule for v in operation.judge_request((), b"p=a&p=b", {}, b"").violations] == ["style"]


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (None, b'at={"city":"a"}&at={"city":"b"}', "conforms"),
        (None, b'at={"city":"a"}&at={"city":1}', [("/at/1/city", "type")]),
        (None, b"at=a", [("", "json")]),
        ({"contentType": "application/json"}, b'at=[{"city":"a"}]', "conforms"),
        ({"contentType": "application/json"}, b'at={"city":"a"}', "conforms"),
        ({"contentType": "application/json"}, b'at=[{"city":1}]', [("/at/0/city", "type")]),
    ],
)
def test_lists_of_objects_in_a_form(workbench, encoding, body, expected):
    """Each item by its own media type, which is JSON for objects (OpenAPI 3.x, "Encoding Object")."""
    at = {"type": "array", "items": {"type": "object", "properties": {"city": {"type": "string"}}}}
    media = {"schema": {"type": "object", "properties": {"at": at}}, "encoding": {"at": encoding} if encoding else {}}
    operation = workbench.operation(content={"application/x-www-form-urlencoded": media})
    judgement = operation.judge_request((), b"", {b"content-type": b"application/x-www-form-urlencoded"}, body)

    assert ([(v.pointer, v.rule) for v in judgement.violations] or judgement.outcome) == expected
