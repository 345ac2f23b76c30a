"""Bugs that other gateways shipped in this place; here they are tests.

Where a chunked body goes after it was judged is shown over sockets, in tests/flows/test_call.py.
"""

import json
from dataclasses import dataclass

import pytest

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from contracts.paths import PathMatcher
from contracts.schema import Lowering
from contracts.settings import Bounds

JSON = {b"content-type": b"application/json"}


@dataclass
class Tree:
    tree: dict


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


def test_path_parameter_from_the_wrong_segment_with_a_base_path(workbench):
    """The base has as many segments, and numbers in it; the parameters are declared in another order than they stand."""
    parameters = [
        {"name": "line", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "order", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[A-Z]+$"}},
    ]
    operation = workbench.operation(method="get", path="/{order}/lines/{line}", parameters=parameters)
    paths = PathMatcher()
    paths.add("/7/lines/8", "/{order}/lines/{line}", "1.0", operation)
    (candidate,) = paths.match(b"/7/lines/8/AB/lines/9")
    assert candidate.values == (b"AB", b"9")
    assert outcome(operation, values=candidate.values) == "conforms"
    assert outcome(operation, values=(b"9", b"AB")) == "violates"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("static", "template", "other"),
    [
        ("/users/me", "/users/{id}", b"/users/you"),
        ("/users/{id}/keys/new", "/users/{id}/keys/{key}", b"/users/1/keys/old"),
        ("/a/b", "/{x}/b", b"/c/b"),
        ("/files/report.json", "/files/{name}", b"/files/other.json"),
    ],
)
def test_static_path_shadowed_by_a_templated_one(static, template, other, order):
    """Whatever stands first in the document."""
    paths = PathMatcher()
    for path in (static, template)[::order]:
        paths.add("/api", path, "1.0", path)
    assert paths.match(b"/api" + static.replace("{id}", "1").encode())[0].first == static
    assert paths.match(b"/api" + other)[0].first == template


def test_two_templates_that_collapse_to_the_same_pattern(workbench):
    document = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {f"/employees/{{{name}}}": {"get": {
            "responses": {}, "parameters": [{"name": name, "in": "path", "required": True, "schema": {}}],
        }} for name in ("prct", "zd")},
    }  # fmt: skip
    with pytest.raises(InvalidInputError, match="prct") as caught:
        workbench.contract(document)
    assert "zd" in str(caught.value)


def test_query_arrays_without_explode(workbench):
    parameter = {
        "name": "ids", "in": "query", "explode": False,
        "schema": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
    }  # fmt: skip
    operation = workbench.operation(method="get", parameters=[parameter])
    assert outcome(operation, query=b"ids=1,2") == "conforms"
    assert outcome(operation, query=b"ids=1,2,3") == outcome(operation, query=b"ids=1,x") == "violates"
    assert outcome(operation, query=b"ids=1&ids=2") == "violates"


@pytest.mark.parametrize(
    "query",
    [b"&", b"=", b"&&", b"==", b"=1", b"a", b"a=", b"a==1", b"?a=1", b"%", b"%zz", b"%00", b"a[", b"a[]=1", b"a[b=1", b"[a]=1", b"a%5B", b";", b"a=1;b=2", b"\xff", b"a=%ff", b"+", b"#"],
)  # fmt: skip
def test_odd_query_strings_are_judged_and_no_crash(workbench, query):
    schema = {"type": "object", "properties": {"b": {"type": "integer"}}}
    parameters = [
        {"name": "a", "in": "query", "style": "deepObject", "explode": True, "schema": schema},
        {"name": "n", "in": "query", "schema": {"type": "integer"}},
    ]
    assert outcome(workbench.operation(method="get", parameters=parameters), query=query) in ("conforms", "violates")


@pytest.mark.parametrize(
    ("template", "path", "other"),
    [
        ("/orders/$count", b"/orders/$count", b"/orders/"),
        ("/$metadata", b"/$metadata", b"/metadata"),
        ("/{id}/$value", b"/1/$value", b"/1/"),
        ("/a$b/{id}", b"/a$b/1", b"/a/1"),
        ("/a+b.c/{id}", b"/a+b.c/1", b"/aab.c/1"),
    ],
)
def test_dollar_and_its_kin_in_a_path(template, path, other):
    paths = PathMatcher()
    paths.add("", template, "1.0", template)
    assert paths.match(path)[0].first == template
    assert paths.match(other) == ()


def test_a_path_with_a_suffix(workbench):
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    operation = workbench.operation(method="get", path="/orders/{id}.json", parameters=[parameter])
    paths = PathMatcher()
    paths.add("", "/orders/{id}.json", "1.0", operation)
    (candidate,) = paths.match(b"/orders/5.json")
    assert outcome(operation, values=candidate.values) == "conforms"
    assert paths.match(b"/orders/5") == paths.match(b"/orders/5xjson") == ()


@pytest.mark.parametrize("url", ["/", "", "https://erp.example.test/", "https://{host}/v1/", "/orders"])
def test_what_servers_say_changes_no_path(workbench, url):
    """Where a contract is served is said by the workspace; `servers` are addresses of somebody else's."""
    operation = workbench.operation(path="/orders", body={}, servers=[{"url": url}])
    assert operation.template == "/orders"
    assert outcome(operation, body=b"1") == "conforms"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_reference_inside_one_of_with_a_discriminator(workbench, version):
    schemas = {
        "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "dog": "Dog"}}},
        "Cat": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"$ref": "#/components/schemas/Count"}}},
        "Dog": {"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "string"}}},
        "Count": {"type": "integer", "maximum": 9},
    }  # fmt: skip
    body = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    operation = workbench.operation(version=version, body=body, schemas=schemas)
    assert outcome(operation, body=b'[{"kind":"cat","lives":9},{"kind":"dog","lives":"9"}]') == "conforms"
    assert outcome(operation, body=b'[{"kind":"cat","lives":10}]') == "violates"
    assert outcome(operation, body=b'[{"kind":"dog","lives":9}]') == "violates"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_read_only_and_write_only(workbench, version):
    """Several validators enforce them for 3.0 only, and demand a required read-only member in requests."""
    schema = {
        "type": "object",
        "required": ["id", "pin"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "pin": {"type": "string", "writeOnly": True}},
    }
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "", "content": content}}
    operation = workbench.operation(version=version, content=content, responses=responses)
    head = list(JSON.items())
    assert outcome(operation, body=b'{"pin":"a"}') == "conforms"
    assert outcome(operation, body=b'{"id":1,"pin":"a"}') == "violates"
    assert operation.judge_answer(200, head, b'{"id":1}').outcome == "conforms"
    assert operation.judge_answer(200, head, b'{"id":1,"pin":"a"}').outcome == "violates"


def test_what_yaml_1_1_takes_for_null_or_a_truth_value():
    """`null` as a value, `no`, `on` and `y` as texts; keys too."""
    text = b"""
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /t:
    post:
      operationId: t
      security: []
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T'}}}}
      responses: {}
components:
  schemas:
    T: {type: object, properties: {a: {type: [string, 'null'], enum: [null, no, on, NO, 1:30, 0o7]}, on: {type: integer}}}
"""
    contract = read_contract(parse_document(text))
    operation = compile_operation(contract, contract.operations[0], "t", "1", Bounds())
    for value in (b"null", b'"no"', b'"on"', b'"NO"', b'"1:30"', b"7"):
        assert outcome(operation, body=b'{"a":' + value + b"}") in (("violates",) if value == b"7" else ("conforms",))
    assert outcome(operation, body=b'{"a":false}') == outcome(operation, body=b'{"on":"x"}') == "violates"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", "conforms"), ("2026-01-31t12:00:00.123456789z", "conforms"),
        ("2026-01-31T12:00:00+05:30", "conforms"), ("2016-12-31T23:59:60Z", "conforms"),
        ("2026-01-31T12:00:00", "violates"), ("2026-01-31 12:00", "violates"), ("2026-02-29T12:00:00Z", "violates"),
        ("2026-01-31T24:00:00Z", "violates"), ("2026-01-31", "violates"), ("1769860800", "violates"), ("", "violates"),
    ],
)  # fmt: skip
def test_the_format_date_time(workbench, text, expected):
    operation = workbench.operation(body={"type": "string", "format": "date-time"})
    assert outcome(operation, body=json.dumps(text).encode()) == expected


def test_deep_object_with_any_of(workbench):
    schema = {
        "anyOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
            {"type": "object", "required": ["b"], "properties": {"b": {"type": "array", "items": {"type": "integer"}}}, "additionalProperties": False},
        ]
    }  # fmt: skip
    parameter = {"name": "f", "in": "query", "style": "deepObject", "explode": True, "schema": schema}
    operation = workbench.operation(method="get", parameters=[parameter])
    assert outcome(operation, query=b"f[a]=1") == outcome(operation, query=b"f[b][]=1&f[b][]=2") == "conforms"
    assert outcome(operation, query=b"f[a]=x") == outcome(operation, query=b"f[a]=1&f[c]=1") == "violates"


def test_a_validator_kept_under_a_key_that_forgets_an_option(workbench):
    """Bounds and direction are part of what a validator is made for."""
    document = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/t": {"post": {"operationId": "t", "security": [], "responses": {"200": {"description": ""}},
                                  "requestBody": {"content": {"application/json": {"schema": {}}}}}}},
    }  # fmt: skip
    contract = workbench.contract(document)
    shallow, deep = (
        compile_operation(contract, contract.operations[0], "t", "1", Bounds(json_depth=depth)) for depth in (4, 64)
    )
    body = b"[" * 6 + b"]" * 6
    assert [outcome(operation, body=body) for operation in (shallow, deep, shallow)] == ["violates", "conforms", "violates"]  # fmt: skip


def test_references_are_followed_once_each():
    """Every schema refers to the next two: the ways through grow like Fibonacci's numbers."""
    schemas = {
        f"S{i}": {"properties": {"a": {"$ref": f"#/components/schemas/S{i + 1}"}, "b": {"$ref": f"#/components/schemas/S{i + 2}"}}}
        for i in range(300)
    } | {"S300": {"type": "integer"}, "S301": {"type": "integer"}}  # fmt: skip
    lowering = Lowering(Tree({"components": {"schemas": schemas}}), "3.1", "request")
    key = lowering.root({"$ref": "#/components/schemas/S0"}, "/x")
    assert len(lowering.definitions) == 303
    assert lowering.survey(key).nodes < 1000


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_circular_references(workbench, version):
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}}}
    operation = workbench.operation(version=version, body={"$ref": "#/components/schemas/Node"}, schemas={"Node": node})
    assert outcome(operation, body=b'{"next":{"next":{"n":1}}}') == "conforms"
    assert outcome(operation, body=b'{"next":{"next":{"n":"1"}}}') == "violates"
    nothing = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    with pytest.raises(InvalidInputError) as caught:
        workbench.operation(version=version, body={"$ref": "#/components/schemas/A"}, schemas=nothing)
    assert {fault.code for fault in caught.value.diagnostics} == {"circular-reference"}
