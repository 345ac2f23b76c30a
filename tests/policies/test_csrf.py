"""SAP's token for writes with all its cookies, against a system that keeps sessions the way SAP does."""

import asyncio

import pytest

from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from policies.credential import Credential
from policies.step import Answer, Call, Exchange, Refusal, Span
from policies.system_faults import unreachable


class Clocked(GatewayRuntime):
    at = 1_000_000.0

    def now(self):
        return self.at


@pytest.fixture
async def runtime(tmp_path):
    named = {"USER": {"value": "u"}, "PASSWORD": {"value": "p"}, "ID": {"value": "i"}, "SECRET": {"value": "s"}}
    made = Clocked(Node(NodeSettings.model_validate({"secrets": named}), tmp_path))
    yield made
    await made.drain(1)
    await made.aclose()


BASIC = {"type": "basic", "username": "secret:USER", "password": "secret:PASSWORD"}


def a_system(**more):
    return System.model_validate(
        {
            "owner": "it",
            "url": "https://s4.example/base",
            "protocol": "odata-v2",
            "query": {"sap-client": "100"},
            "credential": BASIC,
            "csrf": {"fetch_path": "/sap/opu/odata/sap/API_SALES_ORDER_SRV/"},
            **more,
        }
    )


def an_exchange(method="POST", body=b"{}"):
    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("c", "u", method, b"/x", b"", {}, never, Span())
    return Exchange(call, method, b"/p", ((b"accept", b"*/*"),), body, method == "GET", Span())


class Sap:
    """Gives tokens bound to two cookies; a write without all three is answered with 403 `Required`."""

    def __init__(self):
        self.fetches = []
        self.writes = []
        self.reads = []
        self.spans = []
        self.live = {}
        self.pause = 0.0
        self.fetch_answer = None
        self.set_on_write = []

    async def __call__(self, exchange):
        assert exchange.span.end is None, "sent on a span that has ended"
        exchange.span.close("complete")
        self.spans.append(exchange.span)
        head = dict(exchange.headers)
        if head.get(b"x-csrf-token") == b"Fetch":
            self.fetches.append(exchange)
            await asyncio.sleep(self.pause)
            if self.fetch_answer is not None:
                made = self.fetch_answer
                if isinstance(made, Exception):
                    raise made
                return made
            n = len(self.fetches)
            cookies = {b"sap-usercontext": b"sap-client=100", b"SAP_SESSIONID_S4_100": b"s%d==" % n}
            self.live[b"token-%d==" % n] = cookies
            return Answer(200, [
                (b"x-csrf-token", b"token-%d==" % n),
                (b"set-cookie", b"sap-usercontext=sap-client=100; path=/"),
                (b"set-cookie", b"SAP_SESSIONID_S4_100=s%d==; path=/; secure; HttpOnly" % n),
                (b"set-cookie", b"gone=1; Max-Age=0"),
                (b"set-cookie", b"=nameless"),
            ])  # fmt: skip
        if exchange.method == "GET":
            self.reads.append(head)
            return Answer(200, [])
        self.writes.append(head)
        await asyncio.sleep(0.001)
        cookies = self.live.get(head.get(b"x-csrf-token"))
        sent = dict(part.split(b"=", 1) for part in head.get(b"cookie", b"").split(b"; ") if part)
        if cookies is None or sent != cookies:
            return Answer(403, [(b"x-csrf-token", b"Required")], b"CSRF token validation failed")
        for name, value in self.set_on_write:
            cookies[name] = value
        return Answer(201, [(b"set-cookie", n + b"=" + v + b"; path=/") for n, v in self.set_on_write])


async def test_a_write_carries_token_and_all_cookies(runtime):
    sap = Sap()
    exchange = an_exchange()
    assert (await Credential().bind("s4", a_system(), runtime, sap)(exchange)).status == 201
    fetch = sap.fetches[0]
    assert (fetch.method, fetch.safe, fetch.origin) == ("GET", True, "")
    assert fetch.target == b"/base/sap/opu/odata/sap/API_SALES_ORDER_SRV/?sap-client=100"
    assert dict(fetch.headers)[b"authorization"].startswith(b"Basic ")
    assert dict(fetch.headers)[b"x-correlation-id"] == b"c", "the system's log names the call that caused the fetch"
    assert b"traceparent" in dict(fetch.headers)
    assert sap.writes[0][b"cookie"] == b"sap-usercontext=sap-client=100; SAP_SESSIONID_S4_100=s1=="
    assert sap.writes[0][b"x-csrf-token"] == b"token-1=="
    assert exchange.headers == ((b"accept", b"*/*"),)
    assert exchange.span.end == "complete"


async def test_reads_carry_neither(runtime):
    sap = Sap()
    send = Credential().bind("s4", a_system(), runtime, sap)
    await send(an_exchange("POST"))
    await send(an_exchange("GET", b""))
    assert not {b"cookie", b"x-csrf-token"} & sap.reads[0].keys()


async def test_many_writes_fetch_once_and_a_reload_not_again(runtime):
    sap = Sap()
    sap.pause = 0.02
    send = Credential().bind("s4", a_system(), runtime, sap)
    await asyncio.gather(*(send(an_exchange()) for _ in range(50)))
    await Credential().bind("s4", a_system(), runtime, sap)(an_exchange())
    assert (len(sap.fetches), len(sap.writes)) == (1, 51)


async def test_an_expired_session_is_fetched_again_once_and_the_write_sent_again_once(runtime):
    sap = Sap()
    send = Credential().bind("s4", a_system(), runtime, sap)
    await send(an_exchange())
    sap.live.clear()
    outcomes = await asyncio.gather(*(send(an_exchange()) for _ in range(20)))
    assert {answer.status for answer in outcomes} == {201}
    assert len(sap.fetches) == 2, "twenty writes found out, one fetched"
    assert len(sap.writes) == 1 + 20 + 20
    assert len(set(sap.spans)) == len(sap.writes) + len(sap.fetches), "each attempt is an exchange of its own"


async def test_a_session_that_is_refused_twice_is_given_up(runtime):
    sap = Sap()
    sap.fetch_answer = Answer(200, [(b"x-csrf-token", b"stale")])
    with pytest.raises(Refusal) as caught:
        await Credential().bind("s4", a_system(), runtime, sap)(an_exchange())
    assert caught.value.problem.name == "system-credential"
    assert "Nothing was written" in caught.value.detail
    assert (len(sap.writes), len(sap.fetches)) == (2, 2)


async def test_a_body_that_streams_is_not_sent_twice(runtime):
    async def pieces():
        yield b"x"

    sap = Sap()
    send = Credential().bind("s4", a_system(), runtime, sap)
    await send(an_exchange())
    sap.live.clear()
    with pytest.raises(Refusal) as caught:
        await send(an_exchange(body=pieces()))
    assert "cannot be sent twice" in caught.value.detail
    assert len(sap.writes) == 2
    assert (await send(an_exchange(body=pieces()))).status == 201


async def test_a_plain_403_is_the_systems_answer(runtime):
    sap = Sap()

    async def forbidden(exchange):
        if dict(exchange.headers).get(b"x-csrf-token") == b"Fetch":
            return await sap(exchange)
        sap.writes.append(exchange)
        return Answer(403, [])

    assert (await Credential().bind("s4", a_system(), runtime, forbidden)(an_exchange())).status == 403
    assert (len(sap.writes), len(sap.fetches)) == (1, 1)


async def test_a_cookie_renewed_by_an_answer_is_sent_from_then_on(runtime):
    sap = Sap()
    sap.set_on_write = [(b"SAP_SESSIONID_S4_100", b"renewed"), (b"extra", b"1")]
    send = Credential().bind("s4", a_system(), runtime, sap)
    await send(an_exchange())
    assert (await send(an_exchange())).status == 201
    assert b"SAP_SESSIONID_S4_100=renewed; extra=1" in sap.writes[-1][b"cookie"]
    assert len(sap.fetches) == 1


async def test_a_session_has_an_age(runtime):
    sap = Sap()
    system = a_system(csrf={"fetch_path": "/x", "max_age_seconds": 100})
    send = Credential().bind("s4", system, runtime, sap)
    await send(an_exchange())
    runtime.at += 99
    await send(an_exchange())
    assert len(sap.fetches) == 1
    runtime.at += 1
    await send(an_exchange())
    assert len(sap.fetches) == 2


async def test_sessions_are_kept_apart_by_system_and_environment(runtime):
    sap = Sap()
    for environment, system_id in [("", "s4"), ("", "s4-b"), ("prod", "s4")]:
        await Credential(environment).bind(system_id, a_system(), runtime, sap)(an_exchange())
    assert len(sap.fetches) == 3


@pytest.mark.parametrize(
    ("answer", "name", "fault"),
    [
        (Answer(401, []), "system-credential", "gateway"),
        (Answer(200, []), "system-credential", "system"),
        (Answer(200, [(b"x-csrf-token", b"Required")]), "system-credential", "system"),
        (Answer(500, [(b"x-csrf-token", b"")]), "system-credential", "system"),
        (unreachable("it took no connection"), "system-unreachable", "system"),
    ],
    ids=range(5),
)
async def test_a_fetch_that_fails_writes_nothing(answer, name, fault, runtime):
    sap = Sap()
    sap.fetch_answer = answer
    exchange = an_exchange()
    with pytest.raises(Refusal) as caught:
        await Credential().bind("s4", a_system(), runtime, sap)(exchange)
    assert (caught.value.problem.name, caught.value.fault) == (name, fault)
    assert sap.writes == []
    assert exchange.call.effect == "none"
    assert exchange.span.end == "cut"


async def test_a_system_without_a_credential_may_want_a_token_too(runtime):
    sap = Sap()
    send = Credential().bind("s4", a_system(credential={"type": "none"}), runtime, sap)
    assert (await send(an_exchange())).status == 201
    sap.fetch_answer = Answer(200, [])
    sap.live.clear()
    with pytest.raises(Refusal):
        await send(an_exchange())


async def test_a_token_refused_while_fetching_is_renewed_before_the_write_goes_out(runtime):
    sap = Sap()
    tokens = []
    oauth2 = {
        "type": "oauth2",
        "token_url": "https://login.example/t",
        "client_id": "secret:ID",
        "client_secret": "secret:SECRET",
    }

    async def world(exchange):
        if exchange.origin:
            tokens.append(1)
            exchange.span.close("complete")
            return Answer(200, [], b'{"access_token":"t%d","token_type":"bearer"}' % len(tokens))
        if dict(exchange.headers)[b"authorization"] == b"Bearer t1":
            exchange.span.close("complete")
            return Answer(401, [])
        return await sap(exchange)

    send = Credential().bind("s4", a_system(credential=oauth2), runtime, world)
    assert (await send(an_exchange())).status == 201
    assert (len(tokens), len(sap.writes)) == (2, 1)
