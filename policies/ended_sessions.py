"""Sessions of the portal that were ended before their time: kept in the ledger, so that all processes of a node know.

A session is its own random name; nothing else of it is kept, and that only until it would have ended by itself.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

_BUSY_SECONDS: Final = 2.0
SCHEMA: Final = """
CREATE TABLE ended_sessions (name TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""


def end_session(path: Path, name: str, until: float, now: float) -> None:
    """From now on `has_ended` says so. `until`, when it ends by itself. Raises sqlite3.Error."""
    address = f"{path.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)) as database, database:
        database.execute("DELETE FROM ended_sessions WHERE until < ?", (now,))
        database.execute("INSERT OR REPLACE INTO ended_sessions (name, until) VALUES (?, ?)", (name, until))


def has_ended(path: Path, name: str) -> bool:
    """Whether it was ended. Raises sqlite3.Error: then nobody knows."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as database:
        return database.execute("SELECT 1 FROM ended_sessions WHERE name = ?", (name,)).fetchone() is not None
