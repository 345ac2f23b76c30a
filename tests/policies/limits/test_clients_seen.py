"""When a client of a consumer last called, kept in the ledger."""

import sqlite3
from contextlib import closing

import pytest

from policies.clients_seen import ClientSeen, clients_seen
from policies.ledger import VERSION, Ledger


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def seen(consumer="shop", api="stock", digest="sha256:a", at=100.0):
    return ClientSeen(consumer, api, "1.1", digest, at)


def kept(path, *records):
    ledger = Ledger(path, lambda: pytest.fail("dropped"))
    for record in records:
        ledger.client_seen(record)
    ledger.close()


def test_one_row_a_client_with_its_last_call(path):
    kept(path, seen(at=100.0), seen(at=300.0), seen(at=200.0), seen(digest="", at=250.0), seen("other", at=999.0))

    assert clients_seen(path, "shop", 0.0) == [seen(at=300.0), seen(digest="", at=250.0)]
    assert clients_seen(path, "shop", 260.0) == [seen(at=300.0)]
    assert clients_seen(path, "nobody", 0.0) == []


def test_a_ledger_that_is_none_tells_nothing(path):
    assert clients_seen(path, "shop", 0.0) == []
    path.write_text("no ledger")
    assert clients_seen(path, "shop", 0.0) == []


def test_a_file_of_the_version_before_gains_the_table(path):
    kept(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE clients_seen")
        database.execute("DROP TABLE ended_sessions")
        database.execute("PRAGMA user_version = 4")
    assert clients_seen(path, "shop", 0.0) == []
    kept(path, seen())

    assert clients_seen(path, "shop", 0.0) == [seen()]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
