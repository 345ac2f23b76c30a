"""The ledger: what is written, what is counted, and that traffic never waits for it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from contracts.diagnostic import InvalidInputError
from policies import ledger as ledger_module
from policies.ledger import AuditRecord, Ledger
from policies.ledger_entries import AnonymousCount, anonymous_counts, entries

NOW = 1_780_000_020.5


def record(consumer="shop", **changes) -> AuditRecord:
    content = {
        "at": NOW, "correlation": "c-1", "consumer": consumer, "credential": "entra/k1", "address": "192.0.2.7",
        "problem": "rate-limited", "status": 429, "api": "orders", "version": "1.2.0", "operation": "listOrders",
        "entity": "mna", "fault": "gateway", "effect": "none",
    }  # fmt: skip
    return AuditRecord(**{**content, **changes})


class Drops:
    def __init__(self) -> None:
        self.count = 0
        self.threads: set[int] = set()

    def __call__(self) -> None:
        self.count += 1
        self.threads.add(threading.get_ident())


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "folder" / "ledger.sqlite"


def test_each_refusal_of_somebody_is_a_record(path):
    drops = Drops()
    ledger = Ledger(path, drops)
    records = [record(at=NOW + i, correlation=f"c-{i}") for i in range(1_200)]
    for one in records:
        ledger.refused(one)
    ledger.close()
    assert entries(path, limit=5_000) == records[::-1]
    assert anonymous_counts(path) == []
    assert drops.count == 0


def test_nobody_in_particular_is_a_count_by_minute_network_and_problem(path):
    ledger = Ledger(path, Drops())
    for host in range(30):
        ledger.refused(record("", address=f"192.0.2.{host}", problem="unauthenticated"))
    ledger.refused(record("", address="2001:db8:7::1", problem="unauthenticated"))
    assert ledger.flush()
    ledger.refused(record("", address="192.0.2.200", problem="unauthenticated"))
    ledger.refused(record("", at=NOW + 60, problem="address-rate-limited"))
    ledger.close()
    minute = int(NOW // 60) * 60
    assert anonymous_counts(path) == [
        AnonymousCount(minute + 60, "192.0.2.0/24", "address-rate-limited", 1),
        AnonymousCount(minute, "192.0.2.0/24", "unauthenticated", 31),
        AnonymousCount(minute, "2001:db8:7::/48", "unauthenticated", 1),
    ]
    assert anonymous_counts(path, since=minute + 60, limit=5)[0].problem == "address-rate-limited"
    assert entries(path) == []


def test_a_flood_of_networks_fills_no_disk(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_PREFIXES_A_MINUTE", 5)
    ledger = Ledger(path, Drops())
    for network in range(50):
        ledger.refused(record("", address=f"198.51.{network}.1"))
    for network in range(3):
        ledger.refused(record("", at=NOW + 60, address=f"198.51.{network}.1"))
    ledger.close()
    counts = anonymous_counts(path)
    assert len(counts) == 6 + 3
    assert {count.prefix: count.count for count in counts if count.minute <= NOW}["other"] == 45


def test_records_are_found_by_consumer_problem_and_time(path):
    ledger = Ledger(path, Drops())
    for i, (consumer, problem) in enumerate([("shop", "a"), ("mill", "a"), ("shop", "b")]):
        ledger.refused(record(consumer, problem=problem, at=NOW + i))
    ledger.close()
    assert [e.problem for e in entries(path, consumer="shop")] == ["b", "a"]
    assert [e.consumer for e in entries(path, problem="a")] == ["mill", "shop"]
    assert [e.at for e in entries(path, since=NOW + 1, until=NOW + 2)] == [NOW + 1]
    assert [e.at for e in entries(path, limit=1)] == [NOW + 2]


def test_what_is_written_stays_after_reopening(path):
    for i in range(3):
        ledger = Ledger(path, Drops())
        ledger.refused(record(at=NOW + i))
        ledger.close()
    assert [e.at for e in entries(path)] == [NOW + 2, NOW + 1, NOW]


def test_several_processes_share_one_file(path):
    drops = Drops()
    ledgers = [Ledger(path, drops) for _ in range(4)]
    for i in range(400):
        ledgers[i % 4].refused(record(at=NOW + i))
        ledgers[i % 4].refused(record(""))
    for ledger in ledgers:
        ledger.close()
    assert len(entries(path)) == 400
    assert [count.count for count in anonymous_counts(path)] == [400]
    assert drops.count == 0


def test_a_full_queue_drops_counts_and_never_waits(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_QUEUE_MOST", 10)
    drops = Drops()
    ledger = Ledger(path, drops)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        for _ in range(110):
            ledger.refused(record())
        assert time.monotonic() - begun < 0.5
        assert drops.count == 100
        other.execute("ROLLBACK")
    ledger.close()
    assert len(entries(path)) == 10
    assert drops.threads == {threading.get_ident()}


def test_a_locked_database_is_waited_for_by_the_thread_alone(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_BUSY_SECONDS", 0.05)
    monkeypatch.setattr(ledger_module, "_RETRY_SECONDS", 0.05)
    drops = Drops()
    ledger = Ledger(path, drops)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ledger.refused(record())
        assert not ledger.flush(0.3)
        other.execute("ROLLBACK")
    assert ledger.flush()
    ledger.close()
    assert (len(entries(path)), drops.count) == (1, 0)


def test_a_database_locked_for_good_is_counted_at_the_end(path, monkeypatch):
    for name in ("_BUSY_SECONDS", "_RETRY_SECONDS", "_CLOSE_SECONDS"):
        monkeypatch.setattr(ledger_module, name, 0.1)
    drops = Drops()
    ledger = Ledger(path, drops)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            ledger.refused(record())
        ledger.close()
        other.execute("ROLLBACK")
    assert drops.count == 3
    ledger.refused(record())
    assert drops.count == 4
    assert entries(path) == []


def test_a_locked_database_is_no_reason_not_to_start(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_BUSY_SECONDS", 0.1)
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ledger = Ledger(path, Drops())
        ledger.refused(record())
        other.execute("ROLLBACK")
    assert ledger.flush()
    ledger.close()
    assert len(entries(path)) == 1


def test_a_full_disk_drops_nothing_that_it_can_write_later(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "_RETRY_SECONDS", 0.05)
    opened = ledger_module._open
    full = threading.Event()

    def small(path):
        database = opened(path)
        if full.is_set():
            pages = database.execute("PRAGMA page_count").fetchone()[0]
            database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(ledger_module, "_open", small)
    full.set()
    drops = Drops()
    ledger = Ledger(path, drops)
    for _ in range(2_000):
        ledger.refused(record(operation="o" * 200))
    assert not ledger.flush(0.5)
    full.clear()
    assert ledger.flush()
    ledger.close()
    assert (len(entries(path, limit=5_000)), drops.count) == (2_000, 0)


def test_a_file_taken_away_is_made_anew(path):
    ledger = Ledger(path, Drops())
    ledger.refused(record(at=NOW))
    assert ledger.flush()
    for name in path.parent.iterdir():
        name.unlink()
    ledger.refused(record(at=NOW + 1))
    ledger.close()
    assert [e.at for e in entries(path)] == [NOW + 1]


def test_a_process_that_is_killed_leaves_a_whole_file(path):
    script = """
import sys, time
from pathlib import Path
from policies.ledger import AuditRecord, Ledger
ledger = Ledger(Path(sys.argv[1]), lambda: None)
for i in range(10**9):
    ledger.refused(AuditRecord(float(i), "c", "shop", "", "", "p", 429, "", "", "", "", "", "none"))
    if i == 2000:
        print("on", flush=True)
    time.sleep(0)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as process:
        assert process.stdout.readline() == b"on\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    ledger = Ledger(path, Drops())
    ledger.refused(record(at=10.0**10))
    ledger.close()
    found = entries(path, limit=10**6)
    assert found[0].at == 10.0**10
    assert len(found) > 1
    # No hole: what was written is all that was queued up to some moment.
    assert [e.at for e in found[:0:-1]] == [float(i) for i in range(len(found) - 1)]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_text_that_no_file_can_hold_is_written_all_the_same(path):
    ledger = Ledger(path, Drops())
    ledger.refused(record(correlation="a\ud800b"))
    ledger.refused(record("", problem="a\ud800b"))
    ledger.close()
    assert entries(path)[0].correlation == "a?b"
    assert anonymous_counts(path)[0].problem == "a?b"


def test_a_file_that_is_no_ledger_is_told(path):
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to have a header of one" * 20)
    with pytest.raises(InvalidInputError) as caught:
        Ledger(path, Drops())
    assert "cannot be used as the ledger: file is not a database" in str(caught.value)
    assert "name another under `ledger`" in str(caught.value)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="folder cannot be made"):
        Ledger(tmp_path / "file" / "ledger.sqlite", Drops())


def test_a_newer_schema_is_left_alone(path):
    Ledger(path, Drops()).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(InvalidInputError, match="its schema is 99, and this version of Tidewaiter knows 6"):
        Ledger(path, Drops())


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_without_permission_is_told(path):
    path.parent.mkdir(mode=0o500)
    with pytest.raises(InvalidInputError, match="cannot be used as the ledger"):
        Ledger(path, Drops())


def test_the_ledger_has_no_place_for_a_payload(path):
    Ledger(path, Drops()).close()
    with closing(sqlite3.connect(path)) as database:
        columns = {
            row[1] for table in ("refusals", "anonymous") for row in database.execute(f"PRAGMA table_info({table})")
        }
    assert columns == {
        "id", "at", "correlation", "consumer", "credential", "address", "problem", "status", "api", "version", "operation",
        "entity", "fault", "effect", "minute", "prefix", "count", "call", "trace", "release",
    }  # fmt: skip
