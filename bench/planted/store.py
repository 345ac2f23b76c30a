"""The data, in one SQLite file. Every change is kept at once: a restart finds it."""

import json
import sqlite3
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Store:
    """Rows by kind, division and key. A row's version counts its changes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(folder / "north.sqlite", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS row (kind TEXT, division TEXT, key TEXT, version INTEGER, body TEXT, "
            "PRIMARY KEY (kind, division, key))"
        )
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, version INTEGER, media TEXT, content BLOB)"
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was made yet."""
        return self._base.execute("SELECT 1 FROM row LIMIT 1").fetchone() is None

    def fill(self, rows: list[tuple[str, str, str, Row]]) -> None:
        """Put first rows in: (kind, division, key, row)."""
        self._base.execute("BEGIN")
        for kind, division, key, row in rows:
            self.put(kind, division, key, row)
        self._base.execute("COMMIT")

    def rows(self, kind: str, division: str | None) -> list[Row]:
        """All rows of a kind in the order of their keys; None asks for those of all divisions."""
        found = self._base.execute(
            "SELECT body FROM row WHERE kind = ?1 AND (?2 IS NULL OR division = ?2) ORDER BY division, key",
            (kind, division),
        )
        return [json.loads(body) for (body,) in found]

    def get(self, kind: str, division: str | None, key: str) -> tuple[Row, int] | None:
        """A row and its version; None as division asks in all of them."""
        found = self._base.execute(
            "SELECT body, version FROM row WHERE kind = ?1 AND (?2 IS NULL OR division = ?2) AND key = ?3",
            (kind, division, key),
        ).fetchone()
        return (json.loads(found[0]), found[1]) if found else None

    def put(self, kind: str, division: str, key: str, row: Row) -> int:
        """Make a row, or change it. Returns its version."""
        found = self._base.execute(
            "INSERT INTO row VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET body = excluded.body, "
            "version = version + 1 RETURNING version",
            (kind, division, key, json.dumps(row)),
        ).fetchone()
        return int(found[0])

    def remove(self, kind: str, division: str, key: str) -> None:
        """Take a row out."""
        self._base.execute("DELETE FROM row WHERE kind = ? AND division = ? AND key = ?", (kind, division, key))

    def next_key(self, kind: str, division: str, letter: str) -> str:
        """A number that was never given: O100061."""
        name = f"next-{kind}"
        held = self.get(name, division, "")
        taken = [row[f"{kind}_id"] for row in self.rows(kind, division)]
        last = held[0]["last"] if held else max([int(key[1:]) for key in taken], default=int(division) * 1000)
        self.put(name, division, "", {"last": last + 1})
        return f"{letter}{last + 1:06d}"

    def file(self, name: str) -> tuple[bytes, str, int] | None:
        """Content, type and version of a file."""
        found = self._base.execute("SELECT content, media, version FROM file WHERE name = ?", (name,)).fetchone()
        return (bytes(found[0]), found[1], found[2]) if found else None

    def put_file(self, name: str, content: bytes, media: str) -> int:
        """Store a file. Returns its version: 1 for a new one."""
        found = self._base.execute(
            "INSERT INTO file VALUES (?, 1, ?, ?) ON CONFLICT DO UPDATE SET content = excluded.content, "
            "media = excluded.media, version = version + 1 RETURNING version",
            (name, media, content),
        ).fetchone()
        return int(found[0])
