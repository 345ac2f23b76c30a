"""A system's budgets before a system that counts: what is sent, who waits, who is refused, what comes back."""

import asyncio
from collections import Counter

import pytest

from contracts.settings import Settings
from contracts.systems import System
from policies.capacity import Capacity
from policies.memory import MemoryStore
from policies.step import ANONYMOUS, Answer, Call, Exchange, Refusal, Span
from policies.store import KEY, Decision
from policies.windows import NodeSlots

SETTINGS = Settings.model_validate(
    {"name": "t", "public_url": "http://127.0.0.1:1", "public": {"port": 1}, "health": {"port": 2}}
)


class Runtime:
    """State by key, and a clock that stands still until it is moved."""

    def __init__(self, store=None):
        self.time = 1_000_000.0
        self.events = Counter()
        self.kept = {KEY: store or MemoryStore(lambda: self.time)}

    def now(self):
        return self.time

    def keep(self, key, make):
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def count(self, event, **labels):
        self.events[event, *sorted(labels.values())] += 1

    @property
    def held(self):
        return sum(len(holders) for holders in self.kept[KEY]._slots.values())


class System_:  # noqa: N801 - the real one is a model
    """Answers when told, and closes each span as transport does: when the system is done."""

    def __init__(self):
        self.sent = []
        self.at_work = self.most = 0
        self.answers = []
        self.doors = []
        self.shut = False

    async def send(self, exchange):
        self.sent.append(exchange)
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        end = "left"
        try:
            if self.shut:
                self.doors.append(door := asyncio.get_running_loop().create_future())
                await door
            else:
                await asyncio.sleep(0)
            end = "complete"
        finally:
            self.at_work -= 1
            exchange.span.close(end)
        return self.answers.pop(0) if self.answers else Answer(200, [], b"{}")

    def open_one(self):
        """One of those at work is done."""
        while self.doors:
            door = self.doors.pop(0)
            if not door.done():
                door.set_result(None)
                return


def identity(name, plan="wide"):
    return type(ANONYMOUS)(name, plan, "internal", (), None, None, {}, "jwt", frozenset(), "c")


def an_exchange(consumer="shop", plan="wide", body=b"", own=False):
    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("c", "u", "POST", b"/x", b"", {}, never, Span())
    call.identity = identity(consumer, plan)
    return Exchange(call, "POST", b"/p", (), body, safe=False, span=Span(), own=own)


def budget(unit="concurrent", amount=2, **more):
    window = {} if unit == "concurrent" else {"window_seconds": 60}
    return {"name": unit.replace("_", "-"), "unit": unit, "amount": amount, **window, **more}


def bound(runtime, system, *budgets, weights=None, **more):
    described = System.model_validate({"owner": "it", "url": "https://erp.example", "capacity": budgets, **more})
    capacity = Capacity(weights or {}, "t")
    return capacity.bind("erp", described, runtime, system.send)


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_system_without_budgets_has_no_step():
    system = System_()
    inner = system.send
    described = System.model_validate({"owner": "it", "url": "https://erp.example"})

    assert Capacity({}, "t").bind("erp", described, Runtime(), inner) is inner


async def test_the_products_budgets_hold_where_the_system_states_none():
    runtime, system = Runtime(), System_()
    system.shut = True
    described = System.model_validate({"owner": "it", "url": "https://bc.example", "product": "business-central"})
    send = Capacity({}, "t").bind("bc", described, runtime, system.send)
    calls = [asyncio.create_task(send(an_exchange())) for _ in range(12)]
    await settle()

    assert len(system.sent) == 5
    while not all(call.done() for call in calls):
        system.open_one()
        await settle()
    assert (len(system.sent), system.most, runtime.held) == (12, 5, 0)


async def test_budget_taken_equals_exchanges_sent():
    runtime, system = Runtime(), System_()
    send = bound(runtime, system, budget("requests", 50, at_once=50, queue={"wait_seconds": 0}))
    done = await asyncio.gather(*(send(an_exchange(own=i % 7 == 0)) for i in range(80)), return_exceptions=True)

    taken = next(count for _, count in runtime.kept[KEY]._sliding.values())
    assert len(system.sent) == 50 == taken._total
    refused = [one for one in done if isinstance(one, Refusal)]
    assert len(refused) == 30
    assert {(r.problem.name, r.problem.status, r.fault) for r in refused} == {("system-at-capacity", 503, "gateway")}
    assert all(1 <= int(dict(r.headers)[b"retry-after"]) <= 62 for r in refused)


async def test_a_window_spreads_what_is_beyond_at_once():
    runtime, system = Runtime(), System_()
    send = bound(runtime, system, budget("requests", 100, queue={"wait_seconds": 0}))
    passed = []
    for _ in range(900):
        runtime.time += 0.1
        try:
            await send(an_exchange())
        except Refusal:
            continue
        passed.append(runtime.time)

    assert sum(at < passed[0] + 1.5 for at in passed) in range(10, 14)
    for begin in passed:
        assert sum(begin <= at < begin + 60 for at in passed) <= 100
    third = [sum(passed[0] + 30 * k <= at < passed[0] + 30 * (k + 1) for at in passed) for k in range(3)]
    assert min(third) >= 40


@pytest.mark.parametrize("weights", [{"wide": 1, "small": 1}, {"wide": 3, "small": 1}])
async def test_slots_go_round_by_weight_whoever_asks_more(weights):
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(queue={"waiting": 500}), weights=weights)
    calls = [asyncio.create_task(send(an_exchange("greedy"))) for _ in range(60)]
    await settle()
    calls += [asyncio.create_task(send(an_exchange("modest", "small"))) for _ in range(60)]
    for _ in range(42):
        await settle()
        system.open_one()
    await settle()
    served = Counter(e.call.identity.consumer for e in system.sent[2:42])

    assert abs(served["greedy"] / weights["wide"] - served["modest"] / weights["small"]) <= 2
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert (runtime.held, system.at_work) == (0, 0)


async def test_a_token_goes_before_all_who_wait_for_it():
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(amount=1))
    calls = [asyncio.create_task(send(an_exchange("greedy"))) for _ in range(9)]
    await settle()
    calls.append(asyncio.create_task(send(an_exchange("greedy", own=True))))
    await settle()
    for _ in range(2):
        system.open_one()
        await settle()

    assert any(exchange.own for exchange in system.sent[:3])
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_a_full_line_turns_the_greedy_away_and_takes_the_modest():
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(amount=1, queue={"waiting": 3}))
    greedy = [asyncio.create_task(send(an_exchange("greedy"))) for _ in range(4)]
    await settle()
    with pytest.raises(Refusal):
        await send(an_exchange("greedy"))
    modest = asyncio.create_task(send(an_exchange("modest")))
    await settle()

    assert [call.done() for call in greedy] == [False, False, False, True]
    assert greedy[3].exception().problem.name == "system-at-capacity"
    system.open_one()
    await settle()
    system.open_one()
    await settle()
    assert "modest" in [e.call.identity.consumer for e in system.sent]
    assert runtime.events["system_at_capacity", "erp", "line-full"] == 2
    for call in (*greedy, modest):
        call.cancel()
    await asyncio.gather(*greedy, modest, return_exceptions=True)


async def test_nobody_waits_longer_than_said():
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(amount=1, queue={"wait_seconds": 0.1}))
    first = asyncio.create_task(send(an_exchange()))
    await settle()
    began = asyncio.get_running_loop().time()
    with pytest.raises(Refusal) as refused:
        await send(an_exchange())

    assert 0.09 < asyncio.get_running_loop().time() - began < 1
    assert refused.value.problem.name == "system-at-capacity"
    assert len(system.sent) == 1
    system.open_one()
    await first
    assert runtime.held == 0


async def test_the_total_timeout_bounds_the_wait_too():
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(amount=1), timeouts={"total_seconds": 0.05})
    first = asyncio.create_task(send(an_exchange()))
    await settle()
    began = asyncio.get_running_loop().time()
    with pytest.raises(Refusal):
        await send(an_exchange())

    assert asyncio.get_running_loop().time() - began < 1
    system.open_one()
    await first


async def test_a_call_that_would_not_make_it_is_refused_at_once():
    """A window that is used up for longer than the longest wait."""
    runtime, system = Runtime(), System_()
    send = bound(runtime, system, budget("requests", 2, at_once=2, queue={"wait_seconds": 30}))
    await send(an_exchange())
    await send(an_exchange())
    began = asyncio.get_running_loop().time()
    with pytest.raises(Refusal) as refused:
        await send(an_exchange())

    assert asyncio.get_running_loop().time() - began < 0.5
    assert 55 <= int(dict(refused.value.headers)[b"retry-after"]) <= 62


async def test_who_waits_is_told_early_when_the_line_moves_too_slowly_and_not_once_it_was_empty():
    runtime, system = Runtime(), System_()
    system.shut = True
    send = bound(runtime, system, budget(amount=1, queue={"waiting": 50, "wait_seconds": 2}))
    calls = [asyncio.create_task(send(an_exchange())) for _ in range(32)]
    for _ in range(12):
        await asyncio.sleep(0.12)
        system.open_one()
    began = asyncio.get_running_loop().time()
    with pytest.raises(Refusal):
        await send(an_exchange())
    assert asyncio.get_running_loop().time() - began < 0.5
    assert runtime.events["system_at_capacity", "erp", "too-long"] == 1

    while not all(call.done() for call in calls):
        system.open_one()
        await asyncio.sleep(0)
    later = [asyncio.create_task(send(an_exchange())) for _ in range(32)]
    await settle()
    assert not any(call.done() for call in later)
    while not all(call.done() for call in later):
        system.open_one()
        await asyncio.sleep(0)
    await asyncio.gather(*later)


async def test_the_slot_is_held_until_the_systems_span_ends_not_the_callers():
    runtime, spans = Runtime(), []

    class Detached:
        @staticmethod
        async def send(exchange):
            spans.append(exchange.span)
            raise Refusal(Capacity.refuses[0])  # the caller's patience is over, the system still works

    send = bound(runtime, Detached, budget(amount=1, queue={"wait_seconds": 0}))
    with pytest.raises(Refusal):
        await send(exchange := an_exchange())
    exchange.call.span.close("left")
    assert runtime.held == 1
    with pytest.raises(Refusal):
        await send(an_exchange())
    assert len(spans) == 1

    spans[0].close("cut")
    assert runtime.held == 0


@pytest.mark.parametrize("tick", range(40))
async def test_cancelled_at_any_tick_the_slot_comes_back(tick):
    runtime, system = Runtime(), System_()
    send = bound(runtime, system, budget(amount=1))
    others = [asyncio.create_task(send(an_exchange("other"))) for _ in range(3)]
    call = asyncio.create_task(send(an_exchange()))
    for _ in range(tick):
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(*others), 5)

    assert (runtime.held, system.at_work) == (0, 0)
    await asyncio.wait_for(send(an_exchange()), 5)
    assert runtime.kept["capacity", "erp"].waiting == 0


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(429, [(b"retry-after", b"2")], b""), 2),
        (Answer(503, [(b"retry-after", b"2")], b""), 2),
        (Answer(429, [], b""), 1),
        (Answer(429, [(b"retry-after", b"soon")], b""), 1),
        (Answer(429, [(b"retry-after", b"Mon, 12 Jan 1970 13:46:42 GMT")], b""), 2),
    ],
)
async def test_what_the_system_says_lowers_the_budget_for_a_while(answer, seconds):
    runtime, system = Runtime(), System_()
    system.answers = [answer]
    send = bound(runtime, system, budget(amount=8, queue={"wait_seconds": 0.5}))
    assert (await send(an_exchange())).status == answer.status
    with pytest.raises(Refusal) as refused:
        await send(an_exchange())

    assert int(dict(refused.value.headers)[b"retry-after"]) == seconds
    assert len(system.sent) == 1
    runtime.time += seconds
    system.shut = True
    calls = [asyncio.create_task(send(an_exchange())) for _ in range(8)]
    await settle()
    assert len(system.sent) == 1 + 4
    gate = runtime.kept["capacity", "erp"]
    gate._lowered_at -= 60
    system.open_one()
    await settle()
    assert system.at_work > 4
    assert runtime.events["system_capacity_lowered", str(answer.status), "erp"] == 1
    while not all(call.done() for call in calls):
        system.open_one()
        await settle()


async def test_a_product_that_says_it_with_another_status_lowers_its_budget_too():
    """NetSuite's 400: one of its own is meant, not the caller's fault; any other 400 lowers nothing."""
    runtime, system = Runtime(), System_()
    json = [(b"content-type", b"application/json")]
    too_many = b'{"error": {"code": "SSS_REQUEST_LIMIT_EXCEEDED", "message": "x"}}'
    other = b'{"error": {"code": "INVALID_KEY", "message": "x"}}'
    system.answers = [Answer(400, json, other), Answer(400, json, too_many)]
    send = bound(runtime, system, budget(amount=8), product="netsuite")
    gate = runtime.kept["capacity", "erp"]
    await send(an_exchange())
    assert gate.factor == 1

    await send(an_exchange())
    assert gate.factor == 0.5


@pytest.mark.parametrize("answer", [Answer(503, [], b""), Answer(500, [(b"retry-after", b"9")], b"")])
async def test_an_outage_lowers_nothing(answer):
    runtime, system = Runtime(), System_()
    system.answers = [answer]
    send = bound(runtime, system, budget(amount=2))
    await send(an_exchange())

    assert (await send(an_exchange())).status == 200
    assert runtime.kept["capacity", "erp"].factor == 1


async def test_bytes_are_charged_both_ways_streams_too():
    runtime, system = Runtime(), System_()

    async def pieces():
        yield b"x" * 30
        yield b"x" * 20

    system.answers = [Answer(200, [], b"y" * 40), Answer(200, [], pieces()), Answer(200, [], b"")]
    send = bound(runtime, system, budget("bytes", 150, queue={"wait_seconds": 0}))
    await send(an_exchange(body=b"z" * 10))
    answer = await send(an_exchange(body=b"z" * 10))
    assert b"".join([piece async for piece in answer.body]) == b"x" * 50
    counted = next(count for _, count in runtime.kept[KEY]._sliding.values())

    assert counted._total == 10 + 40 + 10 + 50
    with pytest.raises(Refusal):
        await send(an_exchange(body=b"z" * 41))
    await send(an_exchange(body=b"z" * 40))


async def test_execution_seconds_are_charged_when_the_system_is_done():
    runtime, system = Runtime(), System_()
    send = bound(runtime, system, budget("execution_seconds", 1, queue={"wait_seconds": 0}))
    system.shut = True
    call = asyncio.create_task(send(an_exchange()))
    await settle()
    gate = runtime.kept["capacity", "erp"]
    await asyncio.sleep(0.05)
    system.open_one()
    await call
    counted = next(count for _, count in runtime.kept[KEY]._sliding.values())

    assert 45 <= counted._total <= 500
    assert gate.waiting == 0


class AwayStore:
    """A store that cannot be asked, under each setting."""

    def __init__(self, decision):
        self.decision = decision

    async def take(self, takes):
        return self.decision

    def release(self, take, decision):
        assert isinstance(take.limit, NodeSlots)

    def charge(self, take):
        pass


@pytest.mark.parametrize(
    ("decision", "sent"),
    [
        (Decision(allowed=False, each=(), away="deny"), 0),
        (Decision(allowed=True, each=(), away="open"), 1),
        (Decision(allowed=False, each=(), away="local-share", nought=True), 0),
    ],
)
async def test_without_the_store_the_setting_decides(decision, sent):
    runtime, system = Runtime(AwayStore(decision)), System_()
    send = bound(runtime, system, budget())
    done = await asyncio.gather(send(an_exchange()), return_exceptions=True)

    assert len(system.sent) == sent
    if not sent:
        assert (done[0].problem.name, dict(done[0].headers)[b"retry-after"]) == ("system-at-capacity", b"5")


async def test_a_reload_keeps_who_waits_and_what_is_held():
    runtime, system = Runtime(), System_()
    system.shut = True
    before = bound(runtime, system, budget(amount=1))
    first, second = asyncio.create_task(before(an_exchange())), asyncio.create_task(before(an_exchange()))
    await settle()
    after = bound(runtime, system, budget(amount=1))
    third = asyncio.create_task(after(an_exchange("other")))
    await settle()
    assert (len(system.sent), runtime.held) == (1, 1)

    for _ in range(3):
        system.open_one()
        await settle()
    await asyncio.gather(first, second, third)
    assert (system.most, runtime.held) == (1, 0)


def test_namespaces_tell_workspaces_on_one_store_apart():
    other = SETTINGS.model_copy(update={"name": "u"})

    assert Capacity.of({}, SETTINGS).namespace != Capacity.of({}, other).namespace
