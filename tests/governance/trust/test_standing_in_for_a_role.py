"""Who stands in for a member fills the member's seat in one role, and is nothing else that the member is."""

import json
from datetime import timedelta

import pytest
from board_acts import Acting
from released import Node

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_stated import read_statements
from gateway.trust.board_statement import Condition
from gateway.trust.delegations import delegations_of
from gateway.trust.keys import read_private
from gateway.trust.register import read_register
from gateway.trust.root import read_root
from gateway.trust.rotation import sign_successor
from governance.cli.main import main
from governance.decisions.signing import register_signatures


def with_dora(made, **changes):
    """dora and emil are members without a role."""
    for person in ("dora", "emil"):
        made.publics[person] = made.new_key(person)
    made.write_root(members={p: {"keys": [made.publics[p]]} for p in made.publics}, **changes)
    return made


@pytest.fixture
def board(tmp_path):
    return with_dora(Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2))


def test_not_the_owner_that_the_member_is(board):
    """The seat in the board is filled; a change that anna's owner is asked of is not settled by her stand-in."""
    board.draft()
    board.delegate("anna", "dora")
    board.approve("dora")
    assert board.read().count.people == ("dora",)
    assert board.read().settled_by([("anna",)]) is None
    board.approve("anna")
    assert board.read().settled_by([("anna",)]) is not None


def test_not_the_submitter_s_way_round(board):
    """anna has dora stand in, who submitted it: dora fills the seat, and is still not enough alone."""
    board.threshold = 1
    board.write_root(members={p: {"keys": [board.publics[p]]} for p in board.publics})
    board.draft(submitter="dora")
    board.delegate("anna", "dora")
    board.approve("dora")
    assert (board.state(), board.read().count.alone) == ("open", "dora")
    board.approve("bert")
    assert board.state() == "in force"


def test_not_whose_conditions_it_were(board):
    board.draft()
    board.say("anna", "approve", conditions=(Condition(id="tested", text="a load test"),))
    board.delegate("anna", "dora")
    board.approve("bert")
    assert board.state() == "conditions open"
    board.say("dora", "met", condition="anna/tested", evidence="run 4")
    assert board.state() == "conditions open"
    board.say("anna", "met", condition="anna/tested", evidence="run 4")
    assert board.state() == "in force"


def test_not_in_another_role(board):
    """A delegation of anna as `release`, put in by hand, seats nobody in a decision of the board."""
    board.draft()
    text = board.text("anna", "delegate", "", to="dora", until=board.now + timedelta(days=9))
    board.put(text.replace(b"role: board", b"role: release"), "anna")
    register_signatures(board.ws, ["first"], board.trusted(), board.now)
    with pytest.raises(InvalidInputError, match="not in the role board"):
        board.approve("dora")


def test_not_at_releases_nor_for_the_trust_root(tmp_path):
    node = with_dora(Node(tmp_path / "n"))
    acting = Acting.__new__(Acting)
    acting.__dict__.update(node.__dict__)
    node.build("first")
    acting.delegate("anna", "dora")
    with pytest.raises(InvalidInputError, match="dora is not in the role"):
        node.activate("first", "dora")
    node.activate("first")
    with pytest.raises(InvalidInputError, match="dora is not in the role"):
        node.revoke("dora", releases=["sha256:" + "ab" * 32])
    old = read_root(node.trust, "ws")
    new = node.write_root(
        node.folder / "new.yaml", version=2, members={p: {"keys": [node.publics[p]]} for p in node.publics}
    )
    with pytest.raises(InvalidInputError, match="dora's, who is not in the role root"):
        sign_successor(new, read_private(node.key("dora")), old)


@pytest.mark.parametrize(
    "pairs",
    [
        (("anna", "bert"), ("bert", "anna")),
        (("anna", "bert"), ("bert", "carl"), ("carl", "anna")),
        (("anna", "bert"), ("bert", "dora")),
        (("bert", "dora"), ("anna", "bert")),
    ],
    ids=["loop of two", "loop of three", "chain", "chain before"],
)
def test_loops_and_chains_that_are_put_in_by_hand(board, pairs):
    """Each is genuine and in the register. The first counts; none that would go on from it does."""
    board.draft()
    for number, (member, to) in enumerate(pairs):
        text = board.text(member, "delegate", "", to=to, until=board.now + timedelta(days=9))
        board.put(text, member, file=f"hand-{number}")
        register_signatures(board.ws, ["first"], board.trusted(), board.now)
    stated = read_statements(board.ws, board.trusted(), read_register(board.ws))
    made = delegations_of(stated, board.trusted().root)
    counting = [(one.member, one.to) for one in made if not one.why_not]
    assert counting[0] == pairs[0]
    assert not {to for _, to in counting} & {member for member, _ in counting}
    assert all("no chains" in one.why_not for one in made if one.why_not)
    board.approve("bert")
    assert board.read().count.people == ("bert",)
    assert board.state() == "open"


def test_a_board_that_cannot_decide_is_told(board, capfd):
    """All have spoken and too few approve; and a root whose threshold nobody can reach is no root."""
    board.draft()
    board.approve("anna")
    board.say("bert", "abstain")
    board.say("carl", "abstain")
    where = ("-w", str(board.ws), "--trust", str(board.trust))
    assert main(["board", "list", *where]) == 1
    out = capfd.readouterr().out
    assert "  missing: nobody\n" in out
    assert "All who are asked have spoken, and too few approve" in out
    assert main(["board", "verify", "first", *where]) == 1

    tree = json.loads(board.trust.read_text())
    tree["roles"]["board"]["threshold"] = 4
    board.trust.write_text(json.dumps(tree))
    assert main(["board", "list", *where]) == 2
    assert "board needs 4 people and has 3" in capfd.readouterr().err
