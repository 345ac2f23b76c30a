"""What reaches a system and what comes back: built from a fixed list and the contract, whatever was sent."""

from types import SimpleNamespace

import pytest

from contracts.modes import UnknownRule
from contracts.sendable import NEVER_ANSWERED, NEVER_SENT
from contracts.settings import Settings
from contracts.systems import System
from policies.forward import Forward
from policies.step import Answer, Call, Refusal, Span

SETTINGS = Settings.model_validate({"name": "t", "public_url": "https://api.example"})


def a_route(
    *,
    query=(),
    headers=(),
    answered=(),
    method="GET",
    types=("application/json",),
    system=None,
    path="/svc",
    template="/Orders('{id}')",
    query_open=False,
):
    operation = SimpleNamespace(
        api="sales-order",
        version="1.2.0",
        method=method,
        safe=method == "GET",
        query_names=frozenset(query),
        query_open=query_open,
        header_names=frozenset(headers),
        media_types_out=types,
        success_types=types,
        answer_bound=1000,
        item_types=frozenset({b"text/event-stream"}),
        operation_id="getOrders",
        answer_header_names=lambda status: frozenset(answered),
        template=template,
    )
    made = {"owner": "it", "url": "https://erp.example/base/", **(system or {})}
    return SimpleNamespace(
        operation=operation,
        system=System.model_validate(made),
        offer=SimpleNamespace(path=path),
        entity_id="e",
        isolation=None,
    )


def a_call(path=b"/sales-order/v1/Orders('1')", query=b"", headers=None, body=b"", method="GET"):
    async def never(_):
        raise AssertionError("the body was read already")

    return Call(
        "correlation-1", "u", method, path, query, headers or {}, never, Span(), body=body,
        traceparent=b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
    )  # fmt: skip


class Recorder:
    def __init__(self, answer=None):
        self.answer = answer or Answer(200, [], b"{}")
        self.seen = None

    async def __call__(self, exchange):
        self.seen = exchange
        return self.answer


async def forwarded(route, call, answer=None):
    system = Recorder(answer)
    got = await Forward(SETTINGS).bind(route, None, system)(call)
    return system.seen, got


async def test_the_target_is_the_systems_path_the_offers_and_the_contracts():
    exchange, _ = await forwarded(a_route(), a_call())
    assert (exchange.method, exchange.target) == ("GET", b"/base/svc/Orders('1')")
    assert (exchange.safe, exchange.buffer_bytes, exchange.origin) == (True, 1000, "")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"/sales-order/v1/", b"/base/svc/"),
        (b"/sales-order/v1", b"/base/svc"),
        (b"/sales-order/v1/A('a%2Fb')/%27", b"/base/svc/A('a%2Fb')/%27"),
    ],
)
async def test_the_path_is_passed_as_it_is(path, target):
    assert (await forwarded(a_route(), a_call(path)))[0].target == target


async def test_a_system_at_the_root_and_an_offer_without_a_path():
    route = a_route(system={"url": "https://erp.example"}, path="")
    assert (await forwarded(route, a_call()))[0].target == b"/Orders('1')"


CLIENT = {"query": {"sap-client": "100", "$x": "a b&c"}}


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (b"", b""),
        (b"$top=5", b"?$top=5"),
        (b"%24top=5", b"?%24top=5"),
        (b"$top=5&$filter=a%20eq%20'x'+or", b"?$top=5&$filter=a%20eq%20'x'+or"),
        (b"&&$top=5&", b"?$top=5"),
        (b"$top", b"?$top"),
        (b"$filter=a;sap-client=200", b"?$filter=a%3Bsap-client=200"),
        (b'$filter=\xc3\xa4"<>|`{}[]\\^', b"?$filter=%C3%A4%22%3C%3E%7C%60%7B%7D%5B%5D%5C%5E"),
        (b"f[a]=1&f[b][c]=2", b"?f%5Ba%5D=1&f%5Bb%5D%5Bc%5D=2"),
    ],
)
async def test_declared_parameters_are_passed_raw(query, sent):
    route = a_route(query={b"$top", b"$filter", b"f"})
    assert (await forwarded(route, a_call(query=query)))[0].target == b"/base/svc/Orders('1')" + sent


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (b"a=1&b=2", b"?a=1&b=2"),
        (b'{"a":"x&&y"}', b"?%7B%22a%22:%22x&&y%22%7D"),
        (b"$.a[1:1]", b"?$.a%5B1:1%5D"),
    ],
)
async def test_a_query_that_the_contract_leaves_open_is_passed_whole(query, sent):
    route = a_route(query_open=True)
    assert (await forwarded(route, a_call(query=query)))[0].target == b"/base/svc/Orders('1')" + sent


async def test_not_even_an_open_query_names_a_fixed_one():
    with pytest.raises(Refusal) as caught:
        await forwarded(a_route(query_open=True, system=CLIENT), a_call(query=b"x=1&Sap-Client=200"))
    assert caught.value.problem.name == "query-fixed"


async def test_fixed_parameters_are_put_on_every_call():
    route = a_route(query={b"$top"}, system=CLIENT)
    assert (await forwarded(route, a_call()))[0].target.endswith(b"Orders('1')?sap-client=100&$x=a%20b%26c")
    exchange, _ = await forwarded(route, a_call(query=b"$top=1"))
    assert exchange.target.endswith(b"?$top=1&sap-client=100&$x=a%20b%26c")


@pytest.mark.parametrize(
    "query",
    [b"sap-client=200", b"SAP-Client=200", b"sap%2Dclient=200", b"s%61p-client", b"$top=1&sap-client=", b"sap-client[a]=1",
     b"+sap-client=1", b"sap-client%20=1"],
)  # fmt: skip
@pytest.mark.parametrize("declared", [frozenset(), frozenset({b"sap-client", b"SAP-Client", b"$top"})])
async def test_a_caller_cannot_name_a_fixed_one(query, declared):
    with pytest.raises(Refusal) as caught:
        await forwarded(a_route(query=declared | {b"$top"}, system=CLIENT), a_call(query=query))
    assert (caught.value.problem.name, caught.value.problem.status) == ("query-fixed", 403)
    assert "200" not in caught.value.detail


@pytest.mark.parametrize("query", [b"x=1", b"$TOP=1", b"$top=1&debug", b"=1", b"%00=1", b"$top[=1", b"\xff=1"])
async def test_what_is_not_declared_is_refused_whatever_the_mode(query):
    declared = {b"$top"} if b"[" not in query else {b"$orderby"}
    with pytest.raises(Refusal) as caught:
        await forwarded(a_route(query=declared), a_call(query=query))
    assert (caught.value.problem.name, caught.value.problem.status) == ("query-not-declared", 400)
    assert caught.value.detail.isprintable()


async def test_the_head_is_a_fixed_list():
    hostile = dict.fromkeys(NEVER_SENT, b"canary") | {b"x-forwarded-for": b"canary", b"x-unknown": b"canary"}
    exchange, _ = await forwarded(a_route(), a_call(headers=hostile))
    names = [name for name, _ in exchange.headers]
    assert names == [b"accept", b"accept-encoding", b"user-agent", b"traceparent", b"x-correlation-id"]
    assert all(b"canary" not in value for _, value in exchange.headers)
    head = dict(exchange.headers)
    assert head[b"accept-encoding"] == b"identity"
    assert head[b"x-correlation-id"] == b"correlation-1"
    assert head[b"traceparent"][:36] == b"00-" + b"a" * 32 + b"-"
    assert head[b"traceparent"] != a_call().traceparent


async def test_not_even_a_contract_brings_them_back():
    names = {*NEVER_SENT, b"x-forwarded-host", b"proxy-anything", b"if-match", b"prefer", b"x-odd"}
    exchange, _ = await forwarded(a_route(headers=names), a_call(headers=dict.fromkeys(names, b"canary")))
    assert {name for name, value in exchange.headers if value == b"canary"} == {b"if-match", b"prefer", b"x-odd"}


async def test_declared_headers_go_only_where_given():
    exchange, _ = await forwarded(a_route(headers={b"if-match", b"prefer"}), a_call(headers={b"if-match": b'W/"1"'}))
    assert dict(exchange.headers)[b"if-match"] == b'W/"1"'
    assert b"prefer" not in dict(exchange.headers)


async def test_a_header_that_cannot_be_sent():
    route = a_route(headers={b"x-name"})
    exchange, _ = await forwarded(route, a_call(headers={b"x-name": "Grün".encode()}))
    assert dict(exchange.headers)[b"x-name"] == "Grün".encode()
    with pytest.raises(Refusal) as caught:
        await forwarded(route, a_call(headers={b"x-name": b"Gr\xfcn"}))
    assert caught.value.problem.name == "header-not-sendable"


async def test_a_body_brings_its_type():
    given = {b"content-type": b"application/json", b"content-length": b"2"}
    exchange, _ = await forwarded(a_route(method="POST"), a_call(headers=given, body=b"{}", method="POST"))
    assert (exchange.method, exchange.safe, exchange.body) == ("POST", False, b"{}")
    assert dict(exchange.headers)[b"content-type"] == b"application/json"
    assert b"content-length" not in dict(exchange.headers), "transport frames what it sends"
    exchange, _ = await forwarded(a_route(method="POST"), a_call(headers=given, method="POST"))
    assert b"content-type" not in dict(exchange.headers)


async def test_a_streamed_body_keeps_its_length():
    async def pieces():
        yield b"ab"

    given = {b"content-type": b"text/csv", b"content-length": b"2"}
    exchange, _ = await forwarded(a_route(method="POST"), a_call(headers=given, body=pieces(), method="POST"))
    assert dict(exchange.headers)[b"content-length"] == b"2"


@pytest.mark.parametrize(
    ("types", "given", "sent"),
    [
        (("application/json",), None, b"application/json"),
        (("application/json",), b"*/*", b"application/json"),
        (("application/json; charset=utf-8", "text/csv"), b"text/*;q=0.5", b"text/csv"),
        (("application/json", "text/csv"), b"text/csv, application/json;q=0.1", b"text/csv, application/json;q=0.1"),
        (("application/json", "text/csv"), b"text/csv;q=0, */*", b"application/json"),
        (("application/json",), b"application/json;odata.metadata=minimal;IEEE754Compatible=true;x=1",
         b"application/json;odata.metadata=minimal;IEEE754Compatible=true"),
        (("application/json",), b"application/json\r\nx-evil: 1", b"application/json"),
        (("text/html", "application/json"), None, b"application/json"),
        ((), None, b"*/*"),
        (("application/json",), b"", b"application/json"),
    ],
)  # fmt: skip
async def test_what_is_asked_for(types, given, sent):
    headers = {} if given is None else {b"accept": given}
    exchange, _ = await forwarded(a_route(types=types), a_call(headers=headers))
    assert dict(exchange.headers)[b"accept"] == sent


async def test_what_nobody_takes_is_not_asked_for():
    with pytest.raises(Refusal) as caught:
        await forwarded(a_route(), a_call(headers={b"accept": b"text/html"}))
    assert (caught.value.problem.name, caught.value.detail) == ("not-acceptable", "It answers with application/json.")


@pytest.mark.parametrize(
    ("system", "members", "at_once"),
    [
        ({}, None, {b"text/event-stream"}),
        ({}, "allow", {b"text/event-stream"}),
        ({}, "strip", frozenset()),
        ({"protocol": "odata-v4"}, None, frozenset()),
    ],
)
async def test_items_come_at_once_where_nothing_has_to_see_the_whole(system, members, at_once):
    route = a_route(system=system)
    rules = () if members is None else (UnknownRule(members=members, direction="answer", reason="a test"),)
    system = Recorder()
    await Forward(SETTINGS, rules).bind(route, None, system)(a_call())
    assert system.seen.at_once == at_once


async def test_the_answers_head_is_built_too():
    sent = [(name, b"canary") for name in NEVER_ANSWERED] + [
        (b"sap-perf-fesrec", b"canary"), (b"access-control-allow-origin", b"canary"), (b"x-internal", b"canary"),
        (b"content-type", b"application/json"), (b"etag", b'"1"'), (b"location", b"/x"), (b"x-declared", b"1"),
        (b"dataserviceversion", b"2.0"), (b"retry-after", b"3"), (b"link", b"</a>"), (b"link", b"</b>"),
    ]  # fmt: skip
    declared = {*NEVER_ANSWERED, b"sap-perf-fesrec", b"access-control-allow-origin", b"x-declared"}
    _, answer = await forwarded(a_route(answered=declared), a_call(), Answer(200, sent, b"{}"))
    assert all(value != b"canary" for _, value in answer.headers)
    assert [name for name, _ in answer.headers] == [
        b"content-type", b"etag", b"location", b"x-declared", b"dataserviceversion", b"retry-after", b"link", b"link",
    ]  # fmt: skip


async def test_head_is_asked_as_get_and_its_stream_given_up():
    closed = []

    class Stream:
        def __aiter__(self):
            return self

        async def __anext__(self):
            raise AssertionError("nobody reads it")

        async def aclose(self):
            closed.append(True)

    exchange, answer = await forwarded(a_route(), a_call(method="HEAD"), Answer(200, [], Stream()))
    assert (exchange.method, answer.body, closed) == ("GET", b"", [True])
    _, answer = await forwarded(a_route(), a_call(method="HEAD"))
    assert answer.body == b"{}", "its length is what GET would have had"


@pytest.mark.parametrize("name", [b"if-match", b"if-none-match", b"if-unmodified-since"])
async def test_a_condition_of_a_write_is_sent_or_refused_never_dropped(name):
    """Dropped, a write would overwrite what somebody else wrote meanwhile."""
    call = a_call(method="PUT", headers={name: b'"1"'})
    with pytest.raises(Refusal) as caught:
        await forwarded(a_route(method="PUT"), call)
    assert (caught.value.problem.name, call.effect) == ("condition-not-declared", "none")

    exchange, _ = await forwarded(a_route(method="PUT", headers=[name]), call)
    assert (name, b'"1"') in exchange.headers
    exchange, _ = await forwarded(a_route(), a_call(headers={name: b'"1"'}))
    assert name not in dict(exchange.headers)


@pytest.mark.parametrize("segment", [b"$batch", b"%24batch", b"$count"])
async def test_a_parameter_takes_no_resource_of_odatas_own(segment):
    """`/Orders/{id}` is no way to `/Orders/$batch`, where nothing inside would be judged."""
    call = a_call(path=b"/sales-order/v1/Orders/" + segment)
    route = a_route(template="/Orders/{id}", system={"protocol": "odata-v4"})

    with pytest.raises(Refusal) as caught:
        await forwarded(route, call)

    assert caught.value.problem.name == "not-found"
    declared = a_route(template="/Orders/" + segment.decode(), system={"protocol": "odata-v4"})
    plain = a_route(template="/Orders/{id}")
    for route in [plain] + [declared] * segment.startswith(b"$"):
        assert (await forwarded(route, call))[0].target == b"/base/svc/Orders/" + segment


async def test_an_underscore_is_no_way_around():
    names = [b"sap_client", b"x_csrf_token", b"x_forwarded_for", b"mysapsso2"]

    exchange, _ = await forwarded(a_route(headers=names), a_call(headers=dict.fromkeys(names, b"x")))

    assert set(dict(exchange.headers)) & set(names) == set()
