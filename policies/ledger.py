"""Durable records of refusals, for audit: SQLite in a file of the node, written by a thread of its own.

Somebody identified: one record a refusal. Nobody identified: a count for each minute, address prefix and problem.
A write of unknown effect: one record, for people to look into. What would have been refused: a count for each hour.
Of a client that says which contract it was made from: when it last called.
No secret, no token, no payload and no path is ever written. Traffic never waits for the disk: a record that finds the
queue full, or that cannot be written, is dropped, and the drop is counted.
"""

import contextlib
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from itertools import islice
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from policies import clients_seen, ended_sessions, unknown_effects, would_refuse
from policies.address_prefix import network_of
from policies.clients_seen import ClientSeen
from policies.unknown_effects import UnknownEffect
from policies.would_refuse import Bounded, Key

VERSION = 6
"""Of the schema, in `PRAGMA user_version`."""
_QUEUE_MOST = 10_000
_BATCH = 500
_PREFIXES_A_MINUTE = 1_000
"""Anonymous rows a minute and process; what goes beyond is counted under the prefix `other`."""
_BUSY_SECONDS = 2.0
_RETRY_SECONDS = 0.5
_CLOSE_SECONDS = 5.0
_COUNTS_MOST = 5_000
_COUNTS_SECONDS = 0.5
"""How long counts are gathered before they are written."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One refusal. `at` is in seconds since the epoch; `consumer` is empty where nobody was identified."""

    at: float
    correlation: str
    consumer: str
    credential: str
    """Which credential; never the credential."""
    address: str
    problem: str
    status: int
    api: str
    version: str
    operation: str
    entity: str
    fault: str
    effect: str
    call: str = ""
    """The call's own id, `instance` of its problem."""
    trace: str = ""
    release: str = ""
    """The beginning of the digest of what was served from."""


COLUMNS = tuple(field.name for field in fields(AuditRecord))
_SINCE_3 = ("call", "trace", "release")
_TYPES = {"at": "REAL", "status": "INTEGER"}
_FIRST = f"""
CREATE TABLE refusals (
  id INTEGER PRIMARY KEY,
  {", ".join(f"{name} {_TYPES.get(name, 'TEXT')} NOT NULL" for name in COLUMNS if name not in _SINCE_3)}
);
CREATE INDEX refusals_at ON refusals (at);
CREATE INDEX refusals_consumer ON refusals (consumer, at);
CREATE TABLE anonymous (
  minute INTEGER NOT NULL, prefix TEXT NOT NULL, problem TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (minute, prefix, problem)
) WITHOUT ROWID;
"""
_THIRD = ";".join(f"ALTER TABLE refusals ADD COLUMN {name} TEXT NOT NULL DEFAULT ''" for name in _SINCE_3)
_STEPS = (
    _FIRST, unknown_effects.SCHEMA, _THIRD, would_refuse.SCHEMA, clients_seen.SCHEMA, ended_sessions.SCHEMA,
)  # fmt: skip
"""What brings a file from each version to the next; there is one a version."""
_INSERT = f"INSERT INTO refusals ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_ADD = """INSERT INTO anonymous (minute, prefix, problem, count) VALUES (?, ?, ?, ?)
ON CONFLICT (minute, prefix, problem) DO UPDATE SET count = count + excluded.count"""


_Record = AuditRecord | UnknownEffect | ClientSeen


class _NewerError(sqlite3.DatabaseError):
    """The file's schema is newer than this one. Waiting does not help."""


class Ledger:
    """The writer's end. One a process; several processes may share the file.

    State: the file; a queue and the minute's prefixes in this process. A reload changes nothing, a restart keeps what
    was written. A process that is killed loses at most what stood in its queue, and the file stays whole (WAL).
    """

    def __init__(self, path: Path, on_drop: Callable[[], None]) -> None:
        """Opens the file and starts the thread. `on_drop` is called once a lost record, in the thread of `refused`.

        Raises InvalidInputError where the file cannot be made, is no SQLite database, or has a newer schema.
        """
        self._path = path
        self._on_drop = on_drop
        self._changed = threading.Condition()
        self._waiting: deque[_Record] = deque()
        self._counts: Counter[Key] = Counter()
        self._bounded = Bounded()
        self._flushing = 0
        self._lost = 0
        self._closing = False
        self._deadline = 0.0
        self._minute = 0
        self._prefixes: set[str] = set()
        _prepare(path)
        self._thread = threading.Thread(target=self._write, name="tidewaiter-ledger", daemon=True)
        self._thread.start()

    def refused(self, record: AuditRecord) -> None:
        """Queue the record. Never waits and never raises for the ledger's sake."""
        self._queue(record)

    def effect_unknown(self, record: UnknownEffect) -> None:
        """As `refused`, for a write of unknown effect."""
        self._queue(record)

    def client_seen(self, record: ClientSeen) -> None:
        """As `refused`, of a client that said which contract it was made from."""
        self._queue(record)

    def would_refuse(
        self, at: float, consumer: str, api: str, version: str, operation: str, broken: tuple[tuple[str, str], ...]
    ) -> None:
        """As `refused`, of a call that was let through: (direction, rule) of what would have refused it."""
        hour = int(at // 3600) * 3600
        with self._changed:
            for direction, rule in broken:
                key = self._bounded.key((hour, consumer, api, version, operation, direction, rule))
                if self._closing or (key not in self._counts and len(self._counts) >= _COUNTS_MOST):
                    self._lost += 1
                    continue
                self._counts[key] += 1
                if len(self._counts) == 1:
                    self._changed.notify_all()

    def _queue(self, record: "_Record") -> None:
        with self._changed:
            lost, self._lost = self._lost, 0
            if self._closing or len(self._waiting) >= _QUEUE_MOST:
                lost += 1
            else:
                self._waiting.append(record)
                self._changed.notify_all()
        for _ in range(lost):
            self._on_drop()

    def flush(self, seconds: float = _CLOSE_SECONDS) -> bool:
        """Wait until all that was queued is written; False where that takes longer."""
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._waiting and not self._counts, seconds)
            finally:
                self._flushing -= 1

    def close(self) -> None:
        """Write what is queued, for at most five seconds, and stop. What could not be written is counted as dropped."""
        with self._changed:
            if not self._closing:
                self._closing = True
                self._deadline = time.monotonic() + _CLOSE_SECONDS
            self._changed.notify_all()
        self._thread.join(_CLOSE_SECONDS + _BUSY_SECONDS + 1)
        with self._changed:
            lost, self._lost = self._lost + len(self._waiting) + self._counts.total(), 0
            self._waiting.clear()
            self._counts.clear()
        for _ in range(lost):
            self._on_drop()

    def _write(self) -> None:
        """The thread: a transaction for each batch; again after a while where the database is away."""
        database: sqlite3.Connection | None = None
        inode = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._counts or self._closing)
                if not self._waiting:
                    self._changed.wait_for(lambda: self._waiting or self._flushing or self._closing, _COUNTS_SECONDS)
                done = not self._waiting and not self._counts
                if done or (self._closing and time.monotonic() > self._deadline):
                    break
                batch, counts = list(islice(self._waiting, _BATCH)), Counter(self._counts)
            try:
                if database is not None and not _same(self._path, inode):
                    database.close()  # somebody took the file away: what is written there now nobody reads
                    database = None
                if database is None:
                    database = _open(self._path)
                    inode = self._path.stat().st_ino
                self._commit(database, batch, counts)
            except (sqlite3.Error, OSError) as error:
                if database is not None:
                    with contextlib.suppress(sqlite3.Error):
                        database.close()
                    database = None
                if _code(error) not in _PASSING:
                    self._done(len(batch), counts, lost=len(batch) + counts.total())
                with self._changed:
                    # Also on a notice: the wait is for the disk, not for more to write.
                    self._changed.wait_for(lambda: self._closing, _RETRY_SECONDS)
                if self._closing:
                    time.sleep(_RETRY_SECONDS / 5)
            else:
                self._done(len(batch), counts, lost=0)
        if database is not None:
            with contextlib.suppress(sqlite3.Error):
                database.close()

    def _done(self, count: int, counts: Counter[Key], *, lost: int) -> None:
        with self._changed:
            for _ in range(count):
                self._waiting.popleft()
            self._counts -= counts
            self._lost += lost
            self._changed.notify_all()

    def _commit(self, database: sqlite3.Connection, batch: "list[_Record]", would: Counter[Key]) -> None:
        counts: Counter[tuple[int, str, str]] = Counter()
        rows: list[tuple[object, ...]] = []
        unknown: list[tuple[object, ...]] = []
        seen: list[tuple[object, ...]] = []
        for record in batch:
            if isinstance(record, UnknownEffect):
                unknown.append(tuple(_writable(value) for value in astuple(record)))
            elif isinstance(record, ClientSeen):
                seen.append(astuple(record))
            elif record.consumer:
                rows.append(tuple(_writable(value) for value in astuple(record)))
            else:
                minute = int(record.at // 60)
                counts[minute, self._prefix(minute, record.address), _text(record.problem)] += 1
        with database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_INSERT, rows)
            database.executemany(unknown_effects.INSERT, unknown)
            database.executemany(clients_seen.SET, seen)
            database.executemany(_ADD, [(*key, count) for key, count in counts.items()])
            rows = [(*(_writable(value) for value in key), count) for key, count in would.items()]
            database.executemany(would_refuse.ADD, rows)

    def _prefix(self, minute: int, address: str) -> str:
        """The network of an address; `other` where a minute has seen too many: a flood must not fill the disk."""
        if minute != self._minute:
            self._minute = minute
            self._prefixes.clear()
        prefix = network_of(address)
        if prefix in self._prefixes:
            return prefix
        if len(self._prefixes) >= _PREFIXES_A_MINUTE:
            return "other"
        self._prefixes.add(prefix)
        return prefix


def _prepare(path: Path) -> None:
    """Make the file and its tables. A database that is only locked is left to the thread."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, f"the ledger's folder cannot be made: {error.strerror}") from None
    try:
        with contextlib.closing(_open(path)):
            pass
    except sqlite3.Error as error:
        if _code(error) not in _NOT_NOW:
            raise _unusable(path, f"the file cannot be used as the ledger: {error}") from None


def _open(path: Path) -> sqlite3.Connection:
    """Open for writing, with the schema of this version. Raises sqlite3.Error."""
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA cache_size = -512")  # KiB: rows are only added, so few pages are touched again
        _bring_up(database)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up(database: sqlite3.Connection) -> None:
    """Make the tables that are missing. Of two processes that start together, one does."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found < VERSION:
        database.execute("BEGIN IMMEDIATE")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        for step in _STEPS[found:]:
            for statement in step.split(";"):
                database.execute(statement)
        if found < VERSION:
            database.execute(f"PRAGMA user_version = {VERSION}")
            found = VERSION
        database.execute("COMMIT")
    if found > VERSION:
        raise _NewerError(f"its schema is {found}, and this version of Tidewaiter knows {VERSION}")


_NOT_NOW = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
"""No reason not to start."""
_PASSING = _NOT_NOW | {
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
}  # fmt: skip
"""Waiting may help: the disk is full or away, or another process writes."""


def _code(error: Exception) -> int:
    if isinstance(error, OSError):
        return sqlite3.SQLITE_IOERR
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _unusable(path: Path, message: str) -> InvalidInputError:
    remedy = "move the file away, or name another under `ledger` in tidewaiter.yaml"
    return InvalidInputError([Diagnostic(str(path), "ledger", message, remedy)])


def _same(path: Path, inode: int) -> bool:
    try:
        return path.stat().st_ino == inode
    except OSError:
        return False


def _writable(value: object) -> object:
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    """Text that UTF-8 can hold: a lone surrogate becomes a question mark."""
    return value.encode("utf-8", "replace").decode("utf-8")
