"""What would have been refused: counted by the hour in the ledger, bounded, and listed for people."""

import json
import sqlite3
from contextlib import closing

import pytest

from governance.cli.main import main
from governance.starter import write_workspace
from policies import ledger as ledger_module
from policies.ledger import Ledger
from policies.would_refuse import Bounded, WouldRefuse, would_refuse

HOUR = 1_780_000_000 // 3600 * 3600
TYPE, UNDECLARED = ("request", "type"), ("answer", "undeclared")


def fail(words):
    raise AssertionError(words)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def noted(ledger, *broken, at=HOUR + 5.0, consumer="shop", operation="getOrder"):
    ledger.would_refuse(at, consumer, "orders", "1.2", operation, broken)


def row(rule, calls, hour=HOUR, consumer="shop", operation="getOrder"):
    return WouldRefuse(hour, consumer, "orders", "1.2", operation, rule[0], rule[1], calls)


def test_calls_are_counted_by_hour_consumer_operation_and_rule(path):
    ledger = Ledger(path, lambda: fail("dropped"))
    for _ in range(1_000):
        noted(ledger, TYPE, UNDECLARED)
    noted(ledger, TYPE, consumer="edi")
    assert ledger.flush()
    noted(ledger, TYPE, at=HOUR + 3_700)
    ledger.close()

    assert would_refuse(path) == [row(TYPE, 1_001, HOUR + 3_600), row(UNDECLARED, 1_000), row(TYPE, 1, consumer="edi")]
    assert would_refuse(path, since=HOUR + 3_600) == [row(TYPE, 1, HOUR + 3_600)]
    assert would_refuse(path, consumer="edi") == [row(TYPE, 1, consumer="edi")]
    assert len(would_refuse(path, limit=1)) == 1
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM would_refuse").fetchone() == (4,)


def test_two_processes_add_to_one_row(path):
    for _ in range(2):
        ledger = Ledger(path, lambda: fail("dropped"))
        noted(ledger, TYPE)
        ledger.close()

    assert would_refuse(path) == [row(TYPE, 2)]


def test_more_combinations_than_an_hour_takes_are_counted_as_other(path):
    ledger = Ledger(path, lambda: fail("dropped"))
    ledger._bounded = Bounded(2)
    for number in range(5):
        noted(ledger, TYPE, operation=f"op{number}")
    noted(ledger, TYPE, operation="op0")
    noted(ledger, TYPE, operation="op9", at=HOUR + 3_600)
    ledger.close()

    assert would_refuse(path) == [
        row(("request", "other"), 3, consumer="other", operation="other"),
        row(TYPE, 2, operation="op0"),
        row(TYPE, 1, operation="op1"),
        row(TYPE, 1, HOUR + 3_600, operation="op9"),
    ]


def test_what_finds_no_room_is_dropped_and_counted(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_COUNTS_MOST", 3)
    monkeypatch.setattr(ledger_module, "_COUNTS_SECONDS", 60)
    drops = []
    ledger = Ledger(path, lambda: drops.append(1))
    for number in range(5):
        noted(ledger, TYPE, operation=f"op{number}")
    ledger.close()

    assert (len(would_refuse(path)), len(drops)) == (3, 2)


def test_a_file_of_the_version_before_gains_the_table(path):
    Ledger(path, lambda: fail("dropped")).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE would_refuse")
        database.execute("DROP TABLE clients_seen")
        database.execute("DROP TABLE ended_sessions")
        database.execute("PRAGMA user_version = 3")
    ledger = Ledger(path, lambda: fail("dropped"))
    noted(ledger, TYPE)
    ledger.close()

    assert would_refuse(path) == [row(TYPE, 1)]


@pytest.fixture
def folder(tmp_path):
    write_workspace(tmp_path / "w", 9)
    return tmp_path / "w"


@pytest.fixture
def kept(folder):
    ledger = Ledger(folder / ".tidewaiter" / "ledger.sqlite", lambda: fail("dropped"))
    noted(ledger, TYPE, UNDECLARED)
    noted(ledger, TYPE, consumer="\x1b[31medi")
    ledger.close()
    return ["report", "would-refuse", "--workspace", str(folder)]


def test_the_command_lists_the_most_calls_first(kept, capsys):
    assert main(kept) == 1

    out, err = capsys.readouterr()
    assert out.splitlines()[0].split() == ["CALLS", "CONSUMER", "OPERATION", "DIRECTION", "RULE", "LAST", "HOUR"]
    assert "orders@1.2 getOrder" in out
    assert "\x1b" not in out
    assert "3 combinations" in err


def test_the_command_speaks_json_and_takes_a_time(kept, capsys):
    assert main([*kept, "--format", "json", "--consumer", "shop", "--since", "2026-01-01"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["rule"], one["calls"], one["hour"]) for one in told] == [
        ("undeclared", 1, "2026-05-28T20:00+00:00"), ("type", 1, "2026-05-28T20:00+00:00"),
    ]  # fmt: skip

    for since, code in (("2100-01-01T00:00Z", 0), ("2026-05-28T20:59:00", 1), ("0h", 0), ("yesterday", 2)):
        assert main([*kept, "--since", since]) == code
    assert "--since takes" in capsys.readouterr().err


def test_the_command_says_where_nothing_can_be_read(folder, tmp_path, capsys):
    assert main(["report", "would-refuse", "--workspace", str(folder)]) == 0
    assert "nothing yet: there is no ledger" in capsys.readouterr().err
    ledger = folder / ".tidewaiter" / "ledger.sqlite"
    ledger.parent.mkdir(exist_ok=True)
    ledger.write_text("no ledger")
    assert main(["report", "would-refuse", "--workspace", str(folder)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["report", "would-refuse", "--workspace", str(tmp_path / "none")]) == 2
