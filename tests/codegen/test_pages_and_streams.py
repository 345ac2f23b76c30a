"""Lists in pages, files and items piece by piece, heads of answers, warnings told once: for both clients."""

import asyncio
import json
import warnings
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from runtime_client import DOWNLOAD, LIST, READ, UPLOAD, URL, Server, answer

from codegen.runtime.errors import ConnectionFailed, SetupError, UnreadableAnswer
from codegen.runtime.links import link
from codegen.runtime.notices import DeprecatedVersionWarning, forget
from codegen.runtime.operation import Answer, Operation, Parameter

ITEMS = ("value",)


def paging(kind, **more):
    return {"kind": kind, "items": ITEMS, **more}


def offset_page(request):
    start = int(request.url.params.get("cursor", 0))
    return answer({"value": list(range(start, min(start + 3, 7)))})


def number_page(request):
    number = int(request.url.params.get("cursor", 1))
    return answer({"value": [[1, 2], [3], []][number - 1]})


WALKS = {
    "link": (paging("link", next=("nextLink",)),
             [answer({"value": [1, 2], "nextLink": f"{URL}/orders?t=2"}), answer({"value": [3], "nextLink": "/orders/v1/orders?t=3"}), answer({"value": [4]})],
             [1, 2, 3, 4], ["", "t=2", "t=3"]),
    "link in d": ({"kind": "link", "items": ("d", "results"), "next": ("d", "__next")},
                  [answer({"d": {"results": [1], "__next": f"{URL}/orders?$skiptoken=a%2Fb"}}), answer({"d": {"results": [2]}})],
                  [1, 2], ["", "$skiptoken=a%2Fb"]),
    "header": (paging("header"), [answer({"value": [1]}, link=f'<{URL}/orders?p=2>; rel="next", <x>; rel=last'), answer({"value": [2]}, link="<x>; rel=prev")],
               [1, 2], ["", "p=2"]),
    "cursor": (paging("cursor", next=("meta", "next"), parameter=0),
               [answer({"value": [1], "meta": {"next": "a b"}}), answer({"value": [2], "meta": {"next": ""}})], [1, 2], ["", "cursor=a%20b"]),
    "cursor that stays": (paging("cursor", next=("next",), parameter=0),
                          [answer({"value": [1], "next": "x"}), answer({"value": [2], "next": "x"})], [1, 2], ["", "cursor=x"]),
    "offset": (paging("offset", parameter=0), [offset_page], [0, 1, 2, 3, 4, 5, 6], ["", "cursor=3", "cursor=6", "cursor=7"]),
    "last record": (paging("last", next=("more",), parameter=0, key="id"),
                    [answer({"value": [{"id": "a"}, {"id": "b c"}], "more": True}), answer({"value": [{"id": "d"}], "more": False})],
                    [{"id": "a"}, {"id": "b c"}, {"id": "d"}], ["", "cursor=b%20c"]),
    "last record of nothing": (paging("last", next=("more",), parameter=0, key="id"),
                               [answer({"value": [], "more": True})], [], [""]),
    "page": (paging("page", parameter=0), [number_page], [1, 2, 3], ["", "cursor=2", "cursor=3"]),
}  # fmt: skip


@pytest.mark.parametrize(("plan", "answers", "records", "queries"), WALKS.values(), ids=WALKS.keys())
def test_all_records_of_all_pages(plan, answers, records, queries):
    waiting, looping = Server(*answers), Server(*answers)

    async def walk():
        async with looping.asynchronous() as client:
            return [record async for record in client.pages(LIST, plan, None)]

    assert list(waiting.sync().pages(LIST, plan, None)) == asyncio.run(walk()) == records
    for server in (waiting, looping):
        assert [request.url.query.decode() for request in server.requests] == queries


@pytest.mark.parametrize("record", [{"id": "a"}, {"other": 1}, 3])
def test_a_last_record_that_leads_nowhere_is_told(record):
    server = Server(answer({"value": [record], "more": True}), answer({"value": [record], "more": True}))

    with pytest.raises(UnreadableAnswer):
        list(server.sync().pages(LIST, paging("last", next=("more",), parameter=0, key="id"), None))


def test_a_page_is_asked_for_when_it_is_needed():
    server = Server(answer({"value": [1, 2], "nextLink": f"{URL}/orders?t=2"}))
    records = iter(server.sync().pages(LIST, paging("link", next=("nextLink",)), None))

    assert (next(records), len(server.requests)) == (1, 1)
    pages = server.sync().pages(LIST, paging("link", next=("nextLink",)), None).pages()
    assert next(pages)["value"] == [1, 2]


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "http://api.example/orders", "//evil.example/", "https://api.example:8443/"]
)
def test_a_link_to_another_server_is_not_followed(target):
    server = Server(answer({"value": [1], "nextLink": target}))
    with pytest.raises(SetupError, match="another server"):
        list(server.sync().pages(LIST, paging("link", next=("nextLink",)), None))
    assert len(server.requests) == 1


def test_pages_that_lead_round_are_noticed():
    server = Server(answer({"value": [1], "nextLink": f"{URL}/orders?t=1"}))
    with pytest.raises(UnreadableAnswer, match="circle"):
        list(server.sync().pages(LIST, paging("link", next=("nextLink",)), None))


def test_a_file_comes_in_pieces_and_its_connection_is_given_back(tmp_path):
    response = httpx2.Response(200, headers={"content-type": "application/pdf"}, content=b"x" * 200_000)
    with Server(response).sync().call(DOWNLOAD) as file:
        assert (file.media_type, file.save(tmp_path / "a.pdf")) == ("application/pdf", 200_000)
    assert (tmp_path / "a.pdf").stat().st_size == 200_000

    async def fetch():
        async with Server(response).asynchronous() as client, await client.call(DOWNLOAD) as file:
            return len(await file.read())

    assert asyncio.run(fetch()) == 200_000


class Broken(httpx2.SyncByteStream):
    def __iter__(self):
        yield b"half"
        raise httpx2.ReadError("x")


def test_a_file_that_breaks_off_is_told():
    class Transport(httpx2.BaseTransport):
        def handle_request(self, request):
            return httpx2.Response(200, stream=Broken())

    client = type(Server(answer()).sync())(URL, http=httpx2.Client(transport=Transport()))
    with pytest.raises(ConnectionFailed, match="broke off"), client.call(DOWNLOAD) as file:
        file.read()


def lines(kind, text):
    operation = Operation("w", "GET", "/w", (), None, (Answer("200", kind, "x", lambda: dict[str, Any]),))
    server = Server(httpx2.Response(200, content=text.encode()))

    async def all_items():
        async with server.asynchronous() as client, await client.call(operation) as items:
            return [item async for item in items]

    with server.sync().call(operation) as items:
        found = list(items)
    assert found == asyncio.run(all_items())
    return found


def test_items_come_one_by_one():
    assert lines("lines", '{"a": 1}\n\n{"a": 2}') == [{"a": 1}, {"a": 2}]
    text = ": hello\nevent: stock\ndata: {\ndata: }\nid: 7\nretry: 5\n\n\ndata: x"
    assert lines("events", text) == [{"event": "stock", "data": "{\n}", "id": "7", "retry": 5}, {"data": "x"}]
    with pytest.raises(UnreadableAnswer):
        lines("lines", "no")


@pytest.mark.parametrize(
    "make", [lambda: b"abc" * 10, lambda: iter([b"abc"] * 10), lambda: __import__("io").BytesIO(b"abc" * 10)]
)
def test_bodies_go_up_in_pieces(make):
    server, looping = Server(answer({})), Server(answer({}))
    server.sync().call(UPLOAD, body=make())

    async def put():
        async with looping.asynchronous() as client:
            await client.call(UPLOAD, body=make())

    asyncio.run(put())
    assert server.bodies == [b"abc" * 10]


def test_the_head_of_an_answer_can_be_had_also_of_calls_at_once():
    def numbered(request):
        return answer({}, etag=f'"{request.url.path[-1]}"', x_correlation_id="c", api_version="1.1")

    client = Server(numbered).sync()
    result = client.answer(client.call, READ, "7")
    assert (result.etag, result.status, result.correlation_id, result.api_version) == ('"7"', 200, "c", "1.1")
    with pytest.raises(SetupError, match="makes a call"):
        client.answer(len, "x")

    async def many():
        async with Server(numbered).asynchronous() as looping:
            return [
                one.etag
                for one in await asyncio.gather(*(looping.answer(looping.call, READ, str(n)) for n in range(5)))
            ]

    assert asyncio.run(many()) == [f'"{n}"' for n in range(5)]


def test_what_goes_with_each_call_and_views_with_other_settings():
    server = Server(answer({}))
    client = server.sync(entity="one", api_version="1.1", headers={"X-A": "a"}, trace=lambda: {"traceparent": "00-t"})
    client.call(READ, "7")
    client.with_options(entity="two", api_version=None, headers={"X-B": "b"}, correlation_id="mine").call(READ, "7")

    first, second = (request.headers for request in server.requests)
    assert (first["x-entity"], first["api-version"], first["x-a"], first["traceparent"]) == ("one", "1.1", "a", "00-t")
    assert (first["x-contract-digest"], first["user-agent"]) == ("sha256:abc", "acme-orders/1.2.3")
    assert (second["x-entity"], second["x-a"], second["x-b"], second["x-correlation-id"]) == ("two", "a", "b", "mine")
    assert "api-version" not in second
    with pytest.raises(SetupError):
        server.sync(entity="a\r\nb").call(READ, "7")


def test_a_deprecated_version_is_told_once_and_a_write_is_not_lost_by_it(caplog):
    forget()
    heads = {"deprecation": "@1767225600", "sunset": "Wed, 30 Jun 2027 00:00:00 GMT", "api_version": "1.0",
             "link": '<https://api.example/new\x07>; rel="successor-version"'}  # fmt: skip
    client = Server(answer({}, **heads)).sync()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            client.call(READ, "7")
    (one,) = [str(found.message) for found in told]
    assert one == ("acme-orders: version 1.0 of the API is deprecated since 2026-01-01; it is meant to end on "
                   "Wed, 30 Jun 2027 00:00:00 GMT; move to https://api.example/new")  # fmt: skip

    forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write = replace(READ, method="DELETE")
        assert client.call(write, "7") == {}
        forget()
        with pytest.raises(DeprecatedVersionWarning):
            client.call(READ, "7")
    assert "deprecated since" in caplog.text
    assert link('<a>; rel="x next", <b>; rel=y', "next") == "a"
    forget()


def test_the_json_of_a_page_may_be_a_list():
    operation = Operation(
        "l", "GET", "/l", (Parameter("page", "query", "form"),), None, (Answer("200", "json", "j", lambda: list[int]),)
    )
    server = Server(answer([1]), answer([]))

    assert list(server.sync().pages(operation, {"kind": "page", "items": (), "parameter": 0}, None)) == [1]
    assert json.loads("[]") == []
