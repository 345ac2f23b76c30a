"""OAuth 2.0 client credentials: one fetch for many calls, renewed ahead, failures remembered, never told to callers."""

import asyncio
import base64
import json
from urllib.parse import parse_qs

import pytest

from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from policies.credential import Credential
from policies.step import Answer, Call, Exchange, Refusal, Span
from policies.system_faults import timed_out


class Clocked(GatewayRuntime):
    """The real runtime with a clock that tests move."""

    at = 1_000_000.0

    def now(self):
        return self.at


@pytest.fixture
async def runtime(tmp_path):
    named = {"ID": {"value": "cli ent"}, "SECRET": {"value": "s3cr&t"}, "OTHER": {"value": "rotated"}}
    made = Clocked(Node(NodeSettings.model_validate({"secrets": named}), tmp_path))
    yield made
    await made.drain(1)
    await made.aclose()


def a_system(secret="secret:SECRET", **more):
    credential = {
        "type": "oauth2",
        "token_url": "https://login.example/tenant/token?v=2",
        "client_id": "secret:ID",
        "client_secret": secret,
        "scope": "erp/.default",
        **more,
    }
    return System.model_validate({"owner": "it", "url": "https://erp.example", "credential": credential})


def an_exchange(method="GET"):
    async def never(_):
        raise AssertionError("the body was read already")

    return Exchange(
        Call("c", "u", method, b"/x", b"", {}, never, Span()), method, b"/p", (), b"", method == "GET", Span()
    )


def token(value="t1", **more):
    return json.dumps({"access_token": value, "token_type": "Bearer", "expires_in": 3600, **more}).encode()


class World:
    """Token endpoint and system in one send, told apart by the exchange's origin."""

    def __init__(self):
        self.tokens = []
        self.calls = []
        self.token_answer = lambda n: Answer(200, [], token(f"t{n}"))
        self.system_answer = lambda sent: 200
        self.pause = 0.0

    async def __call__(self, exchange):
        exchange.span.close("complete")
        if exchange.origin:
            self.tokens.append(exchange)
            await asyncio.sleep(self.pause)
            made = self.token_answer(len(self.tokens))
            if isinstance(made, Exception):
                raise made
            return made
        sent = dict(exchange.headers)[b"authorization"]
        self.calls.append((exchange.method, sent))
        return Answer(self.system_answer(sent), [])


async def test_the_token_is_asked_for_as_the_standard_says(runtime):
    world = World()
    send = Credential().bind("erp", a_system(), runtime, world)
    assert (await send(an_exchange("POST"))).status == 200
    asked = world.tokens[0]
    assert (asked.method, asked.target, asked.origin, asked.safe) == (
        "POST", b"/tenant/token?v=2", "https://login.example", True,
    )  # fmt: skip
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["erp/.default"]}
    basic = dict(asked.headers)[b"authorization"].removeprefix(b"Basic ")
    assert base64.b64decode(basic) == b"cli+ent:s3cr%26t"
    assert dict(asked.headers)[b"content-type"] == b"application/x-www-form-urlencoded"
    assert dict(asked.headers)[b"x-correlation-id"] == b"c", "the system's log names the call that caused the fetch"
    assert b"traceparent" in dict(asked.headers)
    assert world.calls == [("POST", b"Bearer t1")]


async def test_the_secret_may_stand_in_the_body(runtime):
    world = World()
    await Credential().bind("erp", a_system(client_auth="body"), runtime, world)(an_exchange())
    form = parse_qs(world.tokens[0].body.decode())
    assert (form["client_id"], form["client_secret"]) == (["cli ent"], ["s3cr&t"])
    assert b"authorization" not in dict(world.tokens[0].headers)


async def test_a_hundred_calls_cause_one_fetch_and_a_reload_none(runtime):
    world = World()
    world.pause = 0.02
    send = Credential().bind("erp", a_system(), runtime, world)
    await asyncio.gather(*(send(an_exchange()) for _ in range(100)))
    await Credential().bind("erp", a_system(), runtime, world)(an_exchange())
    assert len(world.tokens) == 1
    assert {sent for _, sent in world.calls} == {b"Bearer t1"}


async def test_tokens_are_kept_apart_by_system_environment_and_secret(runtime):
    world = World()
    for environment, system_id, secret in [
        ("", "erp", "secret:SECRET"),
        ("", "erp-2", "secret:SECRET"),
        ("prod", "erp", "secret:SECRET"),
        ("", "erp", "secret:OTHER"),
    ]:
        await Credential(environment).bind(system_id, a_system(secret), runtime, world)(an_exchange())
    assert len(world.tokens) == 4


async def test_a_token_is_renewed_ahead_while_the_old_one_serves(runtime):
    world = World()
    send = Credential().bind("erp", a_system(refresh_ahead_seconds=60), runtime, world)
    await send(an_exchange())
    runtime.at += 3600 - 61
    await send(an_exchange())
    assert len(world.tokens) == 1
    runtime.at += 2
    world.pause = 0.02
    await asyncio.gather(*(send(an_exchange()) for _ in range(10)))
    assert [sent for _, sent in world.calls[2:]] == [b"Bearer t1"] * 10
    await runtime.drain(1)
    await send(an_exchange())
    assert (len(world.tokens), world.calls[-1][1]) == (2, b"Bearer t2")


async def test_a_short_lived_token_is_not_fetched_for_each_call(runtime):
    world = World()
    world.token_answer = lambda n: Answer(200, [], token(f"t{n}", expires_in=30))
    send = Credential().bind("erp", a_system(refresh_ahead_seconds=60), runtime, world)
    for _ in range(5):
        await send(an_exchange())
        await runtime.drain(1)
    assert len(world.tokens) == 1


async def test_an_expired_token_is_never_sent(runtime):
    world = World()
    send = Credential().bind("erp", a_system(), runtime, world)
    await send(an_exchange())
    runtime.at += 3600
    await send(an_exchange())
    assert [sent for _, sent in world.calls] == [b"Bearer t1", b"Bearer t2"]


async def test_a_renewal_that_fails_does_not_stop_the_token_that_lives(runtime):
    world = World()
    send = Credential().bind("erp", a_system(), runtime, world)
    await send(an_exchange())
    runtime.at += 3590
    world.token_answer = lambda n: Answer(500, [], b"")
    for _ in range(5):
        assert (await send(an_exchange())).status == 200
        await runtime.drain(1)
    assert len(world.tokens) == 2, "a failure is remembered for a moment"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_token_is_dropped_and_what_had_no_effect_is_tried_again(method, runtime):
    world = World()
    world.system_answer = lambda sent: 401 if sent == b"Bearer t1" else 200
    send = Credential().bind("erp", a_system(), runtime, world)
    assert (await send(an_exchange(method))).status == 200
    assert [sent for _, sent in world.calls] == [b"Bearer t1", b"Bearer t2"]


async def test_a_write_whose_body_streams_is_not_sent_again(runtime):
    async def body():
        yield b"{}"

    world = World()
    world.system_answer = lambda sent: 401 if sent == b"Bearer t1" else 200
    exchange = an_exchange("POST")
    exchange.body = body()
    with pytest.raises(Refusal) as caught:
        await Credential().bind("erp", a_system(), runtime, world)(exchange)
    assert (caught.value.problem.name, len(world.calls)) == ("system-credential", 1)


async def test_a_system_that_refuses_every_token_is_asked_twice_at_most(runtime):
    world = World()
    world.system_answer = lambda sent: 401
    with pytest.raises(Refusal) as caught:
        await Credential().bind("erp", a_system(), runtime, world)(an_exchange())
    assert caught.value.problem.name == "system-credential"
    assert (len(world.calls), len(world.tokens)) == (2, 2)


BROKEN = [
    (
        Answer(400, [], b'{"error":"invalid_client","error_description":"canary-description"}'),
        "gateway",
        "invalid_client",
    ),
    (Answer(401, [], b'{"error":"canary<script>"}'), "gateway", "401"),
    (Answer(500, [], b"canary"), "system", "500"),
    (Answer(429, [], b"{}"), "system", "429"),
    (Answer(200, [], b"not json canary"), "system", "no usable access_token"),
    (Answer(200, [], b"[]"), "system", "no usable access_token"),
    (Answer(200, [], token("")), "system", "no usable access_token"),
    (Answer(200, [], token("a\r\nb")), "system", "no usable access_token"),
    (Answer(200, [], token(7)), "system", "no usable access_token"),
    (Answer(200, [], token(token_type="mac")), "system", "not a bearer token"),
    (Answer(200, [], b"[" * 100_000), "system", "no usable access_token"),
]


@pytest.mark.parametrize(("answer", "fault", "said"), BROKEN, ids=range(len(BROKEN)))
async def test_an_endpoint_that_gives_no_token(answer, fault, said, runtime):
    world = World()
    world.token_answer = lambda n: answer
    exchange = an_exchange("POST")
    with pytest.raises(Refusal) as caught:
        await Credential().bind("erp", a_system(), runtime, world)(exchange)
    assert (caught.value.problem.status, caught.value.fault) == (502, fault)
    assert said in caught.value.detail
    assert "canary" not in caught.value.detail
    assert "login.example" not in caught.value.detail
    assert world.calls == []
    assert exchange.call.effect == "none"
    assert exchange.span.end == "cut"


async def test_failures_are_single_flight_and_remembered_for_a_moment(runtime):
    world = World()
    world.pause = 0.01
    world.token_answer = lambda n: timed_out("sent no answer", 3)
    send = Credential().bind("erp", a_system(), runtime, world)
    outcomes = await asyncio.gather(*(send(an_exchange()) for _ in range(50)), return_exceptions=True)
    assert {type(o) for o in outcomes} == {Refusal}
    assert len({id(o) for o in outcomes}) == 50, "each call raises its own"
    assert {o.problem.name for o in outcomes} == {"system-timeout"}
    with pytest.raises(Refusal):
        await send(an_exchange())
    assert len(world.tokens) == 1
    runtime.at += 1.1
    world.token_answer = lambda n: Answer(200, [], token())
    assert (await send(an_exchange())).status == 200


async def test_the_fetch_outlives_the_call_that_started_it(runtime):
    world = World()
    world.pause = 0.05
    send = Credential().bind("erp", a_system(), runtime, world)
    first = asyncio.create_task(send(an_exchange()))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(send(an_exchange()))
    await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).status == 200
    assert len(world.tokens) == 1


@pytest.mark.parametrize(
    ("stated", "lives"), [("1200", 1200), (None, 300), (True, 300), (-5, 300), (0, 300), (1e12, 86_400), ("x", 300)]
)
async def test_how_long_a_token_lives(stated, lives, runtime):
    world = World()
    world.token_answer = lambda n: Answer(200, [], token(expires_in=stated))
    send = Credential().bind("erp", a_system(refresh_ahead_seconds=0), runtime, world)
    await send(an_exchange())
    runtime.at += lives - 1
    await send(an_exchange())
    assert len(world.tokens) == 1
    runtime.at += 1
    await send(an_exchange())
    assert len(world.tokens) == 2
