"""What this node has seen: the longest register and the newest trust root. What is older or different is refused."""

import base64
import binascii
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.trust.files import write_whole
from gateway.trust.kept import read_kept
from gateway.trust.register import NOTHING, REGISTER, Register
from gateway.trust.root import parse_root

SEEN_FILE: Final = "seen.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """The highest that was seen of one workspace; nothing yet where `root` is empty and `length` 0."""

    length: int = 0
    head: str = NOTHING
    root: bytes = b""
    """The trust root's bytes, so that the next one can be held against it."""


def read_seen(path: Path, workspace: str) -> Seen:
    """What was seen of a workspace. Raises InvalidInputError where the file is there and cannot be used."""
    kept = read_kept(path, _broken).get(workspace)
    if kept is None:
        return Seen()
    try:
        seen = Seen(kept["length"], kept["head"], base64.b64decode(kept["root"], validate=True))
        if type(seen.length) is int and seen.length >= 0 and isinstance(seen.head, str):
            return seen
    except (KeyError, TypeError, ValueError, binascii.Error):
        pass
    raise _broken(path)


def write_seen(path: Path, workspace: str, seen: Seen) -> None:
    """Keep it, whole or not at all; what somebody else kept meanwhile is never taken back.

    Raises InvalidInputError, or OSError where it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file of its own: the folder may be the store's, which is locked while something is taken.
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = read_seen(path, workspace)
        kept = read_kept(path, _broken)
        seen = _further(before, seen, str(path))
        root = base64.b64encode(seen.root).decode("ascii")
        kept[workspace] = {"length": seen.length, "head": seen.head, "root": root}
        if seen != before:
            write_whole(path, (json.dumps(kept, indent=2) + "\n").encode(), 0o600)
    finally:
        os.close(handle)


def _further(before: Seen, now: Seen, shown: str) -> Seen:
    """The longer register and the newer root of both. Nothing of a development root outlives the first real one."""
    longer = before if before.length > now.length else now
    if not before.root or not now.root or before.root == now.root:
        return Seen(longer.length, longer.head, now.root or before.root)
    old, new = parse_root(before.root, shown).value, parse_root(now.root, shown).value
    if old.development != new.development:
        return before if new.development else now
    return Seen(longer.length, longer.head, (before if old.version > new.version else now).root)


def hold_against(register: Register, seen: Seen, path: Path, shown: str = REGISTER) -> None:
    """Raises InvalidInputError where the register is shorter than the one that was seen, or another one."""
    if register.length < seen.length:
        message = f"the register has {register.length} entries, and this node has seen {seen.length}"
        remedy = f"bring the workspace up to date; {path} remembers what was seen"
        raise InvalidInputError([Diagnostic(shown, "shorter-register", message, remedy)])
    if register.heads[seen.length] != seen.head:
        message = f"another register: its entry {seen.length} is not the one that this node has seen"
        remedy = "find out which one the board keeps; the other was made anew or joined by hand"
        raise InvalidInputError([Diagnostic(shown, "forked-register", message, remedy, seen.length, 1)])


def _broken(path: Path) -> InvalidInputError:
    message = "what this node has seen cannot be read, so an older register could pass for the newest"
    return InvalidInputError(
        [Diagnostic(str(path), "broken-memory", message, "restore the file from a backup of the node")]
    )
