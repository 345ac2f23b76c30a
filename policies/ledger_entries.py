"""The reader's end of the ledger: for the command line and for proofs. Opens the file read-only, beside any writer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from policies.ledger import COLUMNS, AuditRecord


@dataclass(frozen=True, slots=True)
class AnonymousCount:
    """How often a problem met somebody unknown of a network in one minute; `minute` begins at that many seconds."""

    minute: int
    prefix: str
    problem: str
    count: int


def entries(
    path: Path,
    *,
    consumer: str | None = None,
    problem: str | None = None,
    since: float | None = None,
    until: float | None = None,
    limit: int = 1_000,
) -> list[AuditRecord]:
    """Refusals of identified consumers, the newest first, in the half-open time from `since` to `until`.

    Raises sqlite3.Error where the file is not there or is no ledger.
    """
    wanted = (("consumer = ?", consumer), ("problem = ?", problem), ("at >= ?", since), ("at < ?", until))
    asked = [(clause, value) for clause, value in wanted if value is not None]
    where = "WHERE " + " AND ".join(clause for clause, _ in asked) if asked else ""
    with _reading(path) as database:
        rows = database.execute(
            f"SELECT {', '.join(COLUMNS)} FROM refusals {where} ORDER BY at DESC, id DESC LIMIT ?",  # noqa: S608 - our own words
            (*(value for _, value in asked), limit),
        )
        return [AuditRecord(*row) for row in rows]


def anonymous_counts(path: Path, *, since: float = 0.0, limit: int = 1_000) -> list[AnonymousCount]:
    """Refusals of nobody in particular, the newest minute first. Raises sqlite3.Error as `entries`."""
    with _reading(path) as database:
        rows = database.execute(
            "SELECT minute * 60, prefix, problem, count FROM anonymous WHERE minute >= ?"
            " ORDER BY minute DESC, count DESC, prefix, problem LIMIT ?",
            (int(since // 60), limit),
        )
        return [AnonymousCount(*row) for row in rows]


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
    try:
        yield database
    finally:
        database.close()
