"""Business Central's limits: five at work, a queue, a sliding window, a time for each operation."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest


def together(bc, orders, count, token):
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(bc.call, "GET", orders, token=token, _top=1) for _ in range(count)]
        return [call.result() for call in calls]


def test_five_at_work_and_the_others_wait_their_turn(bc, orders):
    token = bc.token()
    bc.simulated.control("settings", {"work_seconds": 0.1})
    began = time.monotonic()
    got = together(bc, orders, 20, token)
    assert [g.status for g in got] == [200] * 20
    assert time.monotonic() - began >= 0.4
    state = bc.simulated.control("state")
    assert (state["most_at_work"], state["at_work"], state["waiting"]) == (5, 0, 0)
    assert 10 <= state["most_waiting"] <= 15


def test_a_full_queue_is_429_without_retry_after(bc, orders):
    token = bc.token()
    bc.simulated.control("settings", {"work_seconds": 0.3, "queue": 3})
    got = together(bc, orders, 14, token)
    refused = [g for g in got if g.status == 429]
    assert sorted({g.status for g in got}) == [200, 429]
    assert len(refused) >= 6
    assert all(g.header("retry-after") == "" for g in refused)
    assert all(g.json["error"]["code"] == "Application_TooManyRequests" for g in refused)
    assert bc.simulated.control("state")["at_work"] == 0


def test_the_window_slides_and_says_when_to_come_again(bc, orders):
    token = bc.token()
    bc.simulated.control("settings", {"window_requests": 3, "minute_seconds": 0.2})
    calls = [bc.call("GET", orders, token=token, _top=1) for _ in range(4)]
    assert [g.status for g in calls] == [200, 200, 200, 429]
    assert calls[3].header("retry-after") == "1"
    time.sleep(1.05)
    assert bc.call("GET", orders, token=token, _top=1).status == 200


def test_an_operation_that_takes_too_long_is_408_and_has_no_effect(bc, orders):
    token = bc.token()
    before = bc.simulated.control("state")["rows"]
    bc.simulated.control("settings", {"work_seconds": 5.0, "minute_seconds": 0.02})
    began = time.monotonic()
    got = bc.call("POST", orders, {"customerNumber": "10000"}, token=token)
    assert (got.status, got.json["error"]["code"]) == (408, "Application_OperationTimeout")
    assert time.monotonic() - began < 2
    assert bc.simulated.control("state")["rows"] == before


def test_who_waits_too_long_gets_408_and_frees_its_place(bc, orders):
    token = bc.token()
    bc.simulated.control("settings", {"work_seconds": 0.3, "minute_seconds": 0.05, "at_work": 1})
    assert sorted(g.status for g in together(bc, orders, 4, token)) == [200, 408, 408, 408]
    state = bc.simulated.control("state")
    assert (state["at_work"], state["waiting"]) == (0, 0)


async def test_hanging_up_does_not_stop_the_work(bc, orders):
    token = await asyncio.to_thread(bc.token)
    bc.simulated.control("settings", {"work_seconds": 0.4})
    before = bc.simulated.control("state")["rows"]["salesOrders"]
    _, writer = await asyncio.open_connection("127.0.0.1", bc.simulated.port)
    body = b'{"customerNumber":"10000"}'
    target = f"/v2.0/meridian/production/api/v2.0{orders}"
    head = f"POST {target} HTTP/1.1\r\nhost: a\r\nauthorization: {token['authorization']}\r\n"
    writer.write(head.encode() + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert bc.simulated.control("state")["at_work"] == 1
    await asyncio.sleep(0.5)
    state = bc.simulated.control("state")
    assert (state["at_work"], state["rows"]["salesOrders"]) == (0, before + 1)


@pytest.mark.timeout(30)
async def test_more_than_a_hundred_connections_are_too_many(bc, orders):
    token = await asyncio.to_thread(bc.token)
    held = [await asyncio.open_connection("127.0.0.1", bc.simulated.port) for _ in range(100)]
    try:
        got = await asyncio.to_thread(bc.call, "GET", orders, token=token)
        assert (got.status, got.header("retry-after")) == (429, "")
    finally:
        for _, writer in held:
            writer.close()
    for _ in range(100):
        if bc.simulated.control("state")["connections"] < 5:
            break
        await asyncio.sleep(0.02)
    assert (await asyncio.to_thread(bc.call, "GET", orders, token=token)).status == 200
