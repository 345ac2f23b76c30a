"""What a node knows of the time: what ends by it, what a clock that is set does to it, and how people say that it is right."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from board import NOW
from overriding import Overriding
from released import LATER, Node

from contracts.diagnostic import InvalidInputError
from gateway.releases import clock as of_node
from gateway.releases import overrides as of_store
from gateway.releases.clock import Clock
from gateway.releases.log import read_log
from gateway.releases.memory import read_memory
from gateway.releases.overridden import keep_clock, overrides_here, time_here
from gateway.releases.overrides import for_calls, in_force, overrides_of
from governance.release.activate import roll_back
from policies import forward_clock, overrides
from policies.forward_clock import ForwardClock

HOUR = 3600.0
YEARS = 3 * 365 * 24 * HOUR
START = NOW.timestamp()


class Machine:
    """Its wall clock, the clock that nobody sets, and which of its starts this is."""

    def __init__(self, monkeypatch):
        self.wall, self.passed, self.boot = START, 500.0, "one"
        for module in (forward_clock, of_node, of_store, overrides):
            monkeypatch.setattr(module, "elapsed", lambda: self.passed)
        monkeypatch.setattr(of_node, "_boot", lambda: self.boot)
        monkeypatch.setattr("time.time", lambda: self.wall)
        monkeypatch.setattr(Clock.__init__, "__defaults__", (lambda: self.wall,))

    def sleep(self, seconds):
        self.wall += seconds
        self.passed += seconds

    def started_anew(self):
        self.boot, self.passed = self.boot + "+", 1.0


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


@pytest.fixture
def board(tmp_path, machine):
    """An override of four hours was just taken."""
    board = Overriding(tmp_path)
    board.take()
    return board


def start_of(board):
    return {"home": str(board.ws), "environment": "prod"}


def holds(board):
    return [one.sequence for one in overrides_here(start_of(board))]


def late(board):
    return (time_here(start_of(board)) - START) / HOUR


def test_time_that_passes_counts_whatever_the_wall_clock_says(board, machine):
    machine.sleep(3 * HOUR)
    machine.wall = START - 1000 * HOUR
    assert (holds(board), late(board)) == ([1], 3)
    (one,) = overrides_here(start_of(board))
    assert one.ends - machine.passed == HOUR
    machine.sleep(HOUR)
    assert (holds(board), late(board)) == ([], 4)


def test_so_does_what_was_kept_where_the_machine_was_started_anew(board, machine):
    machine.sleep(3 * HOUR)
    assert keep_clock(start_of(board)) == START + 3 * HOUR
    machine.started_anew()
    machine.wall = START - 1000 * HOUR
    assert (holds(board), late(board)) == ([1], 3)
    keep_clock(start_of(board))
    machine.sleep(HOUR)
    assert holds(board) == []
    keep_clock(start_of(board))
    machine.started_anew()
    machine.wall = START
    assert holds(board) == []


def test_nothing_in_the_store_says_how_late_it_is(board, machine):
    machine.sleep(5 * HOUR)
    keep_clock(start_of(board))
    machine.wall = START
    for text in ("{", "", json.dumps({"latest": 0})):
        (board.node.folder / "clock.json").write_text(text)
        assert holds(board) == []
    assert "clock.json" not in (board.ws / ".tidewaiter/activated.json").read_text()


@pytest.mark.parametrize("field", [{"latest": "x"}, {"latest": 1e300}, {"latest": -1}, {"passed": None}, {"boot": 3}])
def test_a_memory_of_the_time_that_is_none_is_refused(board, field):
    path = board.node.memory_file
    tree = json.loads(path.read_text())
    tree["ws"]["prod"] |= field
    path.write_text(json.dumps(tree))
    with pytest.raises(InvalidInputError, match="broken-memory"):
        overrides_here(start_of(board))
    path.unlink()
    with pytest.raises(InvalidInputError, match="no-memory"):
        overrides_here(start_of(board))
    assert keep_clock(start_of(board)) is None
    assert not path.exists()


def test_one_jump_ahead_ends_an_override_early_and_for_good_and_is_not_for_ever(board, machine):
    machine.sleep(HOUR)
    keep_clock(start_of(board))
    machine.wall += YEARS
    assert holds(board) == []
    assert Clock(board.node).off() == YEARS
    assert keep_clock(start_of(board)) == START + HOUR
    machine.wall -= YEARS

    assert (holds(board), late(board)) == ([], 1)
    assert overrides_of(board.node)[0].ended
    board.take("anna", "bert", "carl", sequence=2, start=NOW + timedelta(hours=1), now=NOW + timedelta(hours=1))
    assert holds(board) == [2]


def test_a_new_override_that_the_clock_keeps_out_says_so(board, machine):
    with board.node.locked() as held:
        Clock(held).settle(START + YEARS)
    with pytest.raises(InvalidInputError, match=r"whose clock is or was wrong.*--clock-is-right"):
        board.take("anna", "bert", "carl", sequence=2)
    assert len(overrides_of(board.node)) == 1


def test_a_jump_that_no_override_ends_by_ends_none(board, machine):
    machine.wall += 2 * HOUR
    keep_clock(start_of(board))
    assert not overrides_of(board.node)[0].ended
    assert (holds(board), late(board)) == ([1], 0)


def test_a_process_that_was_wrong_gives_the_node_no_later_time(board, machine):
    assert keep_clock(start_of(board), START + YEARS) == START
    assert keep_clock(start_of(board), START + HOUR) == START + HOUR


def test_it_waits_for_nobody_who_takes_something(board):
    with board.node.locked(), pytest.raises(BlockingIOError):
        keep_clock(start_of(board))


def test_a_process_settles_on_what_its_node_knows(machine):
    clock = ForwardClock(lambda: machine.wall)
    machine.wall += YEARS
    assert (clock.now(), clock.latest(), clock.off()) == (START + YEARS, START, YEARS)
    machine.wall -= YEARS
    assert (clock.now(), clock.off()) == (START, 0)
    machine.sleep(HOUR)
    clock.settle(START + YEARS)
    assert (clock.now(), clock.off()) == (START + YEARS, HOUR - YEARS)
    clock.settle(START)
    assert clock.now() == START + HOUR


@pytest.fixture
def behind(tmp_path, machine):
    """A node that was started with a clock three years ahead, which was put right since."""
    machine.wall = LATER.timestamp()
    node = Node(tmp_path / "n")
    node.build("first")
    node.activate("first")
    machine.wall += YEARS
    there = node.node()
    with there.locked() as held:
        Clock(held).keep()
    machine.wall -= YEARS
    return node


def kept(node):
    return read_memory(node.own / "activated.json", "ws", "prod").latest


def say_so(node, now=LATER):
    live = read_log(node.log.parent).live.release
    return node._by((), lambda one: roll_back(replace(one, clock_is_right=True), live, now=now))


def test_people_say_that_the_clock_is_right(behind, machine):
    assert kept(behind) == LATER.timestamp() + YEARS
    assert Clock(behind.node()).off() == -YEARS
    done = say_so(behind)

    assert (done.state, done.sequence) == ("taken", 2)
    assert (kept(behind), Clock(behind.node()).off()) == (LATER.timestamp(), 0)
    assert behind.node().log()[1].length == 2


def test_nothing_else_does(behind):
    behind.edit("contracts/sales/1.0.yaml", "openapi:", "# more\nopenapi:")
    behind.build("second", "first")
    behind.activate("second")
    behind.roll_back()
    assert kept(behind) == LATER.timestamp() + YEARS


def test_who_means_another_day_is_refused(behind, machine):
    """What was signed once gives no node another time later: neither the same one nor a further one."""
    ago = LATER - timedelta(days=2)
    live = read_log(behind.log.parent).live.release
    first, second = behind.people[: behind.threshold]
    asked = replace(behind.asked(first), clock_is_right=True)
    assert roll_back(asked, live, now=ago).state == "waiting"
    with pytest.raises(InvalidInputError, match=r"other-day.*it shows"):
        roll_back(replace(behind.asked(second), clock_is_right=True), live, now=LATER)
    assert kept(behind) == LATER.timestamp() + YEARS
    assert behind.node().log()[0].length == 1


def test_where_the_node_is_right_it_changes_nothing(tmp_path, machine):
    machine.wall = LATER.timestamp()
    node = Node(tmp_path / "n")
    node.build("first")
    node.activate("first")
    there = node.node()
    with there.locked() as held:
        Clock(held).keep()
    before = kept(node)
    assert say_so(node).state == "taken"
    assert kept(node) == before


def test_those_in_force_are_told_by_both_clocks(board, machine):
    clock = Clock(board.node)
    (one,) = for_calls(in_force(board.node, clock), clock.now())
    assert (one.until, one.ends) == (START + 4 * HOUR, machine.passed + 4 * HOUR)
