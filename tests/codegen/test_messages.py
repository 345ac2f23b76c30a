"""What is sent and what is read: parameters in every style, JSON with every digit, forms, answers that do not fit."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from pydantic import Field
from runtime_client import READ, Server, answer

from codegen.runtime.errors import SetupError, UnreadableAnswer
from codegen.runtime.operation import Answer, Body, Operation, Parameter, Part
from codegen.runtime.values import Base64, DecimalText, File, IntEnum, Number, Received, Sent, SentNumber, StrEnum
from codegen.runtime.written import form_bytes, form_parts, headers_of, json_bytes, path_of, query_of

LIST, MAP = ["a b", "c,d"], {"x": 1, "y": "é"}


@pytest.mark.parametrize(
    ("style", "explode", "value", "query"),
    [
        ("form", True, "a&b=c d+é", "p=a%26b%3Dc%20d%2B%C3%A9"),
        ("form", True, LIST, "p=a%20b&p=c%2Cd"),
        ("form", False, LIST, "p=a%20b,c%2Cd"),
        ("form", True, MAP, "x=1&y=%C3%A9"),
        ("form", False, MAP, "p=x,1,y,%C3%A9"),
        ("spaceDelimited", False, LIST, "p=a%20b%20c%2Cd"),
        ("pipeDelimited", False, LIST, "p=a%20b|c%2Cd"),
        ("deepObject", True, {"a": {"b": 1}, "c": [1, 2]}, "p[a][b]=1&p[c][]=1&p[c][]=2"),
        ("deepObject", True, {"a": [{"b": 1}, {"b": 2}]}, "p[a][0][b]=1&p[a][1][b]=2"),
        ("form", True, True, "p=true"),
        ("form", True, Decimal("1E+2"), "p=100"),
        ("form", True, datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "p=2026-01-02T03%3A04%3A00%2B00%3A00"),
        ("form", True, date(2026, 1, 2), "p=2026-01-02"),
        ("form", True, UUID(int=1), "p=00000000-0000-0000-0000-000000000001"),
        ("form", True, None, ""),
        ("form", False, [], ""),
    ],
)
def test_parameters_of_queries(style, explode, value, query):
    operation = Operation("a", "GET", "/", (Parameter("p", "query", style, explode),))

    assert "&".join(f"{name}={text}" for name, text in query_of(operation, (value,))) == query


@pytest.mark.parametrize(
    ("template", "style", "explode", "value", "path"),
    [
        ("/a/{p}", "simple", False, "b c/d", "/a/b%20c%2Fd"),
        ("/a/{p}", "simple", False, LIST, "/a/a%20b,c%2Cd"),
        ("/a/{p}", "simple", True, MAP, "/a/x=1,y=%C3%A9"),
        ("/a/{p}", "label", True, ["a", "b"], "/a/.a.b"),
        ("/a/{p}", "matrix", True, ["a", "b"], "/a/;p=a;p=b"),
        ("/a/{p}", "matrix", False, "a", "/a/;p=a"),
        ("/A('{p}')", "simple", False, "O'Neil", "/A('O%27%27Neil')"),
        ("/A({p})", "simple", False, 7, "/A(7)"),
    ],
)
def test_parameters_of_paths(template, style, explode, value, path):
    assert (
        path_of(Operation("a", "GET", template, (Parameter("p", "path", style, explode, required=True),)), (value,))
        == path
    )


@pytest.mark.parametrize("value", ["", ".", "..", []])
def test_a_path_that_leads_elsewhere_is_not_sent(value):
    server = Server(answer({}))
    with pytest.raises(SetupError, match="stands in the path"):
        server.sync().call(READ, value)
    assert server.requests == []


def test_headers_and_cookies_hold_no_line_ends():
    operation = Operation("a", "GET", "/", (Parameter("X-A", "header", "simple"), Parameter("c", "cookie", "form")))

    assert headers_of(operation, (["a", 1], "x;y")) == [("X-A", "a,1"), ("Cookie", "c=x%3By")]
    for text in ("a\r\nb: c", "a\n", " a", "a\x00"):
        with pytest.raises(SetupError, match="X-A"):
            headers_of(operation, (text, None))


class Kind(StrEnum):
    A = "a"


class Level(IntEnum):
    VALUE_1 = 1


class Line(Sent):
    amount: SentNumber
    price: DecimalText | None = None
    file: Base64 | None = None
    note: Annotated[str | None, Field(alias="theNote")] = None
    null: Annotated[str | None, Field(alias="theNull", json_schema_extra={"x-null": True})] = None
    kind: Kind | None = None
    parts: list["Line"] | None = None


def test_json_is_written_with_every_digit_and_without_what_was_not_set():
    line = Line(amount=Decimal("0.10000000000000000000000001"), price=Decimal("1.10"), file=b"\xff", kind=Kind("new"),
                parts=[Line(amount=12345678901234567890123, note=None, null=None)])  # fmt: skip

    assert json_bytes(line) == (
        b'{"amount":0.10000000000000000000000001,"price":"1.10","file":"/w==","kind":"new",'
        b'"parts":[{"amount":12345678901234567890123,"theNull":null}]}'
    )
    assert json_bytes({"é": [True, None, 1.5, "\u2028", Level.VALUE_1]}).decode() == '{"é":[true,null,1.5,"\u2028",1]}'
    for value in (float("nan"), Decimal("Infinity"), b"x", {"a": float("inf")}, object()):
        with pytest.raises(SetupError):
            json_bytes(value)


def test_forms_are_written_by_their_rules():
    body = Body("application/x-www-form-urlencoded", "form", parts=(Part("tags", "", "form", explode=False),))

    assert (
        form_bytes(body, {"a": "x y", "tags": ["b", "c"], "deep": {"e": {"f": 1}}, "none": None})
        == b"a=x%20y&tags=b,c&deep[e][f]=1"
    )
    parts = form_parts(
        Body("multipart/form-data", "multipart", parts=(Part("scan", "application/pdf"),)),
        {"order": {"id": 1}, "scan": b"x", "pages": [File(b"y", "y.png", "image/png")], "n": 1, "none": None},
    )
    assert parts == [
        ("order", (None, '{"id":1}', "application/json")), ("scan", ("scan", b"x", "application/pdf")),
        ("pages", ("y.png", b"y", "image/png")), ("n", (None, "1", None)),
    ]  # fmt: skip


def test_files_go_out_as_multipart():
    operation = Operation("a", "POST", "/", (), Body("multipart/form-data", "multipart"), (Answer("204", "binary"),))
    server = Server(httpx2.Response(204))

    assert server.sync().call(operation, body={"scan": File(io.BytesIO(b"abc"), "a.pdf", "application/pdf")}) is None
    assert b'filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\nabc' in server.bodies[0]


class Order(Received):
    total: Number
    kind: Kind
    level: Level | None = None
    placed_at: Annotated[datetime | None, Field(alias="placedAt")] = None


def read(content, kind=lambda: Order, status=200, **headers):
    operation = Operation("a", "GET", "/", (), None, (Answer("200", "json", "application/json", kind),))
    return (
        Server(httpx2.Response(status, headers={"content-type": "application/json", **headers}, content=content))
        .sync()
        .call(operation)
    )


def test_numbers_are_read_with_every_digit():
    order = read(b'{"total": 1234567890.12345678901234567890, "kind": "a"}')

    assert str(order.total) == "1234567890.12345678901234567890"
    assert read(b"[1.10, 100000000000000000000000000000000]", lambda: list[Number]) == [
        Decimal("1.10"), Decimal(100000000000000000000000000000000),
    ]  # fmt: skip
    assert read(b'{"a": 1.10}', lambda: Any) == {"a": Decimal("1.10")}


def test_what_is_new_in_answers_breaks_nothing():
    order = read(b'{"total": 1, "kind": "unheard", "level": 9, "more": {"a": 1}, "placedAt": "2026-01-02T03:04:05Z"}')

    assert (order.kind, order.kind.is_known, order.level, order.level.is_known) == ("unheard", False, 9, False)
    assert (Kind.A.is_known, order.model_extra, order.placed_at.tzinfo) == (
        True,
        {"more": {"a": 1}},
        order.placed_at.tzinfo,
    )
    assert order.placed_at.utcoffset().total_seconds() == 0
    assert {Kind("x"): 1}[Kind("x")] == 1
    assert list(Kind) == [Kind.A]
    assert read(b'{"total": 1, "kind": "a"}', status=203).kind is Kind.A


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (b'{"total": "secret", "kind": "a"}', "/total"), (b'{"total": 1}', "/kind"), (b"[]", ""), (b'{"total": 1, "kind": 7}', "/kind"),
        (b'{"total": 1, "kind": "a", "placedAt": "soon"}', "/placedAt"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_its_place_and_not_by_its_value(content, pointer):
    with pytest.raises(UnreadableAnswer) as told:
        read(content, x_correlation_id="c")

    assert pointer in [place.pointer for place in told.value.places]
    assert "secret" not in str(told.value) + repr(told.value.places)
    assert told.value.effect == "applied"


@pytest.mark.parametrize("content", [b"", b"{", b'{"total": NaN, "kind": "a"}', b"<html>", b"\xff"])
def test_what_is_no_json_is_told(content):
    with pytest.raises(UnreadableAnswer):
        read(content)


def test_failures_are_read_as_the_contract_declares_them():
    operation = Operation("a", "GET", "/", (), None, (), (Answer("4XX", "json", "application/json", lambda: Order),))
    for content, value in ((b'{"total": 1, "kind": "a"}', Decimal(1)), (b"[]", None), (b"{", None)):
        response = httpx2.Response(404, headers={"content-type": "application/json"}, content=content)
        with pytest.raises(Exception, match="404") as told:
            Server(response).sync().call(operation)
        found = told.value.value_as(Order)
        assert (found.total if found else None) == value
        assert told.value.body == content


def test_a_bare_answer_and_a_declared_one_without_body():
    operation = Operation(
        "a", "GET", "/", (), None, (Answer("200", "json", "application/json", lambda: Order), Answer("204", "binary"))
    )

    assert Server(httpx2.Response(204)).sync().call(operation) is None
    assert Server(httpx2.Response(200)).sync().call(operation) is None
    assert operation.accept == "application/json, application/problem+json;q=0.9"
    assert json.loads(b"1") == 1
