"""Whether what is read in a repository is what others read: no replaced objects, grafts, links, submodules.

Each of them would let what is judged differ from what is served later.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from contracts.diagnostic import InvalidInputError
from contracts.layout import FOLDERS, OTHER_FOLDERS, SETTINGS
from contracts.yaml12 import shown as printable
from governance.diff.from_files import refused
from governance.git import LINK, SUBMODULE, git

OWN: Final = frozenset((*FOLDERS, *OTHER_FOLDERS, SETTINGS))
"""What of a folder's content is a workspace."""
_KINDS: Final[Mapping[str, str]] = {LINK: "symlink", SUBMODULE: "submodule"}


def judge_repository(workspace: Path) -> None:
    """Raises InvalidInputError where the workspace, as it lies here and in git's index, is not what it looks like."""
    _judge_objects(workspace)
    judge_tree(workspace)
    _judge_index(workspace)


def is_own(name: str) -> bool:
    """Whether a path, from the workspace's folder on, lies in the workspace's own folders."""
    return PurePosixPath(name).parts[0] in OWN


def not_a_file(shown: str, mode: str) -> InvalidInputError:
    """What git stores as a link or as another repository, where a file has to be."""
    return _stranger(shown, _KINDS[mode])


def judge_names(names: Iterable[str], before: str = "") -> None:
    """Raises InvalidInputError for two files that are one where capitals do not count."""
    known: dict[str, str] = {}
    for name in sorted(names):
        other = known.setdefault(name.casefold(), name)
        if other != name:
            message = f"its name and that of {printable(other)} differ in capitals only: on some machines they are one"
            raise refused(f"{before}{printable(name)}", "same-name", message, "give one of them another name")


def _judge_objects(workspace: Path) -> None:
    replaced = git("for-each-ref", "--count=1", "--format=%(refname)", "refs/replace", folder=workspace).stdout.strip()
    if replaced:
        message = "the repository has replaced objects: what is read here is not what others read"
        remedy = f"git replace -d {printable(replaced.decode('utf-8', 'replace').rpartition('/')[2])}"
        raise refused(printable(replaced.decode("utf-8", "replace")), "replaced", message, remedy)
    found = git("rev-parse", "--git-path", "info/grafts", folder=workspace).stdout.decode("utf-8", "surrogateescape")
    grafts = workspace / found.rstrip("\n")
    if grafts.is_file() and grafts.stat().st_size:
        message = "the repository has grafts: its history is not what others have"
        raise refused(".git/info/grafts", "replaced", message, "take the file away, then fetch the history")


def judge_tree(workspace: Path) -> None:
    """Raises InvalidInputError where a link or another repository lies in the workspace."""
    names: list[str] = []
    for folder, folders, files in os.walk(workspace):
        here = Path(folder)
        if here == workspace:
            # What begins with a dot is no part of a workspace at its top.
            folders[:] = [name for name in folders if name in OWN]
            files = [name for name in files if name == SETTINGS]  # noqa: PLW2901 - only this one counts at the top
        for name in (*folders, *files):
            path = here / name
            file = path.relative_to(workspace).as_posix()
            if path.is_symlink():
                raise _stranger(file, "symlink")
            if name == ".git":
                raise _stranger(file, "submodule")
            names.append(file)
    judge_names(names)


def _judge_index(workspace: Path) -> None:
    """Links and submodules that git knows of, and that lie here as a plain file or an empty folder."""
    for line in git("ls-files", "-s", "-z", "--", ".", folder=workspace).stdout.split(b"\0"):
        head, _, path = line.partition(b"\t")
        mode, name = head.split(b" ")[0].decode("ascii"), path.decode("utf-8", "surrogateescape")
        if mode in _KINDS and is_own(name):
            raise not_a_file(name, mode)


def _stranger(shown: str, kind: str) -> InvalidInputError:
    if kind == "symlink":
        message = "this is a symbolic link: what it leads to can change without a change that is judged"
        remedy = "put the file itself there"
    else:
        message = "this is another repository (a submodule): what is in it is no part of what is judged"
        remedy = "put the files themselves there"
    return refused(printable(shown), kind, message, remedy)
