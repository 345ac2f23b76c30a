"""How far a node's log had come when it was last looked at, kept beside the node's settings and not in the store.

A store that was emptied, cut, replaced or brought back from an old copy is told by it. Nothing is forgotten by itself.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.log import NOTHING, Log
from gateway.trust.kept import read_kept

MEMORY_FILE: Final = "activated.json"
_COUNTS: Final = ("length", "activation", "revocation")
_FAR: Final = 4_102_444_800.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one environment: the log's length and head, and the highest numbers."""

    length: int = 0
    head: str = NOTHING
    activation: int = 0
    revocation: int = 0
    latest: float = 0.0
    """How late it was for certain when that was last kept, in seconds since the epoch."""
    boot: str = ""
    """In which run of the machine that was; empty where it cannot be told."""
    passed: float = 0.0
    """How long the machine had run then, in seconds."""


def memory_of(log: Log, before: Memory | None = None) -> Memory:
    """What is to be remembered of a log; of the time what was remembered before."""
    activation, revocation = log.highest("activation"), log.highest("revocation")
    return replace(before or Memory(), length=log.length, head=log.head, activation=activation, revocation=revocation)


def read_memory(path: Path, workspace: str, environment: str) -> Memory | None:
    """What is remembered; None where nothing is. Raises InvalidInputError where the file cannot be used."""
    there = read_kept(path, _broken).get(workspace, {})
    kept = there.get(environment) if isinstance(there, dict) else there
    if kept is None:
        return None
    try:
        memory = Memory(**kept)
        counts = [getattr(memory, name) for name in _COUNTS]
        # A time later than the year 2100 is broken: it would end everything for ever.
        times = [memory.latest, memory.passed]
        if (
            all(type(one) is int and one >= 0 for one in counts)
            and all(type(one) in (int, float) and 0 <= one < _FAR for one in times)
            and isinstance(memory.head, str)
            and isinstance(memory.boot, str)
        ):
            return memory
    except TypeError:
        pass
    raise _broken(path)


def write_memory(path: Path, workspace: str, environment: str, memory: Memory) -> None:
    """Keep it, whole or not at all. Raises InvalidInputError, or OSError where it cannot be written."""
    from gateway.trust.files import write_whole  # noqa: PLC0415 - the parent only reads, and stays small

    kept = read_kept(path, _broken)
    there = kept.setdefault(workspace, {})
    if not isinstance(there, dict):
        raise _broken(path)
    there[environment] = asdict(memory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, (json.dumps(kept, indent=2) + "\n").encode(), 0o600)


def hold(log: Log, memory: Memory | None, path: Path) -> None:
    """Raises InvalidInputError where the log is shorter than it was, or another one, or was never seen here."""
    if memory is None:
        if log.length:
            message = f"the store has {log.length} entries, and {path}, which says how far it had come, is gone"
            remedy = "bring that file back from a backup of the node; without it an older state could pass for this one"
            raise InvalidInputError([Diagnostic(log.shown, "no-memory", message, remedy)])
        return
    if log.length < memory.length:
        what = "is empty" if not log.length else f"has {log.length} entries"
        message = f"the store {what}, and this node has taken {memory.length}: something is missing"
        remedy = f"bring the store back from a backup: what was withdrawn or revoked is in it; {path} remembers"
        raise InvalidInputError([Diagnostic(log.shown, "shorter-log", message, remedy)])
    if log.heads[memory.length] != memory.head:
        message = f"another store: its entry {memory.length} is not the one that this node took"
        remedy = "bring back the store of this node; another node's is not taken for it"
        raise InvalidInputError([Diagnostic(log.shown, "forked-log", message, remedy)])


def _broken(path: Path) -> InvalidInputError:
    message = "what this node has taken cannot be read, so what was withdrawn could come back"
    return InvalidInputError(
        [Diagnostic(str(path), "broken-memory", message, "restore the file from a backup of the node")]
    )
