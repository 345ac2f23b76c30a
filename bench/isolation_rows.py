"""A simulator's database, read and written beside it."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

Row = tuple[str, str, str, str]
"""Kind, key, parent and body as the simulator keeps them."""


class Rows:
    """One connection for one thread; close it at the end."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, timeout=15, isolation_level=None)
        self._seen = self._version()

    def close(self) -> None:
        """Once."""
        self._base.close()

    def _version(self) -> int:
        return int(self._base.execute("PRAGMA data_version").fetchone()[0])

    def all(self) -> list[Row]:
        """Every row, in its order."""
        return list(self._base.execute("SELECT kind, key, parent, body FROM row ORDER BY number"))

    def put(self, rows: Sequence[Row]) -> None:
        """These rows and no others."""
        self._base.execute("BEGIN IMMEDIATE")
        self._base.execute("DELETE FROM row")
        self._base.executemany("INSERT INTO row (kind, key, parent, body) VALUES (?, ?, ?, ?)", rows)
        self._base.execute("COMMIT")
        self._seen = self._version()

    def touched(self) -> bool:
        """Whether somebody else wrote since this was asked last."""
        before, self._seen = self._seen, self._version()
        return self._seen != before

    def edit(self, kind: str, key: str, **members: object) -> None:
        """Members of one row, as somebody else's change would set them."""
        self._base.execute("BEGIN IMMEDIATE")
        where = "kind = ? AND key = ?"
        (body,) = self._base.execute(f"SELECT body FROM row WHERE {where}", (kind, key)).fetchone()
        changed = json.dumps({**json.loads(body), **members})
        self._base.execute(f"UPDATE row SET body = ? WHERE {where}", (changed, kind, key))
        self._base.execute("COMMIT")
