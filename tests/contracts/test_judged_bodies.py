"""Bodies of requests by media type: JSON, forms, text, bytes, and what cannot be checked."""

import json
import time

import pytest

from contracts.media import MediaTable, read_media_type
from contracts.settings import Bounds

ORDER = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "note": {"type": "string", "maxLength": 3}},
}


def rules(operation, body, content_type=b"application/json"):
    headers = {} if content_type is None else {b"content-type": content_type}
    judgement = operation.judge_request((), b"", headers, body)
    return [(v.location, v.pointer, v.rule) for v in judgement.violations] or judgement.outcome


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[1,]", b"{'a':1}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"id":1,"id":1}', b'{"id":NaN}',
        b'{"id":Infinity}', b'{"id":-Infinity}', b'{"id":01}', b'{"id":1}x', b'"\\ud800"', b'"\\ude00\\ud800"', b'"\x01"', b"\xff",
        b'"\xed\xa0\x80"', b"nul", b"[" * 65 + b"]" * 65, b"[" * 5000, b'{"a":' * 65 + b"1" + b"}" * 65, b"1" * 5000,
        b'{"id":1}\x00', b"// comment\n1",
    ],
)  # fmt: skip
def test_what_is_no_exact_json_is_refused(workbench, body):
    operation = workbench.operation(body={})
    found = rules(operation, body)
    assert [(location, pointer) for location, pointer, _ in found] == [("body", "")]
    assert found[0][2] in ("json", "depth", "required")


def test_depth_is_bounded_as_set(workbench):
    operation = workbench.operation(body={}, bounds=Bounds(json_depth=5))
    assert rules(operation, b"[[[[[]]]]]") == "conforms"
    assert rules(operation, b"[[[[[[]]]]]]") == [("body", "", "depth")]
    assert rules(operation, b"[" + b",".join([b"[]"] * 500) + b"]") == "conforms"


@pytest.mark.parametrize(
    ("text", "schema", "good"),
    [
        ("19.99", {"type": "number", "multipleOf": 0.01}, True),
        ("0.07", {"type": "number", "multipleOf": 0.01}, True),
        ("1e2", {"type": "integer"}, True),
        ("10000000000000000000000000001", {"type": "number", "maximum": 10000000000000000000000000000}, False),
        ("0.1", {"enum": [0.1]}, True),
        ("1.0", {"const": 1}, True),
        ("9223372036854775808", {"type": "integer", "format": "int64"}, False),
        ("1e400", {"type": "number", "format": "double"}, False),
        ("1e39", {"type": "number", "format": "float"}, False),
        ("1e999999999", {"type": "number", "maximum": 5}, False),
        ("1e-999999999", {"type": "number", "multipleOf": 0.01}, False),
        ('"12.50"', {"type": "string", "format": "decimal"}, True),
        ('"12,50"', {"type": "string", "format": "decimal"}, False),
        ('"aGk="', {"type": "string", "format": "byte"}, True),
        ('"aGk"', {"type": "string", "format": "byte"}, False),
        ('"2026-01-31T12:00:00Z"', {"type": "string", "format": "date-time"}, True),
        ('"2026-01-31T12:00:00"', {"type": "string", "format": "date-time"}, False),
        ('"2026-01-31T12:00:60Z"', {"type": "string", "format": "date-time"}, False),
        ('"2EB8AA08-aa98-11ea-b4aa-73b441d16380"', {"type": "string", "format": "uuid"}, True),
        ('"2eb8aa08aa9811eab4aa73b441d16380"', {"type": "string", "format": "uuid"}, False),
        ('"a@b.example"', {"type": "string", "format": "email"}, True),
        ('"nobody"', {"type": "string", "format": "email"}, False),
        ('"/relative"', {"type": "string", "format": "uri"}, False),
        ('"300.1.1.1"', {"type": "string", "format": "ipv4"}, False),
        ('"P1D"', {"type": "string", "format": "duration"}, True),
        ('"2026-01-31"', {"type": "string", "format": "date"}, True),
        ('"31.01.2026"', {"type": "string", "format": "date"}, False),
        ('"12:00:00Z"', {"type": "string", "format": "time"}, True),
        ('"anything"', {"type": "string", "format": "password"}, True),
        ('"anything"', {"type": "string", "format": "binary"}, True),
        ('"\\ud83d\\ude00"', {"type": "string", "maxLength": 1}, True),
        ("[1, 1.0]", {"type": "array", "uniqueItems": True}, False),
        ('"a-b.c"', {"type": "string", "pattern": "^[\\w-.]+$"}, True),
        ('"a+b"', {"type": "string", "pattern": "^[\\w-.]+$"}, False),
        ('"abc\\n"', {"type": "string", "pattern": "^abc$"}, False),
        ('"' + "a" * 5000 + '"', {"type": "string", "pattern": "^.{1,5000}$"}, True),
        ('"' + "a" * 5001 + '"', {"type": "string", "pattern": "^.{1,5000}$"}, False),
        ('""', {"type": "string", "pattern": "^.{1,5000}$"}, False),
        ('"' + "é" * 9000 + '"', {"type": "string", "pattern": "^[\\p{L}\\]]{100,}$"}, True),
        ('"' + "1" * 9000 + '"', {"type": "string", "pattern": "^\\p{L}{1,9999}$"}, False),
        ('"' + "1" * 128 + '"', {"type": "string", "pattern": "^\\d{128}$", "maxLength": 200}, True),
        ('"' + "1" * 129 + '"', {"type": "string", "pattern": "^\\d{128}$"}, False),
        ("5", {"pattern": "^.{1,5000}$"}, True),
    ],
)  # fmt: skip
def test_values_are_judged_exactly(workbench, text, schema, good):
    operation = workbench.operation(body=schema)
    assert (rules(operation, text.encode()) == "conforms") is good


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (b"application/json", "conforms"),
        (b"Application/JSON", "conforms"),
        (b"application/json; charset=utf-8", "conforms"),
        (b'application/json;charset="UTF-8"', "conforms"),
        (b"application/json;odata.metadata=minimal;IEEE754Compatible=true", "conforms"),
        (b"application/json; charset=iso-8859-1", [("header", "content-type", "content")]),
        (b"application/json; charset=utf-16", [("header", "content-type", "content")]),
        (b"application/json; charset=utf-8; charset=utf-16", [("header", "content-type", "content")]),
        (b"application/json; charset=utf-8; Charset=UTF-8", "conforms"),
        (b"text/plain", [("header", "content-type", "content")]),
        (b"application/*", [("header", "content-type", "content")]),
        (b"*/*", [("header", "content-type", "content")]),
        (b"json", [("header", "content-type", "content")]),
        (b"", [("header", "content-type", "content")]),
        (b"application/json,text/plain", [("header", "content-type", "content")]),
        (b"\xff/\xfe", [("header", "content-type", "content")]),
        (None, [("header", "content-type", "content")]),
    ],
)
def test_content_types(workbench, content_type, expected):
    operation = workbench.operation(body=ORDER)
    assert rules(operation, b'{"id":1}', content_type) == expected


@pytest.mark.parametrize(
    "name", ["application/problem+json", "application/merge-patch+json", "application/vnd.x.v1+json", "text/json"]
)
def test_everything_json_is_read_as_json(workbench, name):
    operation = workbench.operation(content={name: {"schema": ORDER}})
    assert rules(operation, b'{"id":1}', name.encode()) == "conforms"
    assert rules(operation, b'{"id":"1"}', name.encode()) == [("body", "/id", "type")]


def test_the_exact_type_is_taken_before_ranges(workbench):
    content = {
        "*/*": {"schema": {"const": "any"}},
        "application/*": {"schema": {"const": "range"}},
        "application/json": {"schema": {"const": "exact"}},
    }
    operation = workbench.operation(version="3.1.0", content=content)
    for value, name in (("exact", b"application/json"), ("range", b"application/x+json"), ("any", b"text/json")):
        assert rules(operation, json.dumps(value).encode(), name) == "conforms"
        assert rules(operation, b'"other"', name) == [("body", "", "const")]


def test_a_range_is_read_by_the_type_that_the_message_names(workbench):
    operation = workbench.operation(content={"*/*": {"schema": ORDER}})
    assert rules(operation, b'{"id":1}') == "conforms"
    assert rules(operation, b'{"id":"1"}', b"application/vnd.x+json") == [("body", "/id", "type")]
    assert rules(operation, b"id=1", FORM) == "conforms"
    assert rules(operation, b"id=x", FORM) == [("body", "/id", "type")]
    assert rules(operation, b"<a/>", b"application/xml") == "could_not_check"
    assert rules(operation, b"text", b"text/plain") == [("body", "", "type")]
    assert operation.body_plan.kind == "buffer"


def test_entries_of_one_type_are_told_apart_by_their_parameters():
    table = MediaTable(
        [("application/json;odata.metadata=full", "full"), ("application/json;odata.metadata=none", "none")]
    )
    for name, expected in (
        ("application/json;odata.metadata=none", "none"),
        ("application/json; odata.metadata=FULL; x=y", "full"),
    ):
        named = read_media_type(name)
        assert named is not None
        assert table.match(named) == expected


@pytest.mark.parametrize(
    "value", ["", "a", "a/", "/b", "a/b;", "a/b;c", "a/b c", "a/b;c=d e", 'a/b;c="d', "a/b;;c=d", "ä/b"]
)
def test_odd_media_types(value):
    named = read_media_type(value)
    assert named is None or (value, named.essence) in [("a/b;", "a/b"), ("a/b;;c=d", "a/b")]


def test_bodies_that_are_missing_or_not_expected(workbench):
    required = workbench.operation(body=ORDER)
    optional = workbench.operation(body=ORDER, required=False)
    none = workbench.operation()
    assert rules(required, b"", None) == [("body", "", "required")]
    assert rules(optional, b"", None) == "conforms"
    assert rules(optional, b"", b"application/json") == "conforms"
    assert rules(none, b"", None) == "conforms"
    assert rules(none, b"{}") == [("body", "", "content")]
    assert (required.body_plan.kind, required.body_plan.required) == ("buffer", True)
    assert (none.body_plan.kind, none.body_plan.media_types) == ("none", ())


def test_a_body_too_large_to_hold_could_not_be_checked(workbench):
    operation = workbench.operation(body=ORDER)
    judgement = operation.judge_request((), b"", {b"content-type": b"application/json", b"content-length": b"99"}, None)
    assert judgement.outcome == "could_not_check"
    assert judgement.reason


FORM = b"application/x-www-form-urlencoded"
FIELDS = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "address": {"type": "object", "properties": {"zip": {"type": "string"}, "n": {"type": "integer"}}},
    },
}


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (b"name=a+b&count=3&tags=1&tags=2", None, "conforms"),
        (b"name=a", None, "conforms"),
        (b"count=3", None, [("body", "", "required")]),
        (b"name=a&count=x", None, [("body", "/count", "type")]),
        (b"name=a&tags=1&tags=x", None, [("body", "/tags/1", "type")]),
        (b"name=a&other=1", None, [("body", "/other", "additionalProperties")]),
        (b"name=a&name=b", None, [("body", "", "style")]),
        (b'name=a&address={"n":1}', None, "conforms"),
        (b'name=a&address={"n":"1"}', None, [("body", "/address/n", "type")]),
        (b"name=a&address={", None, [("body", "", "json")]),
        (b"name=a&address[n]=1", {"address": {"style": "deepObject", "explode": True}}, "conforms"),
        (b"name=a&address[n]=x", {"address": {"style": "deepObject", "explode": True}}, [("body", "/address/n", "type")]),
        (b"name=a&tags=1,2", {"tags": {"style": "form", "explode": False}}, "conforms"),
        (b"name=a&tags=1%202", {"tags": {"style": "spaceDelimited", "explode": False}}, "conforms"),
        (b"name=a&tags=[1,2]", {"tags": {"contentType": "application/json"}}, "conforms"),
        (b"name=%ff", None, [("body", "", "encoding")]),
        (b"name=%zz", None, [("body", "", "encoding")]),
    ],
)  # fmt: skip
def test_forms(workbench, body, encoding, expected):
    media = {"schema": FIELDS} | ({"encoding": encoding} if encoding else {})
    operation = workbench.operation(content={FORM.decode(): media})
    assert rules(operation, body, FORM) == expected


def test_text(workbench):
    operation = workbench.operation(content={"text/plain": {"schema": {"type": "string", "maxLength": 3}}})
    assert rules(operation, b"abc", b"text/plain") == "conforms"
    assert rules(operation, b"abcd", b"text/plain; charset=utf-8") == [("body", "", "maxLength")]
    assert rules(operation, b"\xff", b"text/plain") == [("body", "", "encoding")]
    assert rules(operation, b"abc", b"text/plain; charset=latin-1") == [("header", "content-type", "content")]


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("application/octet-stream", {}),
        ("application/octet-stream", {"schema": {"type": "string", "format": "binary"}}),
        ("application/pdf", {"schema": {"type": "string", "format": "binary"}}),
        ("image/*", {"schema": {"type": "string"}}),
        ("application/xml", {}),
        ("multipart/form-data", {}),
    ],
)
def test_where_nothing_is_to_be_checked_a_body_may_stream(workbench, name, media):
    operation = workbench.operation(content={name: media})
    assert operation.body_plan.kind == "stream"
    sent = name.replace("*", "png").encode()
    assert rules(operation, b"\x00\xff", sent) == "conforms"
    head = {b"content-type": sent, b"transfer-encoding": b"chunked"}
    assert operation.judge_request((), b"", head, None).outcome == "conforms"
    assert [v.rule for v in operation.judge_request((), b"", {}, None).violations] == ["required"]
    wrong = {b"content-type": b"text/html", b"content-length": b"5"}
    assert [v.rule for v in operation.judge_request((), b"", wrong, None).violations] == ["content"]


@pytest.mark.parametrize(
    ("name", "schema", "word"),
    [
        ("application/xml", {"type": "object"}, "XML"),
        ("application/soap+xml", {"type": "object"}, "XML"),
        ("multipart/related", {"type": "object"}, "no names"),
        ("multipart/form-data", {"type": "array"}, "fixed order"),
        ("application/pdf", {"type": "string", "pattern": "^%PDF"}, "application/pdf"),
        ("application/pdf", {"type": "string", "format": "uuid"}, "application/pdf"),
        ("application/pdf", {"allOf": [{"type": "string", "minLength": 3}]}, "application/pdf"),
        ("application/cbor", {"type": "object"}, "application/cbor"),
    ],
)
def test_what_cannot_be_checked_is_said(workbench, name, schema, word):
    operation = workbench.operation(content={name: {"schema": schema}})
    judgement = operation.judge_request((), b"", {b"content-type": name.encode()}, b"<a/>")
    assert judgement.outcome == "could_not_check"
    assert word in judgement.reason
    assert operation.body_plan.kind == "buffer"


@pytest.mark.parametrize(
    ("name", "schema", "body", "expected"),
    [
        ("application/pdf", {"type": "string", "format": "binary", "maxLength": 3}, b"\xff\xc3\xa4", "conforms"),
        ("application/pdf", {"type": "string", "format": "binary", "maxLength": 3}, b"\xff\xc3\xa4x", ["maxLength"]),
        ("image/png", {"maxLength": 3, "contentMediaType": "image/png"}, b"four", ["maxLength"]),
        ("image/png", {"$ref": "#/components/schemas/Two"}, b"x", ["minLength"]),
        ("application/octet-stream", {"type": "string", "contentEncoding": "base64"}, b"aGk=", "conforms"),
        ("application/octet-stream", {"type": "string", "contentEncoding": "base64"}, b"aGk", ["contentEncoding"]),
        ("application/octet-stream", {"type": "string", "contentEncoding": "base64"}, b"\xff", ["contentEncoding"]),
        ("text/plain", {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/json"}, b"e30=", "conforms"),
        ("text/plain", {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/json"}, b"e3s=", ["contentMediaType"]),
        ("text/plain", {"type": "string", "contentMediaType": "application/json"}, b"{", ["contentMediaType"]),
    ],
)  # fmt: skip
def test_bytes(workbench, name, schema, body, expected):
    schemas = {"Two": {"type": "string", "format": "binary", "minLength": 2}}
    operation = workbench.operation(version="3.1.0", content={name: {"schema": schema}}, schemas=schemas)
    assert operation.body_plan.kind == "buffer"
    judgement = operation.judge_request((), b"", {b"content-type": name.encode()}, body)
    assert ([v.rule for v in judgement.violations] or judgement.outcome) == expected


def test_json_lines(workbench):
    media = {"itemSchema": ORDER, "schema": {"type": "array", "maxItems": 2}}
    operation = workbench.operation(version="3.2.0", content={"application/jsonl": media})
    assert rules(operation, b'{"id":1}\n{"id":2}\n', b"application/jsonl") == "conforms"
    assert rules(operation, b'{"id":1}\n{"id":"2"}', b"application/jsonl") == [("body", "/1/id", "type")]
    assert rules(operation, b'{"id":1}\n' * 3, b"application/jsonl") == [("body", "", "maxItems")]
    assert rules(operation, b'{"id":1}\n{', b"application/jsonl") == [("body", "", "json")]


def test_violations_are_bounded_and_in_a_fixed_order(workbench):
    operation = workbench.operation(body={"type": "array", "items": {"type": "integer"}})
    body = json.dumps(["x"] * 5000).encode()
    judgements = [operation.judge_request((), b"", {b"content-type": b"application/json"}, body) for _ in range(3)]
    assert len(judgements[0].violations) == 20
    assert judgements[0] == judgements[1] == judgements[2]
    assert [v.pointer for v in judgements[0].violations] == [f"/{i}" for i in range(20)]


def test_pointers_are_escaped_and_bounded(workbench):
    operation = workbench.operation(body={"type": "object", "additionalProperties": {"type": "integer"}})
    assert rules(operation, b'{"a/b~c":"x"}') == [("body", "/a~1b~0c", "type")]
    assert rules(operation, json.dumps({"k" * 5000: "x"}).encode()) == [("body", "", "type")]


RECURSIVE = {"$ref": "#/components/schemas/N"}
BRANCHES = [
    {"type": "object", "properties": {"n": RECURSIVE}, "required": ["n"]},
    {"type": "object", "properties": {"n": RECURSIVE, "z": {"type": "integer"}}},
]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
@pytest.mark.parametrize("depth", [8, 20, 60])
def test_what_nests_in_itself_costs_no_doubling_a_level(keyword, depth, workbench):
    """Two branches a level that both go on: the engine's errors would hold all of both, at each level."""
    operation = workbench.operation(body=RECURSIVE, schemas={"N": {keyword: BRANCHES}})
    body = b'{"n":' * depth + b'{"z":"x"}' + b"}" * depth
    operation.build()

    before = time.process_time()
    found = rules(operation, body)

    assert isinstance(found, list)
    assert time.process_time() - before < 0.5


def test_what_nests_in_itself_is_told_where_it_lies_near(workbench):
    schema = {"type": "object", "properties": {"n": RECURSIVE, "z": {"type": "integer"}}}
    operation = workbench.operation(body=RECURSIVE, schemas={"N": schema})
    deep = b'{"n":' * 20 + b"{}" + b"}" * 20

    assert rules(operation, b'{"n": {"z": "x"}}') == [("body", "/n/z", "type")]
    assert rules(operation, b'{"z": "x", "n": ' + deep + b"}") == [("body", "/z", "type")]
    assert rules(operation, b'{"n":' * 20 + b'{"z": "x"}' + b"}" * 20) == [("body", "", "schema")]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"properties": {"a": False}}, {"a": 1}, [("/a", "properties")]),
        ({"properties": {"properties": False, "type": {"type": "string"}}}, {"properties": 1, "type": 2}, [("/properties", "properties"), ("/type", "type")]),
        ({"patternProperties": {"^items$": False}}, {"items": 1}, [("/items", "patternProperties")]),
        ({"dependentSchemas": {"type": False}}, {"type": 1}, [("", "dependentSchemas")]),
        ({"items": False}, [1], [("/0", "items")]),
    ],
)  # fmt: skip
def test_a_member_that_may_not_be_there_is_told_by_its_keyword(workbench, judge_body, schema, value, expected):
    """Not by its name, which may be that of a keyword."""
    assert judge_body(workbench.operation(version="3.1.0", body=schema), value) == expected
