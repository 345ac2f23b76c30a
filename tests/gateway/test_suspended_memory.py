"""A ledger of suspensions that was lost, cut or replaced sets nobody free."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from contracts.diagnostic import InvalidInputError
from gateway.releases.suspended_memory import RememberedLedger
from policies.suspension_ledger import SuspensionLedger


class Ledgers:
    def __init__(self, folder):
        self.path, self.memory = folder / "ledger.sqlite", folder / "suspended.json"

    def open(self):
        return RememberedLedger(self.path, self.memory)

    def turned(self, *names):
        ledger = self.open()
        for name in names:
            assert ledger.suspend("consumer", name, "because", "a test")
        ledger.close()

    def names(self):
        ledger = self.open()
        names = [turn.name for turn in ledger.now]
        ledger.close()
        return names

    def refused(self):
        with pytest.raises(InvalidInputError) as raised:
            self.open()
        return raised.value.diagnostics[0].code


@pytest.fixture
def ledgers(tmp_path):
    return Ledgers(tmp_path)


def test_it_goes_on_from_what_was_seen(ledgers):
    ledgers.open().close()
    assert json.loads(ledgers.memory.read_text()) == {"turns": 0, "head": ""}
    ledgers.turned("shop", "web")
    ledger = ledgers.open()
    assert ledger.resume("consumer", "shop", "well again", "a test")
    assert [turn.name for turn in ledger.now] == ["web"]
    ledger.close()
    ledger = ledgers.open()
    assert [turn.name for turn in ledger.now] == ["web"]
    ledger.close()


def test_a_turn_that_was_written_before_it_could_be_remembered_counts(ledgers):
    ledgers.turned("shop")
    plain = SuspensionLedger(ledgers.path)
    plain.suspend("consumer", "web", "because", "a test")
    plain.close()
    ledger = ledgers.open()
    assert [turn.name for turn in ledger.now] == ["shop", "web"]
    ledger.close()


def test_a_ledger_that_is_gone_or_older_is_refused(ledgers, tmp_path):
    ledgers.turned("shop")
    shutil.copy(ledgers.path, tmp_path / "copy")
    ledgers.turned("web")
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    assert ledgers.refused() == "shorter-ledger"
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "copy", ledgers.path)
    assert ledgers.refused() == "shorter-ledger"


def test_another_ledger_is_refused(ledgers, tmp_path):
    ledgers.turned("shop")
    other = Ledgers(tmp_path / "other")
    other.path.parent.mkdir()
    other.turned("web", "lab")
    ledgers.path = other.path
    assert ledgers.refused() == "forked-ledger"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"turns": "3", "head": ""}', '{"turns": -1, "head": ""}', "{}"])
def test_a_memory_that_cannot_be_read_is_refused(ledgers, text):
    ledgers.memory.write_text(text)
    assert ledgers.refused() == "broken-memory"


def test_where_it_cannot_be_remembered_that_is_told(ledgers, tmp_path):
    ledger = ledgers.open()
    ledger._memory = tmp_path / "nowhere" / "suspended.json"
    assert not ledger.suspend("consumer", "shop", "because", "a test")
    # In force all the same, and after a restart.
    assert [turn.name for turn in ledger.now] == ["shop"]
    ledger.close()
    assert ledgers.names() == ["shop"]


def test_a_resume_that_was_told_as_failed_sets_nobody_free_later(ledgers, tmp_path):
    ledgers.turned("shop")
    ledger = ledgers.open()
    ledger._memory = tmp_path / "nowhere" / "suspended.json"
    with pytest.raises(sqlite3.OperationalError, match="cannot be written"):
        ledger.resume("consumer", "shop", "a mistake", "a test")
    assert [turn.name for turn in ledger.now] == ["shop"]
    ledger._memory = ledgers.memory
    assert ledger.suspend("consumer", "web", "because", "a test")
    ledger.close()

    assert ledgers.names() == ["shop", "web"]
    assert not list(tmp_path.glob(".suspended*"))


def test_a_resume_that_the_ledger_does_not_take_is_not_remembered(ledgers, tmp_path):
    ledgers.turned("shop")
    ledger = ledgers.open()
    plain = sqlite3.connect(ledgers.path)
    plain.execute("CREATE TRIGGER full BEFORE INSERT ON suspensions BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(sqlite3.Error, match="full"):
        ledger.resume("consumer", "shop", "a mistake", "a test")
    plain.execute("DROP TRIGGER full")
    plain.close()
    ledger.close()

    assert ledgers.names() == ["shop"]
    assert not list(tmp_path.glob(".suspended*"))


@pytest.mark.parametrize("failing", ["written", "put in place"])
def test_a_turn_that_the_memory_is_behind_of(ledgers, monkeypatch, failing):
    """Killed, or failed, between the ledger and the memory: what was told holds, and the next one goes on from it."""
    ledgers.turned("shop")
    ledger = ledgers.open()
    if failing == "written":
        monkeypatch.setattr(os, "fsync", _fails)
        with pytest.raises(sqlite3.Error, match="cannot be written"):
            ledger.resume("consumer", "shop", "well again", "a test")
    else:
        monkeypatch.setattr(Path, "replace", _fails)
        assert ledger.resume("consumer", "shop", "well again", "a test")
    monkeypatch.undo()
    ledger.close()

    assert ledgers.names() == (["shop"] if failing == "written" else [])


def _fails(*_):
    raise OSError(28, "No space left on device")


def test_a_memory_that_is_gone_is_told_from_one_never_made(ledgers):
    """Also where the ledger was emptied with it; a ledger of a gateway that remembered nothing is begun with."""
    plain = SuspensionLedger(ledgers.path)
    plain.suspend("consumer", "web", "because", "a test")
    plain.close()
    assert ledgers.names() == ["web"]
    ledgers.memory.unlink()
    assert ledgers.refused() == "no-memory"
    database = sqlite3.connect(ledgers.path, isolation_level=None)
    database.execute("DELETE FROM suspensions")
    database.close()
    assert ledgers.refused() == "no-memory"
