"""Access logs, searched for one call: each read once, line by line, never held whole."""

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

STDIN = "-"
_LINE_BYTES = 1_048_576
"""No access line is so long; what is longer is counted as broken."""
_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{7,127}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HEX = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(rb'"timestamp": ?"([^"]{1,40})"')
_FIELDS = ("id", "call", "trace")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call by any of its names: correlation id, trace id, or the UUID in `instance` of its problem."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Wanted":
        """From what a consumer has in hand. Raises ValueError where it has the form of none of them."""
        given = text.strip()
        if given.lower().startswith("urn:uuid:"):
            given = given[len("urn:uuid:") :]
        trace = _TRACEPARENT.fullmatch(given.lower())
        if trace is not None:
            given = trace[1]
        if not _FORM.fullmatch(given):
            raise ValueError(text)
        low = given.lower()
        bare = low.replace("-", "")
        names = {given: None, low: None}
        if _HEX.fullmatch(bare):  # a UUID with and without its hyphens
            names |= {bare: None, "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])): None}
        return cls(tuple(names))

    def fits(self, line: dict[str, Any]) -> bool:
        """Whether an access line is of the call."""
        return any(line.get(name) in self.names for name in _FIELDS)


@dataclass(slots=True)
class LogRead:
    """What was read of one log. Times are as its first and last whole line say."""

    file: str
    lines: int = 0
    broken: int = 0
    first: str = ""
    last: str = ""
    found: list[dict[str, Any]] = field(default_factory=list)


class UnreadableLogError(Exception):
    """A log that cannot be read. The message says which and why."""


def search_log(file: str, wanted: Wanted) -> LogRead:
    """One pass over a log; `-` is standard input, a name that ends in `.gz` is unpacked. Raises UnreadableLogError."""
    read = LogRead("standard input" if file == STDIN else file)
    needles = tuple(name.encode() for name in wanted.names)
    last = b""
    try:
        with _opened(file) as opened:
            for line in _lines(opened):
                read.lines += 1
                if not line.startswith(b"{") or not line.rstrip().endswith(b"}"):
                    read.broken += 1
                    continue
                if not read.first:
                    read.first = _time(line)
                last = line
                if any(needle in line for needle in needles):
                    _take(read, line, wanted)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableLogError(f"the log {file} cannot be read: {reason}") from None
    read.last = _time(last)
    return read


def _take(read: LogRead, line: bytes, wanted: Wanted) -> None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        read.broken += 1
        return
    if isinstance(told, dict) and wanted.fits(told):
        read.found.append(told)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STDIN:
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as raw:
        if file.endswith(".gz"):
            with gzip.open(raw, "rb") as unpacked:
                yield unpacked  # type: ignore[misc]  # it reads as a binary file does
        else:
            yield raw


def _lines(opened: BinaryIO) -> Iterator[bytes]:
    """Whole lines; one that is too long comes as its beginning alone."""
    while line := opened.readline(_LINE_BYTES):
        cut = line
        while len(cut) == _LINE_BYTES and not cut.endswith(b"\n"):
            cut = opened.readline(_LINE_BYTES)
        yield line


def _time(line: bytes) -> str:
    found = _TIME.search(line)
    return found[1].decode("ascii", "replace") if found else ""
