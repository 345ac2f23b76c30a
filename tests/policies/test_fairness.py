"""The line is fair by weight, whoever asks how often, and forgets nobody."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from policies.fairness import FairQueue

FLOWS = st.lists(st.integers(1, 5), min_size=2, max_size=6)


def fill(line, weights, each):
    for name, weight in enumerate(weights):
        for number in range(each):
            line.push(str(name), weight, (name, number))


@given(FLOWS, st.integers(10, 60))
def test_flows_that_always_wait_get_by_their_weights_at_any_time(weights, grants):
    line = FairQueue()
    fill(line, weights, grants)
    got = Counter()
    for _ in range(grants):
        name, _ = item = line.head()
        line.grant(str(name), item)
        got[name] += 1
        for a, weight_a in enumerate(weights):
            for b, weight_b in enumerate(weights):
                assert got[a] / weight_a - got[b] / weight_b <= 1 / weight_a + 1 / weight_b


@given(FLOWS, st.randoms(use_true_random=False))
def test_within_a_flow_who_came_first_goes_first(weights, rng):
    line, served = FairQueue(), {}
    fill(line, weights, 5)
    while (item := line.head()) is not None:
        name, number = item
        if rng.random() < 0.3:
            line.remove(str(name), item)
        else:
            line.grant(str(name), item)
        assert number > served.get(name, -1)
        served[name] = number
    assert len(line) == 0
    assert line.items() == []


@given(st.integers(1, 4), st.integers(1, 4), st.integers(2, 200))
def test_a_modest_consumer_waits_for_few_of_a_greedy_ones_calls(greedy, modest, queued):
    """A call at a time, before a queue that never empties: bounded by the weights, not by the queue."""
    line = FairQueue()
    for number in range(queued):
        line.push("greedy", greedy, ("greedy", number))
    between = 0
    waiting = False
    for number in range(300):
        line.push("greedy", greedy, ("greedy", queued + number))
        if not waiting:
            line.push("modest", modest, ("modest", number))
            waiting, between = True, 0
        item = line.head()
        line.grant(item[0], item)
        if item[0] == "modest":
            waiting = False
        else:
            between += 1
            assert between <= 1 + -(-greedy // modest)


@given(FLOWS, st.integers(0, 8), st.integers(1, 5), st.randoms(use_true_random=False))
def test_what_is_ahead_is_known(weights, own, weight, rng):
    """Of those that wait now, no more are granted before a new item than was said."""
    line = FairQueue()
    fill(line, weights, 6)
    for number in range(own):
        line.push("mine", weight, ("mine", number))
    for _ in range(rng.randrange(10)):
        item = line.head()
        line.grant(str(item[0]), item)
    said = line.ahead_of("mine", weight)
    line.push("mine", weight, new := ("mine", "new"))
    before = 0
    while (item := line.head()) is not new:
        line.grant(str(item[0]), item)
        before += 1
    assert before <= said <= before + len(weights)


def test_a_flow_that_was_away_does_not_catch_up():
    line = FairQueue()
    fill(line, [1], 50)
    for _ in range(40):
        line.grant("0", line.head())
    for number in range(10):
        line.push("late", 1, ("late", number))

    order = []
    for _ in range(8):
        item = line.head()
        line.grant(str(item[0]), item)
        order.append(item[0])

    assert order.count("late") == 4


def test_in_a_full_line_the_longest_gives_way_and_never_the_shortest():
    line = FairQueue()
    for number in range(9):
        line.push("greedy", 1, ("greedy", number))
    line.push("modest", 1, ("modest", 0))

    assert line.newest_of_longest("modest", 1) == ("greedy", ("greedy", 8))
    assert line.newest_of_longest("greedy", 1) is None
    assert line.newest_of_longest("greedy", 20) is None


def test_many_random_steps_leave_nothing_behind():
    rng, line, held = random.Random(7), FairQueue(), []
    for step in range(20_000):
        name = f"f{rng.randrange(5)}"
        if rng.random() < 0.5:
            line.push(name, 1 + rng.randrange(3), item := (name, step))
            held.append(item)
        elif held:
            item = line.head() if rng.random() < 0.7 else held[rng.randrange(len(held))]
            (line.grant if item == line.head() else line.remove)(item[0], item)
            held.remove(item)
        assert len(line) == len(held)
    for item in held:
        line.remove(item[0], item)
    assert (len(line), line._flows, line._ahead) == (0, {}, {})
