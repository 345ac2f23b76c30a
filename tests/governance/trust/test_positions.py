"""What members say on a decision, and what it comes to: the register's order decides, people are counted once."""

from datetime import timedelta

import pytest
from board_acts import Acting

from contracts.diagnostic import InvalidInputError
from gateway.trust.board_statement import Condition
from governance.decisions.signing import register_signatures


@pytest.fixture
def board(tmp_path):
    made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
    made.draft()
    return made


def refused(code):
    return pytest.raises(InvalidInputError, match=code)


def code_of(caught):
    return caught.value.diagnostics[0].code


TABLE = [
    # what is said, in this order, and what it comes to
    ("anna approve", "open"),
    ("anna approve, bert approve", "in force"),
    ("anna approve, bert abstain", "open"),
    ("anna approve, bert abstain, carl approve", "in force"),
    ("anna refuse", "open"),
    ("anna refuse, bert refuse", "refused"),
    ("anna refuse, bert approve, carl approve", "in force"),
    ("anna return", "returned"),
    ("anna return, bert approve, carl approve", "returned"),
    ("anna return, bert approve, anna approve", "in force"),
    ("anna approve, bert approve, anna revoke", "revoked"),
    ("anna approve, bert approve, anna revoke, carl approve", "in force"),
    ("anna approve, bert approve, anna revoke, anna approve", "in force"),
    ("anna approve, anna refuse, bert approve", "open"),
    ("anna approve, anna refuse, anna approve, bert approve", "in force"),
    ("anna approve, bert approve, carl revoke-all", "in force"),
    ("anna approve, bert approve, carl revoke-all, anna revoke-all", "revoked"),
]


@pytest.mark.parametrize(("said", "state"), TABLE, ids=[said for said, _ in TABLE])
def test_what_it_comes_to(board, said, state):
    for one in said.split(", "):
        person, act = one.split()
        if act == "approve":
            board.approve(person)
        else:
            more = {"takes_back": "decision"} if act == "revoke-all" else {}
            board.say(person, act.removesuffix("-all"), **more)

    assert board.state() == state
    assert [one.state(board.now) for one in board.read_all()] == [state]


def test_settled_is_when_enough_stood_by_it(board):
    board.approve("anna", "bert")
    assert board.read().settled == 2
    board.say("anna", "revoke")
    assert board.read().settled is None
    board.approve("carl")
    assert board.read().settled == 4


@pytest.mark.parametrize(
    ("before", "late"),
    [
        (["anna refuse", "bert refuse"], ("carl", "approve")),
        (["anna approve", "bert approve"], ("carl", "return")),
        (["anna approve", "bert approve"], ("anna", "refuse")),
        (["anna refuse"], ("bert", "revoke")),
        ([], ("dora", "approve")),
    ],
)
def test_what_would_change_nothing_is_not_written(board, before, late):
    board.publics["dora"] = board.new_key("dora")
    board.write_root(members={p: {"keys": [board.publics[p]]} for p in ("anna", "bert", "carl", "dora")})
    for one in before:
        person, act = one.split()
        board.approve(person) if act == "approve" else board.say(person, act)
    files = sorted(p.name for p in (board.ws / "decisions").rglob("*"))

    with pytest.raises(InvalidInputError):
        board.say(late[0], late[1])

    assert sorted(p.name for p in (board.ws / "decisions").rglob("*")) == files


def test_a_refusal_in_force_is_not_taken_back_by_its_signer(board):
    board.draft("no", verdict="refuse")
    board.approve("anna", "bert", name="no")

    with pytest.raises(InvalidInputError):
        board.say("anna", "revoke", "no")

    text = board.text("anna", "revoke", "no", takes_back="own")
    board.put(text, "anna")
    from governance.decisions.signing import register_signatures

    register_signatures(board.ws, ["no"], board.trusted(), board.now)
    assert board.state("no") == "in force"


class TestSubmitter:
    @pytest.fixture
    def alone(self, tmp_path):
        return Acting(tmp_path, people=("anna", "bert"), threshold=1)

    @pytest.mark.parametrize("submitter", ["anna", " Anna ", "ANNA", "Anna Berg", "anna berg"])
    def test_nobody_decides_alone_on_what_they_submitted(self, alone, submitter):
        members = {p: {"keys": [alone.publics[p]]} for p in alone.people}
        members["anna"]["name"] = "Anna Berg"
        alone.write_root(members=members)
        alone.draft(submitter=submitter)
        alone.approve("anna")
        assert (alone.state(), alone.read().count.alone) == ("open", "anna")
        assert "does not decide alone" in str(alone.read().count)

        alone.approve("bert")
        assert alone.state() == "in force"
        alone.say("bert", "revoke")
        assert alone.state() == "revoked"

    def test_but_to_refuse_it_one_is_enough(self, alone):
        alone.draft(submitter="anna", verdict="refuse")
        alone.approve("anna")
        assert alone.state() == "in force"

    def test_another_one_does(self, alone):
        alone.draft(submitter="anna")
        alone.approve("bert")
        assert alone.state() == "in force"

    def test_nor_does_an_owner(self, alone):
        alone.draft(submitter="anna")
        alone.approve("anna")
        signed = alone.read()
        assert signed.settled_by([("anna",)]) is None
        alone.approve("bert")
        assert alone.read().settled_by([("anna",)]) == 2

    def test_nor_somebody_who_stands_in_for_them(self, alone):
        alone.publics["dora"] = alone.new_key("dora")
        alone.write_root(members={p: {"keys": [alone.publics[p]]} for p in ("anna", "bert", "dora")})
        alone.draft(submitter="anna")
        alone.delegate("anna", "dora")
        alone.approve("dora")
        assert alone.state() == "open"


class TestConditions:
    LOAD = (Condition(id="load-tested", text="100 orders a second"),)

    def test_they_block_until_they_are_met(self, board):
        board.approve("anna")
        board.say("bert", "approve", conditions=self.LOAD)
        assert board.state() == "conditions open"
        assert [one.id for one in board.read().unmet] == ["bert/load-tested"]

        board.say("anna", "met", condition="bert/load-tested", evidence="a run")
        assert board.state() == "conditions open"
        board.say("carl", "met", condition="bert/load-tested", evidence="a run")
        assert board.state() == "in force"

    def test_the_word_of_who_made_it_is_enough(self, board):
        board.approve("anna")
        board.say("bert", "approve", conditions=self.LOAD)
        board.say("bert", "met", condition="bert/load-tested", evidence="a run")
        assert board.state() == "in force"
        with pytest.raises(InvalidInputError, match="no such condition"):
            board.say("anna", "met", condition="bert/load-tested", evidence="again")

    def test_not_of_who_submitted_it(self, tmp_path):
        board = Acting(tmp_path, people=("anna", "bert"), threshold=1)
        board.draft(submitter="anna", blocking=self.LOAD)
        board.approve("bert")
        assert board.state() == "conditions open"
        board.say("anna", "met", condition="load-tested", evidence="my word")
        assert board.state() == "conditions open"
        board.say("bert", "met", condition="load-tested", evidence="I saw it")
        assert board.state() == "in force"

    def test_those_of_the_decision_need_as_many_as_decide(self, board):
        board.draft("second", blocking=self.LOAD)
        board.approve("anna", "bert", name="second")
        board.say("anna", "met", "second", condition="load-tested", evidence="x")
        assert board.state("second") == "conditions open"
        board.say("anna", "met", "second", condition="load-tested", evidence="twice")
        assert board.state("second") == "conditions open"
        board.say("carl", "met", "second", condition="load-tested", evidence="x")
        assert board.state("second") == "in force"

    def test_made_anew_it_is_open_anew(self, board):
        board.approve("anna")
        board.say("bert", "approve", conditions=self.LOAD)
        board.say("bert", "met", condition="bert/load-tested", evidence="a run")
        board.say("bert", "approve", conditions=self.LOAD)
        assert board.state() == "conditions open"


class TestDelegations:
    @pytest.fixture
    def board(self, tmp_path):
        made = Acting(tmp_path, people=("anna", "bert", "carl"), threshold=2)
        for person in ("dora", "emil"):
            made.publics[person] = made.new_key(person)
        made.write_root(members={p: {"keys": [made.publics[p]]} for p in made.publics})
        made.draft()
        return made

    def test_who_stands_in_counts_as_one(self, board):
        board.delegate("anna", "dora")
        board.approve("dora")
        signed = board.read()
        assert [(one.member, one.acts_for) for one in signed.count.signers] == [("dora", "anna")]
        board.approve("anna")
        assert (board.state(), board.read().count.people) == ("open", ("anna",))
        board.approve("bert")
        assert board.state() == "in force"

    def test_a_member_who_stands_in_counts_once(self, board):
        board.delegate("anna", "bert")
        board.approve("bert")
        assert (board.state(), board.read().count.people) == ("open", ("bert",))

    def test_one_person_for_two_counts_once(self, board):
        board.delegate("anna", "dora")
        board.delegate("bert", "dora")
        board.approve("dora")
        assert (board.state(), board.read().count.people) == ("open", ("dora",))

    def test_for_two_one_of_whom_speaks(self, board):
        board.delegate("anna", "dora")
        board.delegate("bert", "dora")
        board.approve("dora", "anna")
        assert (board.state(), board.read().count.people) == ("in force", ("anna", "dora"))

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("anna", "bert"), ("bert", "anna")),
            (("anna", "bert"), ("bert", "carl")),
            (("anna", "bert"), ("carl", "anna")),
        ],
        ids=["loop", "chain", "chain before"],
    )
    def test_there_are_no_chains_and_no_loops(self, board, first, second):
        board.delegate(*first)
        with pytest.raises(InvalidInputError, match="no chains"):
            board.delegate(*second)

    @pytest.mark.parametrize(
        ("person", "to", "days", "why"),
        [
            ("anna", "anna", 5, "themselves"),
            ("anna", "dora", 91, "90 days at most"),
            ("anna", "dora", 0, "ends before it begins"),
            ("anna", "zoe", 5, "no member"),
            ("dora", "emil", 5, "not in the role"),
        ],
    )
    def test_what_is_no_delegation(self, board, person, to, days, why):
        with pytest.raises(InvalidInputError, match=why):
            board.delegate(person, to, days)

    def test_it_ends_by_itself(self, board):
        board.delegate("anna", "dora", days=10)
        board.now += timedelta(days=11)
        with pytest.raises(InvalidInputError, match="not in the role"):
            board.approve("dora")

    def test_and_by_a_word_and_what_was_said_before_stays(self, board):
        board.delegate("anna", "dora")
        board.draft("second")
        board.approve("dora")
        board.say("anna", "end-delegation", to="dora")
        board.approve("bert")
        assert board.state() == "in force"
        with pytest.raises(InvalidInputError, match="not in the role"):
            board.approve("dora", name="second")

    def test_an_end_that_was_kept_back_ends_none_that_was_made_later(self, board):
        board.delegate("anna", "dora")
        kept = board.text("anna", "end-delegation", "", to="dora", comment="")
        board.delegate("anna", "dora", days=20)
        with pytest.raises(InvalidInputError, match="does not stand in"):
            board.take(kept, board.signature(kept, "anna"))
        board.put(kept, "anna")
        register_signatures(board.ws, [], board.trusted(), board.now)
        board.approve("dora", "bert")
        assert board.state() == "in force"

    def test_an_ended_one_gives_nobody_time_by_a_date_put_back(self, board):
        board.delegate("anna", "dora", days=10)
        board.now += timedelta(days=11)
        board.approve("bert")
        board.now -= timedelta(days=5)  # dora's machine is set back
        board.sign("first", "dora")
        assert board.state() == "open"
