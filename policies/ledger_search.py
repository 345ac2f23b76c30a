"""What the ledger holds of one call, found by any of its names. Reads beside any writer, older files too."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from policies.ledger import COLUMNS, AuditRecord
from policies.unknown_effects import COLUMNS as UNKNOWN_COLUMNS
from policies.unknown_effects import UnknownEffect

_NAMES = ("correlation", "call", "trace")


def refusals_of(path: Path, names: Sequence[str]) -> list[AuditRecord]:
    """Refusals with one of the names, the oldest first. Raises sqlite3.Error where the file is no ledger."""
    return [AuditRecord(**row) for row in _rows(path, "refusals", COLUMNS, names)]


def unknown_effects_of(path: Path, names: Sequence[str]) -> list[UnknownEffect]:
    """Writes of unknown effect with one of the names, the oldest first. Raises sqlite3.Error as `refusals_of`."""
    return [UnknownEffect(**row) for row in _rows(path, "unknown_effects", UNKNOWN_COLUMNS, names)]


def _rows(path: Path, table: str, columns: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as database:
        there = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
        if not there:
            return []
        kept = [name for name in columns if name in there]
        marks = ", ".join("?" * len(names))
        where = " OR ".join(f"{name} IN ({marks})" for name in _NAMES if name in there)
        asked = [name for column in _NAMES if column in there for name in names]
        found = database.execute(f"SELECT {', '.join(kept)} FROM {table} WHERE {where} ORDER BY at, id", asked)  # noqa: S608
        return [dict(zip(kept, row, strict=True)) for row in found]
