"""The folder in which a node keeps releases by their digest, what was signed about them, and what it took.

files/<64 digits>.json                        releases
environments/<name or ->/log.jsonl            what was taken, in order
environments/<name or ->/statements/<64 digits>.dsse.json    by the digest of the bytes that are signed
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release_file import ReleaseFile, digest_of, read_release
from gateway.releases.log import LOG_FILE, Entry, Log, environment_folder, parse_log, read_log
from gateway.releases.memory import MEMORY_FILE, Memory, hold, memory_of, read_memory, write_memory
from gateway.trust.envelope import Envelope, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.place import Trust, trust_of_node

FILES: Final = "files"


@dataclass(frozen=True, slots=True)
class Node:
    """A node's releases in one environment, and by whom they are judged."""

    trust: Trust
    store: Path
    environment: str
    memory_file: Path

    @property
    def folder(self) -> Path:
        """Of the environment."""
        return environment_folder(self.store, self.environment)

    def log(self) -> tuple[Log, Memory]:
        """What was taken, and how much of it is remembered. Raises InvalidInputError where something is missing."""
        log = read_log(self.folder)
        memory = read_memory(self.memory_file, self.trust.workspace, self.environment)
        hold(log, memory, self.memory_file)
        self._holds_root(log)
        return log, memory or Memory()

    def _holds_root(self, log: Log) -> None:
        """Raises InvalidInputError where the trust root is an older one, or another one, than the log knows of."""
        root = self.trust.root
        version = root.value.version
        another = any(one.number == version and one.statement != root.digest for one in log.of("root"))
        if version >= log.root_version and not another:
            return
        message = f"this trust root has version {version}, and this node has judged by version {log.root_version}"
        if another:
            message = f"this is another trust root of version {version} than the one that this node has judged by"
        remedy = "give the node the newest trust root; whoever was removed by it counts no more"
        raise InvalidInputError([Diagnostic(root.file, "root-version", message, remedy)])

    def remember(self, log: Log) -> None:
        """Keep how far it came. Only under `locked`. Raises InvalidInputError, OSError."""
        before = read_memory(self.memory_file, self.trust.workspace, self.environment)
        memory = memory_of(log, before)
        if memory != before:
            write_memory(self.memory_file, self.trust.workspace, self.environment, memory)

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator["Node"]:
        """Nobody else takes anything meanwhile, in any environment. The node, with what it has seen by now.

        Raises InvalidInputError where its trust root is an older one by now, OSError; also where somebody does, without
        `wait`.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.store, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield replace(self, trust=self.trust.again())
        finally:
            os.close(handle)

    def append(self, entry: Entry) -> Log:
        """Take one more. Only under `locked`. On return it is on disk. Raises InvalidInputError, OSError."""
        path = self.folder / LOG_FILE
        for left in self.folder.glob(f".{LOG_FILE}.*"):
            left.unlink()  # of a writer that was killed before its file was in place
        text = path.read_bytes() if path.exists() else b""
        text += entry.line() + b"\n"
        log = parse_log(text, str(path))
        write_whole(path, text, 0o600)
        return log

    # Releases.

    def release_path(self, digest: str) -> Path:
        """Where a release lies, or would."""
        return release_path(self.store, digest)

    def keep_release(self, text: bytes) -> str:
        """Put a release into the store; returns its digest. Raises OSError."""
        digest = digest_of(text)
        path = self.release_path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.is_file() or digest_of(path.read_bytes()) != digest:
            write_whole(path, text, 0o600)
        return digest

    def release(self, digest: str) -> ReleaseFile:
        """A release of the store. Raises InvalidInputError where it is gone, or is another one."""
        path = self.release_path(digest)
        if not path.is_file():
            message = f"the release {digest} is not in the store"
            remedy = "bring the store back from a backup, or activate the release's file anew"
            raise InvalidInputError([Diagnostic(str(path), "no-release", message, remedy)])
        release, found = read_release(path)
        if found != digest:
            message = f"the file is not the release whose digest it bears: it is {found}"
            raise InvalidInputError([Diagnostic(str(path), "altered-release", message, "bring it back from a backup")])
        return release

    # Statements.

    def statement_path(self, digest: str) -> Path:
        """Where an envelope lies, or would, by the digest of the bytes that are signed."""
        return self.folder / "statements" / (_digits(digest) + ENVELOPE_ENDING)

    def keep_statement(self, envelope: Envelope) -> str:
        """Put an envelope into the store; returns the digest of its bytes. Signatures of both are kept."""
        digest = digest_of(envelope.payload)
        path = self.statement_path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = envelope_at(path, str(path))
        if before is not None and (before.payload_type, before.payload) == (envelope.payload_type, envelope.payload):
            known = {one.value for one in before.signatures}
            more = tuple(one for one in envelope.signatures if one.value not in known)
            envelope = Envelope(envelope.payload_type, envelope.payload, (*before.signatures, *more))
            if not more:
                return digest
        write_whole(path, write_envelope(envelope), 0o600)
        return digest

    def statement(self, digest: str) -> Envelope:
        """An envelope of the store. Raises InvalidInputError where it is gone, or is another one."""
        path = self.statement_path(digest)
        envelope = envelope_at(path, str(path))
        if envelope is None or digest_of(envelope.payload) != digest:
            what = "is gone" if envelope is None else "is another one than was taken"
            message = f"what was signed {what}"
            raise InvalidInputError([Diagnostic(str(path), "no-statement", message, "bring it back from a backup")])
        return envelope


def open_node(home: Path, environment: str) -> Node:
    """The releases of the node whose settings count in `home`. Raises InvalidInputError.

    Nothing is made: a store that is not there is an empty one.
    """
    trust, settings = trust_of_node(home)
    return Node(trust, settings.releases, environment, trust.seen_file.with_name(MEMORY_FILE))


def release_path(store: Path, digest: str) -> Path:
    """Where a release lies, or would."""
    return store / FILES / f"{_digits(digest)}.json"


def _digits(digest: str) -> str:
    digits = digest.removeprefix("sha256:")
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        message = "a digest is `sha256:` and 64 hexadecimal digits"
        raise InvalidInputError([Diagnostic(digest[:80], "bad-digest", message, "see them: tidewaiter release list")])
    return digits
