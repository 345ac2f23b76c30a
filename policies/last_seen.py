"""The last call of each version that the ledger has kept something of: a refusal, or what would have been one.

Calls that were served without a remark leave nothing there, so that no row proves nothing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TABLES: Final = (("refusals", "at"), ("would_refuse", "hour"), ("unknown_effects", "at"))
_NEEDED: Final = frozenset({"api", "version", "consumer"})


@dataclass(frozen=True, slots=True)
class LastSeen:
    """One consumer and version. `at` is in seconds since the epoch; `consumer` is empty where nobody was identified."""

    api: str
    version: str
    consumer: str
    at: float


def last_seen(path: Path) -> list[LastSeen]:
    """By api, version and consumer the last call, sorted. Raises sqlite3.Error where the file is no ledger."""
    found: dict[tuple[str, str, str], float] = {}
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
        for api, version, consumer, at in _rows(database):
            key = (api, version, consumer)
            found[key] = max(at, found.get(key, 0.0))
    return [LastSeen(*key, at) for key, at in sorted(found.items())]


def _rows(database: sqlite3.Connection) -> Iterator[tuple[str, str, str, float]]:
    for table, moment in _TABLES:
        there = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
        if there >= _NEEDED:
            yield from database.execute(
                f"SELECT api, version, consumer, max({moment}) FROM {table} "  # noqa: S608 - our own words
                "WHERE version != '' GROUP BY api, version, consumer"
            )
