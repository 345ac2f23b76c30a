"""What was said about a decision before and beside its signatures: lines in a file beside it, each after the last.

It is no statement: who wrote a line is known to who kept it, and nothing rests on it.
"""

import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.json_text import parse_json
from gateway.trust.files import write_whole
from gateway.trust.register import NOTHING
from gateway.trust.signed import FOLDER, decision_entry

ENDING: Final = ".discussion.jsonl"
COMMENT_CHARACTERS: Final = 4_000
_FILE_BYTES: Final = 4_194_304


@dataclass(frozen=True, slots=True)
class Comment:
    """One line."""

    number: int
    """From 1."""
    previous: str
    """The digest of the line before."""
    who: str
    """The member, as signed in to the pages or by the key at the command line."""
    at: str
    """When, by the clock of the machine that kept it."""
    text: str
    """What was said."""

    def line(self) -> bytes:
        """As it stands in the file, without the line's end."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True).encode()


def read_discussion(workspace: Path, name: str) -> tuple[Comment, ...]:
    """What was said about the decision of that name. Raises InvalidInputError where a line was changed or taken out."""
    return _parsed(_bytes(workspace, name), f"{FOLDER}/{name}{ENDING}")


def add_comment(workspace: Path, name: str, who: str, text: str, now: datetime) -> Comment:
    """Add a line. Raises InvalidInputError where there is no such decision or nothing is said, OSError."""
    decision_entry(workspace, name)
    text = text.strip()
    file = f"{FOLDER}/{name}{ENDING}"
    if not text or len(text) > COMMENT_CHARACTERS:
        message = "a comment is empty" if not text else f"a comment has {COMMENT_CHARACTERS} characters at most"
        raise InvalidInputError([Diagnostic(file, "bad-comment", message, "say it in a few words")])
    handle = os.open(workspace / FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        before = _bytes(workspace, name)
        comments = _parsed(before, file)
        previous = _digest(comments[-1].line()) if comments else NOTHING
        when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = Comment(len(comments) + 1, previous, who, when, text)
        write_whole(workspace / file, before + made.line() + b"\n")
    finally:
        os.close(handle)
    return made


def _parsed(text: bytes, file: str) -> tuple[Comment, ...]:
    comments: list[Comment] = []
    previous = NOTHING
    *lines, rest = text.split(b"\n")
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        tree = parse_json(line, file)
        fits = isinstance(tree, dict) and {k: type(v) for k, v in tree.items()} == {
            "number": int, "previous": str, "who": str, "at": str, "text": str,
        }  # fmt: skip
        one = Comment(**tree) if fits else None
        if rest or one is None or (one.number, one.previous) != (number, previous) or one.line() != line:
            message = f"line {number} does not follow the line before: something was changed or taken out"
            raise InvalidInputError(
                [Diagnostic(file, "broken-discussion", message, "take it from git as it was", number, 1)]
            )
        comments.append(one)
        previous = _digest(line)
    return tuple(comments)


def _bytes(workspace: Path, name: str) -> bytes:
    decision_entry(workspace, name)
    file = f"{FOLDER}/{name}{ENDING}"
    path = workspace / file
    if path.is_symlink():
        raise InvalidInputError([Diagnostic(file, "signed-link", "this is a link", "put the file itself here")])
    try:
        with path.open("rb") as opened:
            text = opened.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        return b""
    if len(text) > _FILE_BYTES:
        message = f"the discussion is larger than {_FILE_BYTES} bytes"
        raise InvalidInputError([Diagnostic(file, "too-large", message, "go on with a new decision")])
    return text


def _digest(line: bytes) -> str:
    return "sha256:" + hashlib.sha256(line).hexdigest()
