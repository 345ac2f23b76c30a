"""git, asked by argument lists: names of revisions and paths never stand where an option could.

Nothing is fetched from a network, no filter or hook of the repository runs, and no object takes the place of another.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from contracts.wording import nearest
from contracts.yaml12 import shown
from governance.diff.from_files import refused

SECONDS: Final = 60
_OF_A_HOOK: Final = frozenset(("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"))
UNSHALLOW: Final = "git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'"
"""Brings what a clone one commit deep, of one branch, lacks."""
LINK, SUBMODULE = "120000", "160000"
"""Modes of what is no file."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What a name of a tree is: its mode, its object's id, its size in bytes."""

    mode: str
    digest: str
    size: int


def git(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, the current one else. Raises InvalidInputError where there is none, or it hangs."""
    try:
        return subprocess.run(  # noqa: S603 - an argument list; names are checked before
            ["git", "--no-pager", "--literal-pathspecs", *arguments],  # noqa: S607 - the person's own git
            capture_output=True,
            check=False,
            timeout=SECONDS,
            env=environment(found=folder is not None),
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )
    except FileNotFoundError:
        raise refused("git", "no-git", "git is not installed here", "install it, or name a file") from None
    except subprocess.TimeoutExpired:
        raise refused("git", "no-git", f"git did not answer within {SECONDS} seconds", "try again") from None


def environment(*, found: bool = False) -> Mapping[str, str]:
    """The environment that git is run in. `found`: the repository is that of the folder, whatever a hook's says."""
    quiet = {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    own = {name: value for name, value in os.environ.items() if not (found and name in _OF_A_HOOK)}
    return {**own, **quiet}


def resolved(written: str, revision: str, kind: str, folder: Path | None = None) -> str:
    """The id of a revision's `tree` or `commit`. Raises InvalidInputError, with what is to be done."""
    done = git("rev-parse", "--verify", "--quiet", f"{revision}^{{{kind}}}", folder=folder)
    found = done.stdout.decode("ascii", "replace").strip()
    if done.returncode == 0 and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", found):
        return found
    inside = git("rev-parse", "--is-inside-work-tree", "--is-shallow-repository", folder=folder)
    if inside.returncode != 0:
        told = plain(inside.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: "))
        if "not a git repository" in told:
            where = "the current folder" if folder is None else plain(str(folder))
            message, remedy = f"{where} is in no git repository", "go into it, or name a file that is there"
        else:
            message, remedy = f"git refuses: {told[:200]}", "do what it says, or name a file"
        raise refused(written, "no-repository", message, remedy)
    message = f"the repository has no revision `{shown(revision)}`"
    if inside.stdout.split()[-1:] == [b"true"]:
        message = f"this clone is shallow and has no revision `{shown(revision)}`"
        remedy = f"fetch all of it: {UNSHALLOW} (in CI: a checkout with its whole history, `fetch-depth: 0`)"
        raise refused(written, "shallow-clone", message, remedy)
    names = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes", folder=folder)
    here = git("symbolic-ref", "--short", "--quiet", "HEAD", folder=folder).stdout.decode("utf-8", "replace").strip()
    # What was pushed of the branch that is judged is no answer to what it is held against.
    known = [name for name in names.stdout.decode("utf-8", "replace").split() if not name.endswith(f"/{here}")]
    close = nearest(revision, ["HEAD", *known])
    remedy = f"write `{close}`" if close else "name a branch, a tag or a commit; `git fetch` brings what is missing"
    raise refused(written, "unknown-revision", message, remedy)


def prefix(folder: Path | None = None) -> str:
    """Where a folder lies in its repository: empty for the top, else with a slash at its end."""
    found = git("rev-parse", "--show-prefix", folder=folder).stdout
    return found.decode("utf-8", "surrogateescape").rstrip("\n")


def listing(tree: str, name: str, folder: Path | None = None) -> dict[str, Blob]:
    """Everything at and under a path of a tree: name -> what it is.

    Raises InvalidInputError where a part of it is not in this clone.
    """
    within = [name] if name else []
    done = git("ls-tree", "-r", "-z", "-l", "--full-tree", tree, "--", *within, folder=folder)
    if done.returncode != 0:
        raise _partial(tree)
    found = {}
    for line in done.stdout.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            mode, _, digest, size = head.decode("ascii").split()
            found[path.decode("utf-8", "surrogateescape")] = Blob(mode, digest, int(size) if size != "-" else 0)
    return found


def _partial(name: str) -> InvalidInputError:
    message = "git has the name of a file of this revision, not its content (a partial clone)"
    return refused(name, "shallow-clone", message, "fetch it: git fetch --refetch --no-filter")


class Objects:
    """`git cat-file --batch`: the bytes of objects by their id, as they are stored."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["git", "--no-pager", "cat-file", "--batch"],  # noqa: S607 - the person's own git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(found=self._folder is not None),
            cwd=self._folder,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def read(self, digest: str) -> bytes:
        """The bytes of one object. Raises InvalidInputError where it is not in this clone."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(digest.encode() + b"\n")
        process.stdin.flush()
        head = process.stdout.readline().split()
        if len(head) != 3:  # id, type, size
            raise _partial(digest)
        text = process.stdout.read(int(head[2]))
        process.stdout.read(1)
        return text
