"""Recordings and samples hold real data: where such a file may lie is decided here."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError

_SECONDS: Final = 20
_KEPT: Final = ".tidewaiter"
_LINES: Final = frozenset(f"{before}{_KEPT}{after}" for before in ("", "/") for after in ("", "/"))
"""Each of these lines leaves the folder out, and nothing can be taken in again below it."""


def outside_git(path: Path, workspace: Path, what: str) -> Path:
    """The path, made absolute. Raises InvalidInputError where git would keep the file with the workspace.

    `what` is what it holds, for the message: `a recording`, `samples`.
    """
    absolute = path.expanduser().absolute()
    root = _toplevel(workspace)
    resolved = absolute.parent.resolve() / absolute.name
    inside = resolved.is_relative_to((root or workspace).resolve())
    left_out = _is_ignored(root, resolved) if root is not None else _would_be_ignored(workspace.resolve(), resolved)
    if not inside or left_out:
        return absolute
    where = "the workspace's git repository" if root is not None else "the workspace"
    message = f"{what} holds real data of the systems, and this file lies in {where}"
    remedy = "name a file outside it, or one that .gitignore leaves out, such as .tidewaiter/fuzz/NAME"
    if resolved.is_relative_to(workspace.resolve() / _KEPT):
        remedy = f"write a line `{_KEPT}/` into .gitignore of the workspace"
    raise InvalidInputError([Diagnostic(str(path), "inside-git", message, remedy)])


def default_place(workspace: Path, name: str) -> Path:
    """Where a recording lies when nobody names a place: `.tidewaiter/fuzz/` of the workspace, which git leaves out."""
    return outside_git(workspace / ".tidewaiter" / "fuzz" / name, workspace, "a recording")


def _toplevel(folder: Path) -> Path | None:
    """The folder of the repository that holds the workspace; None where there is none, or no git."""
    told = _git(folder, "rev-parse", "--show-toplevel")
    return Path(told[1].strip()) if told is not None and told[0] == 0 else None


def _is_ignored(root: Path, path: Path) -> bool:
    told = _git(root, "check-ignore", "-q", "--no-index", str(path))
    return told is not None and told[0] == 0


def _would_be_ignored(workspace: Path, path: Path) -> bool:
    """Without a repository, or without git: whether the workspace's own .gitignore leaves its `.tidewaiter/` out."""
    if not path.is_relative_to(workspace / _KEPT):
        return False
    try:
        lines = [one.strip() for one in (workspace / ".gitignore").read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return False
    return bool(_LINES.intersection(lines)) and not any(one.startswith("!") and _KEPT in one for one in lines)


def _git(folder: Path, *arguments: str) -> tuple[int, str] | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode, done.stdout
