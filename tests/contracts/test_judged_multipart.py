"""Multipart bodies judged by schema and Encoding Objects: by name, and in their order."""

import tracemalloc

import pytest

from contracts.settings import Bounds

PICTURE = {"type": "string", "format": "binary"}
ADDRESS = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
FORM = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "count": {"type": "integer", "maximum": 10},
        "picture": PICTURE,
        "pictures": {"type": "array", "items": PICTURE, "maxItems": 2},
        "address": ADDRESS,
        "addresses": {"type": "array", "items": ADDRESS},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}},
        "mixed": {"type": ["string", "array"], "items": {"type": "string"}},
        "thumb": {"type": "string", "format": "binary", "maxLength": 4},
        "encoded": {"type": "string", "contentEncoding": "base64"},
        "any": {},
    },
}
ID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"


def part(name, content, *head):
    lines = [f'Content-Disposition: form-data; name="{name}"', *head]
    content = content if isinstance(content, bytes) else content.encode()
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def multipart(*parts):
    return b"".join(b"--xyz\r\n" + one + b"\r\n" for one in parts) + b"--xyz--\r\n"


def judged(operation, *parts, name="multipart/form-data"):
    headers = {b"content-type": f"{name}; boundary=xyz".encode()}
    judgement = operation.judge_request((), b"", headers, multipart(*parts))
    return [(v.pointer, v.rule) for v in judgement.violations] or judgement.reason or judgement.outcome


@pytest.fixture
def form(workbench):
    def made(schema=FORM, encoding=None, version="3.1.0", name="multipart/form-data", **more):
        media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
        return workbench.operation(version=version, content={name: media}, **more)

    return made


JSON = "Content-Type: application/json"
PNG = "Content-Type: image/png"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], "conforms"),
        ([part("count", "5")], "conforms"),
        ([part("count", "5", "Content-Type: text/plain; charset=UTF-8")], "conforms"),
        ([part("count", "11")], [("/count", "maximum")]),
        ([part("count", "five")], [("/count", "type")]),
        ([part("count", "")], [("/count", "type")]),
        ([part("count", "5"), part("count", "6")], [("/count", "multipart")]),
        ([part("count", "5", JSON)], [("/count", "content")]),
        ([part("count", "5", "Content-Type: text/plain; charset=utf-16")], [("/count", "content")]),
        ([part("count", b"\xff")], [("/count", "encoding")]),
        ([part("count", "5", "Content-Type: text")], [("/count", "content")]),
        ([part("count", "5", "Content-Type: text/*")], [("/count", "content")]),
        ([part("picture", b"\x89PNG\r\n\xff", PNG)], "conforms"),
        ([part("picture", b"\xff")], "conforms"),
        ([part("picture", b"a", PNG), part("picture", b"b", PNG)], [("/picture", "multipart")]),
        ([part("pictures", b"a", PNG), part("pictures", b"b")], "conforms"),
        ([part("pictures", b"a")] * 3, [("/pictures", "maxItems")]),
        ([part("address", '{"city":"Ulm"}', JSON)], "conforms"),
        ([part("address", '{"city":"Ulm"}')], "conforms"),
        ([part("address", "{}", JSON)], [("/address", "required")]),
        ([part("address", '{"city":"a","city":"b"}', JSON)], [("/address", "json")]),
        ([part("address", "<city/>", "Content-Type: application/xml")], [("/address", "content")]),
        ([part("addresses", '{"city":"a"}', JSON), part("addresses", '{"city":1}', JSON)], [("/addresses/1/city", "type")]),
        ([part("addresses", '[{"city":"a"}]', JSON)], [("/addresses/0", "type")]),
        ([part("tags", "a"), part("tags", "b")], "conforms"),
        ([part("tags", "a")], "conforms"),
        ([part("tags", "abcd")], [("/tags/0", "maxLength")]),
        ([part("mixed", "a")], "conforms"),
        ([part("mixed", "a"), part("mixed", "b")], "conforms"),
        ([part("thumb", b"\xff\xff\xff\xff")], "conforms"),
        ([part("thumb", b"\xff\xff\xff\xff\xff")], [("/thumb", "maxLength")]),
        ([part("encoded", "aGk=")], "conforms"),
        ([part("encoded", "aGk")], [("/encoded", "contentEncoding")]),
        ([part("any", b"\x00\xff", PNG)], "conforms"),
        ([part("unknown", "1")], [("/unknown", "additionalProperties")]),
        ([part("ID", "1")], [("/ID", "additionalProperties")]),
        ([part("_charset_", "iso-8859-1")], [("/_charset_", "additionalProperties")]),
        ([part("count", "5", "X-Trace: 1")], [("/count", "undeclared")]),
        ([part("count", "5", "Content-Length: 1")], [("/count", "undeclared")]),
        ([b"X: 1\r\n\r\n1"], [("", "multipart")]),
    ],
)  # fmt: skip
def test_parts_by_name(form, parts, expected):
    assert judged(form(), part("id", ID), *parts) == expected


def test_what_is_required(form):
    assert judged(form(), part("count", "5")) == [("", "required")]


def test_a_body_without_its_boundary_says_so(form):
    judgement = form().judge_request((), b"", {b"content-type": b"multipart/form-data"}, multipart(part("id", ID)))

    assert [(v.rule, v.message) for v in judgement.violations] == [("multipart", "its Content-Type names no boundary")]


def test_nothing_that_was_sent_is_told(form):
    body = multipart(part("id", "SECRET"), part("SECRETNAME" * 20, "SECRET"))
    judgement = form().judge_request((), b"", {b"content-type": b"multipart/form-data; boundary=xyz"}, body)

    assert judgement.violations
    assert not any("SECRET" in v.message for v in judgement.violations)


@pytest.mark.parametrize(
    ("encoding", "sent", "expected"),
    [
        ({"contentType": "image/png, image/jpeg"}, part("picture", b"a", PNG), "conforms"),
        ({"contentType": "image/*"}, part("picture", b"a", PNG), "conforms"),
        ({"contentType": "image/png"}, part("picture", b"a", "Content-Type: image/gif"), [("/picture", "content")]),
        ({"contentType": "image/png"}, part("picture", b"a"), [("/picture", "content")]),
        ({"contentType": "text/plain"}, part("picture", b"a"), "conforms"),
        ({"headers": {"X-Page": {"required": True, "schema": {"type": "integer"}}}}, part("picture", b"a", "X-Page: 5"), "conforms"),
        ({"headers": {"X-Page": {"required": True, "schema": {"type": "integer"}}}}, part("picture", b"a", "x-page: x"), [("/picture", "type")]),
        ({"headers": {"X-Page": {"required": True, "schema": {"type": "integer"}}}}, part("picture", b"a"), [("/picture", "required")]),
        ({"headers": {"Content-Type": {"required": True, "schema": {"type": "integer"}}}}, part("picture", b"a", PNG), "conforms"),
        ({"headers": {"X-Sizes": {"schema": {"type": "array", "items": {"type": "integer"}}}}}, part("picture", b"a", "X-Sizes: 1, 2"), "conforms"),
        ({"headers": {"X-Pos": {"content": {"application/json": {"schema": ADDRESS}}}}}, part("picture", b"a", 'X-Pos: {"city":1}'), [("/picture", "type")]),
    ],
)  # fmt: skip
def test_encodings_of_a_part(form, encoding, sent, expected):
    assert judged(form(encoding={"picture": encoding}), part("id", ID), sent) == expected


@pytest.mark.parametrize(
    ("name", "encoding", "parts", "expected"),
    [
        ("tags", {"style": "form", "explode": False}, [part("tags", "a,b")], "conforms"),
        ("tags", {"style": "form", "explode": False}, [part("tags", "a,bcde")], [("/tags/1", "maxLength")]),
        ("tags", {"style": "form", "explode": False}, [part("tags", "a"), part("tags", "b")], [("/tags", "style")]),
        ("tags", {"style": "form", "explode": True}, [part("tags", "a"), part("tags", "b")], "conforms"),
        ("tags", {"style": "pipeDelimited"}, [part("tags", "a|b")], "conforms"),
        ("tags", {"style": "form", "explode": False}, [part("tags", "a+b,%2C")], "conforms"),
        ("tags", {"style": "form", "explode": False}, [part("tags", "a,b", JSON)], [("/tags", "content")]),
        ("address", {"style": "deepObject"}, [part("address[city]", "Ulm")], "conforms"),
        ("address", {"style": "form", "explode": True}, [part("city", "Ulm")], "conforms"),
        ("address", {"style": "form", "explode": False}, [part("address", "city,Ulm")], "conforms"),
        ("address", {"style": "form", "explode": False}, [part("address", "town,Ulm")], [("/address", "required")]),
        ("count", {"allowReserved": True}, [part("count", "11")], [("/count", "maximum")]),
    ],
)
def test_styles_of_a_part(form, name, encoding, parts, expected):
    """As a parameter's, but that nothing is percent-encoded (OpenAPI 3.2, "Encoding Object")."""
    assert judged(form(encoding={name: encoding}), part("id", ID), *parts) == expected


def test_3_0_knows_no_styles_of_parts(form):
    tags = {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string", "maxLength": 3}}}}
    operation = form(tags, {"tags": {"style": "form", "explode": False}}, version="3.0.4")

    assert judged(operation, part("tags", "a,b,c")) == [("/tags/0", "maxLength")]


def test_xml_parts_could_not_be_checked(form):
    operation = form(encoding={"address": {"contentType": "application/xml"}})

    assert "application/xml" in judged(
        operation, part("id", ID), part("address", "<a/>", "Content-Type: application/xml")
    )


def test_open_forms(form):
    operation = form({"type": "object", "additionalProperties": {"type": "integer"}})

    assert judged(operation, part("a", "1"), part("b", "2")) == "conforms"
    assert judged(operation, part("a", "x")) == [("/a", "type")]
    assert judged(operation, part("a", "1"), part("a", "2")) == [("/a", "multipart")]


def test_bounds_have_names(form):
    operation = form(bounds=Bounds(body_parts=2, part_head_bytes=128))

    assert judged(operation, part("id", ID), part("count", "1")) == "conforms"
    assert judged(operation, part("id", ID), part("tags", "1"), part("tags", "2")) == [("", "multipart")]
    assert judged(operation, part("id", ID, "X: " + "x" * 200)) == [("", "multipart")]


MIXED = {
    "type": "array",
    "minItems": 1,
    "prefixItems": [{"type": "object", "required": ["author"]}, {}],
    "items": {"type": "integer"},
}


def nameless(content, *head):
    return "\r\n".join(head).encode() + (b"\r\n\r\n" if head else b"\r\n") + content


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([nameless(b'{"author":"a"}', JSON), nameless(b"\x89", PNG)], "conforms"),
        ([nameless(b'{"author":"a"}', JSON), nameless(b"\x89", "Content-Type: image/gif")], [("/1", "content")]),
        ([nameless(b"{}", JSON)], [("/0", "required")]),
        ([nameless(b'{"author":"a"}', JSON), nameless(b"", PNG), nameless(b"5")], "conforms"),
        ([nameless(b'{"author":"a"}', JSON), nameless(b"", PNG), nameless(b"x")], [("/2", "type")]),
    ],
)
def test_parts_in_their_order(workbench, parts, expected):
    media = {"schema": MIXED, "prefixEncoding": [{}, {"contentType": "image/png"}]}
    operation = workbench.operation(version="3.2.0", content={"multipart/mixed": media})

    assert judged(operation, *parts, name="multipart/mixed") == expected


def test_items_of_a_multipart_body(workbench):
    media = {"itemSchema": ADDRESS, "itemEncoding": {"contentType": "application/json"}}
    operation = workbench.operation(version="3.2.0", content={"multipart/mixed": media})

    assert judged(operation, *[nameless(b'{"city":"a"}', JSON)] * 3, name="multipart/mixed") == "conforms"
    assert judged(operation, nameless(b"{}", JSON), name="multipart/mixed") == [("/0", "required")]
    assert judged(operation, nameless(b"{}"), name="multipart/mixed") == [("/0", "content")]


def test_a_part_that_is_multipart_itself_could_not_be_checked(workbench):
    media = {"itemSchema": {"type": "array"}, "itemEncoding": {"contentType": "multipart/mixed"}}
    operation = workbench.operation(version="3.2.0", content={"multipart/mixed": media})

    inner = nameless(b"--q\r\n\r\nx\r\n--q--", "Content-Type: multipart/mixed; boundary=q")
    assert "multipart/mixed" in judged(operation, inner, name="multipart/mixed")


def test_a_range_takes_forms_only(workbench):
    operation = workbench.operation(content={"multipart/*": {"schema": ADDRESS}})

    assert judged(operation, part("city", "Ulm")) == "conforms"
    assert judged(operation, part("town", "Ulm")) == [("", "required")]
    assert "multipart/mixed" in judged(operation, nameless(b"x"), name="multipart/mixed")


def test_answers(workbench):
    responses = {"200": {"description": "it", "content": {"multipart/form-data": {"schema": ADDRESS}}}}
    operation = workbench.operation(method="get", responses=responses)
    head = [(b"content-type", b"multipart/form-data; boundary=xyz")]

    assert operation.judge_answer(200, head, multipart(part("city", "Ulm"))).outcome == "conforms"
    assert operation.judge_answer(200, head, multipart(part("town", "Ulm"))).outcome == "violates"
    assert operation.judge_answer(200, head, None).outcome == "could_not_check"


def test_large_binary_parts_are_not_copied(form):
    """The judge's own memory stays far below the size of the file."""
    operation = form()
    operation.build()
    body = multipart(part("id", ID), part("picture", b"\xff" * 8_000_000, PNG))
    headers = {b"content-type": b"multipart/form-data; boundary=xyz"}
    assert operation.judge_request((), b"", headers, body).outcome == "conforms"

    tracemalloc.start()
    operation.judge_request((), b"", headers, body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
