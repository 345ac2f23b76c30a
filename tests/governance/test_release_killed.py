"""Killed at any point of an activation: the old release is active or the new one, and the same command ends the work."""

import os
import random
import signal
import sys

import pytest
from released import LATER, Node

from gateway.release_file import digest_of
from gateway.releases.live import Candidate
from gateway.releases.taking import keep_candidate, take_activation, take_revocation
from gateway.trust.keys import read_private
from governance.release.statements import read_statement_file, sign_file

CONTRACT = "contracts/sales/1.0.yaml"
KILLS = int(os.environ.get("TIDEWAITER_KILLS", "12"))
"""`make release-kills` has more."""
TOUCHES = frozenset(("open", "os.mkdir", "os.rename", "os.remove", "os.chmod", "tempfile.mkstemp", "fcntl.flock"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """`first` is active; what activates `second` is signed by both, and so is a withdrawal."""
    node = Node(tmp_path_factory.mktemp("killed") / "n")
    node.build("first")
    node.activate("first")
    node.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
    node.build("second", "first")
    node.activate("second", "anna")
    node.revoke("anna", releases=["sha256:" + "cd" * 32])
    for name in ("second.vouch", "second.activation", "revocation-1"):
        sign_file(node.folder / f"{name}.yaml", read_private(node.key("bert")), node.node().trust.root)
    return node


class Attempt:
    """One copy of the node, on which a child process does something and is killed in the midst of it."""

    def __init__(self, made, folder):
        self.node = made.copied(folder)
        self.first, self.second = (
            digest_of((self.node.folder / f"{name}.json").read_bytes()) for name in ("first", "second")
        )

    def killed_at(self, number, act):
        """Let a child do it and die at the file that it touches as the `number`th. Returns how many it touched."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._die(number, act, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return None
        assert (status, told[:4]) == (0, b"done"), told
        return int(told[4:])

    def _die(self, number, act, writing):
        touched = 0

        def hook(event, arguments):
            nonlocal touched
            if event == "fcntl.flock" or (event in TOUCHES and str(self.node.folder) in str(arguments[0])):
                touched += 1
                if touched == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(hook)
            act(self)
            os.write(writing, b"done%d" % touched)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - the test that forked must not go on in the child
            os.write(writing, repr(error).encode())
            os._exit(3)

    def live(self):
        return self.node.live().digest


def take(attempt):
    node = attempt.node.node()
    release = (attempt.node.folder / "second.json").read_bytes()
    signed = [read_statement_file(attempt.node.folder / f"second.{kind}.yaml")[2] for kind in ("vouch", "activation")]
    candidate = keep_candidate(node, release, None, *signed)
    with attempt.node.unpacked(attempt.second) as folder:
        take_activation(node, Candidate(attempt.second, candidate.vouch, candidate.activation), folder, LATER)


def withdraw(attempt):
    take_revocation(attempt.node.node(), read_statement_file(attempt.node.folder / "revocation-1.yaml")[2], LATER)


def points(touched, number):
    """By chance, and the last one: then it is done but for letting go of the lock."""
    return [*sorted(random.Random(9).sample(range(1, touched), number - 1)), touched]


def test_killed_at_random_it_is_the_old_or_the_new_and_goes_on(made, tmp_path):
    whole = Attempt(made, tmp_path / "whole")
    touched = whole.killed_at(0, take)
    assert whole.live() == whole.second
    assert touched > 30

    seen = set()
    for turn, number in enumerate(points(touched, min(KILLS, touched))):
        attempt = Attempt(made, tmp_path / str(number))
        assert attempt.killed_at(number, take) is None
        between = attempt.live()
        assert between in (attempt.first, attempt.second)
        seen.add(between)
        if turn % 5 == 0 or between == attempt.second:
            done = attempt.node.activate("second", "anna")
            assert (done.state, done.sequence) == ("same" if between == attempt.second else "taken", 2)
        else:
            take(attempt)
        assert attempt.live() == attempt.second
        log, memory = attempt.node.node().log()
        assert (log.length, memory.length) == (2, 2)
        assert list((attempt.node.own / "releases").rglob(".log*")) == []
    assert seen == {whole.first, whole.second}


def test_killed_at_random_a_withdrawal_is_taken_or_not_and_goes_on(made, tmp_path):
    whole = Attempt(made, tmp_path / "whole")
    touched = whole.killed_at(0, withdraw)
    seen = set()
    for number in points(touched, 10):
        attempt = Attempt(made, tmp_path / str(number))
        assert attempt.killed_at(number, withdraw) is None
        seen.add(attempt.node.live().revoked.point[0])
        withdraw(attempt)
        live = attempt.node.live()
        assert (live.revoked.point[0], set(live.revoked.withdrawn)) == (1, {"sha256:" + "cd" * 32})
    assert seen == {0, 1}
