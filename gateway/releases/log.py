"""What a node took, in order: activations and revocations of one environment, each line holding the digest of the last.

Imports the standard library and what is as small, so that the parent of the workers may read it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError

LOG_FILE: Final = "log.jsonl"
LOG_BYTES: Final = 67_108_864
NOTHING: Final = "sha256:" + "0" * 64
"""The head of an empty log."""
KINDS: Final = ("activation", "revocation", "override", "override-end", "root")
_RESTORE: Final = "bring the store back from a backup; nothing in it is ever changed or taken out"


_NONE: Final = "-"
"""The folder of no environment."""


def environment_folder(store: Path, environment: str) -> Path:
    """Where what concerns one environment lies."""
    return store / "environments" / (environment or _NONE)


def environments_in(store: Path) -> frozenset[str]:
    """Those that something was taken for; the empty one for none."""
    names = (path.parent.name for path in (store / "environments").glob(f"*/{LOG_FILE}"))
    return frozenset("" if name == _NONE else name for name in names)


def moment(now: datetime) -> str:
    """A time as entries have it."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    sequence: int
    """From 1."""
    previous: str
    """The digest of the line before."""
    kind: str
    """One of KINDS."""
    number: int
    """The statement's own sequence."""
    statement: str
    """The digest of its bytes; of a `root`, that of the trust root by which this node judges from here on."""
    vouch: str
    """Of an activation: the digest of the vouch's bytes."""
    release: str
    """Of an activation: the release."""
    people: tuple[str, ...]
    """Whose signatures counted for it."""
    signatures: tuple[str, ...]
    """The digests of all signatures that were there then, of the vouch too."""
    register_length: int
    """How long a register this node had seen then."""
    root_version: int
    """The version of the trust root by which it was judged."""
    at: str
    """When, by the node's clock; for readers."""

    def line(self) -> bytes:
        """As it stands in the file, without the line's end."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True).encode()


@dataclass(frozen=True, slots=True)
class Log:
    """All entries. `heads[n]` is the digest of the log when it had `n` entries."""

    entries: tuple[Entry, ...]
    heads: tuple[str, ...]
    shown: str

    @property
    def length(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    @property
    def head(self) -> str:
        """The digest of the last line."""
        return self.heads[-1]

    def of(self, kind: str) -> tuple[Entry, ...]:
        """The entries of a kind, in order."""
        return tuple(one for one in self.entries if one.kind == kind)

    @property
    def live(self) -> Entry | None:
        """The activation that counts: the last."""
        return next(iter(reversed(self.of("activation"))), None)

    @property
    def root_version(self) -> int:
        """The newest version of the trust root by which something was judged here; 0 for none."""
        return max((one.root_version for one in self.entries), default=0)

    def highest(self, kind: str) -> int:
        """The highest number of a kind; 0 for none."""
        return max((one.number for one in self.of(kind)), default=0)


def parse_log(text: bytes, shown: str) -> Log:
    """The log in its file's bytes, the chain followed to the end. Raises InvalidInputError at the first break."""
    entries: list[Entry] = []
    heads = [NOTHING]
    highest = dict.fromkeys(KINDS, 0)
    *lines, rest = text.split(b"\n")
    if rest:
        raise _broken(shown, len(lines) + 1, "the last line does not end: it was cut, or a line was added by hand")
    for number, line in enumerate(lines, 1):
        entry = _entry(line, shown, number)
        if entry.sequence != number or entry.previous != heads[-1]:
            raise _broken(shown, number, f"the chain is broken: entry {number} does not follow the one before it")
        if entry.number <= highest[entry.kind]:
            message = f"entry {number} is the {entry.kind} {entry.number}, after {highest[entry.kind]}"
            raise _broken(shown, number, message)
        highest[entry.kind] = entry.number
        entries.append(entry)
        heads.append("sha256:" + hashlib.sha256(line).hexdigest())
    return Log(tuple(entries), tuple(heads), shown)


def read_log(folder: Path) -> Log:
    """The log in a folder; an empty one where there is none yet. Raises InvalidInputError."""
    path = folder / LOG_FILE
    try:
        with path.open("rb") as file:
            text = file.read(LOG_BYTES + 1)
    except FileNotFoundError:
        text = b""
    except NotADirectoryError:
        message = "a file lies where the store's folder is meant"
        remedy = "name a folder: `releases` of the node's settings"
        raise InvalidInputError([Diagnostic(str(path), "unreadable", message, remedy)]) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        message, remedy = f"it cannot be read: {reason}", "let this command's user read it"
        raise InvalidInputError([Diagnostic(str(path), "unreadable", message, remedy)]) from None
    if len(text) > LOG_BYTES:
        message, remedy = f"the log is larger than {LOG_BYTES} bytes", "bring it back from a backup of this node"
        raise InvalidInputError([Diagnostic(str(path), "too-large", message, remedy)])
    return parse_log(text, str(path))


_FIELDS: Final[dict[str, type]] = {
    "sequence": int, "previous": str, "kind": str, "number": int, "statement": str, "vouch": str, "release": str,
    "people": list, "signatures": list, "register_length": int, "root_version": int, "at": str,
}  # fmt: skip


def _entry(line: bytes, shown: str, number: int) -> Entry:
    try:
        tree: Any = json.loads(line)
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict) or tree.keys() != _FIELDS.keys() or list(_wrong(tree)):
        raise _broken(shown, number, f"entry {number} is not one")
    entry = Entry(**{**tree, "people": tuple(tree["people"]), "signatures": tuple(tree["signatures"])})
    if entry.line() != line:
        raise _broken(shown, number, f"entry {number} is not written as it was taken")
    return entry


def _wrong(tree: dict[str, Any]) -> Iterator[str]:
    for name, kind in _FIELDS.items():
        if type(tree[name]) is not kind or (kind is list and any(type(one) is not str for one in tree[name])):
            yield name
    if tree["kind"] not in KINDS:
        yield "kind"


def _broken(shown: str, line: int, message: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(shown, "broken-log", message, _RESTORE, line, 1)])
