"""What was let through and would be refused under `enforce`: counted in the ledger, to raise a mode on evidence.

One row an hour, consumer, operation, direction and rule; a call counts once for each rule that it breaks. Nothing of
the message is kept.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

MOST_ROWS_AN_HOUR: Final = 20_000
"""Of one process; what goes beyond is counted as `other` by api: neither consumers nor rules must fill the disk."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class WouldRefuse:
    """How many calls. `hour` begins at that many seconds since the epoch."""

    hour: int
    consumer: str
    api: str
    version: str
    operation: str
    direction: str
    rule: str
    calls: int


Key = tuple[int, str, str, str, str, str, str]
"""A row without its count."""

_COLUMNS = tuple(field.name for field in fields(WouldRefuse))
_KEY = ", ".join(_COLUMNS[:-1])
SCHEMA = f"""
CREATE TABLE would_refuse (
  hour INTEGER NOT NULL, {", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS[1:-1])}, calls INTEGER NOT NULL,
  PRIMARY KEY ({_KEY})
) WITHOUT ROWID;
"""
ADD = f"""INSERT INTO would_refuse ({_KEY}, calls) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT ({_KEY}) DO UPDATE SET calls = calls + excluded.calls"""  # noqa: S608 - our own words


class Bounded:
    """Keys as they are, until an hour has seen too many."""

    def __init__(self, most: int = MOST_ROWS_AN_HOUR) -> None:
        self._most = most
        self._hour = 0
        self._seen: set[Key] = set()

    def key(self, key: Key) -> Key:
        """The key that is counted."""
        if key[0] != self._hour:
            self._hour = key[0]
            self._seen.clear()
        if key in self._seen:
            return key
        if len(self._seen) >= self._most:
            hour, _, api, version, _, direction, _ = key
            return hour, OTHER, api, version, OTHER, direction, OTHER
        self._seen.add(key)
        return key


def would_refuse(
    path: Path, *, since: float = 0.0, consumer: str | None = None, limit: int = 1_000
) -> list[WouldRefuse]:
    """All hours from `since` on as one, the most calls first; `hour` is the last in which it was seen.

    Raises sqlite3.Error where the file is not there, is no ledger, or is of an older version.
    """
    asked: Iterable[object] = (int(since // 3600) * 3600, consumer, consumer, limit)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
        rows = database.execute(
            "SELECT max(hour), consumer, api, version, operation, direction, rule, sum(calls) FROM would_refuse"
            " WHERE hour >= ? AND (? IS NULL OR consumer = ?)"
            " GROUP BY consumer, api, version, operation, direction, rule"
            " ORDER BY sum(calls) DESC, consumer, api, version, operation, direction, rule LIMIT ?",
            tuple(asked),
        )
        return [WouldRefuse(*row) for row in rows]
