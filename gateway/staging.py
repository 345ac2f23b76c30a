"""A copy of the workspace, or of a release's files, taken when it is activated: all workers load that, late ones too.

So a file that is changed or broken afterwards does not reach a worker that replaces another; only a reload does. The
copy lies in `.tidewaiter/`, readable for its owner alone, and is gone with the parent; what a parent left that was
killed is removed by the next one. Imports nothing heavy.
"""

import base64
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.releases.staged import unpack_into

_PREFIX = "served-"
_KNOWN = frozenset(
    ("contracts", "environments", "systems", "entities", "consumers", "policies", "governance", "decisions", "mappings")
)
_STRANGER_BYTES = 1_048_576
"""Files outside the workspace's own folders are copied up to that size: authorities are, logs need not be."""
_SKIPPED = frozenset(("node_modules", "__pycache__"))


class Staging:
    """Where the copies of one parent lie."""

    def __init__(self, workspace: Path) -> None:
        """Raises OSError where no folder can be made for them."""
        self._workspace = workspace.resolve()
        own = self._workspace / ".tidewaiter"
        try:
            own.mkdir(mode=0o700, exist_ok=True)
            _sweep(own)
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=own))
        except OSError:  # a workspace that is mounted read-only
            self._folder = Path(tempfile.mkdtemp(prefix=f"tidewaiter-{_PREFIX}"))
        # Held as long as this process lives: nobody sweeps the folder meanwhile, tmpfiles neither.
        self._lock = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._count = 0

    def take(self) -> Path:
        """Copy the workspace as it is now. Raises OSError where it cannot be read."""
        self._count += 1
        copy = self._folder / str(self._count)
        copy.mkdir()
        for entry in sorted(self._workspace.iterdir()):
            if not entry.name.startswith(".") and entry.name not in _SKIPPED:
                _copy(entry, copy / entry.name, depth=0, known=entry.name in _KNOWN)
        return copy

    def take_release(self, store: Path, release: str) -> Path:
        """The files of a release of the store. Raises InvalidInputError, or OSError where they cannot be written."""
        self._count += 1
        copy = self._folder / str(self._count)
        copy.mkdir()
        unpack_into(store, release, copy)
        return copy

    def drop(self, copy: Path) -> None:
        """It is served no longer."""
        shutil.rmtree(copy, ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)


def contents_of(copy: Path) -> Mapping[str, str]:
    """The regular files of a copy by path, in base64. Raises OSError."""
    found = (path for path in sorted(copy.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(copy).as_posix(): base64.b64encode(path.read_bytes()).decode() for path in found}


def _copy(source: Path, target: Path, *, depth: int, known: bool) -> None:
    # Inside the folder of a contract's version a link is a fault, which the loader has to see.
    if source.is_symlink() and known and depth > 2:
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir()
        for entry in sorted(source.iterdir()):
            if not entry.name.startswith(".") and entry.name not in _SKIPPED:
                _copy(entry, target / entry.name, depth=depth + 1, known=known)
    elif source.is_file() and (known or source.stat().st_size <= _STRANGER_BYTES):
        shutil.copyfile(source, target)


def _sweep(folder: Path) -> None:
    """Remove what parents left that were killed: nobody holds its lock any more."""
    for left in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(left, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)
