"""The outcome compared with openapi-core's, where that library is known to be right."""

import json
import warnings

import pytest

OpenAPI = pytest.importorskip("openapi_core").OpenAPI
MockRequest = pytest.importorskip("openapi_core.testing").MockRequest

ORDER = {
    "type": "object",
    "required": ["customer", "lines"],
    "properties": {
        "customer": {"type": "string", "minLength": 1, "maxLength": 10},
        "number": {"type": "integer", "format": "int32", "minimum": 1},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "note": {"type": "string", "nullable": True, "maxLength": 5},
        "discount": {"type": "number", "minimum": 0, "maximum": 1, "exclusiveMaximum": True},
        "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Line"}},
        "pay": {
            "oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Bank"}],
            "discriminator": {"propertyName": "kind"},
        },
        "ship": {"allOf": [{"$ref": "#/components/schemas/Address"}, {"required": ["zip"]}]},
    },
}
SCHEMAS = {
    "Order": ORDER,
    "Line": {"type": "object", "required": ["item"], "properties": {"item": {"type": "string", "pattern": "^[A-Z][0-9]{3}$"}, "quantity": {"type": "number"}}},
    "Card": {"type": "object", "required": ["kind", "card"], "properties": {"kind": {"type": "string"}, "card": {"type": "string"}}},
    "Bank": {"type": "object", "required": ["kind", "iban"], "properties": {"kind": {"type": "string"}, "iban": {"type": "string"}}},
    "Address": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "string"}}},
}  # fmt: skip
GOOD = {"customer": "C1", "lines": [{"item": "A123"}]}
BODIES = [
    GOOD, {}, [], "text", 5, None, True,
    GOOD | {"customer": ""}, GOOD | {"customer": "x" * 11}, GOOD | {"customer": 1}, GOOD | {"number": 0}, GOOD | {"number": 2**31 - 1},
    GOOD | {"number": 1.5}, GOOD | {"number": "1"}, GOOD | {"currency": "EUR"}, GOOD | {"currency": "CHF"}, GOOD | {"note": None},
    GOOD | {"note": "too long"}, GOOD | {"discount": 0.5}, GOOD | {"discount": 1}, GOOD | {"discount": -0.1}, GOOD | {"lines": []},
    GOOD | {"lines": [{"item": "a123"}]}, GOOD | {"lines": [{"item": "A123", "quantity": "2"}]}, GOOD | {"lines": [{}]}, GOOD | {"lines": {}},
    GOOD | {"pay": {"kind": "Card", "card": "1"}}, GOOD | {"pay": {"kind": "Bank", "card": "1"}}, GOOD | {"pay": {"kind": "Cash"}},
    GOOD | {"pay": {}}, GOOD | {"ship": {"zip": "1"}}, GOOD | {"ship": {"city": "1"}}, GOOD | {"ship": {"zip": 1}}, GOOD | {"extra": 1},
]  # fmt: skip
PARAMETERS = [
    {"name": "top", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
    {"name": "ids", "in": "query", "style": "form", "explode": False, "schema": {"type": "array", "items": {"type": "integer"}, "maxItems": 3}},
    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string", "maxLength": 3}}},
    {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "done"]}},
]  # fmt: skip
QUERIES = [
    {}, {"top": "5"}, {"top": "0"}, {"top": "101"}, {"top": "x"}, {"ids": "1,2"}, {"ids": "1,x"}, {"ids": "1,2,3,4"},
    {"tag": "abc"}, {"tag": "abcd"}, {"state": "open"}, {"state": "gone"}, {"top": "5", "state": "done", "ids": "7"},
]  # fmt: skip


@pytest.fixture
def both(workbench):
    operation_body = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
    }
    responses = {"200": {"description": "done"}}
    ours = workbench.operation(
        path="/orders", parameters=PARAMETERS, content=operation_body["content"], responses=responses, schemas=SCHEMAS
    )
    operation = {"operationId": "it", "parameters": PARAMETERS, "requestBody": operation_body, "responses": responses}
    document = {
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "components": {"schemas": SCHEMAS},
        "servers": [{"url": "http://localhost"}], "paths": {"/orders": {"post": operation}},
    }  # fmt: skip
    theirs = OpenAPI.from_dict(document)

    def judge(query, body):
        raw = json.dumps(body).encode()
        line = "&".join(f"{name}={value}" for name, value in query.items()).encode()
        mine = ours.judge_request((), line, {b"content-type": b"application/json"}, raw).outcome
        request = MockRequest(
            "http://localhost", "post", "/orders", args=query, data=raw, content_type="application/json"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            errors = list(theirs.iter_request_errors(request))
        return mine, "violates" if errors else "conforms"

    return judge


def test_bodies(both):
    for body in BODIES:
        mine, theirs = both({}, body)
        assert mine == theirs, body


def test_queries(both):
    for query in QUERIES:
        mine, theirs = both(query, GOOD)
        assert mine == theirs, query
