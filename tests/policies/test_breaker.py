"""The breaker against a model: its table is all that changes it, and what it lets through is bounded."""

import itertools

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from laws import tried

from contracts.resilience import BreakerSettings
from policies.breaker import TRANSITIONS, Breaker

SETTINGS = BreakerSettings(
    window_seconds=10, least_calls=4, failure_share=0.5, open_seconds=5, longest_open_seconds=20, probes=2
)


def test_the_table_is_the_whole_machine():
    states, events = {"closed", "open", "half-open"}, {"tripped", "waited", "worked", "failed"}
    assert {s for s, _ in TRANSITIONS} | set(TRANSITIONS.values()) == states
    assert {e for _, e in TRANSITIONS} == events
    # From open there is one way out, and it leads through a trial.
    assert [to for (s, _), to in TRANSITIONS.items() if s == "open"] == ["half-open"]


def opened(now=0.0):
    breaker = Breaker()
    for _ in range(4):
        assert breaker.leave(breaker.enter(now, SETTINGS), "failed", now, SETTINGS) in (True, False)
    assert breaker.state == "open"
    return breaker


def test_fewer_calls_than_the_least_never_open_it():
    breaker = Breaker()
    for second in range(1000):
        now = second * 4.0  # three in a window
        breaker.leave(breaker.enter(now, SETTINGS), "failed", now, SETTINGS)
    assert breaker.state == "closed"


@pytest.mark.parametrize(("failures", "state"), [(49, "closed"), (50, "open")])
def test_the_share_decides(failures, state):
    """Of a hundred answers the failures come last, so that the share is reached with the last one at most."""
    breaker = Breaker()
    for outcome in ["worked"] * (100 - failures) + ["failed"] * failures:
        permit = breaker.enter(0.0, SETTINGS)
        breaker.leave(permit, outcome, 0.0, SETTINGS)
    assert breaker.state == state


def test_a_rejection_by_the_business_or_a_caller_who_left_opens_nothing():
    breaker = Breaker()
    for outcome in itertools.islice(itertools.cycle(["worked", "neither"]), 1000):
        breaker.leave(breaker.enter(0.0, SETTINGS), outcome, 0.0, SETTINGS)
    assert breaker.state == "closed"


def test_open_refuses_then_tries_then_closes():
    breaker = opened()
    assert breaker.enter(4.9, SETTINGS) is None
    assert breaker.wait_seconds(4.5, SETTINGS) == 1.0
    assert breaker.wait_seconds(1.0, SETTINGS) == 4.0
    first, second = breaker.enter(5.0, SETTINGS), breaker.enter(5.0, SETTINGS)
    assert first is not None
    assert second is not None
    assert breaker.enter(5.0, SETTINGS) is None, "no more than two trial calls at once"
    assert not breaker.leave(first, "worked", 5.1, SETTINGS)
    assert breaker.state == "closed"
    assert not breaker.leave(second, "failed", 5.2, SETTINGS), "the second trial belongs to a state that is over"
    assert breaker.state == "closed"


def test_each_failed_trial_doubles_the_wait_up_to_the_longest():
    breaker, now, waits = opened(), 0.0, []
    for _ in range(5):
        wait = breaker.wait_seconds(now, SETTINGS)
        waits.append(wait)
        now += wait
        assert breaker.leave(breaker.enter(now, SETTINGS), "failed", now, SETTINGS)
    assert waits == [5.0, 10.0, 20.0, 20.0, 20.0]


def test_a_trial_that_told_nothing_frees_its_place():
    breaker = opened()
    for _ in range(10):
        permits = [breaker.enter(6.0, SETTINGS) for _ in range(2)]
        assert None not in permits
        for permit in permits:
            breaker.leave(permit, "neither", 6.0, SETTINGS)
    assert breaker.state == "half-open"


def test_an_outcome_from_before_it_opened_closes_nothing():
    breaker = Breaker()
    slow = breaker.enter(0.0, SETTINGS)
    for _ in range(4):
        breaker.leave(breaker.enter(0.0, SETTINGS), "failed", 0.0, SETTINGS)
    assert breaker.enter(6.0, SETTINGS) is not None
    breaker.leave(slow, "worked", 6.0, SETTINGS)
    assert breaker.state == "half-open"


def test_a_clock_that_is_set_back_does_not_keep_it_open():
    assert opened(now=1_000_000.0).enter(10.0, SETTINGS) is not None


class Model(RuleBasedStateMachine):
    """Any order of calls, outcomes and time, against the bounds that must hold."""

    def __init__(self):
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.under_way = []
        self.open_until = 0.0

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def call(self):
        before = self.breaker.state
        permit = self.breaker.enter(self.now, SETTINGS)
        if before == "closed":
            assert permit is not None
        if before == "open":
            assert (permit is None) == (self.now < self.open_until)
        if permit is not None:
            self.under_way.append((permit, self.breaker.state))

    @precondition(lambda self: self.under_way)
    @rule(outcome=st.sampled_from(["worked", "failed", "neither"]), data=st.data())
    def end(self, outcome, data):
        permit, _ = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        before = self.breaker.state
        tripped = self.breaker.leave(permit, outcome, self.now, SETTINGS)
        after = self.breaker.state
        assert tripped == (after == "open" and before != "open")
        if outcome == "neither":
            assert after == before
        if before == "open":
            assert after == "open", "no outcome opens the way again: only time does"
        if outcome == "worked" and before != "open":
            assert after != "open"
        if tripped:
            wait = self.breaker.wait_seconds(self.now, SETTINGS)
            rounding = 1e-9  # the wait is a difference of two instants
            assert SETTINGS.open_seconds - rounding <= wait <= SETTINGS.longest_open_seconds + rounding
            self.open_until = self.now + wait

    @invariant()
    def trials_are_bounded(self):
        if self.breaker.state == "half-open":
            era = max((p.era for p, _ in self.under_way), default=0)
            trials = [p for p, state in self.under_way if state == "half-open" and p.era == era]
            assert len(trials) <= SETTINGS.probes


TestModel = Model.TestCase
TestModel.settings = hypothesis_settings(tried(40), stateful_step_count=60)
