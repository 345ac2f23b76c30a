"""Overrides on a node: who must sign, how long they hold, what ends them, and what is refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from board import NOW
from overriding import ELSE, Overriding
from pydantic import ValidationError

from contracts.diagnostic import InvalidInputError
from gateway.releases.overrides import end_overrides, overrides_of, take_override
from gateway.trust.envelope import Envelope
from gateway.trust.keys import read_private
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import PAYLOAD_TYPES, Override, Revocation
from governance.release.statements import signed, text_of


@pytest.fixture
def board(tmp_path):
    return Overriding(tmp_path)


def refused(board, code, *people, now=NOW, **changes):
    with pytest.raises(InvalidInputError) as caught:
        board.take(*people, now=now, **changes)
    assert [one.code for one in caught.value.diagnostics] == [code]
    assert overrides_of(board.node) == ()


def test_it_holds_for_its_hours(board):
    board.take()

    assert board.holding(NOW) == [1]
    assert board.holding(NOW + timedelta(hours=3, minutes=59)) == [1]
    assert board.holding(NOW + timedelta(hours=4)) == []
    assert overrides_of(board.node)[0].stated.count.people == ("anna", "bert")


def test_taken_twice_it_is_one(board):
    board.take()
    board.take()
    assert len(overrides_of(board.node)) == 1


@pytest.mark.parametrize("people", [("anna",), ("anna", "anna"), ("anna", "carl")])
def test_two_people_of_the_role_sign(board, people):
    """The root's threshold is one; for this it is two all the same."""
    refused(board, "too-few-signed", *people)


def test_signatures_of_strangers_count_for_nobody_and_stop_nobody(board):
    board.new_key("dora")
    refused(board, "too-few-signed", "anna", "dora")
    assert board.take("dora", "anna", "bert").count.people == ("anna", "bert")


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("foreign-statement", {"workspace": "other"}),
        ("foreign-statement", {"environment": "test"}),
        ("foreign-statement", {"environment": ""}),
        ("unknown-submitter", {"submitter": "dora"}),
        ("ended-override", {"start": NOW - timedelta(hours=5)}),
        ("future-override", {"start": NOW + timedelta(hours=1)}),
    ],
)  # fmt: skip
def test_what_is_not_for_here_or_now(board, code, changes):
    refused(board, code, **changes)


@pytest.mark.parametrize("hours", [0, 73, -1])
def test_at_most_three_days(board, hours):
    text = text_of(board.said()).replace(b"hours: 4", b"hours: %d" % hours)
    envelope = None
    for person in ("anna", "bert"):
        envelope = signed(envelope, Override, text, read_private(board.key(person)))
    with pytest.raises(InvalidInputError) as caught:
        take_override(board.node, envelope, NOW)
    assert "hours" in str(caught.value)


FIELDS = {
    "workspace": "other", "environment": "test", "submitter": "bert", "date": "2026-01-01", "reason": "another",
    "sequence": 2, "previous": ELSE, "operations": ["sales/createOrder"], "start": "2026-11-26T13:00:00Z", "hours": 72, "format": 2,
    "type": "revocation",
}  # fmt: skip


@pytest.mark.parametrize("field", [*FIELDS])
def test_each_field_is_signed(board, field):
    envelope = board.signed()
    lines = envelope.payload.decode().splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(f"{field}:"))
    lines[number] = f"{field}: {json.dumps(FIELDS[field])}"
    with pytest.raises(InvalidInputError):
        take_override(board.node, replace(envelope, payload=("\n".join(lines) + "\n").encode()), NOW)
    assert overrides_of(board.node) == ()


@pytest.mark.parametrize("kind", [one for one in PAYLOAD_TYPES.values() if "override" not in one])
def test_an_envelope_of_another_kind(board, kind):
    envelope = board.signed()
    with pytest.raises(InvalidInputError) as caught:
        take_override(board.node, Envelope(kind, envelope.payload, envelope.signatures), NOW)
    assert caught.value.diagnostics[0].code == "foreign-signature"
    assert PAYLOAD_TYPES[Revocation] != PAYLOAD_TYPES[Override]


class TestASecondOne:
    def test_within_seven_days_of_the_end_of_another_needs_the_quorum(self, board):
        board.take()
        later = NOW + timedelta(hours=4, days=6, minutes=1)
        second = {"sequence": 2, "start": later}

        with pytest.raises(InvalidInputError) as caught:
            board.take(now=later, **second)
        assert caught.value.diagnostics[0].code == "no-quorum"
        board.take("anna", "bert", "carl", now=later, **second)
        assert board.holding(later) == [2]

    def test_after_that_two_are_enough(self, board):
        board.take()
        later = NOW + timedelta(hours=4, days=7, minutes=1)
        board.take(now=later, sequence=2, start=later)
        assert board.holding(later) == [2]

    @pytest.mark.parametrize("sequence", [1, 2])
    def test_its_number_is_higher(self, board, sequence):
        board.take()
        board.take("anna", "bert", "carl", sequence=2)
        with pytest.raises(InvalidInputError) as caught:
            board.take(sequence=sequence, operations=("sales/createOrder",))
        assert caught.value.diagnostics[0].code == "older-override"

    @pytest.mark.parametrize("previous", [ELSE, "of the first"])
    def test_one_that_follows_another_than_was_taken_here_needs_the_quorum(self, board, previous):
        """A further node never took the one before, and cannot know when that one ended."""
        if previous != ELSE:
            first = board.take()
            board.take("anna", "bert", "carl", sequence=2)
            previous = first.digest
        later = NOW + timedelta(days=30)
        third = {"sequence": 3, "start": later, "previous": previous}
        with pytest.raises(InvalidInputError, match="that this node never took") as caught:
            board.take(now=later, **third)
        assert caught.value.diagnostics[0].code == "no-quorum"
        board.take("anna", "bert", "carl", now=later, **third)
        assert board.holding(later) == [3]

    @pytest.mark.parametrize("changes", [{"sequence": 2, "previous": NOTHING}, {"previous": ELSE}])
    def test_only_the_first_follows_none(self, board, changes):
        with pytest.raises(ValidationError):
            board.said(**changes)


def test_ended_before_its_time_by_anybody_here_and_for_good(board):
    board.take()
    assert end_overrides(board.node, NOW) == 1
    assert board.holding(NOW) == []
    board.take()  # the same statement once more
    assert board.holding(NOW) == []
    assert end_overrides(board.node, NOW) == 0


def test_a_log_or_a_statement_that_is_gone(board):
    stated = board.take()
    path = board.node.statement_path(stated.digest)
    text = path.read_bytes()
    path.unlink()
    with pytest.raises(InvalidInputError):
        overrides_of(board.node)
    path.write_bytes(text.replace(b'"sig": "', b'"sig": "AAAA', 1))
    with pytest.raises(InvalidInputError):
        overrides_of(board.node)
    path.write_bytes(text)
    (board.node.folder / "log.jsonl").unlink()
    with pytest.raises(InvalidInputError) as caught:
        overrides_of(board.node)
    assert caught.value.diagnostics[0].code == "shorter-log"


def test_what_the_command_says(board, command):
    key, home = board.key("anna"), ("-w", board.ws, "-e", "prod", "--into", board.folder)
    begin = ("override", "begin", "sales/listOrders", "--hours", "2", "--reason", "the ERP answers oddly", *home)

    code, out, err = command(*begin, "--key", key)
    assert (code, out) == (1, "")
    assert "nothing is loosened yet" in err
    file = board.folder / "override-1.yaml"
    assert command("override", "sign", file, "--key", board.key("bert"), "-w", board.ws)[0] == 0
    code, out, _ = command("override", "take", file, "-w", board.ws, "-e", "prod")
    assert code == 0
    assert out.startswith("override 1: sales/listOrders until ")
    code, out, _ = command("override", "list", "-w", board.ws, "-e", "prod", "--format", "json")
    (row,) = json.loads(out)
    assert (row["state"], row["signed_by"]) == ("in force", ["anna", "bert"])
    assert datetime.fromisoformat(row["until"]) > datetime.now(UTC)
    assert command("override", "end", "-w", board.ws, "-e", "prod")[2] == "1 override ended\n"


def test_what_is_no_operation(board, command):
    code, _, err = command("override", "begin", "listOrders", "--hours", "2", "--reason", "because", "-w", board.ws)
    assert code == 2
    assert "listOrders: error[no-operation]" in err


def test_a_reason_that_says_nothing(board, command):
    begin = ("override", "begin", "sales/listOrders", "--hours", "2", "--reason", "x", "-w", board.ws)
    code, _, err = command(*begin, "--key", board.key("anna"))
    assert code == 2
    assert "/reason" in err
    assert "Traceback" not in err
