"""Adds an API key's entry to a file that a person wrote, leaving every other character as it is."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from contracts import yaml12
from contracts.consumers import KeyCredential
from contracts.diagnostic import InvalidInputError
from contracts.written import pointer_to

_MOST_ATTEMPTS = 100
"""How many places are tried; a comment or a value of more lines than this is written by nobody."""


class CannotEditError(Exception):
    """The file is written in a way that an entry cannot be added to by machine."""


def with_key(text: str, at: Sequence[str], credential: KeyCredential) -> str:
    """The YAML text with the key's entry at the end of the list that the keys `at` lead to.

    A list that is missing is added where its parent is the file itself. What was written must read as the old tree
    and the entry, nothing else. Raises CannotEditError where no place does (a list shared by an alias, for instance);
    InvalidInputError where the text is not YAML.
    """
    before = yaml12.parse(text.encode(), "")
    wanted = _expected(before, at, credential)
    for attempt in _attempts(text, before, at, credential):
        with suppress(InvalidInputError):
            if yaml12.parse(attempt.encode(), "") == wanted:
                return attempt
    raise CannotEditError(f"an entry cannot be added to `{'.'.join(at)}` as it is written")


def entry_of(credential: KeyCredential) -> dict[str, Any]:
    """The entry as it stands in the file."""
    return {
        "type": "api_key",
        "id": credential.id,
        "hash": credential.hash,
        "created": credential.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expires": credential.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scopes": list(credential.scopes),
    }


def _expected(before: Any, at: Sequence[str], credential: KeyCredential) -> Any:
    """The tree that the new text must have: the old one and the entry."""
    tree = json.loads(json.dumps(before if before is not None else {}))
    place = tree
    for name in at[:-1]:
        place = place.get(name) if isinstance(place, dict) else None
    found = place.get(at[-1], []) if isinstance(place, dict) else None
    if not isinstance(found, list):
        raise CannotEditError(f"`{'.'.join(at)}` is not a list")
    place[at[-1]] = [*found, entry_of(credential)]
    return tree


def _attempts(text: str, tree: Any, at: Sequence[str], entry: KeyCredential) -> Iterator[str]:
    """The text with the entry at each place where it may belong, the likeliest first; the tree then decides."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    places = yaml12.positions(text.encode())
    pointer = pointer_to(*at)
    if pointer not in places:
        if len(at) == 1:
            yield _closed(text, end) + f"{at[0]}:{end}" + _block(entry, 2, end)
        return
    count = _length(tree, at)
    if count:
        indent = _dash(lines, places[f"{pointer}/{count - 1}"][0])
        last = max(line for name, (line, _) in places.items() if name.startswith(f"{pointer}/"))
        for line in range(last, min(len(lines), last + _MOST_ATTEMPTS) + 1):
            head, tail = _closed("".join(lines[:line]), end), "".join(lines[line:])
            yield head + _block(entry, indent, end) + tail
    start = sum(len(line) for line in lines[: places[pointer][0] - 1])
    for bracket in islice(re.finditer(r"\s*\]", text[start:]), _MOST_ATTEMPTS):
        head, tail = text[: start + bracket.start()], text[start + bracket.start() :]
        comma = ", " if count and not head.endswith(",") else ""
        yield head + comma + json.dumps(entry_of(entry)) + tail


def _length(tree: Any, at: Sequence[str]) -> int:
    for name in at:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return len(tree) if isinstance(tree, list) else 0


def _dash(lines: Sequence[str], line: int) -> int:
    """The column of the dash of the item that begins on this line; its dash may stand on a line before."""
    for number in range(min(line, len(lines)), 0, -1):
        found = re.match(r"( *)-(?:\s|$)", lines[number - 1])
        if found:
            return len(found[1])
    return 0


def _block(credential: KeyCredential, indent: int, end: str) -> str:
    rows = [f"{name}: {_scalar(name, value)}" for name, value in entry_of(credential).items()]
    return "".join(" " * indent + ("- " if number == 0 else "  ") + row + end for number, row in enumerate(rows))


def _scalar(name: str, value: Any) -> str:
    return str(value) if name in ("type", "created", "expires", "id") else json.dumps(value, ensure_ascii=False)


def _closed(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, with the rights it had. Raises OSError."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
