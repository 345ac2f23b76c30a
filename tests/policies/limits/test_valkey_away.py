"""What happens when the store is away: one row for each way of being away. No call waits; the bound holds."""

import asyncio
import signal
import socket
import time
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from contracts.plans import Plan
from contracts.settings import Settings, StoreSettings
from policies.limits import Limits
from policies.step import Answer, Call, Identity, Refusal, Span
from policies.store import Take, make_store
from policies.windows import Gcra, Slots

pytestmark = pytest.mark.valkey

TIMEOUT = 0.15
WAITS = 0.9
"""The most that a call may take: its patience, and what a busy machine adds. A round trip is given up later still."""
HOUR_US = 3_600_000_000
ASK = Take(Gcra(HOUR_US, 12), "{t}:rate", 1)


def settings(**store):
    content = {"kind": "redis", "url": "secret:STORE_URL", "timeout_seconds": TIMEOUT, **store}
    return Settings(name="t", public_url="https://api.example.com", store=StoreSettings(**content))


@asynccontextmanager
async def store_at(still, url, workers=1, **store):
    still.secrets["secret:STORE_URL"] = url
    guarded = make_store(settings(**store), still, workers)
    try:
        yield guarded
    finally:
        await guarded.aclose()


async def asked(store, count, take=ASK):
    """Decisions, and the longest that one took."""
    decisions, longest = [], 0.0
    for _ in range(count):
        begun = time.monotonic()
        decisions.append(await store.take((take,)))
        longest = max(longest, time.monotonic() - begun)
    return decisions, longest


async def until_back(store, seconds=10.0):
    end = time.monotonic() + seconds
    while store.away:
        assert time.monotonic() < end, "the store stayed away"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def listener(on_connection):
    writers = []

    async def handle(reader, writer):
        writers.append(writer)
        await on_connection(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def black_hole(reader, writer):
    await reader.read()
    writer.close()


async def slow(reader, writer):
    while await reader.read(65536):
        await asyncio.sleep(3)
        writer.write(b"+OK\r\n")
    writer.close()


async def garbage(reader, writer):
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
    writer.close()


async def hangs_up(reader, writer):
    writer.close()


async def moved(reader, writer):
    while await reader.read(65536):
        writer.write(b"-MOVED 1234 192.0.2.1:6379\r\n")
    writer.close()


async def before_functions(reader, writer):
    while await reader.read(65536):
        writer.write(b"-ERR unknown command 'FCALL', with args beginning with: 'tidewaiter'\r\n")
    writer.close()


async def short(reader, writer):
    while await reader.read(65536):
        writer.write(b"*1\r\n:1\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (black_hole, "timeout"),
        (slow, "timeout"),
        (garbage, "error"),
        (hangs_up, "connect"),
        (moved, "error"),
        (short, "error"),
        (before_functions, "no-functions"),
    ],
)
async def test_a_server_that_misbehaves_costs_a_few_calls_their_patience_and_then_nothing(still, behaviour, reason):
    async with listener(behaviour) as url, store_at(still, url) as store:
        decisions, longest = await asked(store, 5)
        assert longest < WAITS
        assert store.away
        assert {decision.away for decision in decisions} == {"local-share"}
        assert still.events[f"limit_store_failed,reason={reason}"] == 3
        assert still.events["limit_store_away,behaviour=local-share"] == 5
        begun = time.monotonic()
        await asked(store, 100)
        assert time.monotonic() - begun < WAITS


async def test_a_log_line_tells_when_it_goes_and_when_it_comes_back_without_its_url(still, own_valkey, caplog):
    async with store_at(still, f"redis://:hunter2@127.0.0.1:{own_valkey.port}") as store:
        await asked(store, 5)
        own_valkey.start("--requirepass", "hunter2")
        await until_back(store)
    assert [record.getMessage() for record in caplog.records if record.name == "tidewaiter.limits"] == [
        "the store of limits is away (connect): local-share until it decides again",
        "the store of limits decides again",
    ]


async def test_a_server_that_answers_later_than_calls_wait_stays_away(still):
    async def late(reader, writer):
        while await reader.read(65536):
            await asyncio.sleep(2 * TIMEOUT)
            writer.write(b"*4\r\n:1\r\n:0\r\n:0\r\n:0\r\n")

    async with listener(late) as url, store_at(still, url) as store:
        await asked(store, 3)
        await asyncio.sleep(1.5)
        assert store.away
        assert "limit_store_breaker,state=closed" not in still.events


async def test_stopped_for_long_no_answer_goes_to_another_call(still, own_valkey):
    own_valkey.start()
    async with store_at(still, own_valkey.url) as store:
        await asked(store, 2)
        own_valkey.process.send_signal(signal.SIGSTOP)
        await asked(store, 3)
        await asyncio.sleep(1.3)  # the round trip itself has been given up
        own_valkey.process.send_signal(signal.SIGCONT)
        await until_back(store)
        (decision,), _ = await asked(store, 1, Take(Gcra(HOUR_US, 500), "{t}:other", 1))
        assert decision.each[0].remaining == 499


async def test_nobody_listens(still):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        async with store_at(still, f"redis://127.0.0.1:{held.getsockname()[1]}") as store:
            decisions, longest = await asked(store, 20)
    assert longest < WAITS
    assert sum(decision.allowed for decision in decisions) == 12
    assert still.events["limit_store_failed,reason=connect"] == 3


async def test_nodes_that_know_nothing_of_each_other_stay_within_the_limit(still):
    def node():
        return type(still)()

    async with (
        store_at(node(), "redis://127.0.0.1:1", workers=2, replicas=2) as a,
        store_at(node(), "redis://127.0.0.1:1", workers=2, replicas=2) as b,
    ):
        passed = [decision.allowed for store in (a, b, a, b) for decision in (await asked(store, 10))[0]]
        assert sum(passed) == 6  # two processes of four: half of twelve
        nought, _ = await asked(a, 1, Take(Slots(3), "{t}:slots", 1, "x"))
        assert (nought[0].allowed, nought[0].nought) == (False, True)


@pytest.mark.parametrize(("when_away", "allowed"), [("deny", 0), ("open", 20)])
async def test_deny_and_open(still, when_away, allowed):
    async with store_at(still, "redis://127.0.0.1:1", when_away=when_away) as store:
        decisions, _ = await asked(store, 20)
    assert sum(decision.allowed for decision in decisions) == allowed
    assert {(decision.away, decision.each) for decision in decisions} == {(when_away, ())}
    assert still.events[f"limit_store_away,behaviour={when_away}"] == 20


async def test_killed_and_started_again(still, own_valkey):
    own_valkey.start()
    async with store_at(still, own_valkey.url) as store:
        assert [d.away for d in (await asked(store, 2))[0]] == ["", ""]
        own_valkey.kill()
        decisions, longest = await asked(store, 20)
        assert longest < WAITS
        assert {decision.away for decision in decisions} == {"local-share"}
        assert sum(decision.allowed for decision in decisions) == 12
        own_valkey.start()
        await until_back(store)
        assert still.events["limit_store_breaker,state=closed"] == 1
        # It has lost its memory and its functions; the first call brings the functions back.
        (decision,), _ = await asked(store, 1)
        assert (decision.away, decision.each[0].remaining) == ("", 11)


async def test_restarted_between_two_calls_nobody_notices(still, own_valkey):
    own_valkey.start()
    async with store_at(still, own_valkey.url, timeout_seconds=1) as store:
        await asked(store, 1)
        own_valkey.kill()
        own_valkey.start()
        decisions, _ = await asked(store, 3)
        assert [decision.away for decision in decisions] == ["", "", ""]


async def test_stopped_and_going_on(still, own_valkey):
    """SIGSTOP: connections stay, nothing answers. What was sent meanwhile is worked off, and its slots come back."""
    own_valkey.start()
    slots = Slots(50)
    async with store_at(still, own_valkey.url) as store:
        await asked(store, 1)
        own_valkey.process.send_signal(signal.SIGSTOP)
        try:
            takes = [Take(slots, "{t}:slots", 1, f"stopped-{i}") for i in range(20)]
            begun = time.monotonic()
            decisions = await asyncio.gather(*(store.take((take,)) for take in takes))
            assert time.monotonic() - begun < WAITS
            assert {decision.away for decision in decisions} == {"local-share"}
            for take, decision in zip(takes, decisions, strict=True):
                store.release(take, decision)
        finally:
            own_valkey.process.send_signal(signal.SIGCONT)
        await until_back(store)
        (decision,), _ = await asked(store, 1, Take(slots, "{t}:slots", 1, "after"))
        assert (decision.away, decision.each[0].remaining) == ("", 49)


async def test_read_only_wrong_password_no_permission_and_full(still, own_valkey):
    own_valkey.start()
    rows = (
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE"), "readonly"),
        (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0"), "oom"),
        (("ACL", "SETUSER", "default", "-fcall"), ("ACL", "SETUSER", "default", "+fcall"), "auth"),
    )
    async with store_at(still, own_valkey.url) as store:
        for breaks, mends, reason in rows:
            assert (await asked(store, 1))[0][0].away == ""
            assert own_valkey.say(*breaks) == b"+OK\r\n"
            decisions, longest = await asked(store, 5)
            assert longest < WAITS
            assert {decision.away for decision in decisions} == {"local-share"}
            assert still.events[f"limit_store_failed,reason={reason}"] == 3
            # To answer a ping is not to be there: the store is asked for a decision before calls ask it again.
            await asyncio.sleep(0.6)
            assert store.away
            assert own_valkey.say(*mends) == b"+OK\r\n"
            await until_back(store)


async def test_wrong_password(still, own_valkey):
    own_valkey.start("--requirepass", "right")
    async with store_at(still, f"redis://:wrong@127.0.0.1:{own_valkey.port}") as store:
        decisions, _ = await asked(store, 4)
        assert {decision.away for decision in decisions} == {"local-share"}
        assert still.events["limit_store_failed,reason=auth"] == 3
    async with store_at(type(still)(), f"redis://:right@127.0.0.1:{own_valkey.port}") as store:
        assert (await asked(store, 1))[0][0].away == ""


async def test_flapping_never_grants_more_than_twice_the_limit(still, own_valkey):
    own_valkey.start("--save", "", "--appendonly", "no")
    allowed = 0
    async with store_at(still, own_valkey.url) as store:
        for _ in range(4):
            decisions, longest = await asked(store, 20)
            assert longest < WAITS
            allowed += sum(decision.allowed for decision in decisions)
            own_valkey.process.send_signal(signal.SIGSTOP)
            decisions, longest = await asked(store, 20)
            assert longest < WAITS
            allowed += sum(decision.allowed for decision in decisions)
            own_valkey.process.send_signal(signal.SIGCONT)
            await until_back(store)
    assert 12 <= allowed <= 24


async def test_one_failure_in_many_does_not_open_the_breaker(still, own_valkey):
    own_valkey.start()
    async with store_at(still, own_valkey.url) as store:
        take = Take(Gcra(1, 10), "{t}:often", 1)
        for _ in range(4):
            await asked(store, 12, take)
            assert own_valkey.say("SET", "{t}:often", "x").startswith(b"+OK")
            assert (await asked(store, 1, take))[0][0].away == "local-share"
            assert own_valkey.say("DEL", "{t}:often") == b":1\r\n"
        assert not store.away
        assert still.events["limit_store_failed,reason=error"] == 4


@pytest.mark.parametrize(
    ("when_away", "passes", "told"),
    [("local-share", True, b"local-share"), ("deny", False, b"deny"), ("open", True, b"open")],
)
async def test_callers_are_told(still, when_away, passes, told):
    async def read(bound):
        return b""

    async def served(call):
        return Answer(200, [])

    async with store_at(still, "redis://127.0.0.1:1", when_away=when_away):
        plan = Plan.model_validate(
            {"rates": [{"name": "burst", "requests": 5, "window_seconds": 60}], "concurrency": 3}
        )
        route = SimpleNamespace(operation=SimpleNamespace(api="orders", operation_id="list"), entity_id="mna")
        step = Limits({"basic": plan}, settings()).bind(route, still, served)
        who = Identity("shop", "basic", "internal", (), None, None, {}, "jwt", frozenset(), "")
        call = Call("c", "u", "GET", b"/", b"", {}, read, Span(), identity=who)
        if passes:
            await step(call)
        else:
            with pytest.raises(Refusal) as caught:
                await step(call)
            assert (caught.value.problem.name, caught.value.problem.status) == ("limits-unavailable", 503)
            assert caught.value.headers == ((b"retry-after", b"5"),)
        call.span.close("complete")
        names = dict(call.answer_headers)
        assert names[b"tidewaiter-limits"] == told
        assert b"ratelimit-policy" in names
        assert (b"ratelimit" in names) == (when_away == "local-share")
