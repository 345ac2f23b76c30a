"""An operation stops at its moment, for whom it is said, by a clock that is never turned back."""

from types import SimpleNamespace

import pytest

from policies import forward_clock
from policies.forward_clock import ForwardClock, kept_clock
from policies.step import Refusal
from policies.stops import Stop, Stops

KEY = ("acme", "sales", "1.0", "/paths/~1orders/get")
ROUTE = SimpleNamespace(
    entity_id="acme",
    operation=SimpleNamespace(api="sales", version="1.0", pointer=KEY[3], method="GET", template="/orders"),
)
OTHER = SimpleNamespace(entity_id="bolt", operation=ROUTE.operation)


class Wall:
    """Two clocks that a test sets: the one on the wall, and the one that nobody sets."""

    def __init__(self, monkeypatch, at=1_000.0):
        self.at, self.passed = at, 50.0
        monkeypatch.setattr(forward_clock, "elapsed", lambda: self.passed)

    def __call__(self):
        return self.at

    def sleep(self, seconds):
        self.at += seconds
        self.passed += seconds


@pytest.fixture
def wall(monkeypatch):
    return Wall(monkeypatch)


def fate(stops, route=ROUTE, consumer="shop"):
    try:
        stops.check_route(route, SimpleNamespace(consumer=consumer))
    except Refusal as refusal:
        return refusal.problem.name, refusal.problem.status, refusal.detail
    return "passes"


def test_it_stops_at_its_moment_and_nothing_else_does(wall):
    stops = Stops({KEY: [Stop(1_060, "the decision trial")]}, ForwardClock(wall))
    wall.sleep(59.9)
    assert fate(stops) == "passes"
    assert (stops.stopped(), stops.next_at()) == (0, 1_060)
    wall.sleep(0.1)
    name, status, detail = fate(stops)
    assert (name, status) == ("approval-ended", 403)
    assert detail == "GET /orders of sales 1.0 was approved for the entity acme until 1970-01-01T00:17:40Z."
    assert "trial" not in detail
    assert fate(stops, OTHER) == "passes"
    assert (stops.stopped(), stops.next_at()) == (1, 0.0)


def test_a_clock_that_is_turned_back_revives_nothing_and_gives_no_more_time(wall):
    clock = ForwardClock(wall)
    stops = Stops({KEY: [Stop(1_060, "the decision trial")]}, clock)
    wall.sleep(30)
    wall.at -= 500
    wall.sleep(29)
    assert fate(stops) == "passes"
    wall.sleep(1)
    assert fate(stops)[0] == "approval-ended"
    wall.at = 0.0
    assert fate(stops)[0] == "approval-ended"


def test_a_clock_that_was_ahead_for_a_moment_has_stopped_it_for_good(wall):
    stops = Stops({KEY: [Stop(1_060, "the decision trial")]}, ForwardClock(wall))
    wall.at = 2_000.0
    assert fate(stops)[0] == "approval-ended"
    wall.at = 1_000.0
    assert fate(stops)[0] == "approval-ended"


def test_a_process_begins_no_earlier_than_its_node_knows_it_to_be(wall):
    clock = ForwardClock(wall)
    clock.not_before(1_061)
    assert fate(Stops({KEY: [Stop(1_060, "the decision trial")]}, clock))[0] == "approval-ended"
    clock.not_before(5)
    assert clock.now() == 1_061


def test_for_a_consumer_it_stops_for_that_one_alone(wall):
    both = [Stop(1_500, "the decision late"), Stop(1_010, "the decision access", "shop")]
    stops = Stops({KEY: both}, ForwardClock(wall))
    wall.sleep(100)
    assert fate(stops)[0] == "approval-ended"
    assert "for the entity acme for shop until" in fate(stops)[2]
    assert fate(stops, consumer="web") == "passes"
    wall.sleep(400)
    assert fate(stops, consumer="web")[0] == "approval-ended"


def test_where_nothing_stops_no_clock_is_asked(wall):
    def broken():
        raise AssertionError("a clock was asked")

    stops = Stops({}, SimpleNamespace(now=broken))
    assert fate(stops) == "passes"
    assert not stops
    assert (stops.stopped(), stops.next_at()) == (0, 0.0)
    assert fate(Stops({KEY: [Stop(5, "x")]}, SimpleNamespace(now=broken)), OTHER) == "passes"


def test_one_clock_a_process(wall):
    kept = {}
    runtime = SimpleNamespace(now=wall, keep=lambda key, make: kept.setdefault(key, make()))
    assert kept_clock(runtime) is kept_clock(runtime)
