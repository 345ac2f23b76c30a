"""The register: what was signed and when it came in, one line after another, each holding the digest of the last.

Nothing in it can be changed, taken out or put between without changing every later line, and whoever remembers a later
line sees that. Appending writes the whole file anew beside the old one and then puts it in its place, under a lock, so
a crash leaves the old register or the new one.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import parse_json
from gateway.trust.files import write_whole

REGISTER: Final = "decisions/register.jsonl"
REGISTER_BYTES: Final = 67_108_864
"""The largest register that is read."""
NOTHING: Final = "sha256:" + "0" * 64
"""The head of an empty register."""

_RESTORE: Final = "take the register from git as it was; nothing in it is ever changed or taken out"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    sequence: int
    """From 1."""
    previous: str
    """The digest of the line before."""
    kind: str
    """What was registered: `signature`."""
    file: str
    """The file it belongs to, relative to the workspace."""
    digest: str
    """Of the bytes that were signed."""
    signature: str
    """Of the signature."""
    who: str
    """The member who signed."""
    at: str
    """When, by the clock of the machine that appended it; for readers."""

    def line(self) -> bytes:
        """As it stands in the file, without the line's end."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class Register:
    """All entries. `heads[n]` is the digest of the register when it had `n` entries."""

    entries: tuple[Entry, ...]
    heads: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    @property
    def head(self) -> str:
        """The digest of the last line."""
        return self.heads[-1]

    def sequence_of(self, signature: str) -> int | None:
        """Where a signature was first registered; None where it never was."""
        return next((entry.sequence for entry in self.entries if entry.signature == signature), None)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be appended: an entry without its place."""

    kind: str
    file: str
    digest: str
    signature: str
    who: str
    at: str


_FIELDS: Final = {name: int if name == "sequence" else str for name in Entry.__slots__}


def parse_register(text: bytes, file: str = REGISTER) -> Register:
    """The register in its file's bytes, the chain followed to the end. Raises InvalidInputError at the first break."""
    entries: list[Entry] = []
    heads = [NOTHING]
    *lines, rest = text.split(b"\n")
    if rest:
        message = "the last line does not end: it was cut, or a line was added by hand"
        raise _broken(file, len(lines) + 1, message)
    for number, line in enumerate(lines, 1):
        entry = _entry(line, file, number)
        if entry.sequence != number:
            raise _broken(
                file, number, f"entry {number} calls itself {entry.sequence}: entries were taken out or moved"
            )
        if entry.previous != heads[-1]:
            before = f"entry {number - 1}" if number > 1 else "an empty register"
            raise _broken(
                file, number, f"the chain is broken: entry {number} does not follow {before} as it stands here"
            )
        entries.append(entry)
        heads.append("sha256:" + hashlib.sha256(line).hexdigest())
    return Register(tuple(entries), tuple(heads))


def read_register(workspace: Path) -> Register:
    """The register of a workspace; an empty one where there is none yet. Raises InvalidInputError."""
    return parse_register(_bytes(workspace))


def append(workspace: Path, make: Callable[[Register], Sequence[NewEntry]]) -> Register:
    """Append what `make` says, given the register as it is once nobody else can append. Returns the register after.

    On return the entries are on disk. Raises InvalidInputError where the register is broken, OSError where it cannot be
    written; nothing was appended then.
    """
    path = workspace / REGISTER
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent):
        for left in path.parent.glob(f".{path.name}.*"):
            # A writer was killed before it had put its file in place.
            left.unlink()
        text = _bytes(workspace)
        register = parse_register(text)
        length, head = register.length, register.head
        for new in make(register):
            length += 1
            line = Entry(length, head, new.kind, new.file, new.digest, new.signature, new.who, new.at).line()
            head = "sha256:" + hashlib.sha256(line).hexdigest()
            text += line + b"\n"
        if length > register.length:
            write_whole(path, text)
    return parse_register(text)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else appends meanwhile. The lock is on the folder: the file itself is replaced."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _bytes(workspace: Path) -> bytes:
    path = workspace / REGISTER
    if path.is_symlink():
        message = "the register is a link: whoever owns its target could replace it"
        raise InvalidInputError([Diagnostic(REGISTER, "register-link", message, "put the file itself here")])
    try:
        with path.open("rb") as file:
            text = file.read(REGISTER_BYTES + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InvalidInputError(
            [Diagnostic(REGISTER, "unreadable", f"it cannot be read: {reason}", _RESTORE)]
        ) from None
    if len(text) > REGISTER_BYTES:
        message = f"the register is larger than {REGISTER_BYTES} bytes"
        raise InvalidInputError([Diagnostic(REGISTER, "too-large", message, _RESTORE)])
    return text


def _entry(line: bytes, file: str, number: int) -> Entry:
    if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")):
        message = "two branches both added entries, and git could not join them"
        remedy = "keep one side of the file whole, then add what it lacks: tidewaiter board register"
        raise InvalidInputError([Diagnostic(file, "register-conflict", message, remedy, number, 1)])
    try:
        tree: Any = parse_json(line, file)
    except InvalidInputError as error:
        message = error.diagnostics[0].message
        raise _broken(file, number, f"entry {number} cannot be read: {message}") from None
    if not isinstance(tree, dict) or tree.keys() != _FIELDS.keys():
        raise _broken(file, number, f"entry {number} is not one: it needs {', '.join(_FIELDS)}")
    if any(type(tree[name]) is not kind for name, kind in _FIELDS.items()):
        raise _broken(file, number, f"entry {number} has a value of a wrong kind")
    entry = Entry(**tree)
    if entry.line() != line:
        raise _broken(file, number, f"entry {number} is not written as it was registered")
    return entry


def _broken(file: str, line: int, message: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(file, "broken-register", message, _RESTORE, line, 1)])
