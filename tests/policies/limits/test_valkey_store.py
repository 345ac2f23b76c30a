"""Limits on a real Valkey: the bound over many nodes, lost functions, leases, callers who leave."""

import asyncio
import signal
import time

import pytest

from policies.store import StoreAwayError, Take
from policies.valkey import ValkeyStore
from policies.windows import Calendar, Gcra, Slots

pytestmark = pytest.mark.valkey
PATIENT = 5.0
HOUR_US = 3_600_000_000


async def until(true, seconds=3.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come to be"
        await asyncio.sleep(0.01)


async def test_many_clients_of_many_nodes_never_pass_the_bound(valkey):
    nodes = [ValkeyStore(valkey.url, PATIENT) for _ in range(5)]
    ask = (Take(Gcra(HOUR_US, 40), "{t}:rate", 1), Take(Calendar(30, "month"), "{t}:quota", 1))
    answers = await asyncio.gather(*(node.take(ask) for node in nodes for _ in range(60)))
    passed = [all(taken.allowed for taken in each) for each in answers]
    assert sum(passed) == 30
    # The quota refused 270 calls: none of them took anything of the rate.
    (rate,) = await nodes[0].take((Take(Gcra(HOUR_US, 40), "{t}:rate", 0),))
    assert rate.remaining == 10
    for node in nodes:
        await node.aclose()


async def test_calls_under_way_never_pass_the_bound_on_any_node(valkey):
    nodes = [ValkeyStore(valkey.url, PATIENT) for _ in range(3)]
    under_way, most, served = 0, 0, 0

    async def call(node, number):
        nonlocal under_way, most, served
        take = Take(Slots(4), "{t}:slots", 1, f"call-{number}")
        while not (await node.take((take,)))[0].allowed:  # noqa: ASYNC110 - as a caller does
            await asyncio.sleep(0.002)
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.003)
        under_way -= 1
        node.release(take)
        served += 1

    await asyncio.gather(*(call(nodes[i % 3], i) for i in range(90)))
    assert (served, most) == (90, 4)
    for node in nodes:
        await node.aclose()
    assert valkey.say("ZCARD", "{t}:slots") == b":0\r\n"


async def test_a_slot_given_back_is_free_for_the_next_call_of_the_same_node(valkey):
    node = ValkeyStore(valkey.url, PATIENT)
    for number in range(300):
        take = Take(Slots(1), "{t}:slots", 1, f"call-{number}")
        assert (await node.take((take,)))[0].allowed
        node.release(take)
    await node.aclose()


async def test_all_limits_of_a_call_are_one_command(valkey):
    node = ValkeyStore(valkey.url, PATIENT)
    takes = [Take(Gcra(1_000, 5), "{t}:a", 1), Take(Calendar(9, "day"), "{t}:b", 1), Take(Slots(3), "{t}:c", 1, "x")]
    await node.take(takes)
    assert valkey.say("CONFIG", "RESETSTAT") == b"+OK\r\n"
    await node.take(takes)
    stats = valkey.say("INFO", "commandstats").decode()
    assert "cmdstat_fcall:calls=1," in stats
    await node.aclose()


async def test_a_server_that_lost_the_functions_gets_them_again(valkey):
    node, ask = ValkeyStore(valkey.url, PATIENT), (Take(Gcra(HOUR_US, 5), "{t}:a", 1),)
    assert (await node.take(ask))[0].remaining == 4
    assert valkey.say("FUNCTION", "FLUSH") == b"+OK\r\n"
    answers = await asyncio.gather(*(node.take(ask) for _ in range(3)))
    assert sorted(each[0].remaining for each in answers) == [1, 2, 3]
    await node.aclose()


async def test_slots_of_a_node_that_died_come_back_and_those_of_a_living_one_stay(valkey):
    dead = ValkeyStore(valkey.url, PATIENT, lease_seconds=0.6)
    alive = ValkeyStore(valkey.url, PATIENT, lease_seconds=0.6)
    assert (await dead.take((Take(Slots(2), "{t}:s", 1, "dead"),)))[0].allowed
    assert (await alive.take((Take(Slots(2), "{t}:s", 1, "alive"),)))[0].allowed
    assert not (await alive.take((Take(Slots(2), "{t}:s", 1, "more"),)))[0].allowed
    dead._beat.cancel()  # it renews nothing and gives nothing back
    await asyncio.sleep(0.8)
    assert (await alive.take((Take(Slots(2), "{t}:s", 1, "third"),)))[0].allowed
    await asyncio.sleep(0.8)
    assert not (await alive.take((Take(Slots(2), "{t}:s", 1, "fourth"),)))[0].allowed
    await alive.aclose()
    await dead._connection.disconnect(nowait=True)
    assert valkey.say("ZRANGE", "{t}:s", "0", "-1") in (b"*0\r\n", b"*1\r\n$4\r\ndead\r\n")


async def test_a_caller_who_leaves_while_it_waits_leaves_no_slot_behind(valkey):
    node = ValkeyStore(valkey.url, PATIENT)
    await node.take((Take(Slots(1), "{t}:s", 0, ""),))
    for tick in range(12):
        task = asyncio.create_task(node.take((Take(Slots(1), "{t}:s", 1, f"left-{tick}"),)))
        for _ in range(tick):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled():
            node.release(Take(Slots(1), "{t}:s", 1, f"left-{tick}"))
    await until(lambda: valkey.say("ZCARD", "{t}:s") == b":0\r\n")
    assert not node._held
    await node.aclose()


async def test_counters_run_out_of_the_server_by_themselves(valkey):
    node = ValkeyStore(valkey.url, PATIENT)
    await node.take(
        (Take(Gcra(1_000, 5), "{t}:a", 1), Take(Calendar(5, "hour"), "{t}:b", 1), Take(Slots(5), "{t}:c", 1, "x"))
    )
    left = {key: int(valkey.say("TTL", key)[1:]) for key in ("{t}:a", "{t}:b", "{t}:c")}
    assert 55 <= left["{t}:a"] <= 61
    assert 55 <= left["{t}:b"] <= 3_661
    assert 85 <= left["{t}:c"] <= 91
    await node.aclose()


async def test_the_node_s_clock_has_no_say(valkey, monkeypatch):
    node, ask = ValkeyStore(valkey.url, PATIENT), (Take(Gcra(HOUR_US, 1), "{t}:a", 1),)
    assert (await node.take(ask))[0].allowed
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert not (await node.take(ask))[0].allowed
    await node.aclose()


async def test_a_loop_that_was_late_still_reads_the_answer(own_valkey):
    """The timer fires first where the process was busy; the answer that lies there counts all the same."""
    own_valkey.start()
    node, ask = ValkeyStore(own_valkey.url, 0.1), (Take(Gcra(HOUR_US, 9), "{t}:a", 1),)
    await node.take(ask)
    own_valkey.process.send_signal(signal.SIGSTOP)
    task = asyncio.create_task(node.take(ask))
    await asyncio.sleep(0.01)
    own_valkey.process.send_signal(signal.SIGCONT)
    time.sleep(0.4)  # noqa: ASYNC251 - this is the point
    assert (await task)[0].allowed
    await node.aclose()


async def test_over_a_unix_socket(own_valkey):
    socket_path = own_valkey.folder / "s"
    own_valkey.start("--unixsocket", str(socket_path))
    node = ValkeyStore(f"unix://{socket_path}", PATIENT)
    assert (await node.take((Take(Gcra(HOUR_US, 5), "{t}:a", 1),)))[0].remaining == 4
    await node.aclose()


async def test_a_closed_store_gives_back_what_is_held_and_decides_no_more(valkey):
    node, take = ValkeyStore(valkey.url, PATIENT), Take(Slots(3), "{t}:s", 1, "a")
    await node.take((take,))
    await node.aclose()
    assert valkey.say("ZCARD", "{t}:s") == b":0\r\n"
    node.release(take)
    with pytest.raises(StoreAwayError, match="closed"):
        await node.take((take,))
    assert node._pump.done()


async def test_two_limits_of_slots_with_one_holder_are_both_given_back(valkey):
    node = ValkeyStore(valkey.url, PATIENT)
    takes = [Take(Slots(1), "{t}:a", 1, "x"), Take(Slots(1), "{t}:b", 1, "x")]
    assert all(taken.allowed for taken in await node.take(takes))
    for take in takes:
        node.release(take)
    assert all(taken.allowed for taken in await node.take([take._replace(slot="y") for take in takes]))
    await node.aclose()


async def test_a_key_of_another_kind_is_a_failure_and_not_a_pass(valkey):
    assert valkey.say("LPUSH", "{t}:a", "x") == b":1\r\n"
    node = ValkeyStore(valkey.url, PATIENT)
    with pytest.raises(StoreAwayError, match="error"):
        await node.take((Take(Gcra(1_000, 5), "{t}:a", 1),))
    await node.aclose()
