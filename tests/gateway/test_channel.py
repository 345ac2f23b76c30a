"""What two processes say to each other, and how each learns that the other is gone."""

import asyncio
import socket
import struct

import pytest

from gateway.channel import MOST_BYTES, Channel, ChannelClosedError, hear_now, tell_now


async def doubled(asked):
    if asked["n"] == 0:
        await asyncio.sleep(30)
    return {"n": asked["n"] * 2, "text": asked.get("text", "")}


async def silent(_):
    return {}


@pytest.fixture
async def ends():
    one, two = socket.socketpair()
    made = Channel(one, silent), Channel(two, doubled)
    yield made
    for end in made:
        await end.aclose()


async def test_many_questions_at_once_get_their_own_answers(ends):
    large = "x" * 300_000  # more than a socket takes at once

    answers = await asyncio.gather(*(ends[0].ask({"n": n, "text": large}, 20) for n in range(1, 20)))

    assert [answer["n"] for answer in answers] == [n * 2 for n in range(1, 20)]
    assert {len(answer["text"]) for answer in answers} == {300_000}


async def test_a_late_answer_is_not_waited_for_and_hurts_nobody(ends):
    with pytest.raises(TimeoutError):
        await ends[0].ask({"n": 0}, 0.01)
    assert (await ends[0].ask({"n": 4}, 5))["n"] == 8


async def test_who_waits_learns_that_the_other_side_is_gone(ends):
    asked = asyncio.create_task(ends[0].ask({"n": 0}, 20))
    heard = asyncio.create_task(ends[0].heard(20))
    await asyncio.sleep(0.01)

    await ends[1].aclose()

    for waiting in (asked, heard):
        with pytest.raises(ChannelClosedError):
            await waiting
    with pytest.raises(ChannelClosedError):
        await ends[0].ask({"n": 1}, 1)


async def test_what_is_said_before_there_is_a_loop_is_heard():
    one, two = socket.socketpair()
    tell_now(two, {"hello": 1})
    tell_now(two, {"ready": True})
    channel = Channel(one, silent)
    assert [await channel.heard(5), await channel.heard(5)] == [{"hello": 1}, {"ready": True}]
    with pytest.raises(TimeoutError):
        await channel.heard(0.01)
    await channel.tell({"turns": []})
    assert await asyncio.to_thread(hear_now, two) == {"turns": []}
    two.close()
    await channel.aclose()


def test_the_end_and_nonsense_are_told():
    one, two = socket.socketpair()
    with one, two:
        two.sendall(struct.pack(">I", MOST_BYTES + 1))
        with pytest.raises(ChannelClosedError, match="too long"):
            hear_now(one)
        two.close()
        with pytest.raises(ChannelClosedError, match="gone"):
            hear_now(one)
