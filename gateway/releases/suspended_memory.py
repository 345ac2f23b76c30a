"""The ledger of suspensions of a node that serves releases, with a memory of how far it had come.

A release says where the ledger lies, and a ledger can be lost: without this an emptied file, an older copy or another
place would set free what was suspended. The memory lies beside the node's settings, and the ledger says that there is
one: one that is gone is told from one never made. Imports nothing heavy.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
from dataclasses import astuple
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from policies.suspension_ledger import SuspensionLedger, Turn, turns_of

MEMORY_FILE: Final = "suspended.json"
_BYTES: Final = 10_000
_REMEDY: Final = "bring the ledger back from a backup; `ledger` of the release says where it lies"


_BEGUN: Final = "remembered_suspensions"
"""A table of the ledger that is there once it is remembered."""


class RememberedLedger(SuspensionLedger):
    """A `SuspensionLedger` that is held against the memory when it is opened, and moves it forward."""

    def __init__(self, path: Path, memory: Path) -> None:
        """Raises InvalidInputError where turns are missing; sqlite3.Error or OSError where it cannot be read."""
        super().__init__(path)
        try:
            self._memory = memory
            heads = [""]
            for turn in turns_of(path):
                heads.append(_after(heads[-1], turn))
            begun = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_BEGUN,)).fetchone()
            _hold(heads, memory, path, begun=begun is not None)
            self._head, self._count = heads[-1], len(heads) - 1
            if not memory.is_file() or memory.read_text(encoding="utf-8") != _text(self._count, self._head):
                self._written(self._count, self._head).replace(memory)
            self._database.execute(f"CREATE TABLE IF NOT EXISTS {_BEGUN} (id INTEGER PRIMARY KEY)")
        except BaseException:
            self.close()
            raise

    def _add(self, turn: Turn) -> None:
        """In ledger and memory. What sets free is in both or in neither; a suspension stays in the ledger."""
        head, count = _after(self._head, turn), self._count + 1
        self._database.execute("BEGIN IMMEDIATE")
        left: Path | None = None
        try:
            super()._add(turn)
            try:
                left = self._written(count, head)
            except OSError as error:
                if turn.suspended:
                    self._database.execute("COMMIT")
                    self._head, self._count = head, count
                raise sqlite3.OperationalError(f"{self._memory} cannot be written: {error.strerror}") from None
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if left is not None:
                left.unlink(missing_ok=True)
            raise
        self._head, self._count = head, count
        # Where this fails the memory is a turn behind, which the ledger may be ahead of it, and the turn is in force.
        with contextlib.suppress(OSError):
            left.replace(self._memory)

    def _written(self, count: int, head: str) -> Path:
        """What is to be remembered, on disk, to be put in the memory's place."""
        handle, name = tempfile.mkstemp(dir=self._memory.parent, prefix=f".{self._memory.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_text(count, head))
                file.flush()
                os.fsync(handle)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)


def _text(count: int, head: str) -> str:
    return json.dumps({"turns": count, "head": head}) + "\n"


def _hold(heads: list[str], memory: Path, path: Path, *, begun: bool) -> None:
    """Raises InvalidInputError where the ledger does not go on from what is remembered."""
    try:
        with memory.open("rb") as file:
            kept = json.loads(file.read(_BYTES))
        turns, head = kept["turns"], kept["head"]
        if type(turns) is not int or turns < 0:
            raise ValueError("no number")
    except FileNotFoundError:
        if not begun:
            return
        message = f"the file that remembers what was suspended is gone, and {path} says that there was one"
        remedy = "bring it back from a backup of the node; without it an older ledger could pass for this one"
        raise InvalidInputError([Diagnostic(str(memory), "no-memory", message, remedy)]) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        message = "what was suspended cannot be told: the file that remembers it cannot be read"
        raise InvalidInputError(
            [Diagnostic(str(memory), "broken-memory", message, "restore it from a backup")]
        ) from None
    if turns >= len(heads):
        message = f"the ledger has {len(heads) - 1} turns of the switch, and this node has seen {turns}"
        raise InvalidInputError([Diagnostic(str(path), "shorter-ledger", message, _REMEDY)])
    if heads[turns] != head:
        message = f"another ledger: its first {turns} turns of the switch are not those that this node has seen"
        raise InvalidInputError([Diagnostic(str(path), "forked-ledger", message, _REMEDY)])


def _after(head: str, turn: Turn) -> str:
    return hashlib.sha256(head.encode() + json.dumps(astuple(turn)).encode()).hexdigest()
