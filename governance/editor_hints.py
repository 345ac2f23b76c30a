"""JSON Schemas beside a workspace, and the settings by which editors find the one of each file."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS
from gateway.trust.files import write_whole
from governance.file_kinds import NAMED, PLACED, as_text, glob_of, schema_of, schema_of_decisions
from governance.waiver_files import WHERE as DECISIONS

FOLDER: Final = ".schemas"
ENDING: Final = ".schema.json"
EDITOR_FILE: Final = ".vscode/settings.json"
_MEMBER: Final = "yaml.schemas"
_OURS: Final = "Made by `tidewaiter schema --write`; do not edit."
"""What tells our files from others of the same name."""

Status = Literal["current", "missing", "outdated", "by hand"]


@dataclass(frozen=True, slots=True)
class Hint:
    """One file beside the workspace, and what it would hold."""

    name: str
    """Its path in the workspace."""
    text: str
    status: Status
    """`by hand`: it is somebody's own, and cannot be merged; `text` then says what belongs into it."""
    reason: str = ""
    """Why it cannot be merged."""


def hints(workspace: Path) -> tuple[Hint, ...]:
    """What would be written, schemas first; nothing is.

    Raises InvalidInputError where this is no workspace, or files of others stand in the way.
    """
    if not (workspace / SETTINGS).is_file():
        remedy = "name the folder of a workspace: --workspace DIR"
        raise InvalidInputError([Diagnostic(SETTINGS, "no-workspace", "this is no workspace", remedy)])
    faults = list(_in_the_way(workspace))
    if faults:
        raise InvalidInputError(faults)
    made = [_schema(workspace, name, text) for name, text in _schemas().items()]
    return (*made, _editor(workspace))


def write(workspace: Path, found: tuple[Hint, ...]) -> None:
    """Write what is missing or outdated, each file whole or not at all. Raises OSError."""
    for hint in found:
        if hint.status in ("missing", "outdated"):
            path = workspace / hint.name
            path.parent.mkdir(exist_ok=True)
            write_whole(path, hint.text.encode())


def mapping() -> dict[str, list[str]]:
    """Which schema holds for which files, as editors want it: the schema's path to patterns of paths."""
    found = {_address(name): [glob_of(kind.where)] for name, kind in PLACED.items() if kind.where != DECISIONS}
    return {**found, _address("decisions"): [glob_of(DECISIONS)]}


def _address(name: str) -> str:
    return f"./{FOLDER}/{name}{ENDING}"


def _schemas() -> dict[str, str]:
    """The files of schemas: path in the workspace to text."""
    names = [name for name, kind in PLACED.items() if kind.where != DECISIONS]
    made = {name: schema_of(name) for name in (*names, *NAMED)} | {"decisions": schema_of_decisions()}
    return {f"{FOLDER}/{name}{ENDING}": as_text({"$comment": _OURS, **schema}) for name, schema in made.items()}


def _in_the_way(workspace: Path) -> Iterator[Diagnostic]:
    """Files of others under our names, and links, through which something else would be written."""
    for name in (FOLDER, Path(EDITOR_FILE).parts[0]):
        if (workspace / name).is_symlink() or ((workspace / name).exists() and not (workspace / name).is_dir()):
            yield Diagnostic(name, "not-a-folder", "this is no folder", "move it away")
            return
    for name in _schemas():
        path = workspace / name
        if path.is_symlink() or (path.exists() and _OURS not in _read(path)):
            message = "this file was not made by `tidewaiter schema --write`, and would be overwritten"
            yield Diagnostic(name, "not-ours", message, "move it away, or give it another name")


def _schema(workspace: Path, name: str, text: str) -> Hint:
    path = workspace / name
    if not path.exists():
        return Hint(name, text, "missing")
    return Hint(name, text, "current" if _read(path) == text else "outdated")


def _editor(workspace: Path) -> Hint:
    path = workspace / EDITOR_FILE
    wanted: Mapping[str, list[str]] = mapping()
    alone = json.dumps({_MEMBER: wanted}, indent=2) + "\n"
    if path.is_symlink():
        return Hint(EDITOR_FILE, alone, "by hand", "it is a link")
    if not path.exists():
        return Hint(EDITOR_FILE, alone, "missing")
    try:
        text = path.read_bytes().decode()
        settings = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Hint(EDITOR_FILE, alone, "by hand", "it is no plain JSON (comments, perhaps)")
    stated = settings.get(_MEMBER, {}) if isinstance(settings, dict) else None
    if not isinstance(stated, dict) or not all(isinstance(stated.get(one, []), str | list) for one in wanted):
        return Hint(EDITOR_FILE, alone, "by hand", f"`{_MEMBER}` in it is not a map to patterns")
    merged = dict(stated)
    for address, patterns in wanted.items():
        known = stated.get(address, [])
        known = [known] if isinstance(known, str) else known
        missing = [pattern for pattern in patterns if pattern not in known]
        if missing:
            merged[address] = [*known, *missing]
    if merged == stated:
        return Hint(EDITOR_FILE, text, "current")
    indent = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    made = json.dumps({**settings, _MEMBER: merged}, indent=indent[1] if indent else 2, ensure_ascii=False)
    return Hint(EDITOR_FILE, made + "\n", "outdated")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found
