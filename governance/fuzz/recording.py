"""A recording: what a run asked and was answered, in append-only JSON lines that tell where one was cut short.

The first line says what was run, one line follows for each call, the last one counts and digests all before it. The
file holds real data: only its owner may read it, and no file that git keeps is one.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.fuzz.entry import Entry, from_json, to_json

FORM: Final = "tidewaiter-recording/1"
State = Literal["complete", "stopped"]
"""`stopped`: the run ended before it had asked all that it wanted to; `reason` says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording, read and verified."""

    path: str
    head: Mapping[str, Any]
    """What was run: entity, environment, contracts with their digests, seed, versions of tools, plan."""
    entries: tuple[Entry, ...]
    lines: tuple[str, ...]
    """Each entry as it stands in the file; commitments are made of them."""
    state: State
    reason: str
    digest: str
    """`sha256:...` over all lines before the last."""

    @property
    def salt(self) -> str:
        """What commitments are salted with; it stands in no report."""
        return str(self.head["salt"])

    def commitment(self, number: int) -> str:
        """Binds a report to an entry, and tells nothing of it to whoever has not the recording."""
        return hashlib.sha256(f"{self.salt}\n{self.lines[number - 1]}".encode()).hexdigest()


class Writer:
    """Appends to a new recording; each line is on its way to the disk before the next call is made."""

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        """Raises InvalidInputError where the file is there already or cannot be made."""
        self.path = path
        self.count = 0
        self._digest = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            there = isinstance(error, FileExistsError)
            message = "the file is there already" if there else f"it cannot be written: {error.strerror}"
            remedy = "a recording is never written over: name another file"
            raise InvalidInputError([Diagnostic(str(path), "recording", message, remedy)]) from None
        self._put({"form": FORM, "salt": secrets.token_hex(16), **head})

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file. Without `end`, it reads as cut short."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def add(self, entry: Entry) -> None:
        """One call."""
        self._put(to_json(entry))
        self.count += 1

    def end(self, state: State, reason: str = "", told: Mapping[str, Any] | None = None) -> None:
        """The last line. `told` is what the fuzzer said of the run."""
        about = {"entries": self.count, "state": state, "reason": reason, "fuzzer": dict(told or {})}
        digest = f"sha256:{self._after(about)}"
        self._write(_line({"end": {**about, "digest": digest}}))
        os.fsync(self._fd)

    def _after(self, about: Mapping[str, Any]) -> str:
        whole = self._digest.copy()
        whole.update(_line(about))
        return whole.hexdigest()

    def _put(self, value: Mapping[str, Any]) -> None:
        line = _line(value)
        self._digest.update(line)
        self._write(line)

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._fd, line) :]


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def read_recording(path: Path) -> Recording:
    """Raises InvalidInputError where it is none, was cut short, or was changed since."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"the recording cannot be read: {(error.strerror or type(error).__name__).lower()}"
        raise _refused(path, "unreadable", message, "name a file that `tidewaiter fuzz` wrote") from None
    lines = data.split(b"\n")
    whole, rest = lines[:-1], lines[-1]
    head = _parsed(whole[0]) if whole else None
    if head is None or head.get("form") != FORM or not isinstance(head.get("salt"), str):
        raise _refused(path, "no-recording", "this is no recording", "name a file that `tidewaiter fuzz` wrote")
    last = _parsed(whole[-1])
    end = last.get("end") if last is not None else None
    if rest or not isinstance(end, dict):
        message = f"the recording was cut short after {max(len(whole) - 1, 0)} calls: its end is missing"
        raise _refused(path, "recording-cut-short", message, "run the fuzzer again; --clean-up FILE takes back what "
                       "this run made")  # fmt: skip
    digest = str(end.pop("digest", ""))
    said = hashlib.sha256(b"".join(line + b"\n" for line in whole[:-1]) + _line(end)).hexdigest()
    if digest != f"sha256:{said}" or end.get("entries") != len(whole) - 2:
        message = "the recording was changed since it was written: its digest is another one"
        raise _refused(path, "recording-changed", message, "take the file as it was written, or run the fuzzer again")
    entries = entries_of(path, whole[1:-1])
    state: State = "complete" if end.get("state") == "complete" else "stopped"
    texts = tuple(line.decode("ascii") for line in whole[1:-1])
    head["fuzzer"] = end.get("fuzzer", {})
    return Recording(str(path), head, entries, texts, state, str(end.get("reason", "")), digest)


def read_unfinished(path: Path) -> tuple[Mapping[str, Any], tuple[Entry, ...]]:
    """Head and entries of a recording that may have been cut short, for cleaning up after it. Raises as above."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        message = f"the recording cannot be read: {(error.strerror or type(error).__name__).lower()}"
        raise _refused(path, "unreadable", message, "name a file that `tidewaiter fuzz` wrote") from None
    head = _parsed(lines[0]) if lines else None
    if head is None or head.get("form") != FORM:
        raise _refused(path, "no-recording", "this is no recording", "name a file that `tidewaiter fuzz` wrote")
    return head, entries_of(path, [line for line in lines[1:] if not line.startswith(b'{"end":')])


def entries_of(path: Path, lines: list[bytes]) -> tuple[Entry, ...]:
    """The entries of these lines. Raises InvalidInputError at the first that is none."""
    found = []
    for number, line in enumerate(lines, 1):
        try:
            entry = from_json(json.loads(line))
        except (KeyError, TypeError, ValueError):
            entry = None
        if entry is None or entry.number != number:
            message = f"line {number + 1} is not the entry {number}"
            raise _refused(path, "recording-changed", message, "take the file as it was written")
        found.append(entry)
    return tuple(found)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _refused(path: Path, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(str(path), code, message, remedy)])
