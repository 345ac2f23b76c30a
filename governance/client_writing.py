"""A package onto the disk: whole or not at all, over nothing that somebody else wrote, and whether it is current.

A folder that was written says so in `client.json`, with the digest of each of its files. A new one is made beside it
and takes its place in one step; what was there before goes away only then.
"""

import contextlib
import glob
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError

MANIFEST: Final = "client.json"
FORMAT: Final = 1
OTHERS_WORK: Final = frozenset(("changed-files", "foreign-files"))
"""Codes of what is not overwritten, and keeps a package from being current."""
_ABANDONED_SECONDS: Final = 3600
_LEFT_BY_TOOLS: Final = frozenset(["__pycache__", "build", "dist", "node_modules", "package-lock.json", "uv.lock"])
"""What tools leave behind, besides names that begin with a dot: nobody's work, and no reason to refuse."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a folder holds of an earlier run."""

    manifest: Mapping[str, Any]

    @property
    def files(self) -> Mapping[str, str]:
        """Digests by path."""
        found = self.manifest.get("files")
        return found if isinstance(found, dict) else {}

    @property
    def contract(self) -> str:
        """The digest of the contract that it was made from."""
        return str(self.manifest.get("contract", ""))

    @property
    def language(self) -> str:
        """What the package there is written in."""
        return str(self.manifest.get("language", "python"))


def earlier(folder: Path, language: str = "python") -> Written | None:
    """What an earlier run wrote there; None where the folder is empty or not there.

    Raises InvalidInputError where somebody else's files are in it, or ours were changed by hand, or are of another
    language.
    """
    _recover(folder)
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir() or folder.is_symlink():
        raise _refused(folder, "not-a-folder", "there is something that is no folder", "name another folder")
    present = sorted(_inside(folder))
    if not present:
        return None
    manifest = _manifest(folder)
    if manifest is None:
        message = f"the folder holds files that are not of a generated client, such as {present[0]}"
        raise _refused(folder, "foreign-files", message, "name a folder of its own for the client")
    found = Written(manifest)
    foreign = [name for name in present if name not in found.files and name != MANIFEST]
    if foreign:
        message = f"the folder holds files that are not of the client, such as {foreign[0]}"
        raise _refused(
            folder, "foreign-files", message, "put them elsewhere: the client's folder is written anew as a whole"
        )
    changed = [
        name for name in present if name != MANIFEST and found.files[name] != _digest((folder / name).read_bytes())
    ]
    if changed:
        message = f"files were changed by hand, such as {changed[0]}"
        raise _refused(folder, "changed-files", message, "take the folder away, or the change back")
    if found.language != language:
        message = f"the folder holds a client in {found.language}"
        raise _refused(folder, "other-language", message, "name a folder of its own for each language")
    return found


def differences(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """What is not as it would be written, one line a file; empty where the package is current."""
    told: list[str] = []
    for name, body in sorted(files.items()):
        path = folder / name
        if not path.is_file():
            told.append(f"{name}: missing")
        elif path.read_bytes() != body:
            told.append(f"{name}: differs")
    known = set(files)
    told += [f"{name}: not of this contract" for name in sorted(_inside(folder)) if name not in known]
    return told


def with_manifest(files: Mapping[str, bytes], **said: Any) -> dict[str, bytes]:
    """The files with the one that lists them."""
    manifest = {
        "format": FORMAT,
        **said,
        "files": {name: _digest(body) for name, body in sorted(files.items())},
    }
    return {**files, MANIFEST: (json.dumps(manifest, indent=2, ensure_ascii=True) + "\n").encode()}


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files in the place of what an earlier run wrote. Raises OSError; then all is as it was."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        for name, body in files.items():
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        stage.chmod(0o755)
        _swap(folder, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(folder: Path, stage: Path) -> None:
    before = _before(folder)
    if folder.exists():
        folder.rename(before)
    try:
        stage.rename(folder)
    except OSError:
        if before.exists():
            before.rename(folder)
        raise
    if before.exists():
        for entry in list(before.iterdir()):
            if entry.name.startswith(".") and not (folder / entry.name).exists():
                entry.rename(folder / entry.name)
        shutil.rmtree(before, ignore_errors=True)


def _recover(folder: Path) -> None:
    """A run that ended between its two last steps left the old folder under another name; earlier, only its stage."""
    for stage in folder.parent.glob(f".{glob.escape(folder.name)}.new-*"):
        if time.time() - stage.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(stage, ignore_errors=True)
    before = _before(folder)
    if not before.is_dir():
        return
    if not folder.exists():
        before.rename(folder)
    else:
        for entry in list(before.iterdir()):
            if entry.name.startswith(".") and not (folder / entry.name).exists():
                entry.rename(folder / entry.name)
        shutil.rmtree(before, ignore_errors=True)


def _before(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"


def _manifest(folder: Path) -> Mapping[str, Any] | None:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder / MANIFEST).read_bytes())
        if isinstance(found, dict) and found.get("made_by") == "tidewaiter client" and found.get("format") == FORMAT:
            return found
    return None


def _inside(folder: Path) -> Iterator[str]:
    for at, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders
            if not name.startswith(".") and name not in _LEFT_BY_TOOLS and not name.endswith(".egg-info")
        ]  # fmt: skip
        for name in names:
            if not name.startswith(".") and name not in _LEFT_BY_TOOLS:
                yield (Path(at) / name).relative_to(folder).as_posix()


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _refused(folder: Path, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(str(folder), code, message, remedy)])
