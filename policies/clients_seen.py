"""Which contracts the clients of a consumer were made from, and when they last called: kept in the ledger.

One row a consumer, api, version and digest, and only digests that are known here: nothing that a caller writes is kept.
A process writes a row anew after `AGAIN_SECONDS`, not at each call.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

AGAIN_SECONDS: Final = 300.0
CLIENTS_SEEN_SECONDS: Final = 30 * 86_400.0
"""What did not call for so long is told no more."""


@dataclass(frozen=True, slots=True)
class ClientSeen:
    """Calls of one client. `digest` is of the contract that it was made from; empty where that is not known here."""

    consumer: str
    api: str
    version: str
    """Of the contract by which it was served."""
    digest: str
    at: float
    """When it last called, give or take `AGAIN_SECONDS`; in seconds since the epoch."""


_COLUMNS = tuple(field.name for field in fields(ClientSeen))
SCHEMA = f"""
CREATE TABLE clients_seen (
  {", ".join(f"{name} TEXT NOT NULL" for name in _COLUMNS[:-1])}, at REAL NOT NULL,
  PRIMARY KEY ({", ".join(_COLUMNS[:-1])})
) WITHOUT ROWID;
"""
SET = f"""INSERT INTO clients_seen ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT ({", ".join(_COLUMNS[:-1])}) DO UPDATE SET at = max(at, excluded.at)"""  # noqa: S608 - our own words


def clients_seen(path: Path, consumer: str, since: float) -> list[ClientSeen]:
    """Those of a consumer, the last one first; none where the ledger cannot be read or is of an older version."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            rows = database.execute(
                f"SELECT {', '.join(_COLUMNS)} FROM clients_seen WHERE consumer = ? AND at >= ?"  # noqa: S608
                " ORDER BY at DESC, api, version, digest",
                (consumer, since),
            )
            return [ClientSeen(*row) for row in rows]
    except sqlite3.Error:
        return []
