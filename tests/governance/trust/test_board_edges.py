"""What people meet at the edges of `board` and `release`: no workspace, nothing to decide, a passphrase, no memory."""

import json
import shutil
import subprocess

import pytest
from board import Board

import gateway.trust.place
from gateway.release_file import FORMAT, Head, ReleaseFile, parse_release
from gateway.trust.keys import read_private
from gateway.trust.register import read_register

SOME = "sha256:" + "ab" * 32


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("board", "verify"), ("board", "show"), ("board", "sign", "x"), ("board", "register"),
        ("board", "draft", "x", "--title", "T", "--reason", "because"), ("release", "build", "-o", "r.json"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_outside_a_workspace(command, tmp_path, arguments):
    code, out, err = command(*arguments, "-w", tmp_path)

    assert (2, "") == (code, out)
    assert "no-workspace" in err
    assert "--workspace DIR" in err


def test_a_workspace_whose_settings_cannot_be_read(board, command):
    (board.ws / "tidewaiter.yaml").write_text("nam: ws\n")
    code, _, err = command("board", "verify", "-w", board.ws, "--trust", board.trust)

    assert (2, True) == (code, "tidewaiter.yaml:1:1: error[unknown-key]" in err), err


def test_where_everything_is_decided_no_decision_is_written(command, tmp_path):
    command("init", tmp_path / "mine")
    said = ("--title", "T", "--reason", "because", "-e", "prod", "-w", tmp_path / "mine")
    assert command("board", "draft", "first", *said, "--sign")[0] == 0
    code, _, err = command("board", "draft", "second", *said)

    assert (1, True) == (code, "Nothing needs a decision" in err)
    assert not (tmp_path / "mine" / "decisions" / "second.yaml").exists()
    assert command("board", "draft", "third", *said, "--verdict", "refuse", "--days", "9", "--sign")[0] == 0
    code, out, _ = command("release", "build", "-e", "prod", "-o", tmp_path / "r.json", "-w", tmp_path / "mine")
    assert (1, True) == (code, "decisions/third.yaml refuses it: T" in out)


def test_a_waiver_needs_its_findings(board, command):
    said = ("--title", "T", "--reason", "because", "-e", "prod", "--verdict", "waive")
    code, _, err = command("board", "draft", "first", *said, "-w", board.ws, "--trust", board.trust)

    assert (2, True) == (code, "`findings` belong to `verdict: waive`, which needs them" in err), err
    assert not (board.ws / "decisions").exists()


def test_conditions_are_printed_with_the_build(command, tmp_path):
    command("init", tmp_path / "mine")
    where = ("-e", "prod", "-w", tmp_path / "mine")
    said = ("--title", "T", "--reason", "because", "--condition", "tell the partners first", "--days", "5", "--sign")
    assert command("board", "draft", "first", *said, *where)[0] == 0
    code, _, err = command("release", "build", "-o", tmp_path / "r.json", *where)

    assert code == 0, err
    assert "condition of first: tell the partners first" in err
    assert "warning: the decision first ends within 7 days" in err
    assert "condition" in command("release", "show", tmp_path / "r.json")[1]


def test_a_key_with_a_passphrase(board, command, tmp_path, monkeypatch):
    asked = []

    def prompt(text, **_):
        asked.append(text)
        return "open sesame"

    monkeypatch.setattr("typer.prompt", prompt)
    code, out, err = command("board", "key", "-o", tmp_path / "k.key", "--passphrase")
    assert (0, True) == (code, "ENCRYPTED" in (tmp_path / "k.key").read_text())
    assert "sesame" not in out + err
    board.publics["anna"] = out.strip()
    board.write_root()
    board.draft()

    code, _, err = command(
        "board", "sign", "first", "-w", board.ws, "--trust", board.trust, "--key", tmp_path / "k.key"
    )
    assert (0, 2) == (code, len(asked)), err


def test_the_key_may_be_named_by_the_environment(board, command, monkeypatch):
    board.draft()
    arguments = ("board", "sign", "first", "-w", board.ws, "--trust", board.trust)
    code, _, err = command(*arguments)
    assert (2, True) == (code, "--key FILE or TIDEWAITER_BOARD_KEY" in err), err

    monkeypatch.setenv("TIDEWAITER_BOARD_KEY", str(board.key("anna")))
    assert command(*arguments)[0] == 0


def test_a_new_root_is_signed_on_the_command_line(board, command):
    assert command("board", "verify", "-w", board.ws, "--trust", board.trust)[0] == 0
    board.write_root(version=2)
    for name in ("anna", "bert"):
        assert command("board", "sign-root", board.trust, "--key", board.key(name))[0] == 0

    assert len(json.loads((board.folder / "trust.dsse.json").read_text())["signatures"]) == 2
    assert command("board", "verify", "-w", board.ws, "--trust", board.trust)[0] == 0
    (board.folder / "bad.yaml").write_text("format: 1\n")
    code, _, err = command("board", "sign-root", board.folder / "bad.yaml", "--key", board.key("anna"))
    assert (2, True) == (code, "bad.yaml" in err)


def test_a_node_that_cannot_remember_says_so(board, command, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gateway.trust.place, "write_seen", full)
    code, _, err = command("board", "verify", "-w", board.ws, "--trust", board.trust)

    assert (0, True) == (code, "this node will not notice an older register" in err)


def test_what_was_never_signed_has_no_signed_bytes(board, command):
    board.draft()
    code, out, err = command("board", "show", "first", "--signed", "-w", board.ws)

    assert (2, "", True) == (code, out, "nobody has signed this" in err)


def test_a_decision_that_is_a_link(board, command):
    path = board.draft()
    shutil.move(path, board.folder / "real.yaml")
    path.symlink_to(board.folder / "real.yaml")
    code, _, err = command("board", "verify", "-w", board.ws, "--trust", board.trust)

    assert (2, True) == (code, "decisions/first.yaml: error[signed-link]" in err), err


def test_a_file_that_is_no_text_is_kept_byte_for_byte():
    head = Head(
        format=FORMAT, workspace="ws", environment="", workspace_digest=SOME, built_by="d", judged_on="2026-11-26",
        development=False, trust_version=1, trust_digest=SOME, register_length=0, register_head=SOME, decisions=(),
        changes=(),
    )  # fmt: skip
    release = ReleaseFile(head, {"ca.pem": b"\xff\x00\r\n", "a.yaml": b"a: \xc3\xa9\r\n"})

    assert release == parse_release(release.text(), "r")
    broken = release.text().replace(b'"/wANCg=="', b'"/wAN?g=="')
    with pytest.raises(Exception, match="altered-release"):
        parse_release(broken, "r")


def test_a_key_is_read_from_its_file_only(board):
    assert "PRIVATE" not in repr(read_private(board.key("anna")))
    assert "ed25519" not in repr(read_private(board.key("anna")))


def test_two_branches_of_a_real_repository(board, command):
    """The register conflicts and is never joined line by line; `board register` adds what one side lacks."""

    def git(*arguments, code=0):
        who = ("-c", "user.name=d", "-c", "user.email=d@example.com", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *who, *arguments], cwd=board.ws, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "start")
    for name, people in (("one", ("anna", "bert")), ("two", ("bert", "carl"))):
        git("checkout", "-q", "-b", name, "main")
        board.draft(name, title=name)
        board.sign(name, *people)
        git("add", "-A")
        git("commit", "-qm", name)
    told = git("merge", "one", code=1)

    assert "decisions/register.jsonl" in told
    assert read_register(board.ws).length == 2
    where = ("-w", board.ws, "--trust", board.trust)
    assert command("board", "verify", *where)[:2][0] == 1
    assert command("board", "register", *where)[0] == 0
    code, out, _ = command("board", "verify", *where)
    assert (0, "decisions/one.yaml: approve, in force\ndecisions/two.yaml: approve, in force\n") == (code, out)
    git("add", "-A")
    git("commit", "-qm", "joined")
    assert git("status", "--porcelain") == ""
