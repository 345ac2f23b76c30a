"""A sliding window lets no more through than it says, in any window; and no less than it must."""

from hypothesis import given
from hypothesis import strategies as st

from policies.memory import MemoryStore
from policies.store import Take
from policies.windows import Sliding

BUCKETS = st.integers(1, 12)
ASKS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 4)), min_size=1, max_size=200)


def run(limit: Sliding, asks: list[tuple[int, int]]) -> list[tuple[int, int, bool, int]]:
    """(time, cost, passed, retry) of each ask, given as gap and cost."""
    store, now, said = MemoryStore(lambda: 0.0), 1_000_000, []
    for gap, cost in asks:
        now += gap
        taken = store.decide([Take(limit, "k", cost)], now).each[0]
        said.append((now, cost, taken.allowed, taken.retry_us))
    return said


@given(st.integers(1, 20), st.integers(10, 200), BUCKETS, ASKS)
def test_no_window_holds_more_than_the_limit(most, bucket, buckets, asks):
    limit = Sliding(most, bucket * buckets, bucket)
    passed = [(at, cost) for at, cost, allowed, _ in run(limit, asks) if allowed]

    for begin, _ in passed:
        assert sum(cost for at, cost in passed if begin <= at < begin + limit.window_us) <= most


@given(st.integers(1, 20), st.integers(10, 200), BUCKETS, ASKS)
def test_what_is_refused_would_not_have_fitted_a_window_one_bucket_longer(most, bucket, buckets, asks):
    limit = Sliding(most, bucket * buckets, bucket)
    said = run(limit, asks)

    for now, cost, allowed, _ in said:
        if not allowed:
            longer = now - limit.window_us - limit.bucket_us
            assert cost + sum(c for at, c, passed, _ in said if passed and longer < at <= now) > most


@given(st.integers(1, 20), st.integers(10, 200), BUCKETS, ASKS)
def test_who_waits_as_told_passes_if_nobody_comes_between(most, bucket, buckets, asks):
    limit = Sliding(most, bucket * buckets, bucket)
    store, now = MemoryStore(lambda: 0.0), 1_000_000
    for gap, wanted in asks:
        now += gap
        cost = min(wanted, most)
        taken = store.decide([Take(limit, "k", cost)], now).each[0]
        if not taken.allowed:
            assert taken.retry_us > 0
            assert not store.decide([Take(limit, "k", cost)], now + taken.retry_us - 1).allowed
            now += taken.retry_us
            assert store.decide([Take(limit, "k", cost)], now).allowed


def test_what_is_charged_afterwards_counts_though_there_is_no_room():
    store, limit = MemoryStore(lambda: 0.0), Sliding(10, 1_000, 100)
    assert store.decide([Take(limit, "k", 1)], 5_000).allowed
    store.charge_at(Take(limit, "k", 29), 5_010)

    refused = store.decide([Take(limit, "k", 1)], 5_020).each[0]

    assert (refused.allowed, refused.remaining, refused.retry_us) == (False, 0, 1_080)


def test_a_clock_set_back_lets_nothing_through_twice():
    store, limit = MemoryStore(lambda: 0.0), Sliding(3, 1_000, 100)
    assert store.decide([Take(limit, "k", 3)], 9_000).allowed

    assert not store.decide([Take(limit, "k", 1)], 2_000).allowed
    assert store.decide([Take(limit, "k", 1)], 3_100).allowed
