"""The ledger of suspensions of a node that serves releases, with a memory of how far it had come.

A release says where the ledger lies, and a ledger can be lost: without this an emptied file, an older copy or another
place would set free what was suspended. The memory lies beside the node's settings. Imports nothing heavy.
"""

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


class RememberedLedger(SuspensionLedger):
    """A `SuspensionLedger` that is held against the memory when it is opened, and moves it forward."""

    def __init__(self, path: Path, memory: Path) -> None:
        """Raises InvalidInputError where turns are missing; sqlite3.Error or OSError where it cannot be read."""
        super().__init__(path)
        try:
            self._memory = memory
            self._head, self._count = "", 0
            heads = [""]
            for turn in turns_of(path):
                heads.append(_after(heads[-1], turn))
            _hold(heads, memory, path)
            self._head, self._count = heads[-1], len(heads) - 1
            self._remember()
        except BaseException:
            self.close()
            raise

    def _add(self, turn: Turn) -> None:
        super()._add(turn)
        self._head, self._count = _after(self._head, turn), self._count + 1
        try:
            self._remember()
        except OSError as error:
            raise sqlite3.OperationalError(f"{self._memory} cannot be written: {error.strerror}") from None

    def _remember(self) -> None:
        text = json.dumps({"turns": self._count, "head": self._head}) + "\n"
        if self._count == 0 or (self._memory.is_file() and self._memory.read_text(encoding="utf-8") == text):
            return
        handle, name = tempfile.mkstemp(dir=self._memory.parent, prefix=f".{self._memory.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(name).replace(self._memory)


def _hold(heads: list[str], memory: Path, path: Path) -> None:
    """Raises InvalidInputError where the ledger does not go on from what is remembered."""
    try:
        with memory.open("rb") as file:
            kept = json.loads(file.read(_BYTES))
        turns, head = kept["turns"], kept["head"]
        if type(turns) is not int or turns < 0:
            raise ValueError("no number")
    except FileNotFoundError:
        return
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
