"""Whether what was handed to the portal is of the workspace as it is now. Imports the standard library only."""

import hashlib
import json
from pathlib import Path
from typing import Final

_FOLDERS: Final = ("contracts", "entities", "environments", "governance", "systems")
_FILES: Final = ("tidewaiter.yaml",)
_VERSION: Final = 1
"""Another one where the same files would make something else."""


def has_versions(workspace: Path) -> bool:
    """Whether an API may have two versions, so that there is something to compare: it has two documents at least."""
    for api in (workspace / "contracts").glob("*/"):
        if sum(1 for one in api.iterdir() if one.name != "api.yaml" and not one.name.startswith(".")) > 1:
            return True
    return False


def inputs_of(workspace: Path, environment: str | None) -> str:
    """The digest of all files that published contracts and their comparison depend on, and of the environment."""
    whole = hashlib.sha256(f"{_VERSION} {environment or ''}\n".encode())
    found = [workspace / name for name in _FILES]
    for folder in _FOLDERS:
        found += sorted(path for path in (workspace / folder).rglob("*") if path.is_file())
    for path in found:
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{digest} {path.relative_to(workspace).as_posix()}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def is_current(file: Path, inputs: str) -> bool:
    """Whether the file that was handed over was made of these inputs, whole."""
    try:
        stated = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(stated, dict) and stated.get("inputs") == inputs
