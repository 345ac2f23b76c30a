"""`tidewaiter board`: a decision from its draft to its last signature, and a row for each way it can be wrong."""

import base64
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from board import NOW, SOME, Board

from gateway.trust.decision import About
from gateway.trust.envelope import pre_authentication
from gateway.trust.keys import new_private, read_private


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path)


@pytest.fixture
def run(board, command):
    def call(*arguments):
        return command("board", *arguments, "-w", board.ws, "--trust", board.trust)

    return call


def test_two_of_three_sign(board, run):
    board.draft()
    assert (1, "decisions/first.yaml: open: nobody has signed\n") == run("verify", "first")[:2]
    code, _, err = run("sign", "first", "--key", board.key("anna"))
    assert (0, True) == (code, "anna signed decisions/first.yaml (approve: T)" in err), err
    assert (1, "decisions/first.yaml: open: 1 of 2 people needed as board: anna\n") == run("verify", "first")[:2]
    code, _, err = run("sign", "first", "--key", board.key("carl"))
    assert (0, True) == (code, "2 of 2 people needed as board: anna, carl" in err), err

    assert (0, "decisions/first.yaml: approve, in force\n") == run("verify", "first")[:2]
    assert [1, 2] == [json.loads(line)["sequence"] for line in board.register.read_text().splitlines()]


def test_the_same_person_twice_is_one(board, run):
    board.draft()
    for _ in range(2):
        code, _, err = run("sign", "first", "--key", board.key("anna"))

    assert (0, True) == (code, "anna had signed already" in err)
    assert len(json.loads(board.envelope().read_text())["signatures"]) == 1
    assert run("verify")[0] == 1


def test_two_keys_of_a_person_are_one_person(board, run):
    second = board.new_key("anna-2")
    members = board.root()["members"]
    members["anna"]["keys"].append(second)
    board.write_root(members=members)
    board.draft()
    board.sign("first", "anna", "anna-2")

    assert len(json.loads(board.envelope().read_text())["signatures"]) == 2
    assert (1, "decisions/first.yaml: open: 1 of 2 people needed as board: anna\n") == run("verify")[:2]


def test_one_signature_under_two_key_ids_is_one_person(board, run):
    """A key id is signed by nobody: implementations that count ids take this for two of two."""
    board.draft()
    board.sign("first", "anna")

    def twice(tree):
        tree["signatures"].append({**tree["signatures"][0], "keyid": "sha256:" + "1" * 64})

    board.edit_envelope(twice)
    assert (1, "decisions/first.yaml: open: 1 of 2 people needed as board: anna\n") == run("verify")[:2]


def test_a_key_id_that_misleads_changes_nothing(board, run):
    board.draft()
    board.sign("first", "anna", "bert")
    board.edit_envelope(lambda tree: [one.pop("keyid") for one in tree["signatures"]])

    assert run("verify", "first")[0] == 0


def test_what_is_shown_is_what_is_signed(board, run):
    path = board.draft(conditions=("tell the partners",), until=NOW + timedelta(days=9000))
    board.sign("first", "anna")
    code, out, _ = run("show", "first")

    assert code == 0
    for text in ("tell the partners", "sales@1.0 " + SOME, "counts until   2051-", "signed by", "anna (entry 1)"):
        assert text in out
    assert path.read_text() == run("show", "first", "--signed")[1]


def test_the_board_is_shown(board, run):
    board.draft()
    code, out, _ = run("show")

    assert code == 0
    for text in ("board       2              anna bert carl", "0 entries", "first     approve  prod         open"):
        assert text in out


def test_hostile_text_stays_text(board, run):
    board.draft(title="\x1b[31mred\n::error::x", reason="\u202eabc")
    for arguments in (("show", "first"), ("show",)):
        _, out, _ = run(*arguments)
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "\n::error" not in out


def test_git_keeps_signed_files_as_they_are(board, run):
    path = board.draft()
    board.sign("first", "anna", "bert")
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=board.ws, check=True, capture_output=True)
    attributes = ["git", "check-attr", "text", "merge", "--", "decisions/first.yaml", "decisions/register.jsonl"]
    told = subprocess.run(attributes, cwd=board.ws, check=True, capture_output=True, text=True).stdout

    assert "decisions/first.yaml: text: unset" in told
    assert "decisions/register.jsonl: text: unset" in told
    assert "decisions/register.jsonl: merge: unset" in told
    ignored = subprocess.run(["git", "status", "--porcelain"], cwd=board.ws, capture_output=True, text=True, check=True)
    assert ".tidewaiter" not in ignored.stdout
    assert path.exists()


def test_two_branches_are_joined(board, run):
    """Each side registered its own; one register is kept, and what it lacks is added."""
    board.draft("one")
    board.draft("two", title="U")
    empty = b""
    board.sign("one", "anna", "bert")
    mine = board.register.read_bytes()
    (board.ws / ".tidewaiter" / "seen.json").unlink(missing_ok=True)
    board.register.write_bytes(empty)
    board.sign("two", "carl", "bert")
    (board.ws / ".tidewaiter" / "seen.json").unlink(missing_ok=True)
    board.register.write_bytes(mine)
    assert run("verify")[0] == 1
    code, _, err = run("register")

    assert (0, True) == (code, "2 signatures added; 4 in all" in err), err
    assert run("verify")[0] == 0


@pytest.mark.parametrize(
    ("days", "told"), [(40, ""), (29, "within 30 days"), (6, "within 7 days"), (0.5, "within 1 day,")]
)
def test_it_warns_before_the_end(board, run, days, told):
    board.draft(until=datetime.now(UTC) + timedelta(days=days))
    board.sign("first", "anna", "bert")
    code, _, err = run("verify", "first")

    assert (0, bool(told)) == (code, "warning" in err)
    assert told in err


def test_what_has_ended_is_no_fault_of_the_rest(board, run):
    board.draft(until=NOW - timedelta(days=400))
    board.sign("first", "anna", "bert")

    assert (1, "decisions/first.yaml: ended on 2025-10-22T12:00:00Z\n") == run("verify", "first")[:2]
    assert run("verify")[0] == 0
    for command_line in (("sign", "first"), ("approve", "first", "--comment", "still")):
        code, _, err = run(*command_line, "--key", board.key("carl"))
        assert (code, "error[ended] it ended on 2025-10-22T12:00:00Z" in err) == (2, True), err


def test_more_than_needed_and_who_is_missing(board, run):
    board.draft()
    _, _, err = run("sign", "first", "--key", board.key("anna"))
    assert "of the role board can sign still: bert, carl (tidewaiter board sign first --key FILE)" in err
    assert "can sign still" not in run("sign", "first", "--key", board.key("bert"))[2]
    _, _, err = run("sign", "first", "--key", board.key("carl"))
    assert "3 signed, 2 people needed as board: anna, bert, carl" in err


def edit(board):
    path = board.ws / "decisions" / "first.yaml"
    path.write_text(path.read_text().replace('"because"', '"other"'))


def line_ends(board):
    path = board.ws / "decisions" / "first.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def payload(board):
    def change(tree):
        text = base64.b64decode(tree["payload"]).replace(b"approve", b"refuse ")
        tree["payload"] = base64.b64encode(text).decode()
        (board.ws / "decisions" / "first.yaml").write_bytes(text)

    board.edit_envelope(change)


def stranger(board):
    key = new_private()

    def change(tree):
        message = pre_authentication(tree["payloadType"], base64.b64decode(tree["payload"]))
        value = base64.b64encode(key.sign(message)).decode()
        tree["signatures"].append({"keyid": key.public.id, "sig": value})

    board.edit_envelope(change)


def another_type(board):
    board.edit_envelope(lambda tree: tree.update(payloadType="application/vnd.tidewaiter.trust-root+yaml"))


def signed_as_another_type(board):
    """A real signature of Anna over the same bytes as a trust root: worth nothing as a decision."""
    key = read_private(board.key("anna"))

    def change(tree):
        text = base64.b64decode(tree["payload"])
        value = key.sign(pre_authentication("application/vnd.tidewaiter.trust-root+yaml", text))
        tree["signatures"][0]["sig"] = base64.b64encode(value).decode()

    board.edit_envelope(change)


def take_signature_out(board):
    board.edit_envelope(lambda tree: tree["signatures"].pop())


def register_line(board, number, **changes):
    lines = board.register.read_text().splitlines()
    tree = {**json.loads(lines[number - 1]), **changes}
    lines[number - 1] = json.dumps(tree, separators=(",", ":"))
    board.register.write_text("\n".join(lines) + "\n")


def forgetful(board):
    register_line(board, 2, who="carl")
    (board.ws / ".tidewaiter" / "seen.json").unlink()


FAULTS = {
    "edited after signing": (edit, "decisions/first.yaml:9:1", "edited-file", "board show first --signed"),
    "other line ends": (line_ends, "decisions/first.yaml:1:1", "line-ends", "decisions/* -text"),
    "payload and file edited": (payload, "decisions/first.dsse.json", "forged-signature", "sign it again"),
    "another type": (another_type, "decisions/first.dsse.json", "foreign-signature", "board sign first"),
    "signed as another type": (signed_as_another_type, "decisions/first.dsse.json", "forged-signature", "again"),
    "a signature taken out": (take_signature_out, "decisions/register.jsonl:2:1", "decision-gone", "back from git"),
    "the file taken out": (lambda b: (b.ws / "decisions/first.yaml").unlink(), "decisions/first.dsse.json", "decision-gone",
                           "board show first --signed"),
    "both taken out": (lambda b: [(b.ws / "decisions/first.yaml").unlink(), b.envelope().unlink()],
                       "decisions/register.jsonl:1:1", "decision-gone", "taken back by a later one"),
    "the envelope is broken": (lambda b: b.envelope().write_text("{}"), "decisions/first.dsse.json", "broken-envelope",
                               "from git"),
    "the envelope is a link": (lambda b: [b.envelope().rename(b.folder / "e"), b.envelope().symlink_to(b.folder / "e")],
                               "decisions/first.dsse.json", "signed-link", "the file itself"),
    "the register says another": (forgetful, "decisions/register.jsonl:2:1", "wrong-entry",
                                  "who wrote"),
    "the register is cut": (lambda b: b.register.write_bytes(b.register.read_bytes()[:-9]),
                            "decisions/register.jsonl:2:1", "broken-register", "from git"),
    "an entry of the register edited": (lambda b: register_line(b, 1, at="2020"), "decisions/register.jsonl:2:1",
                                        "broken-register", "from git"),
    "the register is gone": (lambda b: b.register.unlink(), "decisions/register.jsonl", "shorter-register", "up to date"),
    "a trust root of another": (lambda b: b.write_root(workspace="other"), "trust.yaml:3:3", "foreign-root", "right file"),
    "no trust root": (lambda b: b.trust.unlink(), "trust.yaml", "no-root", "--trust FILE"),
    "other keys in the root": (lambda b: [b.new_key("new"), b.publics.update(anna=b.publics["bert"]),
                                          b.write_root()], "trust.yaml:5:3", "key-twice", "each key is one person's"),
}  # fmt: skip


@pytest.mark.parametrize(("break_it", "place", "code", "remedy"), FAULTS.values(), ids=FAULTS)
def test_what_is_forged_or_broken(board, run, break_it, place, code, remedy):
    board.draft()
    board.sign("first", "anna", "bert")
    assert run("verify")[0] == 0
    break_it(board)

    exit_code, out, err = run("verify")
    assert (2, "") == (exit_code, out)
    assert f"{place}: error[{code}]" in err
    assert remedy in err


def test_a_strangers_signature_counts_for_nobody_stops_nobody_and_is_told(board, run):
    board.draft()
    board.sign("first", "anna")
    stranger(board)
    exit_code, out, _ = run("verify")
    assert (exit_code, "1 of 2 people needed as board: anna; 1 signature of no known key, not counted" in out) == (
        1,
        True,
    )
    board.sign("first", "bert")
    assert run("verify")[0] == 0
    assert len(json.loads(board.envelope().read_text())["signatures"]) == 2
    stranger(board)
    exit_code, out, _ = run("show", "first")
    assert (exit_code, "1 signature of no known key" in out) == (0, True)


def written(board, old, new):
    path = board.draft()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


DRAFTS = {
    "of another workspace": ('workspace: "ws"', 'workspace: "other"', ":3:1", "foreign-decision"),
    "of a longer history": ("sequence: 1\nhead: sha256:" + "0" * 64, f"sequence: 5\nhead: {SOME}", ":12:1", "other-history"),
    "no head": ("sequence: 1", "sequence: 2", ":", "wrong-value"),
    "a misspelt key": ("verdict:", "verdikt:", ":10:1", "unknown-key"),
    "no such verdict": ("approve", "aprove", ":10:1", "wrong-value"),
    "no such role": ("role: board", "role: bord", ":5:1", "wrong-value"),
    "a waiver of nothing": ("verdict: approve", "verdict: waive", ":10:1", "wrong-value"),
    "about nothing": ('about:\n  contracts:\n    "sales@1.0": ' + SOME, "about: {}", ":14:1", "wrong-value"),
    "a digest that is none": (SOME, "sha256:12", ":16:5", "wrong-value"),
    "a path outside": ('contracts:\n    "sales@1.0"', 'files:\n    "../x.yaml"', ":16:5", "wrong-value"),
    "ends before it begins": (
        "sequence: 1", "validity: {from: 2026-02-01T00:00:00Z, until: 2026-01-01T00:00:00Z}\nsequence: 1", ":12:", "wrong-value"
    ),
    "a time without a zone": ("sequence: 1", "validity: {until: 2026-01-01T00:00:00}\nsequence: 1", ":12:", "wrong-value"),
    "not YAML": ("about:", "about: [", ":", "yaml"),
    "a type that is a slip": ("type: change", "type: chnage", ":2:1", "wrong-value"),
    "a conflict of git": ("about:", "<<<<<<< HEAD\nabout:", ":", ""),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "code"), DRAFTS.values(), ids=DRAFTS)
def test_a_decision_that_is_none(board, run, old, new, line, code):
    written(board, old, new)

    for arguments in (("verify",), ("sign", "first", "--key", board.key("anna"))):
        exit_code, out, err = run(*arguments)
        assert (2, "") == (exit_code, out)
        assert f"decisions/first.yaml{line}" in err
        assert f"[{code}" in err
    assert not board.envelope().exists()


SIGNERS = {
    "a stranger": ("zoe", "is of no member of the trust root", "new trust root"),
    "a member of another role": ("bert", "bert is not in the role board", "somebody of board signs"),
    "no key": ("nobody", "the key cannot be read", "board key --output FILE"),
}


@pytest.mark.parametrize(("who", "message", "remedy"), SIGNERS.values(), ids=SIGNERS)
def test_who_cannot_sign(board, run, who, message, remedy):
    board.new_key("zoe")
    roles = board.root()["roles"]
    roles["board"] = {"threshold": 1, "members": ["anna"]}
    board.write_root(roles=roles)
    board.draft()

    code, out, err = run("sign", "first", "--key", board.key(who))
    assert (2, "") == (code, out)
    assert message in err
    assert remedy in err
    assert not board.envelope().exists()
    assert not board.register.exists()


@pytest.mark.parametrize("name", ["../tidewaiter", "a/b", "", ".hidden", "x" * 200])
def test_a_name_leads_nowhere_else(board, run, name):
    for arguments in (("sign", name, "--key", board.key("anna")), ("show", name), ("show", name, "--signed")):
        code, out, err = run(*arguments)
        assert (2, "") == (code, out)
        assert "bad-name" in err


def test_a_name_that_is_nearly_right(board, run):
    board.draft()

    assert "write `first`" in run("verify", "frist")[2]


def test_a_waiver_is_left_to_others(board, run):
    (board.ws / "decisions").mkdir()
    (board.ws / "decisions" / "w.yaml").write_text("kind: waiver\napi: sales\n")

    assert (0, "") == run("verify")[:2]


def test_a_private_key_is_printed_nowhere(board, command, tmp_path):
    code, out, err = command("board", "key", "--output", tmp_path / "new.key")

    text = (tmp_path / "new.key").read_text()
    secret = text.splitlines()[1]
    assert (0, True) == (code, out.startswith("ed25519:"))
    assert secret not in out + err
    assert command("board", "key", "--output", board.ws / "k")[0] == 2
    assert command("board", "key", "--output", tmp_path / "new.key")[0] == 2
    assert text == (tmp_path / "new.key").read_text()


def test_the_development_root_of_init(command, tmp_path):
    folder = tmp_path / "mine"
    command("init", folder)
    (folder / "decisions").mkdir()
    said = ("--title", "T", "--reason", "because", "-e", "prod", "--sign")
    code, _, err = command("board", "draft", "first", *said, "-w", folder)

    assert code == 0, err
    assert "developer signed decisions/first.yaml" in err
    assert "development trust root" in err
    assert command("board", "verify", "-w", folder)[0] == 0
    for name in ("development.key", "trust.yaml", "seen.json"):
        assert (folder / ".tidewaiter" / name).stat().st_mode & 0o077 == 0


def test_a_draft_is_never_written_over(board, run):
    board.draft()
    code, _, err = run("draft", "first", "--title", "T", "--reason", "because", "-e", "prod")

    assert (2, True) == (code, "decision-exists" in err)


def test_it_is_bound_to_the_history_it_was_written_in(board, run):
    board.draft("one")
    board.sign("one", "anna", "bert")
    text = board.draft("two", about=About(workspace=SOME)).read_text()
    assert "sequence: 3\n" in text
    head = next(line for line in text.splitlines() if line.startswith("head:"))
    (board.ws / "decisions" / "two.yaml").write_text(text.replace(head, f"head: {SOME}"))

    code, _, err = run("verify")
    assert (2, True) == (code, "entry 2 of the register is another one" in err), err
