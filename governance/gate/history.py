"""What git knows besides the base: whether a content was there before, and what here is not as it was committed."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from governance.gate.repository import is_own
from governance.git import git, listing, prefix

_SHA256_DIGITS = 64


def were_there(texts: Iterable[bytes], commit: str, workspace: Path) -> bool:
    """Whether each of these contents was in the workspace at a commit or before it, in whichever file."""
    return all(_was_there(_object(text, commit), commit, workspace) for text in texts)


def were_gone(paths: Iterable[str], commit: str, workspace: Path) -> bool:
    """Whether each of these files had been taken away at a commit or before it, once at least."""
    return all(_log(commit, workspace, "--diff-filter=D", "--", f"./{path}") for path in paths)


def uncommitted(files: Mapping[str, bytes], workspace: Path) -> tuple[str, ...]:
    """Files of the workspace that lie here otherwise than HEAD has them, or that HEAD has and that are not here.

    Compared by content, whatever git's index says: files can be marked so that git does not look at them.
    """
    inside = prefix(workspace)
    kept = {
        name[len(inside) :]: blob.digest for name, blob in listing("HEAD^{tree}", inside.rstrip("/"), workspace).items()
    }
    found = [name for name, text in files.items() if not _is_kept(text, kept.get(name, ""))]
    found += [name for name in kept if is_own(name) and not (workspace / name).is_file()]
    return tuple(sorted(found))


def _is_kept(text: bytes, digest: str) -> bool:
    # Where git writes other ends of lines than it keeps, the file says the same.
    return digest in (_object(text, digest), _object(text.replace(b"\r\n", b"\n"), digest))


def _object(text: bytes, like: str) -> str:
    """The id that git gives to a content, by the hash of its other ids."""
    shape = b"blob %d\0" % len(text) + text
    if len(like) == _SHA256_DIGITS:
        return hashlib.sha256(shape).hexdigest()
    return hashlib.sha1(shape, usedforsecurity=False).hexdigest()


def _was_there(digest: str, commit: str, workspace: Path) -> bool:
    return _log(commit, workspace, f"--find-object={digest}", "--", ".")


def _log(commit: str, workspace: Path, *asked: str) -> bool:
    """Whether a commit fits. Merges are looked into, too: a content can come with nothing but a merge."""
    done = git("log", "-1", "-m", "--full-history", "--no-renames", "--format=%H", commit, *asked, folder=workspace)
    return done.returncode != 0 or bool(done.stdout.strip())
