"""A ledger of suspensions that was lost, cut or replaced sets nobody free."""

import shutil

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

    def refused(self):
        with pytest.raises(InvalidInputError) as raised:
            self.open()
        return raised.value.diagnostics[0].code


@pytest.fixture
def ledgers(tmp_path):
    return Ledgers(tmp_path)


def test_it_goes_on_from_what_was_seen(ledgers):
    ledgers.open().close()
    assert not ledgers.memory.exists()
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
    # In force all the same.
    assert [turn.name for turn in ledger.now] == ["shop"]
    ledger.close()
