"""Statements that are forged, replayed, foreign, of a wrong kind or put in by hand: told or without effect, never counted."""

import base64
import json
from datetime import timedelta

import pytest
from board_acts import Acting
from board_pages import SIGNED_KINDS
from pydantic import ValidationError

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_stated import read_statements
from gateway.trust.board_statement import BoardStatement, Condition, parse_statement, statement_text
from gateway.trust.register import read_register
from governance.cli.main import main
from governance.decisions.detached import find_text, sign_apart
from governance.decisions.signing import register_signatures


@pytest.fixture
def board(tmp_path):
    made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.draft()
    made.draft("second", environment="test")
    return made


def codes(board):
    with pytest.raises(InvalidInputError) as caught:
        board.read_all()
    return {one.code for one in caught.value.diagnostics}


def verified(board):
    return main(["board", "verify", "-w", str(board.ws), "--trust", str(board.trust)])


CHANGES = [
    ("act: refuse", "act: return"),
    ('member: "anna"', 'member: "bert"'),
    ('workspace: "ws"', 'workspace: "wt"'),
    ('environment: "prod"', 'environment: "test"'),
    ("role: board", "role: release"),
    ('decision: "first"', 'decision: "second"'),
    ("because", "because of that"),
    ("sequence: 1", "sequence: 2"),
]


@pytest.mark.parametrize(("old", "new"), CHANGES, ids=[new for _, new in CHANGES])
def test_each_part_that_is_changed_after_it_was_signed(board, old, new):
    board.say("anna", "refuse")
    path = next((board.ws / "decisions/statements").iterdir())
    tree = json.loads(path.read_text())
    text = base64.b64decode(tree["payload"]).decode()
    assert old in text
    tree["payload"] = base64.b64encode(text.replace(old, new).encode()).decode()
    path.write_text(json.dumps(tree))

    assert codes(board) & {"forged-signature", "wrong-value"}
    assert verified(board) == 2


MUTATED = {
    "approve": {"conditions": (Condition(id="tested", text="a load test"),)},
    "revoke": {"takes_back": "decision"},
    "met": {"condition": "anna/tested", "evidence": "run 4"},
    "delegate": {"name": "", "to": "bert"},
    "passkey": {"name": "", "credential": "YWJj", "public_key": "ZGVm", "origin": "https://board.example.com"},
}


@pytest.mark.parametrize("act", MUTATED)
def test_each_line_of_each_kind(board, act):
    """One character of a line, a line taken out, a line twice: whatever it says then, nobody signed that."""
    parts = {"name": "first", **MUTATED[act]}
    if act in ("delegate", "passkey"):
        parts["until"] = board.now + timedelta(days=9)
    text = board.text("anna", act, **parts)
    path = board.put(text, "anna")
    assert len(read_statements(board.ws, board.trusted(), read_register(board.ws)).said) == 1
    tree = json.loads(path.read_text())
    lines = text.splitlines(keepends=True)
    passed = []
    for number, line in enumerate(lines):
        last = line[-2:-1]
        for new in (line[:-2] + (b"1" if last == b"0" else b"0") + b"\n", b"", line * 2, line + b"#\n"):
            changed = b"".join([*lines[:number], new, *lines[number + 1 :]])
            path.write_text(json.dumps({**tree, "payload": base64.b64encode(changed).decode()}))
            try:
                read_statements(board.ws, board.trusted(), read_register(board.ws))
            except InvalidInputError:
                continue
            passed.append((line, new))
    assert passed == []


@pytest.mark.parametrize("payload_type", SIGNED_KINDS)
def test_signed_as_another_kind_of_thing(board, payload_type):
    board.put(board.text("anna", "refuse"), "anna", payload_type)
    assert codes(board) == {"foreign-signature"}


def test_a_decision_signature_is_no_statement_and_the_other_way_round(board):
    text = board.text("anna", "refuse")
    board.put((board.ws / "decisions/first.yaml").read_bytes(), "anna")
    assert codes(board) <= {"wrong-value", "missing-key", "unknown-key"}
    (board.ws / "decisions/statements/by-hand.dsse.json").unlink()
    board.sign("first", "anna")
    board.edit_envelope(lambda tree: tree.update(payload=base64.b64encode(text).decode()))
    assert codes(board) & {"edited-file", "foreign-signature", "forged-signature"}


def test_in_anothers_name(board):
    text = board.text("bert", "refuse")
    board.put(text, "anna")
    assert codes(board) == {"forged-signature"}
    with pytest.raises(InvalidInputError, match="bert states it, and anna signed"):
        board.take(text, board.signature(text, "anna"))


def test_by_a_stranger(board):
    board.new_key("mallory")
    text = board.text("anna", "refuse")
    board.put(text, "mallory")
    assert codes(board) == {"unknown-signer"}


def test_a_stranger_beside_the_member_stops_nobody(board):
    board.new_key("mallory")
    text = board.text("anna", "refuse")
    path = board.put(text, "mallory")
    strange = json.loads(path.read_text())["signatures"]
    path = board.put(text, "anna")
    tree = json.loads(path.read_text())
    passkey = {"keyid": "passkey:AAAA", "sig": strange[0]["sig"]}
    path.write_text(json.dumps({**tree, "signatures": [*strange, passkey, *tree["signatures"]]}))
    first = next(one for one in board.read_all() if one.name == "first")
    assert [(voice.member, voice.act) for voice in first.standing.voices] == [("anna", "refuse")]


def test_with_a_second_signature(board):
    path = board.put(board.text("anna", "refuse"), "anna")
    tree = json.loads(path.read_text())
    tree["signatures"] *= 2
    path.write_text(json.dumps(tree))
    assert codes(board) == {"forged-signature"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"workspace": "other"}, "foreign-statement"),
        ({"environment": "test"}, "foreign-statement"),
        ({"role": "release"}, "foreign-statement"),
        ({"digest": "sha256:" + "cd" * 32}, "edited-file"),
        ({"decision": "nix"}, "decision-gone"),
        ({"sequence": 7, "head": "sha256:" + "ef" * 32}, "other-history"),
        ({"sequence": 2, "head": "sha256:" + "ef" * 32}, "other-history"),
    ],
    ids=str,
)
def test_honestly_signed_for_elsewhere(board, change, code):
    board.approve("carl", name="second")
    statement = parse_statement(board.text("anna", "refuse"), "t").model_copy(update=change)
    text = statement_text(statement)
    board.put(text, "anna")
    assert code in codes(board)
    (board.ws / "decisions/statements/by-hand.dsse.json").unlink()
    before = board.register.read_bytes()
    with pytest.raises(InvalidInputError):
        board.take(text, board.signature(text, "anna"))
    assert board.register.read_bytes() == before


def test_put_into_another_workspace_of_the_same_people(board, tmp_path):
    """The same keys, another workspace: what was said in one says nothing in the other."""
    other = Acting(tmp_path / "other", people=("anna", "bert", "carl"))
    for person in board.people:
        other.key(person).write_bytes(board.key(person).read_bytes())
    other.publics = board.publics
    other.write_root()
    (other.ws / "decisions").mkdir()
    (other.ws / "decisions/first.yaml").write_bytes((board.ws / "decisions/first.yaml").read_bytes())
    board.approve("carl")
    text = board.text("anna", "refuse")
    other.put(text, "anna")
    assert "other-history" in codes(other)


def test_replayed(board):
    text = board.text("anna", "refuse")
    signature = board.signature(text, "anna")
    board.take(text, signature)
    board.say("anna", "approve", comment="after all")
    before = board.register.read_bytes()
    with pytest.raises(InvalidInputError, match="registered already, as entry 1"):
        board.take(text, signature)
    assert board.register.read_bytes() == before


def test_kept_back_and_brought_in_late(board):
    """An approval that was signed and not sent does not undo a later refusal, whoever brings it in."""
    text = board.text("anna", "approve")
    signature = board.signature(text, "anna")
    board.say("anna", "refuse")
    with pytest.raises(InvalidInputError, match="was written before what anna said at entry 1"):
        board.take(text, signature)

    board.put(text, "anna")
    register_signatures(board.ws, ["first"], board.trusted(), board.now)
    board.approve("bert")
    assert board.state() == "open"
    assert board.read().count.people == ("bert",)


def test_nor_does_a_signature_over_the_decision(board):
    board.sign("first", "anna")
    envelope = board.envelope().read_bytes()
    other = Acting.__new__(Acting)
    other.__dict__.update(board.__dict__)
    board.say("anna", "revoke")
    assert board.envelope().read_bytes() == envelope
    with pytest.raises(InvalidInputError, match="stated something on it"):
        board.sign("first", "anna")
    board.approve("bert")
    assert board.read().count.people == ("bert",)


class TestTakenOut:
    def test_a_statement(self, board):
        board.approve("anna", "bert")
        board.say("anna", "revoke")
        next((board.ws / "decisions/statements").iterdir()).unlink()
        assert codes(board) == {"statement-gone"}
        assert verified(board) == 2

    def test_with_the_end_of_the_register(self, board):
        board.approve("anna", "bert")
        board.say("anna", "revoke")
        assert verified(board) == 1
        next((board.ws / "decisions/statements").iterdir()).unlink()
        board.register.write_bytes(b"".join(board.register.read_bytes().splitlines(keepends=True)[:-1]))
        assert verified(board) == 2

    def test_the_decision_that_was_refused(self, board):
        board.say("anna", "refuse")
        board.say("bert", "refuse")
        (board.ws / "decisions/first.yaml").unlink()
        assert "decision-gone" in codes(board)

    def test_edited_to_be_another(self, board):
        board.say("anna", "return")
        file = board.ws / "decisions/first.yaml"
        file.write_bytes(file.read_bytes().replace(b"because", b"because of that"))
        assert codes(board) == {"edited-file"}

    def test_the_folder_is_a_link(self, board, tmp_path):
        board.say("anna", "return")
        folder = board.ws / "decisions/statements"
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")
        assert codes(board) == {"signed-link"}


def test_what_is_in_no_register_counts_for_nobody(board):
    board.put(board.text("anna", "approve"), "anna")
    board.put(board.text("bert", "approve"), "bert", file="other")
    signed = board.read()
    assert signed.settled is None
    assert {one.why_not for one in signed.count.signers} == {"is not in the register yet: tidewaiter board register"}
    assert main(["board", "register", "-w", str(board.ws), "--trust", str(board.trust)]) == 0
    assert board.state() == "in force"


def test_a_removed_members_word(board):
    board.say("anna", "refuse")
    register = read_register(board.ws)
    text = board.text("carl", "refuse")
    members = {p: {"keys": [board.publics[p]]} for p in board.people}
    members["carl"]["removed"] = {"length": register.length, "head": register.head}
    roles = {name: {"threshold": 2, "members": list(board.people)} for name in board.root()["roles"]}
    board.write_root(members=members, roles=roles)
    with pytest.raises(InvalidInputError, match="removed"):
        board.take(text, board.signature(text, "carl"))
    board.put(text, "carl")
    assert main(["board", "register", "-w", str(board.ws), "--trust", str(board.trust)]) == 0
    assert board.state() == "open"


def test_who_stood_in_for_a_removed_member_does_so_no_more(board):
    board.publics["dora"] = board.new_key("dora")
    members = {p: {"keys": [board.publics[p]]} for p in (*board.people, "dora")}
    board.write_root(members=members)
    board.delegate("carl", "dora")
    register = read_register(board.ws)
    members["carl"]["removed"] = {"length": register.length, "head": register.head}
    board.write_root(members=members)
    with pytest.raises(InvalidInputError, match="not in the role"):
        board.approve("dora")


def test_a_board_without_a_quorum_decides_nothing(board):
    board.approve("anna")
    for _ in range(3):
        board.say("anna", "approve", comment="again and again")
    assert board.state() == "open"
    assert main(["board", "verify", "first", "-w", str(board.ws), "--trust", str(board.trust)]) == 1


class TestText:
    def statement(self, **parts):
        told = {"format": 1, "type": "board-statement", "act": "refuse", "workspace": "ws", "environment": "prod",
                "role": "board", "member": "anna", "decision": "first", "digest": "sha256:" + "ab" * 32,
                "comment": "x", "at": "2026-11-26T12:00:00Z", "sequence": 1}  # fmt: skip
        return BoardStatement.model_validate({**told, **parts})

    @pytest.mark.parametrize(
        "text", ["a\nb", 'quo"te', "\u202e\u2028\x7f\x85", "\ud7ff\ue000", "'- {x: y}", "\U0001f600", "#no", "a: b"]
    )
    def test_comes_back_as_it_was(self, text):
        made = self.statement(comment=text)
        written = statement_text(made)
        assert parse_statement(written, "t").comment == made.comment
        assert statement_text(parse_statement(written, "t")) == written
        assert not any(ord(one) in range(0x7F, 0xA0) or one in "\u202e\u2028" for one in written.decode())

    @pytest.mark.parametrize(
        "parts",
        [
            {"comment": ""}, {"digest": None}, {"takes_back": "own"}, {"act": "nothing"}, {"to": "bert"},
            {"act": "met"}, {"act": "revoke"}, {"conditions": [{"id": "a", "text": "b"}]}, {"sequence": 2},
            {"act": "delegate"}, {"surplus": 1}, {"comment": "x" * 4001}, {"member": "Anna Berg"},
            {"act": "approve", "conditions": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]},
        ],
        ids=str,
    )  # fmt: skip
    def test_says_all_of_it_and_no_more(self, parts):
        with pytest.raises(ValidationError):
            self.statement(**parts)


class TestDetached:
    def sign(self, board, digest, *more):
        arguments = ["board", "sign", digest, "-w", str(board.ws), "--key", str(board.key("anna")), *more]
        return main(arguments)

    def test_a_decisions_digest(self, board, capfd):
        digest = board.read().digest
        assert self.sign(board, digest) == 0
        told = capfd.readouterr()
        assert told.out.startswith("tidewaiter-signature:sha256:")
        assert 'title: "T"' in told.err
        assert not board.register.exists()

    def test_a_digest_alone_is_not_signed(self, board, capfd):
        assert self.sign(board, "sha256:" + "ab" * 32) == 2
        assert "a digest alone is never signed" in capfd.readouterr().err

    def test_nor_one_of_another_text(self, board, tmp_path, capfd):
        file = tmp_path / "text"
        file.write_bytes(board.text("anna", "refuse"))
        assert self.sign(board, board.read().digest, "--text", str(file)) == 2
        assert "not this one" in capfd.readouterr().err

    def test_nor_what_no_board_signs(self, board, tmp_path, capfd):
        from gateway.trust.signed import payload_digest

        file = tmp_path / "text"
        file.write_bytes(b"type: cheque\nsum: 1000\n")
        assert self.sign(board, payload_digest(file.read_bytes()), "--text", str(file)) == 2
        assert "nothing that a board signs" in capfd.readouterr().err

    @pytest.mark.parametrize(
        "change", [lambda t: t.replace(b"\n", b"\r\n"), lambda t: t.rstrip(b"\n"), lambda t: t + b"\n"]
    )
    def test_the_ends_of_lines_may_differ(self, board, change):
        text = board.text("anna", "refuse")
        from gateway.trust.signed import payload_digest

        apart = find_text(payload_digest(text), change(text), board.ws)
        assert apart.text == text
        assert sign_apart(apart, board.key_of("anna"))


def test_two_who_speak_at_once_both_count(board):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: board.say(person, "refuse"), ("anna", "bert")))
    register = read_register(board.ws)
    assert (register.length, len(read_statements(board.ws, board.trusted(), register).said)) == (2, 2)
    assert board.state() == "refused"


def test_conditions_have_ids_of_their_own():
    with pytest.raises(ValueError, match="id"):
        Condition(id="Not An Id", text="x")


def test_a_date_in_the_register_that_cannot_be_read_ends_every_standing_in(board):
    board.publics["dora"] = board.new_key("dora")
    board.write_root(members={p: {"keys": [board.publics[p]]} for p in (*board.people, "dora")})
    board.delegate("anna", "dora")
    board.now += timedelta(days=1)
    board.approve("dora")
    assert board.read().count.people == ("dora",)
    lines = board.register.read_bytes().splitlines(keepends=True)
    board.register.write_bytes(lines[0] + lines[1].replace(b'"at":"2026', b'"at":"soon'))
    assert board.read().count.people == ()
