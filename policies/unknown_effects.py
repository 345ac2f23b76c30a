"""Writes of which nobody knows whether they were carried out: one record each in the ledger, for people to look into.

No path, no payload and no record's key is kept: the correlation id, which the system got too, leads to them.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UnknownEffect:
    """One write. `at` is in seconds since the epoch; `problem` is empty where the caller had left."""

    at: float
    correlation: str
    call: str
    """The call's own id, `instance` of its problem."""
    consumer: str
    api: str
    version: str
    operation: str
    method: str
    entity: str
    system: str
    problem: str
    status: int
    attempts: int
    end: str
    """How the call ended: complete, cut or left."""


COLUMNS = tuple(field.name for field in fields(UnknownEffect))
_TYPES = {"at": "REAL", "status": "INTEGER", "attempts": "INTEGER"}
SCHEMA = f"""
CREATE TABLE unknown_effects (
  id INTEGER PRIMARY KEY,
  {", ".join(f"{name} {_TYPES.get(name, 'TEXT')} NOT NULL" for name in COLUMNS)}
);
CREATE INDEX unknown_effects_at ON unknown_effects (at);
"""
INSERT = f"INSERT INTO unknown_effects ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608


def unknown_effects(
    path: Path, *, system: str | None = None, since: float = 0.0, limit: int = 1_000
) -> list[UnknownEffect]:
    """The newest first. Raises sqlite3.Error where the file is not there, is no ledger, or is of an older version."""
    where, asked = "WHERE at >= ?", [since, limit]
    if system is not None:
        where, asked = "WHERE at >= ? AND system = ?", [since, system, limit]  # type: ignore[list-item]
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
        rows = database.execute(
            f"SELECT {', '.join(COLUMNS)} FROM unknown_effects {where} ORDER BY at DESC, id DESC LIMIT ?",  # noqa: S608
            asked,
        )
        return [UnknownEffect(*row) for row in rows]
