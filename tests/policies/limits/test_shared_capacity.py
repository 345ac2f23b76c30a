"""Two processes on one Valkey keep one budget of a system, and share its slots."""

import asyncio
from collections import Counter

import pytest

from contracts.systems import System
from policies.capacity import Capacity
from policies.step import ANONYMOUS, Answer, Call, Exchange, Refusal, Span
from policies.store import KEY, Decision
from policies.valkey import ValkeyStore

pytestmark = pytest.mark.valkey


class Remote:
    """A store as the gate sees it."""

    def __init__(self, url):
        self.valkey = ValkeyStore(url, 5)
        self.release = lambda take, _decision: self.valkey.release(take)
        self.charge, self.aclose = self.valkey.charge, self.valkey.aclose

    async def take(self, takes):
        each = await self.valkey.take(takes)
        return Decision(all(taken.allowed for taken in each), each)


class System_:  # noqa: N801 - the real one is a model
    def __init__(self, seconds):
        self.seconds, self.at_work, self.most, self.by_node = seconds, 0, 0, Counter()

    def send_of(self, node):
        async def send(exchange):
            self.at_work += 1
            self.by_node[node] += 1
            self.most = max(self.most, self.at_work)
            await asyncio.sleep(self.seconds)
            self.at_work -= 1
            exchange.span.close("complete")
            return Answer(200, [], b"")

        return send


def an_exchange(consumer):
    call = Call("c", "u", "GET", b"/x", b"", {}, None, Span())
    call.identity = type(ANONYMOUS)(consumer, "wide", "internal", (), None, None, {}, "jwt", frozenset(), "c")
    return Exchange(call, "GET", b"/p", (), b"", safe=True, span=Span())


@pytest.fixture
async def bind(valkey, still):
    """Binds a system with these budgets in two processes."""
    stores = [Remote(valkey.url), Remote(valkey.url)]
    runtimes = [still, type(still)()]
    for runtime, store in zip(runtimes, stores, strict=True):
        runtime.keep(KEY, lambda store=store: store)

    def made(system, *budgets):
        described = System.model_validate({"owner": "it", "url": "https://erp.example", "capacity": budgets})
        return [
            Capacity({}, "t").bind("erp", described, runtime, system.send_of(node))
            for node, runtime in enumerate(runtimes)
        ]

    yield made
    for runtime, store in zip(runtimes, stores, strict=True):
        gate = runtime.keep(("capacity", "erp"), lambda: None)
        await gate.aclose()
        await store.aclose()


async def calls(send, consumer, count):
    """A call at a time; how long the longest took."""
    longest, loop = 0.0, asyncio.get_running_loop()
    for _ in range(count):
        began = loop.time()
        await send(an_exchange(consumer))
        longest = max(longest, loop.time() - began)
    return longest


async def test_a_window_is_one_for_both(bind):
    system = System_(0)
    window = {"name": "w", "unit": "requests", "amount": 30, "window_seconds": 60, "at_once": 30}
    sends = bind(system, {**window, "queue": {"wait_seconds": 0}})
    done = await asyncio.gather(*(s(an_exchange("x")) for _ in range(40) for s in sends), return_exceptions=True)

    assert system.by_node.total() == 30
    assert sum(isinstance(one, Refusal) for one in done) == 50


async def test_slots_are_one_number_for_both(bind):
    system = System_(0.005)
    sends = bind(system, {"name": "s", "unit": "concurrent", "amount": 3})
    await asyncio.gather(*(calls(send, f"c{i}", 8) for i in range(6) for send in sends))

    assert system.by_node == {0: 48, 1: 48}
    assert system.most == 3


async def test_a_greedy_process_leaves_the_other_its_part(bind):
    """Forty callers of one process against two of the other, each a consumer: half of the slots each."""
    system = System_(0.01)
    sends = bind(system, {"name": "s", "unit": "concurrent", "amount": 4})
    greedy = [asyncio.create_task(calls(sends[0], "greedy", 1_000)) for _ in range(40)]
    await asyncio.sleep(0.1)
    before = system.by_node[0]
    longest = max(await asyncio.gather(*(calls(sends[1], "modest", 25) for _ in range(4))))
    got = system.by_node[0] - before
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)

    assert system.most <= 4
    assert longest < 1
    assert got < 2.5 * system.by_node[1]


async def test_a_hold_told_to_one_holds_the_other(bind):
    system = System_(0)
    sends = bind(system, {"name": "s", "unit": "concurrent", "amount": 4, "queue": {"wait_seconds": 0.5}})
    told = Answer(429, [(b"retry-after", b"30")], b"")

    async def refusing(exchange):
        exchange.span.close("complete")
        return told

    system.send_of = lambda _node: refusing
    said = bind(system, {"name": "s", "unit": "concurrent", "amount": 4, "queue": {"wait_seconds": 0.5}})[0]
    assert (await said(an_exchange("x"))).status == 429
    await asyncio.sleep(0.1)
    with pytest.raises(Refusal) as refused:
        await sends[1](an_exchange("y"))

    assert 28 <= int(dict(refused.value.headers)[b"retry-after"]) <= 30
