"""What was suspended and resumed, in the ledger's file: who, why and when, one row for each turn of the switch.

The last row of a kind and name says whether it is suspended now. Rows are only added, so no restart, reload or older
release undoes one. Written by the parent process alone, which keeps what it read; imports nothing heavy.
"""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path

KINDS = ("consumer", "key", "issuer", "entity", "system", "operation")
"""What can be suspended. A key is named by its id, an operation as `api/operationId` or `api@version/operationId`."""
_BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the switch. `at` in seconds since the epoch; `by` is who turned it, as the command line knew it."""

    at: float
    kind: str
    name: str
    suspended: int
    reason: str
    by: str


_COLUMNS = tuple(field.name for field in fields(Turn))
_SCHEMA = """CREATE TABLE IF NOT EXISTS suspensions (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  suspended INTEGER NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL
)"""


class SuspensionLedger:
    """The parent's hold on the table. What is in force is kept in memory: it counts even where the disk is away."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error or OSError where the table cannot be read: then nothing may be served."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            # A suspension must outlive a loss of power.
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(_SCHEMA)
            rows = self._database.execute(f"SELECT {', '.join(_COLUMNS)} FROM suspensions ORDER BY id")  # noqa: S608
            self._now = in_force(Turn(*row) for row in rows)
        except BaseException:
            self._database.close()
            raise

    @property
    def now(self) -> tuple[Turn, ...]:
        """What is suspended, the oldest first."""
        return tuple(self._now.values())

    def suspend(self, kind: str, name: str, reason: str, by: str) -> bool:
        """In force at once; False where it could not be written, and so would not outlive a restart."""
        turn = Turn(time.time(), kind, name, 1, reason, by)
        self._now[kind, name] = turn
        try:
            self._add(turn)
        except sqlite3.Error:
            return False
        return True

    def resume(self, kind: str, name: str, reason: str, by: str) -> bool:
        """False where it was not suspended. Raises sqlite3.Error where it cannot be written: then nothing changed."""
        if (kind, name) not in self._now:
            return False
        self._add(Turn(time.time(), kind, name, 0, reason, by))
        del self._now[kind, name]
        return True

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def _add(self, turn: Turn) -> None:
        self._database.execute(
            f"INSERT INTO suspensions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608
            astuple(turn),
        )


def turns_of(path: Path) -> tuple[Turn, ...]:
    """Every turn, the oldest first, read beside any writer. Raises sqlite3.Error where the file cannot be read."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'suspensions'").fetchone()
        if known is None:
            return ()
        rows = database.execute(f"SELECT {', '.join(_COLUMNS)} FROM suspensions ORDER BY id")  # noqa: S608
        return tuple(Turn(*row) for row in rows)


def in_force(turns: Iterable[Turn]) -> dict[tuple[str, str], Turn]:
    """By kind and name what is suspended after all these turns."""
    now: dict[tuple[str, str], Turn] = {}
    for turn in turns:
        now.pop((turn.kind, turn.name), None)
        if turn.suspended:
            now[turn.kind, turn.name] = turn
    return now
