"""Bugs that other gateways shipped around parameters, media types and bodies: what could not be judged passed in silence,
or a message that is right was refused. Each row names one (Kong, APISIX, Tyk, Apigee, WSO2, Prism).
"""

import pytest

THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "maximum": 9}}}
LIST = {"type": "array", "items": THING}
BOUNDARY = "; boundary=x"


def form(name, content):
    return b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--x--\r\n' % (name, content)


BODIES = [
    ("application/json", "schema", THING, b'{"id":1}', b'{"id":"1"}'),
    ("application/merge-patch+json", "schema", THING, b'{"id":1}', b'{"id":"1"}'),
    ("application/vnd.api+json; ext=a", "schema", THING, b'{"id":1}', b'{"id":99}'),
    ("application/x-www-form-urlencoded", "schema", THING, b"id=1", b"id=x"),
    ("multipart/form-data", "schema", THING, form(b"id", b"1"), form(b"id", b"x")),
    ("multipart/mixed", "schema", LIST, b'--x\r\nContent-Type: application/json\r\n\r\n{"id":1}\r\n--x--', b"--x\r\n\r\n{}\r\n--x--"),
    ("application/x-ndjson", "itemSchema", THING, b'{"id":1}\n', b'{"id":1}\n{"id":"1"}\n'),
    ("application/json-seq", "itemSchema", THING, b'\x1e{"id":1}\n', b"\x1e{}\n"),
    ("text/event-stream", "itemSchema", {"required": ["id"]}, b"id: 1\ndata: x\n\n", b"data: x\n\n"),
    ("text/plain", "schema", {"type": "string", "maxLength": 3}, b"abc", b"abcd"),
    ("application/pdf", "schema", {"type": "string", "format": "binary", "maxLength": 3}, b"\xff\xff\xff", b"\xff\xff\xff\xff"),
]  # fmt: skip
UNREAD = [
    ("application/xml", "schema", THING, b"<a/>"),
    ("application/soap+xml", "schema", THING, b"<a/>"),
    ("application/cbor", "schema", THING, b"\xa0"),
    ("text/event-stream", "schema", THING, b"data: x\n\n"),
    ("multipart/related", "schema", THING, form(b"id", b"x")),
]


def judged(operation, name, body, direction):
    stated = (name + (BOUNDARY if name.startswith("multipart") else "")).encode()
    if direction == "request":
        chunked = {b"transfer-encoding": b"chunked"} if body is None else {}
        return operation.judge_request((), b"", {b"content-type": stated, **chunked}, body)
    return operation.judge_answer(200, [(b"content-type", stated)], body)


@pytest.fixture
def made(workbench):
    def operation(name, keyword, schema):
        media = {name: {keyword: schema}}
        return workbench.operation(
            version="3.2.0", content=media, responses={"200": {"description": "x", "content": media}}
        )

    return operation


@pytest.mark.parametrize("direction", ["request", "answer"])
@pytest.mark.parametrize(("name", "keyword", "schema", "good", "bad"), BODIES)
def test_a_body_of_any_media_type_is_judged(made, name, keyword, schema, good, bad, direction):
    """Apigee: what is not `application/json` passes. Kong: `+json`, multipart and text of 3.1 were not looked at."""
    operation = made(name, keyword, schema)

    assert judged(operation, name, good, direction).outcome == "conforms"
    assert judged(operation, name, bad, direction).outcome == "violates"


@pytest.mark.parametrize("direction", ["request", "answer"])
@pytest.mark.parametrize(("name", "keyword", "schema", "good", "bad"), BODIES)
def test_a_body_that_is_not_there_to_be_judged_does_not_pass(made, name, keyword, schema, good, bad, direction):
    """WSO2: where the message was not built, it was not judged."""
    assert judged(made(name, keyword, schema), name, None, direction).outcome == "could_not_check"


@pytest.mark.parametrize("direction", ["request", "answer"])
@pytest.mark.parametrize(("name", "keyword", "schema", "body"), UNREAD)
def test_what_cannot_be_read_does_not_pass(made, name, keyword, schema, body, direction):
    """Prism: what it could not judge was right."""
    judgement = judged(made(name, keyword, schema), name, body, direction)

    assert judgement.outcome == "could_not_check"
    assert judgement.reason


@pytest.mark.parametrize("direction", ["request", "answer"])
@pytest.mark.parametrize(
    "stated", [None, b"", b"json", b"application/*", b"application/json, text/plain", b"application/json;;x"]
)
def test_a_body_without_a_media_type_is_refused_and_breaks_nothing(made, stated, direction):
    """Kong: an answer without Content-Type ended in an error."""
    operation = made("application/json", "schema", THING)
    headers = [] if stated is None else [(b"content-type", stated)]
    if direction == "request":
        judgement = operation.judge_request((), b"", dict(headers), b'{"id":1}')
    else:
        judgement = operation.judge_answer(200, headers, b'{"id":1}')

    assert judgement.outcome == "violates"


@pytest.mark.parametrize(
    ("parameter", "query", "rules"),
    [
        # Kong: `explode: false` arrays.
        ({"explode": False, "schema": {"type": "array", "items": {"type": "integer"}}}, b"p=1,2", []),
        ({"explode": False, "schema": {"type": "array", "items": {"type": "integer"}}}, b"p=1&p=2", ["style"]),
        # Kong: a query parameter without a value was an assertion that failed.
        ({"schema": {"type": "string"}}, b"p", []),
        ({"schema": {"type": "integer"}}, b"p", ["type"]),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, b"p", []),
        # Kong: `maxLength` on a list counted for its text.
        ({"schema": {"type": "array", "maxLength": 1, "items": {"type": "string"}}}, b"p=abc&p=def", []),
        # Kong: `deepObject` of `anyOf`.
        ({"style": "deepObject", "explode": True, "schema": {"anyOf": [THING, {"type": "integer"}]}}, b"p[id]=1", []),
        ({"style": "deepObject", "explode": True, "schema": {"anyOf": [THING, {"type": "integer"}]}}, b"p[id]=x", ["anyOf"]),
        # APISIX: an odd query string ended in 500.
        ({"schema": {"type": "string"}}, b"p=%", ["encoding"]),
        ({"schema": {"type": "string"}}, b"&&p=1&&", []),
    ],
)  # fmt: skip
def test_queries(workbench, parameter, query, rules):
    operation = workbench.operation(
        version="3.1.0", method="get", parameters=[{"name": "p", "in": "query", **parameter}]
    )

    assert [v.rule for v in operation.judge_request((), query, {}, b"").violations] == rules


def test_one_operations_validator_does_not_serve_another(workbench):
    """Kong: the key of its cache left out an option, and the wrong validator was served."""
    strict = workbench.operation(content={"multipart/form-data": {"schema": THING, "encoding": {"id": {"contentType": "application/json"}}}})  # fmt: skip
    loose = workbench.operation(content={"multipart/form-data": {"schema": THING}})
    body = form(b"id", b"1")

    assert judged(loose, "multipart/form-data", body, "request").outcome == "conforms"
    assert judged(strict, "multipart/form-data", body, "request").outcome == "violates"
