"""A report held against a digest that came from elsewhere: whether it is, to the byte, what was decided on."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from contracts.plain import plain
from governance.onboard.report import MANIFEST, read_manifest

_MANIFEST_BYTES: Final = 67_108_864
_CHUNK: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. `digest` is what the folder's manifest has, whatever was asked for."""

    digest: str
    faults: tuple[str, ...]
    files: int = 0


def verify_report(folder: Path, digest: str) -> Verified:
    """Hold every file against the manifest, and the manifest against the digest. Raises OSError, and nothing else."""
    path = folder / MANIFEST
    if not stat.S_ISREG(path.lstat().st_mode):
        return Verified("", (f"{MANIFEST}: this is no file",))
    with path.open("rb") as opened:
        text = opened.read(_MANIFEST_BYTES + 1)
    found = "sha256:" + hashlib.sha256(text).hexdigest()
    faults = [] if found == digest else [f"{MANIFEST}: its digest is {found}, not {plain(digest)}"]
    manifest = read_manifest(text)
    if manifest is None:
        return Verified(found, (*faults, f"{MANIFEST}: this is no manifest of an onboarding report"))
    stated = manifest["files"]
    faults += _files(folder, stated)
    faults += _strangers(folder, stated)
    return Verified(found, tuple(faults), len(stated))


def read_held(folder: Path, digest: str, name: str) -> bytes | None:
    """One file of the report with that digest, read once and held to it; None where another one lies there by now.

    Raises OSError.
    """
    with (folder / MANIFEST).open("rb") as opened:
        text = opened.read(_MANIFEST_BYTES + 1)
    manifest = read_manifest(text) if "sha256:" + hashlib.sha256(text).hexdigest() == digest else None
    told = manifest["files"].get(name) if manifest is not None else None
    if not isinstance(told, dict) or not _inside(name) or type(told.get("bytes")) is not int:
        return None
    with (folder / name).open("rb") as opened:
        content = opened.read(told["bytes"] + 1)
    return content if "sha256:" + hashlib.sha256(content).hexdigest() == told.get("digest") else None


def _files(folder: Path, stated: dict[str, Any]) -> Iterator[str]:
    for name, told in stated.items():
        shown = plain(name)
        if not _inside(name):
            yield f"{shown}: this path leads out of the report"
            continue
        if not isinstance(told, dict) or not isinstance(told.get("digest"), str) or type(told.get("bytes")) is not int:
            yield f"{shown}: the manifest does not say what it should be"
            continue
        try:
            mode = (folder / name).lstat().st_mode
        except OSError:
            yield f"{shown}: it is gone"
            continue
        if not stat.S_ISREG(mode):
            yield f"{shown}: this is no file of the report"
        elif (folder / name).stat().st_size != told["bytes"] or _digest(folder / name) != told["digest"]:
            yield f"{shown}: it was changed"


def _inside(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    parts = PurePosixPath(name).parts
    plain_name = bool(parts) and name == "/".join(parts) and "\\" not in name and "\0" not in name
    return plain_name and not name.startswith("/") and ".." not in parts and name != MANIFEST and len(parts) == 1


def _strangers(folder: Path, stated: dict[str, Any]) -> Iterator[str]:
    """Whatever lies there and is not stated; links and folders too."""
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.name != MANIFEST and entry.name not in stated:
            yield f"{plain(entry.name)}: it was added"


def _digest(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            made.update(chunk)
    return "sha256:" + made.hexdigest()
