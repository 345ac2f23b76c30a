"""Writes of unknown effect: kept in the ledger, brought to older files, printed for people."""

import json
import sqlite3
import time
from contextlib import closing
from datetime import datetime

import pytest

from governance.cli.main import main
from governance.starter import write_workspace
from policies.ledger import VERSION, Ledger
from policies.ledger_entries import entries
from policies.unknown_effects import UnknownEffect, unknown_effects

NOW = time.time()


def record(**changes):
    content = {
        "at": NOW, "correlation": "c-1", "call": "u-1", "consumer": "shop", "api": "orders", "version": "1.0",
        "operation": "createOrder", "method": "POST", "entity": "mde", "system": "s4-eu", "problem": "system-timeout",
        "status": 504, "attempts": 1, "end": "complete",
    }  # fmt: skip
    return UnknownEffect(**{**content, **changes})


def fail(message):
    raise AssertionError(message)


def ledger(path):
    return Ledger(path, lambda: fail("a record was dropped"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def test_they_are_kept_newest_first_and_found_by_system_and_time(path):
    kept = [record(at=NOW + i, correlation=f"c-{i}", system=("s4-eu", "bc-us")[i % 2]) for i in range(6)]
    writing = ledger(path)
    for one in kept:
        writing.effect_unknown(one)
    writing.close()
    assert unknown_effects(path) == kept[::-1]
    assert unknown_effects(path, system="bc-us", since=NOW + 2) == [kept[5], kept[3]]
    assert unknown_effects(path, limit=1) == [kept[5]]
    assert entries(path) == []


def test_a_file_of_the_first_version_gains_the_table_and_keeps_its_rows(path):
    ledger(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE unknown_effects")
        database.execute("DROP TABLE would_refuse")
        database.execute("DROP TABLE clients_seen")
        database.execute("DROP TABLE ended_sessions")
        for column in ("call", "trace", "release"):
            database.execute(f"ALTER TABLE refusals DROP COLUMN {column}")
        database.execute("INSERT INTO anonymous VALUES (1, 'p', 'x', 3)")
        database.execute("PRAGMA user_version = 1")
    writing = ledger(path)
    writing.effect_unknown(record())
    writing.close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert database.execute("SELECT count FROM anonymous").fetchall() == [(3,)]
    assert unknown_effects(path) == [record()]


def test_the_command_prints_them(tmp_path, capsys):
    write_workspace(tmp_path / "w", NOW)
    folder = str(tmp_path / "w")
    file = tmp_path / "w" / ".tidewaiter" / "ledger.sqlite"
    ledger(file).close()
    assert main(["report", "unknown-effects", "--workspace", folder]) == 0
    writing = ledger(file)
    writing.effect_unknown(record(at=NOW - 7200))
    writing.effect_unknown(record(problem="a\x1b[31mb"))
    writing.close()
    capsys.readouterr()

    assert main(["report", "unknown-effects", "--workspace", folder, "--hours", "1"]) == 1
    out, err = capsys.readouterr()
    assert "createOrder" in out
    assert "\x1b" not in out
    assert err == "1 write of unknown effect\n"
    assert main(["report", "unknown-effects", "-w", folder, "--format", "json", "--output", str(tmp_path / "o")]) == 1
    told = [datetime.fromisoformat(one["at"]).timestamp() for one in json.loads((tmp_path / "o").read_text())]
    assert told == [int(NOW), int(NOW - 7200)]


def test_no_ledger_is_told(tmp_path, capsys):
    write_workspace(tmp_path / "w", NOW)
    assert main(["report", "unknown-effects", "--workspace", str(tmp_path / "w")]) == 0
    assert "nothing yet: there is no ledger .tidewaiter/ledger.sqlite" in capsys.readouterr().err
    (tmp_path / "w" / ".tidewaiter" / "ledger.sqlite").write_text("no ledger")
    assert main(["report", "unknown-effects", "--workspace", str(tmp_path / "w")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["report", "unknown-effects", "--workspace", str(tmp_path)]) == 2
