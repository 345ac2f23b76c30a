"""Several commands at once on one node: what one of them has seen is not taken back by another that began before."""

import json
from concurrent.futures import ProcessPoolExecutor

import pytest
from board import Board
from released import LATER, Node

from contracts.diagnostic import InvalidInputError
from gateway.release_file import parse_release
from gateway.releases.covered import unpack
from gateway.releases.live import Candidate
from gateway.releases.store import open_node
from gateway.releases.taking import take_activation
from gateway.trust.files import envelope_at
from gateway.trust.place import find_trust
from gateway.trust.register import Register, read_register
from gateway.trust.rotation import beside
from gateway.trust.seen import Seen, read_seen, write_seen


@pytest.fixture
def board(tmp_path):
    board = Board(tmp_path)
    board.draft()
    board.sign("first", "anna", "bert")
    return board


def roots(board):
    """The bytes of a development root and of the versions 1 to 3 of a real one."""
    made = []
    for changes in ({"development": True}, {}, {"version": 2}, {"version": 3}):
        board.write_root(**changes)
        made.append(board.trust.read_bytes())
    return made


def test_the_longer_register_stays(board):
    full = read_register(board.ws)
    early, late = find_trust(board.ws, board.trust), find_trust(board.ws, board.trust)
    late.remember(full)
    early.remember(Register(full.entries[:1], full.heads[:2]))

    assert full.length == 2
    assert find_trust(board.ws, board.trust).seen == Seen(2, full.head, board.trust.read_bytes())


def test_the_newer_root_stays(board, tmp_path):
    path = tmp_path / "seen.json"
    development, first, second, third = roots(board)
    write_seen(path, "ws", Seen(9, "sha256:x", development))
    # Nothing that rested on a development root is held against the first real one.
    write_seen(path, "ws", Seen(2, "sha256:y", first))
    assert read_seen(path, "ws") == Seen(2, "sha256:y", first)
    write_seen(path, "ws", Seen(9, "sha256:x", development))
    assert read_seen(path, "ws") == Seen(2, "sha256:y", first)
    write_seen(path, "ws", Seen(1, "sha256:z", third))
    write_seen(path, "ws", Seen(3, "sha256:w", second))
    assert read_seen(path, "ws") == Seen(3, "sha256:w", third)


def _remembers(path, number):
    for length in range(1, 6):
        write_seen(path, f"ws-{number}", Seen(length, f"sha256:{length}"))
        write_seen(path, "of all", Seen(10 * length + number, f"sha256:{length}"))


def test_nothing_of_another_workspace_is_lost(tmp_path):
    path = tmp_path / "seen.json"
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_remembers, [path] * 4, range(4)))

    kept = {name: one["length"] for name, one in json.loads(path.read_text()).items()}
    assert kept == {"ws-0": 5, "ws-1": 5, "ws-2": 5, "ws-3": 5, "of all": 53}


@pytest.fixture
def begun(tmp_path):
    """A node of a command that has begun, and what it is about to take."""
    there = Node(tmp_path / "there")
    path = there.build("first")
    there.activate("first")
    release = parse_release(path.read_bytes(), "first")
    unpack(release, tmp_path / "unpacked")
    node = open_node(there.home, "prod")
    live = node.log()[0].live
    candidate = Candidate(live.release, node.statement(live.vouch), node.statement(live.statement))
    # As it was before anything was taken.
    there.log.unlink()
    (there.own / "activated.json").unlink()
    (there.own / "seen.json").unlink()
    return there, open_node(there.home, "prod"), candidate, tmp_path / "unpacked"


def test_it_is_taken_where_nobody_came_between(begun):
    _, node, candidate, folder = begun
    assert take_activation(node, candidate, folder, LATER).digest == candidate.release


def test_what_is_taken_is_judged_by_what_was_seen_meanwhile(begun):
    there, node, candidate, folder = begun
    there.draft("another")
    there.sign("another", *there.people)
    find_trust(there.home, there.trust, "ws").remember(read_register(there.ws))

    with pytest.raises(InvalidInputError, match="older-release"):
        take_activation(node, candidate, folder, LATER)
    assert not there.log.exists()


def test_a_root_that_was_replaced_meanwhile_judges_no_more(begun):
    there, node, candidate, folder = begun
    there.write_root(version=2)
    seen = node.trust.seen
    write_seen(there.own / "seen.json", "ws", Seen(seen.length, seen.head, there.trust.read_bytes()))
    assert envelope_at(beside(there.trust), "") is None

    with pytest.raises(InvalidInputError, match="version 1, and this node has version 2"):
        take_activation(node, candidate, folder, LATER)
    assert not there.log.exists()
