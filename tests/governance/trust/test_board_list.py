"""`board list` and `board serve` as commands: what is open, who is missing, by when; pages until they are told to stop."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from board_acts import Acting
from hostile_documents import EVERYTHING

from gateway.trust.board_statement import Condition
from governance.cli.main import main


@pytest.fixture
def board(tmp_path):
    made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.now = datetime.now(UTC)
    made.draft("done", title="Done")
    made.approve("anna", "bert", name="done")
    made.draft("first", title="First")
    made.draft("second", title="Second", blocking=(Condition(id="tested", text="a load test"),))
    made.approve("anna", "carl", name="second")
    made.say("anna", "abstain")
    made.delegate("carl", "bert")
    return made


def listed(board, capfd, *more):
    code = main(["board", "list", "-w", str(board.ws), "--trust", str(board.trust), *more])
    return code, capfd.readouterr().out


def test_what_is_open(board, capfd):
    code, told = listed(board, capfd)
    assert code == 1
    assert "first: First (approve, prod)" in told
    assert "  asked: anna, bert, carl (or bert)\n  missing: bert, carl (or bert)\n" in told
    due = (datetime(2026, 11, 26, tzinfo=UTC) + timedelta(days=14)).date()
    assert f"due {due}. If nobody decides it stays out until somebody does; silence never approves." in told
    assert "  condition tested: a load test; not met" in told
    assert "bert stands in for carl until" in told
    assert "done: Done" not in told
    assert "done: Done" in listed(board, capfd, "--all")[1]


def test_for_machines(board, capfd):
    tree = json.loads(listed(board, capfd, "--format", "json")[1])
    first, second = tree["questions"]
    assert (first["name"], first["state"], first["approved"], first["missing"]) == (
        "first", "open", [], ["bert", "carl (or bert)"],
    )  # fmt: skip
    assert [(one["member"], one["act"], one["counts"]) for one in first["stated"]] == [("anna", "abstain", True)]
    assert (second["state"], second["approved"], second["needed"]) == ("conditions open", ["anna", "carl"], 2)
    assert second["conditions"] == [{"id": "tested", "text": "a load test", "met": False, "evidence": ""}]
    assert [(one["member"], one["to"]) for one in tree["delegations"]] == [("carl", "bert")]


def test_nothing_is_open(tmp_path, capfd):
    board = Acting(tmp_path, people=("anna", "bert"))
    assert listed(board, capfd) == (0, "nothing is open\n")


def test_text_of_members_takes_no_effect(board, capfd):
    board.say("bert", "return", comment=EVERYTHING[:3000])
    for arguments in (("--all",), ("--all", "--format", "json")):
        told = listed(board, capfd, *arguments)[1]
        assert "\x1b" not in told
        assert "\n::" not in told
        assert "##[" not in told
    assert main(["board", "show", "first", "-w", str(board.ws), "--trust", str(board.trust)]) == 0
    assert "\x1b" not in capfd.readouterr().out


def test_what_is_no_condition(board, capfd):
    common = ["-w", str(board.ws), "--trust", str(board.trust), "--key", str(board.key("anna"))]
    assert main(["board", "approve-with-conditions", "first", "--condition", "No Id", *common]) == 2
    assert "ID=TEXT" in capfd.readouterr().err


def test_the_pages_as_a_command(board):
    command = [sys.executable, "-m", "governance.cli.main", "board", "serve", "-w", str(board.ws), "--port", "0"]
    with subprocess.Popen([*command, "--trust", str(board.trust)], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(url + "/sign-in", timeout=20) as answer:
            assert b"board sign sha256:" in answer.read()
        with pytest.raises(urllib.error.HTTPError, match="421"):
            urllib.request.urlopen(url.replace("localhost", "127.0.0.1") + "/sign-in", timeout=20)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize("origin", ["http://board.example.com", "board.example.com"])
def test_no_origin_that_others_could_read(board, origin, capfd):
    common = ["-w", str(board.ws), "--trust", str(board.trust), "--port", "0"]
    assert main(["board", "serve", "--origin", origin, *common]) == 2
    assert "--origin" in capfd.readouterr().err
