"""What is sent again and what never is, in virtual time; what callers are told; the retry budget and the breaker."""

import asyncio
import contextlib
from collections import Counter

import pytest

from contracts.systems import System
from policies.resilience import Resilience, RetryBudget
from policies.step import Answer, Call, Exchange, Refusal, Span
from policies.system_faults import broken, busy, lost, timed_out, unreachable

OK = Answer(200, [], b"{}")


class VirtualRuntime:
    def __init__(self):
        self.time = 1_000.0
        self.kept = {}
        self.events = Counter()

    def now(self):
        return self.time

    def keep(self, key, make):
        return self.kept.setdefault(key, None) or self.kept.__setitem__(key, make()) or self.kept[key]

    def count(self, event, **labels):
        self.events[event] += 1


class World:
    """A system that answers as it is told, one entry an attempt, and the step before it."""

    def __init__(self, *answers, product="generic", draw=0.0, **settings):
        self.answers = list(answers)
        self.seen = []
        self.waits = []
        self.runtime = VirtualRuntime()
        self.system = System.model_validate(
            {"owner": "x", "url": "https://erp.example", "product": product, **settings}
        )
        self.send = Resilience(self._sleep, lambda: draw).bind("erp", self.system, self.runtime, self._system)

    async def _sleep(self, seconds):
        self.waits.append(seconds)
        self.runtime.time += seconds

    async def _system(self, exchange):
        self.seen.append(exchange)
        exchange.span.close("complete")
        answer = self.answers.pop(0) if self.answers else OK
        if callable(answer):
            answer = await answer(exchange)
        if isinstance(answer, Refusal):
            if not exchange.safe:
                exchange.call.effect = "none" if answer.problem.name == "system-unreachable" else "unknown"
            raise answer
        if not exchange.safe:
            exchange.call.effect = "applied" if answer.status < 300 else "none"
        return answer

    async def call(self, method="GET", body=b"", values=()):
        async def never(_):
            raise AssertionError("the body was read already")

        self.the_call = Call("c", "u", method, b"/x", b"", {}, never, Span())
        self.the_call.values = values
        self.exchange = Exchange(self.the_call, method, b"/p", (), body, method == "GET", Span())
        return await self.send(self.exchange)

    async def refused(self, method="GET", body=b"", values=()):
        with pytest.raises(Refusal) as caught:
            await self.call(method, body, values)
        return caught.value


def answer(status, *headers, body=b""):
    return Answer(status, list(headers), body)


AFTER = (b"retry-after", b"1")

TOLD = [
    # product, answer, problem ("" passes), fault, class, effect on a write
    ("generic", answer(429, AFTER), "system-throttled", "system", "none"),
    ("generic", answer(503), "system-unavailable", "system", "unknown"),
    ("generic", answer(500), "system-failed", "system", "unknown"),
    ("generic", answer(501), "system-failed", "system", "none"),
    ("generic", answer(502), "system-failed", "system", "unknown"),
    ("generic", answer(504), "system-timeout", "system", "unknown"),
    ("generic", answer(408), "system-timeout", "system", "unknown"),
    ("generic", answer(409), "", "business", "none"),
    ("generic", answer(404), "", "business", "none"),
    ("generic", answer(415), "", "contract", "none"),
    ("sap-s4hana", answer(403, (b"x-csrf-token", b"Required")), "system-denied", "gateway", "none"),
    ("sap-s4hana", answer(200, body=b'{"error":{"code":"V1/801"}}'), "system-failed", "system", "unknown"),
    ("netsuite", answer(400, body=b'{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED"}}'), "system-throttled", "system", "none"),
    ("netsuite", answer(400, body=b'{"error":{"code":"USER_ERROR"}}'), "system-rejected", "business", "unknown"),
    ("odoo", answer(200, body=b'{"error":{"data":{"name":"odoo.exceptions.UserError"}}}'), "system-rejected", "business",
     "none"),
    ("business-central", answer(403, body=b'{"error":{"code":"Authorization_X"}}'), "system-denied", "gateway", "none"),
]  # fmt: skip


@pytest.mark.parametrize(("product", "given", "problem", "fault", "effect"), TOLD)
async def test_what_callers_of_a_write_are_told(product, given, problem, fault, effect):
    world = World(given, product=product, retries={"attempts": 1})
    if problem:
        refusal = await world.refused("POST")
        assert (refusal.problem.name, refusal.fault) == (problem, fault)
        assert "erp.example" not in refusal.detail
    else:
        got = await world.call("POST")
        assert got is given
        assert got.fault
        assert world.the_call.fault == fault
    assert world.the_call.effect == effect
    assert world.runtime.events["system_fault"] == 1


PAGE = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>"
HTML = (b"content-type", b"text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("values", "problem", "fault"), [
    ((b"7",), "record-not-there", "business"),
    ((), "system-failed", "system"),  # a list is not missing: the address is wrong
])  # fmt: skip
async def test_a_page_that_says_that_no_record_is_there(method, values, problem, fault):
    world = World(answer(404, HTML, body=PAGE), product="tryton")
    refusal = await world.refused(method, values=values)
    assert (refusal.problem.name, refusal.problem.status, refusal.fault) == (
        problem, 404 if values else 502, fault)  # fmt: skip
    assert len(world.seen) == 1
    assert world.the_call.effect == "none"


async def test_a_page_that_says_that_a_write_is_not_taken():
    page = PAGE.replace(b"404 Not Found", b"400 Bad Request").replace(b"Not Found", b"Bad Request")
    world = World(answer(400, HTML, body=page), product="tryton")
    refusal = await world.refused("POST")
    assert (refusal.problem.name, refusal.problem.status, refusal.fault) == ("system-rejected", 422, "contract")
    assert world.the_call.effect == "none"


async def test_that_no_record_is_there_passes_where_the_answer_can():
    given = answer(404, (b"content-type", b"application/json"), body=b"{}")
    assert await World(given, product="tryton").call("PUT", values=(b"7",)) is given


async def test_a_read_of_a_script_that_said_no_passes():
    world = World(answer(400, body=b'{"error":{"code":"USER_ERROR"}}'), product="netsuite")
    assert (await world.call()).status == 400


async def test_a_success_takes_back_what_a_proof_before_it_had_left():
    world = World(answer(404), answer(200))
    call = (await world.call(), world.the_call)[1]
    assert call.fault == "business"
    await world.send(world.exchange.again())
    assert call.fault == ""


UNPROVEN = [
    answer(500),
    answer(502),
    answer(503, AFTER),
    answer(504),
    answer(408),
    lost("x"),
    timed_out("x", 1),
    broken("x"),
]


@pytest.mark.parametrize("given", UNPROVEN)
async def test_a_write_that_may_have_worked_is_never_sent_again(given):
    world = World(given)
    await world.refused("POST", b"{}")
    assert len(world.seen) == 1
    assert world.the_call.effect == "unknown"


@pytest.mark.parametrize("given", [answer(429, AFTER), unreachable("x")])
async def test_a_write_that_was_proven_without_effect_is_sent_again(given):
    world = World(given, answer(201))
    assert (await world.call("POST", b"{}")).status == 201
    assert len(world.seen) == 2
    assert world.the_call.effect == "applied"
    assert world.seen[0].span is not world.seen[1].span
    assert world.seen[1].headers == ()


@pytest.mark.parametrize("given", [answer(502), answer(503), answer(429), lost("x"), unreachable("x")])
async def test_a_read_is_sent_again(given):
    world = World(given, given, OK)
    assert await world.call() is OK
    assert len(world.seen) == 3


@pytest.mark.parametrize("given", [answer(500), answer(504), answer(408), broken("x"), timed_out("x", 1), busy(1, 1)])
async def test_what_would_not_fare_better_is_not_asked_again(given):
    world = World(given)
    await world.refused()
    assert len(world.seen) == 1


async def test_a_refusal_from_below_comes_out_as_the_same_object():
    given = timed_out("x", 1)
    assert await World(given).refused() is given


async def test_a_body_that_streams_is_sent_once():
    async def body():
        yield b"{}"

    world = World(answer(429))
    assert (await world.refused("POST", body())).problem.name == "system-throttled"
    assert len(world.seen) == 1


async def test_waits_double_with_full_jitter_and_keep_to_retry_after():
    settings = {"retries": {"attempts": 6, "first_wait_seconds": 0.2, "longest_wait_seconds": 1, "share": 1}}
    world = World(*[answer(502)] * 5, draw=1.0, **settings)
    await world.call()
    assert world.waits == pytest.approx([0.2, 0.4, 0.8, 1.0, 1.0])
    world = World(*[answer(502)] * 5, draw=0.0, **settings)
    await world.call()
    assert world.waits == [0.0] * 5
    world = World(answer(429, (b"retry-after", b"1")), draw=0.0, **settings)
    await world.call()
    assert world.waits == [1.0]


async def test_a_longer_wait_than_the_longest_is_left_to_the_caller():
    world = World(answer(429, (b"retry-after", b"30")))
    refusal = await world.refused()
    assert dict(refusal.headers)[b"retry-after"] == b"30"
    assert (len(world.seen), world.waits) == (1, [])


async def test_no_retry_begins_after_the_calls_time():
    async def slow(_):
        world.runtime.time += 4.5
        return answer(502)

    world = World(slow, slow, slow, draw=1.0, timeouts={"total_seconds": 9}, retries={"attempts": 5})
    await world.refused()
    assert len(world.seen) == 2


async def test_a_retry_ends_with_the_calls_time():
    async def first(_):
        world.runtime.time += 0.95
        return answer(502)

    async def hangs(_):
        await asyncio.sleep(60)

    world = World(first, hangs, timeouts={"total_seconds": 1})
    refusal = await asyncio.wait_for(world.refused(), 5)
    assert refusal.problem.name == "system-timeout"


async def test_a_caller_who_leaves_while_waiting_is_not_served_on():
    async def forever(_):
        await asyncio.Event().wait()

    world = World(answer(502))
    world.send = Resilience(forever, lambda: 0.0).bind("erp", world.system, world.runtime, world._system)
    task = asyncio.create_task(world.call())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(world.seen) == 1


async def test_retries_are_a_share_of_the_calls():
    """A system that fails always is asked 10 % more often, and the reserve once."""
    world = World(*[answer(429)] * 10_000, retries={"share": 0.1, "reserve": 5})
    for _ in range(1000):
        await world.refused()
    assert 1000 + 100 <= len(world.seen) <= 1000 + 100 + 5


def test_a_budget_never_holds_more_than_its_reserve():
    settings = System.model_validate(
        {"owner": "x", "url": "https://x.example", "retries": {"share": 1, "reserve": 3}}
    ).retries
    budget = RetryBudget(0)
    assert not budget.take()
    for _ in range(100):
        budget.called(settings)
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]


BREAKER = {"breaker": {"least_calls": 4, "open_seconds": 5}, "retries": {"attempts": 1}}


async def test_the_breaker_opens_refuses_tries_and_closes():
    world = World(*[answer(503)] * 4, **BREAKER)
    for _ in range(4):
        assert (await world.refused()).problem.name == "system-unavailable"
    refusal = await world.refused("POST")
    assert (refusal.problem.name, refusal.fault) == ("system-circuit-open", "system")
    assert dict(refusal.headers)[b"retry-after"] == b"5"
    assert world.the_call.effect == "none"
    assert world.exchange.span.end == "cut", "nobody else would end it"
    assert len(world.seen) == 4
    world.runtime.time += 5
    assert await world.call() is OK
    assert await world.call() is OK


async def test_state_outlives_a_reload():
    world = World(*[answer(503)] * 4, **BREAKER)
    for _ in range(4):
        await world.refused()
    world.send = Resilience().bind("erp", world.system, world.runtime, world._system)
    assert (await world.refused()).problem.name == "system-circuit-open"


@pytest.mark.parametrize(
    "given",
    [
        answer(409),
        answer(429),
        answer(500),
        answer(401),
        broken("x"),
        busy(1, 1),
        answer(200, body=b'{"error":{"code":"x"}}'),
    ],
)
async def test_what_is_no_outage_opens_nothing(given):
    world = World(*[given] * 50, product="sap-s4hana", **BREAKER)
    for _ in range(50):
        with contextlib.suppress(Refusal):
            await world.call("POST")
    assert len(world.seen) == 50


async def test_a_trial_whose_caller_left_frees_its_place():
    world = World(*[answer(503)] * 4, **BREAKER)
    for _ in range(4):
        await world.refused()
    world.runtime.time += 5

    async def hangs(_):
        await asyncio.Event().wait()

    world.answers = [hangs]
    task = asyncio.create_task(world.call())
    await asyncio.sleep(0)
    assert (await world.refused()).problem.name == "system-circuit-open"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await world.call() is OK


async def test_where_it_opens_under_a_retry_the_failure_itself_is_told():
    world = World(*[answer(503)] * 9, breaker={"least_calls": 2}, retries={"attempts": 5})
    assert (await world.refused()).problem.name == "system-unavailable"
    assert len(world.seen) == 2


async def test_without_a_breaker_the_system_is_always_called():
    world = World(*[answer(503)] * 60, breaker=None, retries={"attempts": 1})
    for _ in range(60):
        await world.refused()
    assert len(world.seen) == 60
