"""When a call is sent again: never where that could do a thing twice, never before the server says, within a budget."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from runtime_client import READ, UPLOAD, WRITE, BusyProblem, Server, StaleProblem, answer, problem

from codegen.runtime.errors import ConnectionFailed, StatusError, TimedOut, Unavailable
from codegen.runtime.retry import NO_RETRIES, Budget, Retries, asked_seconds, rate_limit_seconds
from codegen.runtime.settings import Timeouts

CONNECT, READ_TIMEOUT = httpx2.ConnectError("x"), httpx2.ReadTimeout("x")
BROKEN = httpx2.RemoteProtocolError("x")


def retries(**more):
    waits = []
    return Retries(sleep=waits.append, chance=lambda: 0.0, **more), waits


@pytest.mark.parametrize(
    ("operation", "first", "sent"),
    [
        (READ, answer(status=503), 2),
        (READ, answer(status=429), 2),
        (READ, answer(status=502), 2),
        (READ, answer(status=500), 1),
        (READ, answer(status=404), 1),
        (READ, CONNECT, 2),
        (READ, READ_TIMEOUT, 2),
        (READ, BROKEN, 2),
        (WRITE, answer(status=503), 1),
        (WRITE, answer(status=429), 1),
        (WRITE, problem("busy", 503, effect="none"), 2),
        (WRITE, problem("busy", 429, effect="none"), 2),
        (WRITE, problem("busy", 503, effect="unknown"), 1),
        (WRITE, problem("busy", 503, effect="applied"), 1),
        (WRITE, problem("busy", 503), 1),
        (WRITE, problem("stale", 400, effect="none"), 1),
        (WRITE, problem("busy", 500, effect="none"), 1),
        (WRITE, CONNECT, 2),
        (WRITE, httpx2.PoolTimeout("x"), 2),
        (WRITE, READ_TIMEOUT, 1),
        (WRITE, BROKEN, 1),
        (WRITE, httpx2.WriteError("x"), 1),
    ],
)
def test_what_is_sent_again(operation, first, sent):
    """The same for both clients; what was done once, or may have been, is not done twice."""
    policy, _ = retries()
    arguments = ("7",) if operation is READ else ()
    body = {"a": 1} if operation is WRITE else None
    waiting = Server(first, answer({"ok": True}))
    looping = Server(first, answer({"ok": True}))

    async def call():
        quick = Retries(first_seconds=0)
        async with looping.asynchronous(retries=quick) as client:
            return await client.call(operation, *arguments, body=body)

    outcomes = []
    for run in (
        lambda: waiting.sync(retries=policy).call(operation, *arguments, body=body),
        lambda: asyncio.run(call()),
    ):
        try:
            outcomes.append(run())
        except (StatusError, ConnectionFailed) as error:
            outcomes.append(type(error))
    assert outcomes[0] == outcomes[1]
    assert (outcomes[0] == {"ok": True}) == (sent == 2)
    assert len(waiting.requests) == len(looping.requests) == sent
    assert len({request.headers["x-correlation-id"] for request in waiting.requests}) == 1


@pytest.mark.parametrize(
    ("error", "operation", "kind", "effect"),
    [
        (READ_TIMEOUT, WRITE, TimedOut, "unknown"), (BROKEN, WRITE, ConnectionFailed, "unknown"),
        (CONNECT, WRITE, ConnectionFailed, "none"), (httpx2.ConnectTimeout("x"), WRITE, TimedOut, "none"),
        (READ_TIMEOUT, READ, TimedOut, "none"),
    ],
)  # fmt: skip
def test_what_no_answer_may_have_done_is_told(error, operation, kind, effect):
    arguments, body = (("7",), None) if operation is READ else ((), {"a": 1})
    with pytest.raises(ConnectionFailed) as told:
        Server(error).sync(retries=NO_RETRIES).call(operation, *arguments, body=body)

    assert type(told.value) is kind
    assert told.value.effect == effect
    assert told.value.correlation_id in str(told.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7), ({"retry-after": "0"}, 0), ({"retry-after": "soon"}, None), ({}, None),
        ({"ratelimit": '"a";r=0;t=30'}, 30), ({"ratelimit": '"a";r=3;t=30'}, None),
        ({"ratelimit": '"per-minute";r=0;t=12, "per-day";r=5;t=900'}, 12),
        ({"ratelimit": '"a";r=0;t=12, "b";r=0;t=40'}, 40), ({"ratelimit": '"a,b;r=0";r=1;t=9'}, None),
        ({"ratelimit": '"a";r=0'}, None), ({"ratelimit": ",,;;="}, None),
        ({"retry-after": "2", "ratelimit": '"a";r=0;t=40'}, 2),
    ],
)  # fmt: skip
def test_how_long_a_server_asks_to_wait(headers, seconds):
    assert asked_seconds(headers) == seconds


def test_a_date_of_retry_after_is_read():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    assert 28 < asked_seconds({"retry-after": later}) <= 30
    assert asked_seconds({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert rate_limit_seconds({}) is None


def test_the_server_s_wait_is_kept_and_ours_grows():
    policy, waits = retries(most=4, first_seconds=1, longest_seconds=3)
    server = Server(
        answer(status=503, retry_after="5"), answer(status=503), answer(status=503), answer(status=503), answer({})
    )

    server.sync(retries=policy).call(READ, "7")

    assert waits == [5, 1, 1.5, 1.5]


def test_what_is_asked_for_too_long_is_told_at_once():
    policy, waits = retries(longest_asked_seconds=10)
    with pytest.raises(Unavailable) as told:
        Server(answer(status=503, retry_after="11")).sync(retries=policy).call(READ, "7")

    assert (waits, told.value.retry_after_seconds) == ([], 11)


def test_a_call_is_not_sent_more_often_than_allowed_nor_past_its_deadline():
    policy, waits = retries(most=2)
    server = Server(answer(status=503))
    with pytest.raises(Unavailable):
        server.sync(retries=policy).call(READ, "7")
    assert (len(server.requests), len(waits)) == (3, 2)

    server = Server(answer(status=503, retry_after="5"))
    with pytest.raises(Unavailable):
        server.sync(retries=policy, timeouts=Timeouts(whole=3)).call(READ, "7")
    assert len(server.requests) == 1


def test_a_budget_is_shared_by_all_calls_and_earned_by_those_that_succeed():
    budget = Budget(most=2, for_each_success=0.5)
    policy, _ = retries(budget=budget)
    server = Server(answer(status=503))
    for _ in range(3):
        with pytest.raises(Unavailable):
            server.sync(retries=policy).call(READ, "7")
    assert len(server.requests) == 5
    assert budget.left == 0

    Server(answer({})).sync(retries=policy).call(READ, "7")
    assert budget.left == 0.5
    assert Budget(most=1).take()
    full = Budget(most=1)
    full.succeeded()
    assert full.left == 1


def test_a_body_that_can_be_read_once_is_sent_once():
    server = Server(problem("busy", 503, effect="none"), answer({}))
    with pytest.raises(BusyProblem):
        server.sync(retries=retries()[0]).call(UPLOAD, body=iter([b"a", b"b"]))
    assert server.bodies == [b"ab"]

    server = Server(problem("busy", 503, effect="none"), answer({}))
    assert server.sync(retries=retries()[0]).call(UPLOAD, body=b"ab") == {}
    assert server.bodies == [b"ab", b"ab"]


def test_a_refusal_is_of_its_problem_s_class_else_of_its_status():
    errors = [{"pointer": "/a", "location": "body", "rule": "type", "message": "expected a text"}]
    with pytest.raises(StaleProblem) as told:
        Server(problem("stale", 400, effect="none", errors=errors, detail="it is stale", fault="contract")).sync().call(
            WRITE, body={}
        )
    with pytest.raises(StatusError) as other:
        Server(problem("unheard-of", 418)).sync().call(READ, "7")

    assert (told.value.effect, told.value.problem.fault, told.value.problem.name) == ("none", "contract", "stale")
    assert [(place.pointer, place.rule) for place in told.value.errors] == [("/a", "type")]
    assert "stale: it is stale (POST /orders, correlation" in str(told.value)
    assert (type(other.value), other.value.problem.name, other.value.effect) == (StatusError, "unheard-of", "none")
