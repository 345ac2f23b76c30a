"""What is suspended, as the ledger keeps it."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.ledger import Ledger
from policies.suspension_ledger import SuspensionLedger, Turn, in_force


def test_it_is_kept_and_rows_are_only_added(tmp_path):
    path = tmp_path / "ledger.sqlite"
    first = SuspensionLedger(path)
    assert first.suspend("key", "abc", "leaked", "ann")
    assert first.suspend("entity", "one", "audit", "bob")
    assert first.resume("key", "abc", "a new one", "ann")
    assert not first.resume("key", "abc", "again", "ann")
    first.close()

    again = SuspensionLedger(path)

    assert [(turn.kind, turn.name, turn.reason, turn.by) for turn in again.now] == [("entity", "one", "audit", "bob")]
    again.close()
    rows = sqlite3.connect(path).execute("SELECT kind, suspended FROM suspensions ORDER BY id").fetchall()
    assert rows == [("key", 1), ("entity", 1), ("key", 0)]


def test_it_shares_the_file_with_the_refusals(tmp_path):
    path = tmp_path / "ledger.sqlite"
    first = SuspensionLedger(path)
    first.suspend("system", "erp", "down", "ann")
    Ledger(path, lambda: None).close()
    first.close()
    again = SuspensionLedger(path)
    assert [turn.name for turn in again.now] == ["erp"]
    again.close()


def test_it_is_in_force_even_where_it_cannot_be_written(tmp_path):
    ledger = SuspensionLedger(tmp_path / "ledger.sqlite")
    ledger.suspend("key", "kept", "x", "y")
    ledger._database.execute("PRAGMA query_only = ON")

    assert not ledger.suspend("key", "abc", "leaked", "ann")
    assert [turn.name for turn in ledger.now] == ["kept", "abc"]
    with pytest.raises(sqlite3.Error):
        ledger.resume("key", "kept", "x", "y")
    assert [turn.name for turn in ledger.now] == ["kept", "abc"], "what is not written is not taken back"
    ledger.close()


def test_what_is_no_ledger_is_not_taken_for_an_empty_one(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"something else" * 200)
    with pytest.raises(sqlite3.DatabaseError):
        SuspensionLedger(path)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.booleans())))
def test_the_last_turn_counts(turns):
    made = [Turn(float(at), kind, name, int(on), "", "") for at, (kind, name, on) in enumerate(turns)]
    last = {(kind, name): on for kind, name, on in turns}
    assert set(in_force(made)) == {key for key, on in last.items() if on}
