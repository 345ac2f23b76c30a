"""Adds an API key's entry to a file that a person wrote, leaving every other character as it is."""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from contracts import yaml12
from contracts.consumers import KeyCredential


class CannotEditError(Exception):
    """The file is written in a way that an entry cannot be added to by machine."""


def with_key(text: str, at: Sequence[str], credential: KeyCredential) -> str:
    """The YAML text with the key's entry at the end of the list that the keys `at` lead to.

    A list that is missing is added where its parent is the file itself. Raises CannotEditError where the list is
    shared by an alias, or the parent is missing; InvalidInputError where the text is not YAML.
    """
    before = yaml12.parse(text.encode(), "")
    end = "\r\n" if "\r\n" in text else "\n"
    after = _inserted(text, at, credential, end)
    if yaml12.parse(after.encode(), "") != _expected(before, at, credential):
        raise CannotEditError("the list of credentials cannot be told apart from the rest of the file")
    return after


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
        place = place[name]
    place[at[-1]] = [*(place.get(at[-1]) or []), entry_of(credential)]
    return tree


def _inserted(text: str, at: Sequence[str], credential: KeyCredential, end: str) -> str:
    found = _node(yaml.compose(text, Loader=yaml.SafeLoader), at)
    if found is None:
        if len(at) > 1:
            raise CannotEditError(f"the file has no `{'.'.join(at)}`")
        return _closed(text, end) + f"{at[0]}:{end}" + _block(credential, 2, end)
    if not isinstance(found, yaml.SequenceNode):
        raise CannotEditError(f"`{'.'.join(at)}` is not a list")
    if found.flow_style:
        return _into_flow(text, found, credential)
    last = _last(found)
    # A block scalar ends where the next line begins; anything else ends within its line.
    line = last.end_mark.line if last.end_mark.column == 0 else last.end_mark.line + 1
    lines = text.splitlines(keepends=True)
    head = _closed("".join(lines[:line]), end)
    return head + _block(credential, found.start_mark.column, end) + "".join(lines[line:])


def _into_flow(text: str, found: yaml.SequenceNode, credential: KeyCredential) -> str:
    closing = found.end_mark.index - 1
    inside = text[found.start_mark.index + 1 : closing].rstrip()
    comma = ", " if found.value and not inside.endswith(",") else ""
    at = found.start_mark.index + 1 + len(inside)
    if "#" in inside:
        raise CannotEditError("the list of credentials is written in brackets with comments inside")
    return text[:at] + comma + json.dumps(entry_of(credential)) + text[at:]


def _block(credential: KeyCredential, indent: int, end: str) -> str:
    rows = [f"{name}: {_scalar(name, value)}" for name, value in entry_of(credential).items()]
    return "".join(" " * indent + ("- " if number == 0 else "  ") + row + end for number, row in enumerate(rows))


def _scalar(name: str, value: Any) -> str:
    return str(value) if name in ("type", "created", "expires", "id") else json.dumps(value, ensure_ascii=False)


def _closed(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _node(node: Any, at: Sequence[str]) -> Any:
    for name in at:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if getattr(key, "value", None) == name), None)
    return node


def _last(node: Any) -> Any:
    """The last leaf below a node: collections in block style end at the next token, their leaves do not."""
    while not isinstance(node, yaml.ScalarNode) and not node.flow_style and node.value:
        node = node.value[-1] if isinstance(node, yaml.SequenceNode) else node.value[-1][1]
    return node


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
