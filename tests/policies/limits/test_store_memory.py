"""The memory store: all or nothing, shares, and forgetting."""

import asyncio

import pytest

from contracts.diagnostic import InvalidInputError
from contracts.settings import Settings, StoreSettings
from policies.away import Guarded
from policies.memory import MemoryStore
from policies.store import Take, kept_store, make_store
from policies.windows import Calendar, Gcra, Slots

HOUR = 3_600_000_000


def settings(**store) -> Settings:
    return Settings(name="t", public_url="https://api.example.com", store=StoreSettings(**store))


def test_either_all_is_taken_or_nothing():
    store = MemoryStore(lambda: 0.0)
    rate, quota, slots = Take(Gcra(1_000, 5), "r", 1), Take(Calendar(2, "hour"), "q", 1), Take(Slots(9), "s", 1, "a")
    assert store.decide((rate, quota, slots), HOUR).allowed
    assert store.decide((rate, quota), HOUR).allowed
    refused = store.decide((rate, quota, slots._replace(slot="b")), HOUR)
    assert not refused.allowed
    assert [taken.allowed for taken in refused.each] == [True, False, True]
    assert [taken.remaining for taken in refused.each] == [3, 0, 8]
    assert store.decide((rate._replace(cost=0),), HOUR).each[0].remaining == 3
    assert store.decide((slots._replace(slot=""),), HOUR).each[0].remaining == 8


def test_a_quota_is_there_again_when_its_window_ends():
    store, ask = MemoryStore(lambda: 0.0), Take(Calendar(1, "hour"), "q", 1)
    assert store.decide((ask,), 5 * HOUR).allowed
    late = store.decide((ask,), 6 * HOUR - 1)
    assert not late.allowed
    assert late.each[0].retry_us == late.each[0].reset_us == 1
    assert store.decide((ask,), 6 * HOUR).allowed


def test_a_slot_is_free_once_given_back_and_a_holder_asks_twice_for_one():
    store = MemoryStore(lambda: 0.0)
    first, second = Take(Slots(1), "s", 1, "a"), Take(Slots(1), "s", 1, "b")
    held = store.decide((first,), 0)
    assert held.allowed
    assert store.decide((first,), 0).allowed
    assert not store.decide((second,), 0).allowed
    store.release(first, held)
    store.release(first, held)
    assert store.decide((second,), 0).allowed


def test_processes_that_share_nothing_have_a_share_each():
    stores = [MemoryStore(lambda: 0.0, 3) for _ in range(3)]
    ask = Take(Gcra(1_000, 10), "r", 1)
    assert sum(store.decide((ask,), HOUR).allowed for store in stores for _ in range(20)) == 9
    refused = stores[0].decide((Take(Slots(2), "s", 1, "a"),), HOUR)
    assert refused.nought
    assert not refused.allowed


def test_what_has_run_out_is_forgotten():
    store = MemoryStore(lambda: 0.0)
    for i in range(5_000):
        store.decide((Take(Gcra(1_000, 5), f"r{i}", 1), Take(Calendar(5, "hour"), f"q{i}", 1)), HOUR)
    for _ in range(5_000):
        store.decide((Take(Gcra(1_000, 5), "r", 1),), 3 * HOUR)
    assert len(store._times) < 10
    assert len(store._counts) < 10


async def test_many_at_once_never_pass_the_bound():
    store = MemoryStore(lambda: 1.0)
    asks = [(Take(Gcra(1_000_000, 7), "r", 1), Take(Slots(5), "s", 1, str(i))) for i in range(100)]
    decisions = await asyncio.gather(*(store.take(ask) for ask in asks))
    assert sum(decision.allowed for decision in decisions) == 5


def test_the_store_is_made_once_and_found_again(still):
    with pytest.raises(RuntimeError, match="make_store has to run"):
        kept_store(still)
    store = make_store(settings(replicas=2), still, workers=2)
    assert isinstance(store, MemoryStore)
    assert kept_store(still) is store is make_store(settings(), still)


def test_a_store_on_a_server_is_guarded(still):
    still.secrets["secret:STORE_URL"] = "redis://:word@127.0.0.1:1/0"
    assert isinstance(make_store(settings(kind="redis", url="secret:STORE_URL"), still), Guarded)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (None, "secret:STORE_URL is not known"),
        ("http://:hunter2@store", "secret:STORE_URL is no URL of a store"),
        ("redis://:hunter2@store?db=one", "is no URL of a store"),
        ("redis://:hunter2@store?nonsense=1", "is no URL of a store"),
        ("redis://:hunter2@store:port", "is no URL of a store"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_password(still, url, told):
    if url is not None:
        still.secrets["secret:STORE_URL"] = url
    with pytest.raises(InvalidInputError) as caught:
        make_store(settings(kind="redis", url="secret:STORE_URL"), still)
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_server_without_a_url_is_told(still):
    with pytest.raises(InvalidInputError, match=r"store\.url is missing"):
        make_store(settings(kind="redis"), still)
