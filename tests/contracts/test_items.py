"""Sequences of items: where one ends while bytes still come, what it holds, and how it is judged by `itemSchema`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.items import Cutter, read_item, read_items
from contracts.parameters import UnreadableError

EVENT = {
    "type": "object",
    "required": ["data", "event"],
    "properties": {
        "data": {"type": "string", "contentMediaType": "application/json"},
        "event": {"enum": ["stock", "price"]},
        "retry": {"type": "integer", "minimum": 0, "maximum": 10},
    },
}
ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def cut(kind, *chunks):
    cutter = Cutter(kind)
    pieces = [piece for chunk in chunks for piece in cutter.feed(chunk)]
    return pieces, cutter.rest()


@pytest.mark.parametrize(
    ("kind", "chunks", "pieces", "rest"),
    [
        ("lines", [b'{"a":1}\n{"a"', b":2}\n3"], [b'{"a":1}\n', b'{"a":2}\n'], b"3"),
        ("events", [b"data: 1\n\ndata: 2\n", b"\n"], [b"data: 1\n\n", b"data: 2\n\n"], b""),
        ("events", [b"data: 1\r\n\r", b"\ndata: 2"], [b"data: 1\r\n\r\n"], b"data: 2"),
        ("events", [b"data: 1\r\rdata: 2\r\r", b"x"], [b"data: 1\r\r", b"data: 2\r\r"], b"x"),
        ("events", [b"data: 1\r", b"\n", b"data: 2\n\r\n"], [b"data: 1\r\ndata: 2\n\r\n"], b""),
        ("sequence", [b"\x1e{}\n", b"\x1e[1,\n", b"2]\n"], [b"\x1e{}\n", b"\x1e[1,\n2]\n"], b""),
        ("sequence", [b"\x1e1\x1e2\n"], [b"\x1e1", b"\x1e2\n"], b""),
        ("sequence", [b"\x1e1\n\x1e"], [b"\x1e1\n"], b"\x1e"),
    ],
)
def test_an_item_is_given_once_it_has_come(kind, chunks, pieces, rest):
    assert cut(kind, *chunks) == (pieces, rest)


@given(
    st.sampled_from(["lines", "events", "sequence"]),
    st.lists(st.sampled_from([b"\n", b"\r", b"\x1e", b"data: 1", b"{", b"}", b"7", b":"])),
)
def test_cut_and_joined_it_is_what_came_however_it_came(kind, bits):  # fmt: skip
    pieces, rest = cut(kind, *bits)

    assert b"".join(pieces) + rest == b"".join(bits)
    assert all(pieces)


@given(st.binary(max_size=40), st.integers(0, 40))
def test_the_ends_of_lines_and_events_do_not_hang_on_the_chunks(body, at):
    for kind in ("lines", "events"):
        whole, left = cut(kind, body)
        halves, rest = cut(kind, body[:at], body[at:])
        if not body[:at].endswith(b"\r"):
            assert (halves, rest) == (whole, left)


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        (b"data: 1\n\n", {"data": "1"}),
        (b"data:1\r\ndata:  2\r\rdata\n\n", {"data": "1\n 2\n"}),
        (b"event: stock\nid: 7\nretry: 10\ndata: x\n\n", {"data": "x", "event": "stock", "id": "7", "retry": 10}),
        (b": a comment\ndata: x\nunknown: 1\n\n", {"data": "x"}),
        (b"data: x\nretry: soon\nid: a\x00b\n\n", {"data": "x"}),
        (b"event: a\nevent: b\ndata\n\n", {"data": "", "event": "b"}),
        ("data: ü\n\n".encode(), {"data": "ü"}),
    ],
)
def test_events_are_read_as_the_standard_says(piece, value):
    assert read_item("events", piece, 8) == (value,)


@pytest.mark.parametrize("piece", [b"\n", b": keep-alive\n\n", b"event: a\n\n", b"retry: 5\n\n"])
def test_what_no_client_is_told_of_is_no_item(piece):
    assert read_item("events", piece, 8) == ()


@pytest.mark.parametrize(
    ("kind", "piece", "rule"),
    [
        ("events", b"data: \xff\n\n", "encoding"),
        ("events", b"\xef\xbb\xbfdata: 1\n\n", "encoding"),
        ("lines", b'{"a":1,"a":2}\n', "json"),
        ("lines", b"{}{}\n", "json"),
        ("sequence", b"{}\n", "json"),
        ("sequence", b"\x1e{}", "json"),
        ("sequence", b"\x1e1", "json"),
        ("sequence", b"\x1e{\n", "json"),
        ("sequence", b"\x1e[[[[[[[[[1]]]]]]]]]\n", "depth"),
    ],
)
def test_what_is_no_item_is_refused(kind, piece, rule):
    with pytest.raises(UnreadableError) as caught:
        read_item(kind, piece, 8)
    assert caught.value.rule == rule


def test_whole_bodies():
    assert read_items("sequence", b"\x1e1\n\x1e\x1e2\n", 8) == [1, 2]
    assert read_items("lines", b"1\n\n2", 8) == [1, 2]
    assert read_items("events", b"data: 1\n\n: x\n\ndata: 2", 8) == [{"data": "1"}, {"data": "2"}]


SEQUENCES = [
    ("text/event-stream", EVENT, b"event: stock\ndata: {}\n\n", b"event: stocks\ndata: {}\n\n", "/0/event", "enum"),
    ("text/event-stream", EVENT, b"event: price\ndata: 1\nretry: 5\n\n", b"event: price\ndata: {\n\n", "/0/data", "contentMediaType"),
    ("text/event-stream", EVENT, b": only a comment\n\n", b"data: {}\n\n", "/0", "required"),
    ("application/x-ndjson", ORDER, b'{"id":1}\n{"id":2}', b'{"id":"1"}\n', "/0/id", "type"),
    ("application/jsonl", ORDER, b'{"id":1}\n', b"{}\n", "/0", "required"),
    ("application/json-seq", ORDER, b'\x1e{"id":1}\n', b"\x1e{}\n", "/0", "required"),
    ("application/geo+json-seq", ORDER, b'\x1e{"id":1}\n', b"\x1e{}\n", "/0", "required"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "schema", "good", "bad", "pointer", "rule"), SEQUENCES)
def test_each_item_is_judged(workbench, name, schema, good, bad, pointer, rule):
    media = {name: {"itemSchema": schema}}
    operation = workbench.operation(
        version="3.2.0", content=media, responses={"200": {"description": "it", "content": media}}
    )
    head = {b"content-type": name.encode()}

    assert operation.judge_request((), b"", head, good).outcome == "conforms"
    violations = operation.judge_request((), b"", head, bad).violations
    assert [(v.pointer, v.rule) for v in violations] == [(pointer, rule)]

    items = operation.item_judge(200, [*head.items()])
    assert items.judge(Cutter(items.kind).feed(good + b"\n")[0]).outcome == "conforms"
    judgement = items.judge(bad)
    assert [(v.pointer, v.rule) for v in judgement.violations] == [(pointer.removeprefix("/0"), rule)]


@pytest.mark.parametrize("name", ["text/event-stream", "application/x-ndjson", "application/json-seq"])
def test_an_answer_of_items_need_not_be_held(workbench, name):
    responses = {
        "200": {"description": "it", "content": {name: {"itemSchema": ORDER}}},
        "default": {"description": "a fault", "content": {"application/json": {"schema": ORDER}}},
    }
    operation = workbench.operation(version="3.2.0", method="get", responses=responses)
    head = [(b"content-type", name.encode() + b";charset=utf-8")]

    assert operation.item_types == {name.encode()}
    assert operation.answer_bound > 0
    assert operation.judge_answer(200, head, None).outcome == "could_not_check"
    assert operation.judge_answer(200, head, None, itemwise=True).outcome == "conforms"
    assert operation.item_judge(200, head).kind
    assert operation.item_judge(500, [(b"content-type", b"application/json")]) is None
    assert operation.judge_answer(500, [(b"content-type", b"application/json")], None, itemwise=True).outcome == (
        "could_not_check"
    )


def test_a_list_judged_as_a_whole_is_held(workbench):
    """`schema` is of the complete content (OpenAPI 3.2, "Complete vs Streaming Content")."""
    whole = {"type": "array", "maxItems": 2, "items": ORDER}
    content = {"application/x-ndjson": {"schema": whole, "itemSchema": ORDER}}
    operation = workbench.operation(version="3.2.0", responses={"200": {"description": "it", "content": content}})
    head = [(b"content-type", b"application/x-ndjson")]

    assert operation.item_types == frozenset()
    assert operation.item_judge(200, head) is None
    lines = b"".join(json.dumps({"id": n}).encode() + b"\n" for n in range(3))
    assert [v.rule for v in operation.judge_answer(200, head, lines).violations] == ["maxItems"]
    assert operation.judge_answer(200, head, None, itemwise=True).outcome == "could_not_check"


def test_events_by_a_schema_of_the_list(workbench):
    operation = workbench.operation(content={"text/event-stream": {"schema": {"type": "array", "items": EVENT}}})
    head = {b"content-type": b"text/event-stream"}

    assert operation.judge_request((), b"", head, b"event: price\ndata: 1\n\n").outcome == "conforms"
    assert [v.pointer for v in operation.judge_request((), b"", head, b"data: 1\n\n").violations] == ["/0"]


def test_events_by_a_schema_of_no_list_could_not_be_checked(workbench):
    operation = workbench.operation(content={"text/event-stream": {"schema": EVENT}})
    judgement = operation.judge_request((), b"", {b"content-type": b"text/event-stream"}, b"data: 1\n\n")

    assert (judgement.outcome, judgement.reason) == (
        "could_not_check",
        "bodies of type text/event-stream cannot be checked",
    )


def test_events_of_which_nothing_is_asked_come_at_once_too(workbench):
    content = {"text/event-stream": {}, "application/json": {"schema": ORDER}}
    operation = workbench.operation(method="get", responses={"200": {"description": "it", "content": content}})

    assert operation.item_types == {b"text/event-stream"}
    assert operation.item_judge(200, [(b"content-type", b"text/event-stream")]) is None


@pytest.mark.parametrize("through", ["itself", "references"])
def test_the_data_of_an_event_is_judged_by_its_content_schema(workbench, through):
    data = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/O"},
    }
    event = {"type": "object", "required": ["data"], "properties": {"data": data}}
    schemas = {"O": ORDER}
    if through == "references":
        schemas |= {"Data": data, "Event": {**event, "properties": {"data": {"$ref": "#/components/schemas/Data"}}}}
        event = {"$ref": "#/components/schemas/Event"}
    media = {"text/event-stream": {"itemSchema": event}}
    operation = workbench.operation(
        version="3.2.0", content=media, responses={"200": {"description": "it", "content": media}}, schemas=schemas
    )
    head = {b"content-type": b"text/event-stream"}
    items = operation.item_judge(200, [*head.items()])

    assert items.judge(b'data: {"id":\ndata: 1}\n\n').outcome == "conforms"
    assert operation.judge_request((), b"", head, b'data: {"id":1}\n\n: x\n\n').outcome == "conforms"
    for judgement, place in (
        (items.judge(b'data: {"id":"1"}\n\n'), "/data/id"),
        (operation.judge_request((), b"", head, b'data: {"id":1}\n\ndata: {"id":"1"}\n\n'), "/1/data/id"),
    ):
        assert [(v.pointer, v.rule) for v in judgement.violations] == [(place, "type")]
    assert [v.rule for v in items.judge(b"data: {\n\n").violations] == ["contentMediaType"]
    assert [v.rule for v in items.judge(b'data: {"id":1,"id":1}\n\n').violations] == ["json"]
