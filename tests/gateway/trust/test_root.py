"""The trust root: what one must say, and how one follows another."""

import base64
import copy
import json

import pytest
from board import ROLES, Board

from contracts.diagnostic import InvalidInputError
from gateway.trust.counting import digest_of
from gateway.trust.envelope import pre_authentication
from gateway.trust.files import envelope_at
from gateway.trust.keys import read_private
from gateway.trust.place import find_trust, trust_of_node
from gateway.trust.register import append, read_register
from gateway.trust.root import ROOT_TYPE, read_root
from gateway.trust.rotation import beside, sign_successor

HEAD = "sha256:" + "0" * 63 + "1"


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path)


def two_keys_of_one(tree):
    tree["members"]["bert"]["keys"] = tree["members"]["anna"]["keys"]


def removed(tree):
    tree["members"]["anna"]["removed"] = {"length": 1, "head": HEAD}
    tree["members"]["bert"]["removed"] = {"length": 1, "head": HEAD}


FAULTS = {
    "another workspace": (lambda t: t.update(workspace="other"), "/workspace", "of the workspace other, not of ws"),
    "a threshold of none": (lambda t: t["roles"]["board"].update(threshold=0), "/roles/board/threshold", ""),
    "more than there are": (lambda t: t["roles"]["board"].update(threshold=4), "/roles", "board needs 4 people and has 3"),
    "a person twice is one": (
        lambda t: t["roles"]["board"].update(threshold=3, members=["anna", "anna", "bert"]),
        "/roles", "board needs 3 people and has 2",
    ),
    "a stranger in a role": (lambda t: t["roles"]["root"]["members"].append("zoe"), "/roles", "zoe, in the role root, is no"),
    "one key of two people": (two_keys_of_one, "/members", "one key stands twice, at anna and at bert"),
    "a key twice": (lambda t: t["members"]["anna"]["keys"].append(t["members"]["anna"]["keys"][0]), "/members", "twice"),
    "a key of another kind": (lambda t: t["members"]["anna"].update(keys=["rsa:AAAA"]), "/members/anna/keys/0", "ed25519"),
    "no key": (lambda t: t["members"]["anna"].update(keys=[]), "/members/anna/keys", ""),
    "the removed do not fill a role": (removed, "/roles", "root needs 2 people and has 1"),
    "removed without a head": (
        lambda t: t["members"]["anna"].update(removed={"length": 3}), "/members/anna/removed", "digest of the register",
    ),
    "one person for overrides": (
        lambda t: t["roles"].update(override={"threshold": 1, "members": ["anna"]}), "/roles", "override needs 2 people",
    ),
    "a role left out": (lambda t: t["roles"].pop("override"), "/roles", "override"),
    "a misspelt key": (lambda t: t.update(tresholds=1), "", "tresholds"),
    "version 0": (lambda t: t.update(version=0), "/version", ""),
    "another form": (lambda t: t.update(format=2), "/format", ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "pointer", "message"), FAULTS.values(), ids=FAULTS)
def test_a_root_that_cannot_be_trusted(board, change, pointer, message):
    tree = copy.deepcopy(board.root())
    change(tree)
    board.trust.write_text(json.dumps(tree, indent=2))

    with pytest.raises(InvalidInputError) as caught:
        read_root(board.trust, "ws")
    (fault,) = caught.value.diagnostics
    assert message in f"{fault.message} {fault.remedy}"
    assert fault.pointer.startswith(pointer)
    assert (str(board.trust), True, True) == (fault.file, fault.line > 0, bool(fault.remedy))


def test_a_root_inside_the_workspace_is_for_development_only(board):
    inside = board.write_root(board.ws / "trust.yaml")
    with pytest.raises(InvalidInputError, match="root-inside"):
        read_root(inside, "ws")

    inside = board.write_root(board.ws / "trust.yaml", development=True)
    inside.chmod(0o644)
    with pytest.raises(InvalidInputError, match="it may have come by git"):
        read_root(inside, "ws")
    inside.chmod(0o600)
    assert read_root(inside, "ws").value.development


def test_without_a_root_nobody_decides(board):
    with pytest.raises(InvalidInputError, match=r"no-root.*--trust FILE"):
        find_trust(board.ws, None)


def test_the_nodes_settings_name_the_root(board):
    with (board.ws / ".tidewaiter" / "node.yaml").open("a") as file:
        file.write("trust: ../../trust.yaml\n")

    assert find_trust(board.ws, None).root.value.version == 1


class Succession:
    """A node that has seen version 1, and what it makes of a file in its place."""

    def __init__(self, board: Board) -> None:
        self.board = board
        first = find_trust(board.ws, board.trust)
        first.remember(read_register(board.ws))
        self.old = first.root

    def next(self, *signers: str, **changes) -> None:
        beside = self.board.trust.with_suffix(".dsse.json")
        beside.unlink(missing_ok=True)
        self.board.write_root(**{"version": 2, **changes})
        for name in signers:
            sign_successor(self.board.trust, read_private(self.board.key(name)), self.old)

    def judge(self):
        return find_trust(self.board.ws, self.board.trust)


@pytest.fixture
def succession(board):
    return Succession(board)


def test_enough_people_of_both_make_a_new_root(succession):
    succession.next("anna", "bert")

    assert succession.judge().root.value.version == 2


def swapped(board):
    """Anna and Bert go out of the root role, Dora and Emil come in."""
    for name in ("dora", "emil"):
        board.publics[name] = board.new_key(name)
    members = {name: {"keys": [board.publics[name]]} for name in ("anna", "bert", "carl", "dora", "emil")}
    roles = {name: {"threshold": 2, "members": ["anna", "bert", "carl"]} for name in ROLES}
    roles["root"] = {"threshold": 2, "members": ["dora", "emil"]}
    return {"members": members, "roles": roles}


@pytest.mark.parametrize(
    ("signers", "message"),
    [
        (("anna", "bert"), "0 of 2 of the new root's people"),
        (("dora", "emil"), "0 of 2 of the old root's people"),
        (
            ("anna", "dora"),
            "1 of 2 of the old root's people (not yet: bert, carl) and 1 of 2 of the new root's people (not yet: emil)",
        ),
        (("anna", "anna", "dora", "emil"), "1 of 2 of the old root's people"),
        (("anna", "bert", "dora", "emil"), ""),
    ],
)
def test_both_thresholds_are_needed(succession, signers, message):
    changes = swapped(succession.board)
    succession.next(*signers, **changes)

    if message:
        with pytest.raises(InvalidInputError, match="root-threshold") as caught:
            succession.judge()
        assert message in str(caught.value)
        assert "board sign-root" in str(caught.value)
    else:
        assert succession.judge().root.value.roles.root.members == ("dora", "emil")


STEPS = {
    "the same version, other people": ({"version": 1}, "another trust root of version 1"),
    "a version passed over": ({"version": 3}, "give the node version 2 first"),
    "a member gone": ({"members": "carl"}, "carl or a key of carl is gone"),
    "unsigned": ({}, "is signed by nobody"),
}


@pytest.mark.parametrize(("change", "message"), STEPS.values(), ids=STEPS)
def test_a_root_that_does_not_follow(succession, change, message):
    board = succession.board
    signers = ("anna", "bert") if change else ()
    if change.get("members"):
        board.people = ("anna", "bert")
        change = {}
    elif change.get("version") == 1:
        change = {"version": 1, "development": False}
    succession.next(*signers, **change)

    with pytest.raises(InvalidInputError) as caught:
        succession.judge()
    assert message in str(caught.value)


def test_an_older_root_is_refused(succession):
    succession.next("anna", "bert")
    succession.judge().remember(read_register(succession.board.ws))
    succession.board.trust.write_bytes(succession.old.text)

    with pytest.raises(InvalidInputError, match="version 1, and this node has version 2; older ones are refused"):
        succession.judge()


def test_a_root_edited_after_it_was_signed(succession):
    succession.next("anna", "bert")
    succession.board.trust.write_text(succession.board.trust.read_text() + "\n")

    with pytest.raises(InvalidInputError, match="edited-file"):
        succession.judge()
    with pytest.raises(InvalidInputError, match="edited-file"):
        sign_successor(succession.board.trust, read_private(succession.board.key("carl")))


def put(succession, key_id, value):
    """One more signature in the envelope, as a text editor would."""
    path = beside(succession.board.trust)
    tree = json.loads(path.read_text())
    tree["signatures"].append({"keyid": key_id, "sig": base64.b64encode(value).decode()})
    path.write_text(json.dumps(tree))


def test_a_signature_of_a_stranger_on_a_root(succession):
    board = succession.board
    board.new_key("zoe")
    zoe = read_private(board.key("zoe"))
    succession.next("anna")
    with pytest.raises(InvalidInputError, match=r"zoe\.key is of no member of the old or the new trust root"):
        sign_successor(board.trust, zoe, succession.old)
    value = zoe.sign(pre_authentication(ROOT_TYPE, board.trust.read_bytes()))
    put(succession, zoe.public.id, value)
    # It counts for nobody: with too few others the root is refused.
    with pytest.raises(InvalidInputError, match=r"root-threshold.*1 of 2 .*; 1 signature of no key of either root"):
        succession.judge()

    # And it stops nobody.
    sign_successor(board.trust, read_private(board.key("bert")), succession.old)
    assert len(json.loads(beside(board.trust).read_text())["signatures"]) == 2
    put(succession, zoe.public.id, value)
    assert succession.judge().root.value.version == 2


def test_a_forged_signature_of_a_member_is_told_and_left_out_by_the_next(succession):
    board = succession.board
    succession.next("anna", "bert")
    carl = read_private(board.key("carl"))
    put(succession, carl.public.id, bytes(64))
    with pytest.raises(InvalidInputError, match=r"forged-signature.*of a key of carl and is forged.*sign-root"):
        succession.judge()
    sign_successor(board.trust, carl, succession.old)
    assert succession.judge().root.value.version == 2


def test_only_the_root_role_of_either_signs_and_the_missing_are_named(succession, command):
    board = succession.board
    succession.next(**swapped(board))
    sign = ("board", "sign-root", board.trust, "-w", board.ws, "--key")
    assert sign_successor(board.trust, read_private(board.key("dora"))) == (
        "1 of 2 of the new root's people (not yet: emil)",
    )
    with pytest.raises(InvalidInputError, match=r"anna's, who is not in the role root of the new .*--old FILE"):
        sign_successor(board.trust, read_private(board.key("anna")))
    code, out, err = command(*sign, board.key("anna"))
    assert (code, out) == (0, board.trust.read_text().rstrip("\n") + "\n"), err
    assert "1 of 2 of the old root's people (not yet: bert, carl)" in err
    assert "1 of 2 of the new root's people (not yet: emil)" in err
    old = board.folder / "old.yaml"
    old.write_bytes(succession.old.text)
    assert command(*sign, board.key("bert"), "--old", old)[0] == 0
    code, _, err = command(*sign, board.key("emil"))
    assert (code, "Enough people of the old and the new root" in err) == (0, True), err
    assert succession.judge().root.value.version == 2


def test_a_removed_member_stays_removed(succession):
    board = succession.board
    members = board.root()["members"]
    members["carl"]["removed"] = {"length": 0}
    succession.next("anna", "bert", members=members)
    succession.judge().remember(read_register(board.ws))

    succession.next("anna", "bert", version=3)
    with pytest.raises(InvalidInputError, match="member-back"):
        succession.judge()


def test_the_first_real_root_comes_after_a_development_root(board):
    real = board.trust.read_text()
    board.write_root(development=True)
    find_trust(board.ws, board.trust).remember(read_register(board.ws))
    board.trust.write_text(real)

    assert not find_trust(board.ws, board.trust).root.value.development
    find_trust(board.ws, board.trust).remember(read_register(board.ws))
    board.write_root(development=True)
    with pytest.raises(InvalidInputError, match="another trust root of version 1"):
        find_trust(board.ws, board.trust)


def test_one_development_root_does_not_replace_another(board):
    board.write_root(development=True)
    find_trust(board.ws, board.trust).remember(read_register(board.ws))
    board.publics["anna"] = board.new_key("another")
    board.write_root(development=True)

    with pytest.raises(InvalidInputError, match="another trust root of version 1"):
        find_trust(board.ws, board.trust)


def test_who_was_removed_makes_no_new_root(succession):
    board = succession.board
    members = board.root()["members"]
    members["carl"]["removed"] = {"length": 0}
    succession.next("anna", "bert", members=members)
    succession.judge().remember(read_register(board.ws))

    succession.next("anna", "carl", version=3, members=members)
    with pytest.raises(
        InvalidInputError, match=r"1 of 2 of the old root's .*bert\) and 1 of 2 of the new root's .*bert\)"
    ):
        succession.judge()


def test_who_left_the_role_counts_no_more(board, command):
    board.draft()
    board.sign("first", "anna", "bert")
    roles = board.root()["roles"]
    roles["board"]["members"] = ["anna", "carl"]
    board.write_root(roles=roles)

    code, out, err = command("board", "verify", "-w", board.ws, "--trust", board.trust)
    assert (1, True) == (code, "1 of 2 people needed as board: anna" in out), err
    shown = command("board", "show", "first", "-w", board.ws, "--trust", board.trust)[1]
    assert "bert (entry 2): does not count, it is not in the role board" in shown


class TestRemovedMembers:
    """A signature counts only if it was registered before the removal; its own dates prove nothing."""

    @pytest.fixture
    def signed(self, board):
        board.draft()
        board.sign("first", "anna", "bert")
        return board

    def without_bert(self, board, length):
        register = read_register(board.ws)
        members = board.root()["members"]
        members["bert"]["removed"] = {"length": length, **({"head": register.heads[length]} if length else {})}
        board.write_root(members=members)

    @pytest.mark.parametrize(("length", "people"), [(2, ("anna", "bert")), (1, ("anna",)), (0, ("anna",))])
    def test_what_was_registered_before_counts(self, signed, command, length, people):
        self.without_bert(signed, length)

        code, out, err = command("board", "verify", "-w", signed.ws, "--trust", signed.trust)
        assert (0 if len(people) == 2 else 1, str(len(people) == 1)) == (code, str("1 of 2 people" in out)), err

    def test_he_signs_no_more(self, signed, command):
        self.without_bert(signed, 2)
        signed.draft("second")
        code, _, err = command(
            "board", "sign", "second", "-w", signed.ws, "--trust", signed.trust, "--key", signed.key("bert")
        )

        assert (2, True) == (code, "bert was removed" in err)

    def test_a_history_with_his_signature_put_before_is_another_one(self, signed, command):
        """The removal pins the register: entries made up afterwards do not fit under its head."""
        self.without_bert(signed, 1)
        entries = read_register(signed.ws).entries
        signed.register.unlink()
        append(signed.ws, lambda _: [entries[1], entries[0]])

        code, _, err = command("board", "verify", "-w", signed.ws, "--trust", signed.trust)
        assert (2, True) == (code, "bert was removed at entry 1, which is another one here" in err), err

    def test_a_signature_that_came_too_late_is_not_registered(self, signed, command):
        signed.draft("second")
        signed.sign("second", "anna", "bert")
        register = signed.register.read_text().splitlines(keepends=True)
        signed.register.write_text("".join(register[:3]))
        self.without_bert(signed, 3)

        code, _, err = command("board", "register", "-w", signed.ws, "--trust", signed.trust)
        assert (0, True) == (code, "0 signatures added" in err), err
        envelope = envelope_at(signed.envelope("second"), "e")
        assert read_register(signed.ws).sequence_of(digest_of(envelope.signatures[1].value)) is None


def test_no_root_is_told_by_the_way_that_the_command_has(tmp_path):
    with pytest.raises(InvalidInputError) as by_node:
        trust_of_node(tmp_path)
    with pytest.raises(InvalidInputError) as by_option:
        find_trust(tmp_path, tmp_path / "none.yaml", "n")
    remedies = [one.value.diagnostics[0].remedy for one in (by_node, by_option)]
    assert ["--trust" in remedy for remedy in remedies] == [False, True]
    assert all("node.yaml" in remedy for remedy in remedies)
