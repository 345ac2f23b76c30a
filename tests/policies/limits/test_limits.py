"""The step: what consumers are told, what is charged, and to which counter."""

import asyncio
from types import SimpleNamespace

import http_sf
import pytest

from contracts.plans import Plan
from contracts.settings import Settings, StoreSettings
from policies.limits import Limits
from policies.step import ANONYMOUS, Answer, Call, Identity, Refusal, Span
from policies.store import make_store

SETTINGS = Settings(name="t", public_url="https://api.example.com")


def plan(**content) -> Plan:
    return Plan.model_validate(content)


def rate(requests, seconds=60, name="burst", **more):
    return {"name": name, "requests": requests, "window_seconds": seconds, **more}


def route(operation="listOrders", entity="mna", api="orders"):
    return SimpleNamespace(operation=SimpleNamespace(api=api, operation_id=operation), entity_id=entity)


def identity(consumer="shop", plan="basic"):
    return Identity(consumer, plan, "internal", (), None, None, {}, "jwt", frozenset(), "")


_calls = iter(range(10**9))


def call_of(who=None):
    async def read(bound):
        return b""

    return Call("c", f"uuid-{next(_calls)}", "GET", b"/", b"", {}, read, Span(), identity=who or identity())


async def served(call):
    return Answer(200, [])


def headers(call):
    names = [name for name, _ in call.answer_headers]
    assert len(names) == len(set(names))
    return {name.decode(): value.decode() for name, value in call.answer_headers}


def bound(still, plans, where=None, inner=served, settings=SETTINGS):
    make_store(settings, still)
    return Limits(plans, settings).bind(where or route(), still, inner)


async def refused(step, call):
    with pytest.raises(Refusal) as caught:
        await step(call)
    call.span.close("complete")
    return caught.value


async def test_every_answer_tells_the_policy_and_what_is_left(still):
    basic = plan(
        rates=[rate(10), rate(100, 3600, "steady", burst=20)], quotas=[{"name": "daily", "requests": 1000, "window": "day"}],
        concurrency=3,
    )  # fmt: skip
    step, call = bound(still, {"basic": basic}), call_of()
    assert (await step(call)).status == 200
    told = headers(call)
    assert told["ratelimit-policy"] == (
        '"burst";q=10;w=60, "steady";q=100;w=3600, "daily";q=1000;w=86400, "concurrency";q=3;qu="concurrent-requests"'
    )
    left = http_sf.parse(told["ratelimit"].encode(), tltype="list")
    day_left = 86_400 - 1_780_000_000 % 86_400
    assert [(name, dict(parameters)) for name, parameters in left] == [
        ("burst", {"r": 9, "t": 6}), ("steady", {"r": 19, "t": 36}), ("daily", {"r": 999, "t": day_left}), ("concurrency", {"r": 2}),
    ]  # fmt: skip


async def test_what_must_be_on_every_answer_is_there_before_going_in(still):
    async def below(call):
        assert {"ratelimit-policy", "ratelimit"} <= headers(call).keys()
        raise expected

    expected = Refusal(SimpleNamespace(name="x"))
    assert await refused(bound(still, {"basic": plan(rates=[rate(5)])}, inner=below), call_of()) is expected


async def test_the_call_after_the_last_is_429_and_retry_after_is_true(still):
    step = bound(still, {"basic": plan(rates=[rate(2, 60)])})
    await step(call_of())
    await step(call_of())
    late = call_of()
    refusal = await refused(step, late)
    assert refusal.problem.name == "rate-limited"
    assert refusal.problem.status == 429
    assert refusal.headers == ((b"retry-after", b"30"),)
    assert refusal.members == {"violated-policies": ["burst"]}
    assert refusal.fault == "gateway"
    assert refusal.detail == "burst: 2 in 60 seconds."
    assert headers(late)["ratelimit"] == '"burst";r=0;t=60'
    still.time += 29
    await refused(step, call_of())
    still.time += 1
    await step(call_of())


async def test_a_reload_forgets_nothing_and_a_smaller_limit_counts_at_once(still):
    await bound(still, {"basic": plan(rates=[rate(2)])})(call_of())
    again = bound(still, {"basic": plan(rates=[rate(2)])})
    await again(call_of())
    await refused(again, call_of())
    await refused(bound(still, {"basic": plan(rates=[rate(1)])}), call_of())


async def test_the_limit_that_lasts_longest_names_the_problem(still):
    basic = plan(rates=[rate(1, 60)], quotas=[{"name": "daily", "requests": 1, "window": "day"}], concurrency=1)
    step = bound(still, {"basic": basic})
    first = call_of()
    await step(first)
    refusal = await refused(step, call_of())
    assert refusal.problem.name == "quota-exceeded"
    assert refusal.members == {"violated-policies": ["burst", "daily", "concurrency"]}
    assert int(refusal.headers[0][1]) == 86_400 - 1_780_000_000 % 86_400
    assert refusal.detail == "daily: 1 in each day."


async def test_calls_under_way_are_counted_until_their_span_ends(still):
    step = bound(still, {"basic": plan(concurrency=2)})
    calls = [call_of() for _ in range(2)]
    for call in calls:
        await step(call)
    refusal = await refused(step, call_of())
    assert refusal.problem.name == "too-many-concurrent"
    assert refusal.headers == ((b"retry-after", b"1"),)
    calls[0].span.close("left")
    free = call_of()
    await step(free)
    assert headers(free)["ratelimit"] == '"concurrency";r=0'


async def test_a_refused_call_gives_back_no_slot_of_another(still):
    step = bound(still, {"basic": plan(rates=[rate(1)], concurrency=5)})
    await step(call_of())
    await refused(step, call_of())
    looked = call_of()
    await Limits({"basic": plan(rates=[rate(1)], concurrency=5)}, SETTINGS).bind_statement(still)(looked)
    assert headers(looked)["ratelimit"] == '"burst";r=0;t=60, "concurrency";r=4'


async def test_cancelled_at_any_tick_the_slot_comes_back(still):
    async def slow(call):
        for _ in range(5):
            await asyncio.sleep(0)
        return Answer(200, [])

    step = bound(still, {"basic": plan(concurrency=1)}, inner=slow)
    for ticks in range(10):
        call = call_of()
        task = asyncio.create_task(step(call))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait((task,))
        call.span.close("left")
    await step(call_of())


async def test_operations_cost_what_the_plan_says(still):
    basic = plan(rates=[rate(10)], costs={"orders:export": 8, "orders:ping": 0})
    export, ping = bound(still, {"basic": basic}, route("export")), bound(still, {"basic": basic}, route("ping"))
    await export(call_of())
    refusal = await refused(export, call_of())
    assert refusal.detail == "burst: 10 in 60 seconds; this call costs 8."
    assert refusal.headers == ((b"retry-after", b"36"),)
    step = bound(still, {"basic": basic})
    await step(call_of())
    await step(call_of())
    await refused(step, call_of())
    free = call_of()
    await ping(free)
    assert headers(free)["ratelimit"] == '"burst";r=0;t=60'


@pytest.mark.parametrize(
    ("per", "same", "other"),
    [
        (["consumer"], [("a", "list", "mna"), ("a", "get", "mde")], ("b", "list", "mna")),
        (["consumer", "operation"], [("a", "list", "mna"), ("a", "list", "mde")], ("a", "get", "mna")),
        (["consumer", "entity"], [("a", "list", "mna"), ("a", "get", "mna")], ("a", "list", "mde")),
        (["entity"], [("a", "list", "mna"), ("b", "get", "mna")], ("a", "list", "mde")),
        (["operation", "entity"], [("a", "list", "mna"), ("b", "list", "mna")], ("a", "get", "mna")),
    ],
)
async def test_what_has_a_counter_of_its_own(still, per, same, other):
    plans = {"basic": plan(rates=[rate(1, per=per)])}

    async def ask(consumer, operation, entity):
        await bound(still, plans, route(operation, entity))(call_of(identity(consumer)))

    await ask(*same[0])
    with pytest.raises(Refusal):
        await ask(*same[1])
    await ask(*other)


async def test_plans_have_counters_of_their_own_where_consumers_share_one(still):
    plans = {"basic": plan(rates=[rate(1, per=["entity"])]), "gold": plan(rates=[rate(1, per=["entity"])])}
    step = bound(still, plans)
    await step(call_of())
    await step(call_of(identity("mill", "gold")))
    await refused(step, call_of(identity("mill")))


async def test_keys_tell_no_consumer_and_no_operation(still):
    store = make_store(SETTINGS, still)
    basic = plan(rates=[rate(5, per=["consumer", "operation", "entity"])], concurrency=2)
    await bound(still, {"basic": basic}, route("listOrders", "meridian-na"))(call_of(identity("webshop-inc")))
    keys = [*store._times, *store._slots]
    assert len(keys) == 2
    for key in keys:
        assert key.startswith("tw:{")
        for name in ("webshop", "listOrders", "meridian"):
            assert name not in key
    assert len({key[: key.index("}")] for key in keys}) == 1


async def test_environments_that_share_a_server_do_not_share_counters(still):
    other = Settings(name="t", public_url="https://test.example.com")
    await bound(still, {"basic": plan(rates=[rate(1)])})(call_of())
    await bound(still, {"basic": plan(rates=[rate(1)])}, settings=other)(call_of())


def test_where_no_plan_limits_there_is_no_step(still):
    assert Limits({"basic": plan(), "gold": plan()}, SETTINGS).bind(route(), still, served) is served


async def test_nobody_in_particular_and_plans_without_limits_pass_untold(still):
    step = bound(still, {"basic": plan(rates=[rate(1)]), "free": plan()})
    for who in (ANONYMOUS, identity(plan="free")):
        for _ in range(3):
            call = call_of(who)
            await step(call)
            assert call.answer_headers == []


async def test_a_plan_that_is_not_in_the_release_lets_nobody_pass(still):
    call = call_of(identity(plan="gone"))
    refusal = await refused(bound(still, {"basic": plan(rates=[rate(1)])}), call)
    assert (refusal.problem.name, refusal.problem.status) == ("limits-unavailable", 503)
    assert refusal.headers == ((b"retry-after", b"5"),)
    assert call.answer_headers == []


async def test_a_share_of_nought_is_no_fault_of_the_consumer(still):
    settings = Settings(name="t", public_url="https://api.example.com", store=StoreSettings(replicas=3))
    refusal = await refused(bound(still, {"basic": plan(concurrency=2)}, settings=settings), call_of())
    assert refusal.problem.name == "limits-unavailable"
    assert refusal.detail == "One process's share of a limit is nought."


async def test_answers_given_before_a_route_are_told_and_not_charged(still):
    basic = plan(rates=[rate(5), rate(7, name="each", per=["consumer", "operation"])], concurrency=2)
    make_store(SETTINGS, still)
    state = Limits({"basic": basic, "free": plan()}, SETTINGS).bind_statement(still)
    for _ in range(9):
        call = call_of()
        await state(call)
    told = headers(call)
    assert told["ratelimit-policy"].startswith('"burst";q=5;w=60, "each";q=7;w=60, "concurrency"')
    assert told["ratelimit"] == '"burst";r=5, "concurrency";r=2'
    for who in (ANONYMOUS, identity(plan="free"), identity(plan="gone")):
        call = call_of(who)
        await state(call)
        assert call.answer_headers == []


async def test_each_problem_is_declared():
    assert {problem.name for problem in Limits.refuses} == {
        "rate-limited", "quota-exceeded", "too-many-concurrent", "limits-unavailable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"rates": [rate(600, burst=2)]},
            "burst: 600 in 60 seconds, 2 at once; counted by each of 2 processes, this one grants 1 at once.",
        ),
        (
            {"quotas": [{"name": "daily", "requests": 3, "window": "day"}]},
            "daily: 3 in each day; counted by each of 2 processes, this one grants 1 in each day.",
        ),
    ],
)
async def test_a_refusal_by_one_of_several_processes_tells_its_share(still, limits, said):
    """A consumer who counted on 2 at once and got 1 can see why."""
    basic = {"basic": plan(**limits)}
    make_store(SETTINGS, still, 2)
    step = Limits(basic, SETTINGS, 2).bind(route(), still, served)
    await step(call_of())

    assert (await refused(step, call_of())).detail == said


async def test_a_refusal_by_the_only_process_tells_the_limit_alone(still):
    step = bound(still, {"basic": plan(rates=[rate(1, 1)])})
    await step(call_of())

    assert (await refused(step, call_of())).detail == "burst: 1 in 1 second."
