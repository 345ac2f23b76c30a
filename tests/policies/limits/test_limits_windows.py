"""The arithmetic of limits keeps its published bounds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.windows import (
    SECOND_US,
    Calendar,
    Gcra,
    Slots,
    calendar_bounds,
    emission_us,
    gcra_base,
    gcra_fits,
    gcra_taken,
)


def run(limit: Gcra, times: list[int], costs: list[int]) -> list[tuple[int, int]]:
    """What passes of units asked for at those times: (time, cost)."""
    stored, passed = 0, []
    for now, cost in zip(times, costs, strict=True):
        base = gcra_base(limit, stored, now)
        if gcra_fits(limit, base, now, cost):
            stored = base + cost * limit.emission_us
            passed.append((now, cost))
    return passed


@given(
    st.integers(1, 20).flatmap(lambda r: st.tuples(st.just(r), st.integers(1, r))),
    st.integers(50, 5_000),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 5)), min_size=1, max_size=200),
)
def test_no_window_holds_more_than_the_published_bound(rate, window_us, asks):
    requests, burst = rate
    limit = Gcra(-(-window_us // requests), burst)
    now, times = 10_000, []
    for gap, _ in asks:
        now += gap
        times.append(now)
    passed = run(limit, times, [min(cost, burst) for _, cost in asks])
    for begin, _ in passed:
        inside = sum(cost for at, cost in passed if begin <= at < begin + window_us)
        assert inside <= burst + requests - 1


def test_the_bound_is_reached_so_it_is_no_larger_than_it_must_be():
    requests, window = 10, 1_000
    for burst in (1, 4, 10):
        limit = Gcra(window // requests, burst)
        times = sorted([10_000] * 50 + list(range(10_000, 10_000 + window)))
        assert len(run(limit, times, [1] * len(times))) == burst + requests - 1


def test_an_even_caller_at_the_rate_is_never_refused():
    limit = Gcra(emission_us(7, 60), 1)
    times = [10_000 + i * limit.emission_us for i in range(1_000)]
    assert len(run(limit, times, [1] * 1_000)) == 1_000
    # Rounded so that the rate is never exceeded, and by less than a microsecond a call.
    assert 0 <= limit.emission_us * 7 - 60 * SECOND_US < 7


@given(st.integers(1, 1_000), st.integers(1, 50), st.integers(1, 50), st.integers(0, 60_000))
def test_retry_says_exactly_when(emission, burst, cost, ahead):
    limit, now = Gcra(emission, burst), 1_000_000
    cost = min(cost, burst)
    base = gcra_base(limit, now + ahead, now)
    told = gcra_taken(limit, base, now, cost, fits=gcra_fits(limit, base, now, cost), taken=False)
    if told.allowed:
        assert told.retry_us == 0
        assert told.remaining >= cost
    else:
        assert told.remaining < cost
        then = now + told.retry_us
        assert gcra_fits(limit, gcra_base(limit, base, then), then, cost)
        assert not gcra_fits(limit, gcra_base(limit, base, then - 1), then - 1, cost)


def test_a_clock_set_back_or_a_smaller_limit_heals_within_a_full_limit():
    limit = Gcra(1_000, 5)
    base = gcra_base(limit, 10**15, 1_000_000)
    assert gcra_taken(limit, base, 1_000_000, 1, fits=False, taken=False).retry_us == 1_000


def test_what_costs_nothing_passes_a_full_limit():
    limit = Gcra(1_000, 5)
    base = gcra_base(limit, 10**15, 1_000_000)
    assert gcra_fits(limit, base, 1_000_000, 0)
    assert gcra_taken(limit, base, 1_000_000, 0, fits=True, taken=True).remaining == 0


@pytest.mark.parametrize(
    ("window", "at", "begin", "end"),
    [
        ("hour", "2026-03-01T13:59:59", "2026-03-01T13:00:00", "2026-03-01T14:00:00"),
        ("day", "2024-02-29T23:59:59", "2024-02-29T00:00:00", "2024-03-01T00:00:00"),
        ("month", "2024-02-29T23:59:59", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("month", "2026-12-31T23:59:59", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("month", "2027-01-01T00:00:00", "2027-01-01T00:00:00", "2027-02-01T00:00:00"),
    ],
)
def test_calendar_windows_begin_and_end_in_utc(window, at, begin, end):
    def us(text):
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_US

    assert calendar_bounds(window, us(at) + 999_999) == (us(begin), us(end))


@given(st.integers(1, 100), st.integers(1, 30))
def test_shares_together_are_never_more_than_the_whole(amount, parts):
    for limit, size in ((Slots(amount), "limit"), (Calendar(amount, "day"), "limit"), (Gcra(1_000, amount), "burst")):
        share = limit.share(parts)
        if share is None:
            assert amount < parts
        else:
            assert 0 < getattr(share, size) * parts <= amount
    share = Gcra(1_000, amount).share(parts)
    assert share is None or share.emission_us == 1_000 * parts
