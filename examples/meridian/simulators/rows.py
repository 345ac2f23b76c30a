"""The data of a simulator, in SQLite: rows of a kind under a parent, in the order in which they were made."""

import json
import sqlite3
from pathlib import Path
from typing import Any

Row = dict[str, Any]
VERSION = "~version"
"""Counts a row's changes; never shown as it is."""


class Rows:
    """One database file. Every change is committed at once: the data outlive the process."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, "
            "key TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, key))"
        )
        self._base.execute("CREATE INDEX IF NOT EXISTS row_parent ON row (kind, parent)")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was made yet."""
        return self._base.execute("SELECT 1 FROM row LIMIT 1").fetchone() is None

    def clear(self) -> None:
        """Take everything out."""
        self._base.execute("DELETE FROM row")

    def together(self) -> "_Together":
        """A context in which all changes happen or none."""
        return _Together(self._base)

    def add(self, kind: str, key: str, parent: str, row: Row) -> Row:
        """Make a row. Raises KeyError where there is one with this key."""
        row = {**row, VERSION: 1}
        try:
            self._base.execute(
                "INSERT INTO row (kind, key, parent, body) VALUES (?, ?, ?, ?)", (kind, key, parent, json.dumps(row))
            )
        except sqlite3.IntegrityError as error:
            raise KeyError(key) from error
        return row

    def get(self, kind: str, key: str) -> Row | None:
        """The row, if there is one."""
        found = self._base.execute("SELECT body FROM row WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(found[0]) if found else None

    def parent_of(self, kind: str, key: str) -> str | None:
        """To what the row belongs, if there is one."""
        found = self._base.execute("SELECT parent FROM row WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return str(found[0]) if found else None

    def under(self, kind: str, parent: str) -> list[Row]:
        """All rows of a kind that belong to `parent`."""
        found = self._base.execute("SELECT body FROM row WHERE kind = ? AND parent = ? ORDER BY number", (kind, parent))
        return [json.loads(body) for (body,) in found]

    def change(self, kind: str, key: str, row: Row) -> Row:
        """Put `row` in the place of the one with this key."""
        row = {**row, VERSION: int(row[VERSION]) + 1}
        self._base.execute("UPDATE row SET body = ? WHERE kind = ? AND key = ?", (json.dumps(row), kind, key))
        return row

    def remove(self, kind: str, key: str) -> None:
        """Take a row out."""
        self._base.execute("DELETE FROM row WHERE kind = ? AND key = ?", (kind, key))

    def counts(self) -> dict[str, int]:
        """How many rows of each kind there are."""
        return dict(self._base.execute("SELECT kind, COUNT(*) FROM row GROUP BY kind ORDER BY kind"))


class _Together:
    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._base.execute("ROLLBACK" if kind else "COMMIT")
