"""What a generated TypeScript client sends, and what it makes of each answer: run in Node against scripted answers."""

import json
from pathlib import Path

import pytest
from typescript_client import Packages, compiled, ran

pytestmark = pytest.mark.timeout(180)  # compilers on a busy machine
PROGRAM = Path(__file__).parent / "typescript_calls.ts"


def answers(media, schema, **more):
    return {"200": {"description": "", "content": {media: {"schema": schema, **more}}}}


ORDER = {"$ref": "#/components/schemas/Order"}
NONE = {"204": {"description": ""}}
STRINGS = {"type": "array", "items": {"type": "string"}}
QUERY = [
    {"name": "list", "in": "query", "schema": STRINGS},
    {"name": "comma", "in": "query", "explode": False, "schema": STRINGS},
    {"name": "pipe", "in": "query", "style": "pipeDelimited", "explode": False, "schema": STRINGS},
    {"name": "deep", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object"}},
    {"name": "json", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
    {"name": "free", "in": "query", "allowReserved": True, "schema": {"type": "string"}},
    {"name": "flag", "in": "query", "schema": {"type": "boolean"}},
    {"name": "when", "in": "query", "schema": {"type": "string", "format": "date-time"}},
    {"name": "X-List", "in": "header", "schema": STRINGS},
    {"name": "c", "in": "cookie", "schema": {"type": "string"}},
]
CONTRACT = {
    "openapi": "3.2.0", "info": {"title": "Shop", "version": "2"}, "security": [{"token": []}],
    "paths": {
        "/orders": {
            "get": {"operationId": "read", "responses": answers("application/json", ORDER)},
            "post": {
                "operationId": "make", "responses": {**answers("application/json", ORDER), **NONE},
                "requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}},
            },
        },
        "/find/{id}/{ids}": {"get": {
            "operationId": "find", "responses": answers("application/json", {"type": "array", "items": ORDER}),
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "ids", "in": "path", "required": True, "schema": STRINGS}, *QUERY,
            ],
        }},
        "/rows('{key}')": {"get": {
            "operationId": "row", "responses": answers("application/json", {"type": "array", "items": ORDER}),
            "parameters": [{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}],
        }},
        "/form": {"post": {
            "operationId": "form", "responses": NONE,
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {
                "name": {"type": "string"}, "tags": STRINGS, "nested": {"type": "object"}}}}}},
        }},
        "/upload": {"post": {
            "operationId": "upload", "responses": NONE,
            "requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {
                "file": {"type": "string", "format": "binary"}, "note": {"type": "string"}, "meta": {"type": "object"}}}}}},
        }},
        "/file": {
            "get": {"operationId": "load", "responses": answers("application/octet-stream", {"type": "string", "format": "binary"})},
            "put": {"operationId": "store", "responses": NONE, "requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
        },
        "/lines": {"get": {"operationId": "lines", "responses": {"200": {"description": "", "content": {"application/jsonl": {"itemSchema": ORDER}}}}}},
        "/events": {"get": {"operationId": "events", "responses": {"200": {"description": "", "content": {"text/event-stream": {"itemSchema": {"type": "object"}}}}}}},
    },
    "components": {
        "schemas": {
            "Order": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "integer", "format": "int64"}, "price": {"type": "string", "format": "decimal"},
                "weight": {"type": "number"}, "state": {"$ref": "#/components/schemas/State"}}},
            "State": {"type": "string", "enum": ["open", "closed"]},
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calls")
    path = folder / "shop.json"
    path.write_text(json.dumps(CONTRACT))
    with Packages(folder) as packages:
        packages.add(path, None, "acme")
    assert compiled(packages, calls=PROGRAM.read_text()) == ""
    return ran(packages, "calls")


def test_a_newer_server_breaks_nothing(found):
    assert found["open"] == ["newer", False, {"id": 1, "state": "newer", "more": {"a": 1}}]


def test_each_call_says_who_for_which_version_and_by_which_contract(found):
    (sent,) = found["sent"]
    heads = sent["headers"]

    assert (sent["method"], sent["url"], sent["body"]) == (
        "POST",
        "https://shop.example/v1/orders",
        '{"id":1,"price":"1.10"}',
    )
    assert heads["authorization"] == "Bearer t0ken"
    assert (heads["x-entity"], heads["api-version"], heads["x-correlation-id"], heads["x-extra"]) == (
        "mde",
        "1.0",
        "c-1",
        "yes",
    )
    assert heads["x-contract-digest"].startswith("sha256:")
    assert (heads["user-agent"], heads["content-type"]) == ("acme-shop/2.0.0", "application/json")
    assert heads["accept"] == "application/json, application/problem+json;q=0.9"


def test_parameters_are_written_in_their_styles(found):
    url, header, cookie = found["written"]
    path, _, query = url.partition("?")

    assert path == "https://shop.example/v1/find/a%2Fb%20c/1,2"
    assert query.split("&") == [
        "list=a%20b", "list=c%26d", "comma=x,y%2Cz", "pipe=1|2", "deep[a]=1", "deep[b][c]=%C3%BC", "json=%7B%22k%22%3A%5B1%5D%7D",
        "free=a/b?c", "flag=true", "when=2030-01-01T00%3A00%3A00Z",
    ]  # fmt: skip
    assert (header, cookie) == ("a,b", "c=1%202")
    assert found["quoted"] == "https://shop.example/v1/rows('O%27%27Neil%2F1')"
    assert found["dots"] == {"done": True}
    assert found["empty"]["name"] == found["controls"]["name"] == "SetupError"


def test_bodies_are_written_by_their_media_types(found):
    form, upload, file, stream = found["bodies"]

    assert form == ["application/x-www-form-urlencoded", "name=a%20b&tags=x&tags=y&nested[k]=v"]
    assert upload[0] == "multipart/form-data"
    assert 'name="file"; filename="blob"\r\nContent-Type: text/x\r\n\r\ndata' in upload[1]
    assert 'name="meta"; filename="blob"\r\nContent-Type: application/json\r\n\r\n{"a":1}' in upload[1]
    assert file == ["application/octet-stream", "bytes"]
    assert stream == ["application/octet-stream", "streamed"]


def test_no_digit_is_lost_in_silence(found):
    assert found["numbers sent"] == '{"id":12345678901234567890,"price":"1"}'
    assert (found["no number"]["name"], "/id" in found["no number"]["message"]) == ("SetupError", True)
    assert found["inexact"]["name"] == "UnreadableAnswer"
    assert [place["pointer"] for place in found["inexact"]["places"]] == ["/id"]
    assert found["rounded"]["id"] == 12345678901234567000
    assert '"id":12345678901234567890' in found["text"]
    assert found["exact"] == [[True] * 7, [False] * 5]
    assert [place["pointer"] for place in found["place"]["places"]] == ["/a/1/b~1c/1", "/d/e"]


@pytest.mark.parametrize(
    ("case", "name", "effect", "sent"),
    [
        ("a read", None, None, 3),
        ("a write without effect", None, None, 2),
        ("a write with an effect unknown", "ProblemError", "unknown", 1),
        ("asked to wait too long", "ProblemError", "none", 1),
        ("for ever", "ProblemError", "unknown", 4),
        ("never reached", None, None, 2),
        ("lost on the way", "ConnectionFailed", "unknown", 1),
        ("a read lost", None, None, 2),
        ("a stream", "ProblemError", "none", 1),
    ],
)
def test_a_call_is_sent_again_only_where_that_does_nothing_twice(found, case, name, effect, sent):
    said, times, *_ = found["retries"][case]

    assert (said.get("name"), said.get("effect"), times) == (name, effect, sent)


def test_retries_of_all_calls_have_one_budget(found):
    assert found["budget"] == 10
    assert found["retries"]["asked to wait too long"][0]["retryAfter"] == 61


def test_what_ends_is_told_once_for_all_views(found):
    assert found["notices"] == [
        "@acme/shop: version 1.0 of the API is deprecated since 2023-11-14; it is meant to end on Tue, 01 Jun 2027 00:00:00 GMT; move to https://x.example/new"
    ]


def test_answers_come_piece_by_piece(found):
    lines, events, file = found["pieces"]

    assert lines == [{"id": 1}, {"id": 2}]
    assert events == [{"event": "made", "data": '{"id":1}\nx', "id": "7"}, {"data": "last"}]
    assert file == "file"


def test_what_goes_wrong_is_told_by_its_kind_and_without_secrets(found):
    assert (found["late"]["name"], found["late"]["effect"]) == ("TimedOut", "unknown")
    assert found["left"]["name"] == "? Error: the user left"
    assert (found["html"]["name"], found["html"]["effect"], found["html"]["problem"]) == (
        "StatusError",
        "unknown",
        False,
    )
    assert found["no json"]["name"] == "UnreadableAnswer"
    assert [str(said).split(":")[0] for said in found["addresses"]] == ["SetupError"] * 5
    assert "secret" not in json.dumps(found["addresses"])
    assert "t0ken" not in json.dumps([found["retries"], found["late"], found["html"]])
