"""The memory store and Valkey decide alike, on any sequence of calls, at any time."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.memory import MemoryStore
from policies.store import Decision, Take
from policies.valkey import ValkeyStore
from policies.windows import SECOND_US, Calendar, Gcra, Hold, NodeSlots, Sliding, Slots

pytestmark = pytest.mark.valkey

LEASE_SECONDS = 1_000_000_000.0
"""Memory's slots end with their holders only: so here the lease is longer than any sequence."""
LIMITS = st.one_of(
    st.builds(Gcra, st.integers(1, 3_000_000), st.integers(1, 6)),
    st.builds(Calendar, st.integers(1, 8), st.sampled_from(("hour", "day", "month"))),
    st.builds(Slots, st.integers(1, 3)),
    st.builds(NodeSlots, st.integers(1, 3), st.just("node"), st.integers(1, 3)),
    st.builds(
        lambda limit, bucket, buckets: Sliding(limit, bucket * buckets, bucket),
        st.integers(1, 6), st.integers(1, 500_000), st.integers(1, 20),
    ),
    st.builds(Hold),
)  # fmt: skip
STEP = st.tuples(
    # A clock may be set back.
    st.one_of(st.integers(-3_000_000, 2_000_000), st.integers(0, 40 * 86_400 * SECOND_US)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from("abcd ")), min_size=1, max_size=4),
    st.sampled_from(("", "", "", "release", "charge")),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(LIMITS, min_size=4, max_size=4),
    st.integers(100 * SECOND_US, 4_000_000_000 * SECOND_US),
    st.lists(STEP, min_size=1, max_size=25),
)
def test_both_stores_decide_alike(shared_valkey, limits, start, steps):
    assert shared_valkey.say("FLUSHALL") == b"+OK\r\n"
    asyncio.run(compare(shared_valkey.url, limits, start, steps))


def slot_of(limit, holder):
    if isinstance(limit, NodeSlots):
        return f"node:{holder}"
    return holder if isinstance(limit, Slots) else ""


async def compare(url, limits, start, steps):
    now = start
    memory = MemoryStore(lambda: 0.0)
    valkey = ValkeyStore(url, 5, clock=lambda: now, lease_seconds=LEASE_SECONDS)
    try:
        for gap, asked, then in steps:
            now += gap
            rows = {index: (cost, holder.strip()) for index, cost, holder in asked}
            takes = [
                Take(limits[i], f"{{t}}:{i}", cost, slot_of(limits[i], holder)) for i, (cost, holder) in rows.items()
            ]
            here, there = memory.decide(takes, now), await valkey.take(takes)
            assert here.each == there
            for take in takes:
                if then == "release" and take.slot:
                    memory.release(take, Decision(allowed=True, each=()))
                    valkey.release(take)
                if then == "charge" and isinstance(take.limit, (Hold, Sliding)):
                    memory.charge_at(take, now)
                    valkey.charge(take)
            while valkey._charges:  # noqa: ASYNC110 - they go out at once, by the clock of this step
                await asyncio.sleep(0)
    finally:
        await valkey.aclose()
