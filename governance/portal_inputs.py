"""Whether what was handed to the portal is of the workspace as it is now. Imports the standard library only."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final, Literal

_FOLDERS: Final = ("contracts", "entities", "environments", "governance", "systems")
_FILES: Final = ("tidewaiter.yaml",)
_GENERATOR: Final = Path(__file__).resolve().parent.parent / "codegen"
_VERSION: Final = 2
"""Another one where the same files would make something else."""


def has_versions(workspace: Path) -> bool:
    """Whether an API may have two versions, so that there is something to compare: it has two documents at least."""
    for api in (workspace / "contracts").glob("*/"):
        if sum(1 for one in api.iterdir() if one.name != "api.yaml" and not one.name.startswith(".")) > 1:
            return True
    return False


def has_contracts(workspace: Path) -> bool:
    """Whether there is anything to write a client of."""
    return any((workspace / "contracts").glob("*/api.yaml"))


@cache
def generator_digest() -> str:
    """Of all that clients are written by."""
    whole = hashlib.sha256()
    for path in sorted(one for one in _GENERATOR.rglob("*") if one.suffix in (".py", ".jinja")):
        whole.update(f"{path.relative_to(_GENERATOR).as_posix()}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def inputs_of(workspace: Path, environment: str | None) -> str:
    """The digest of all files that published contracts, comparisons and clients depend on, and of the environment."""
    whole = hashlib.sha256(f"{_VERSION} {environment or ''} {generator_digest()}\n".encode())
    found = [workspace / name for name in _FILES]
    for folder in _FOLDERS:
        found += sorted(path for path in (workspace / folder).rglob("*") if path.is_file())
    for path in found:
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{digest} {path.relative_to(workspace).as_posix()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


Part = Literal["inputs", "client_inputs"]
"""Changelogs, or clients."""


def is_current(file: Path, inputs: str, part: Part = "inputs") -> bool:
    """Whether a part of the file that was handed over was made of these inputs, whole."""
    try:
        stated = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(stated, dict) and stated.get(part) == inputs
