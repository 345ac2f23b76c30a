"""A whole workspace at a revision of git, read from git's objects; and whether what is read here is what others read.

Filters, replaced objects, grafts, links and submodules would let what is judged differ from what is read later.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from contracts.counted import counted
from contracts.layout import FOLDERS, OTHER_FOLDERS, SETTINGS
from contracts.plain import plain
from contracts.written import FILE_BYTES
from contracts.yaml12 import shown as printable
from governance.diff.from_files import refused
from governance.git import LINK, SUBMODULE, Blob, Objects, git, listing, prefix, resolved

ALL_BYTES: Final = 536_870_912
"""The most that the files of one workspace may hold together."""
_OWN: Final = frozenset((*FOLDERS, *OTHER_FOLDERS, SETTINGS))
_MEND: Final = "git fetch --unshallow (in CI: a checkout with its whole history, `fetch-depth: 0`)"


@dataclass(frozen=True, slots=True)
class Revision:
    """A workspace at a commit, in a temporary folder."""

    shown: str
    commit: str
    folder: Path
    workspace: Path
    """The working tree's."""

    def judge_newest(self, branch: str) -> None:
        """Raises InvalidInputError where the protected branch has gone on since this commit, or is not known here."""
        if not branch:
            return
        names = git(
            "for-each-ref", "--format=%(refname) %(objectname)", f"refs/remotes/*/{branch}", f"refs/heads/{branch}",
            folder=self.workspace,
        ).stdout.decode("utf-8", "replace").split("\n")  # fmt: skip
        tips = dict(line.rsplit(" ", 1) for line in names if " " in line)
        remote = {name: tip for name, tip in tips.items() if name.startswith("refs/remotes/")}
        if not tips:
            message = f"the protected branch {plain(branch)} is not known in this clone"
            raise refused(self.shown, "unknown-branch", message, f"git fetch origin {branch}")
        for name, tip in sorted((remote or tips).items()):
            if _is_ancestor(tip, self.commit, self.workspace) is not True:
                message = f"{plain(name)} has gone on since this commit: what was merged meanwhile would not be judged"
                remedy = f"merge it, and name it as the base: git merge {name.removeprefix('refs/remotes/')}"
                raise refused(self.shown, "stale-base", message, remedy)


@contextmanager
def revision(written: str, workspace: Path) -> Iterator[Revision]:
    """The workspace as it was at a revision. Raises InvalidInputError."""
    if not written or written.startswith("-"):
        message, remedy = "a revision does not begin with -", "name a branch, a tag or a commit: --base origin/main"
        raise refused(written or "--base", "wrong-revision", message, remedy)
    commit = resolved(written, written, "commit", workspace)
    shown = f"{printable(written)} ({commit[:12]})"
    _judge_repository(workspace)
    _judge_working_tree(workspace)
    _judge_ancestor(written, commit, workspace)
    inside = prefix(workspace)
    blobs = {
        name[len(inside) :]: blob
        for name, blob in listing(resolved(written, commit, "tree", workspace), inside.rstrip("/"), workspace).items()
    }
    if SETTINGS not in blobs:
        message = f"there was no workspace at {printable(inside) or 'the top'}: it has no {SETTINGS} there"
        remedy = "the first one is decided as a whole: tidewaiter release build, without a base"
        raise refused(shown, "no-workspace", message, remedy)
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        _export(Path(made), blobs, shown, workspace)
        yield Revision(shown, commit, Path(made), workspace)


def _judge_repository(workspace: Path) -> None:
    replaced = git("for-each-ref", "--count=1", "--format=%(refname)", "refs/replace", folder=workspace).stdout.strip()
    if replaced:
        message = "the repository has replaced objects: what is read here is not what others read"
        raise refused(printable(replaced.decode("utf-8", "replace")), "replaced", message, "git replace -d OBJECT")
    found = git("rev-parse", "--git-path", "info/grafts", folder=workspace).stdout.decode("utf-8", "surrogateescape")
    grafts = workspace / found.rstrip("\n")
    if grafts.is_file() and grafts.stat().st_size:
        message = "the repository has grafts: its history is not what others have"
        raise refused(".git/info/grafts", "replaced", message, "take the file away, then fetch the history")


def _judge_working_tree(workspace: Path) -> None:
    """Links and repositories inside the workspace: what they lead to changes without a change that is judged."""
    for folder, folders, files in os.walk(workspace):
        here = Path(folder)
        if here == workspace:
            # What begins with a dot is no part of a workspace at its top.
            folders[:] = [name for name in folders if not name.startswith(".") and _counts(name)]
            files = [name for name in files if name == SETTINGS]  # noqa: PLW2901 - only this one counts at the top
        for name in (*folders, *files):
            path = here / name
            file = path.relative_to(workspace).as_posix()
            if path.is_symlink():
                message = "this is a symbolic link: what it leads to can change without a change that is judged"
                raise refused(printable(file), "symlink", message, "put the file itself there")
            if name == ".git":
                message = "this is another repository (a submodule): what is in it is no part of what is judged"
                raise refused(printable(file), "submodule", message, "put the files themselves there")


def _counts(name: str) -> bool:
    return name in _OWN


def _judge_ancestor(written: str, commit: str, workspace: Path) -> None:
    answer = _is_ancestor(commit, "HEAD", workspace)
    if answer is True:
        return
    shallow = git("rev-parse", "--is-shallow-repository", folder=workspace).stdout.strip() == b"true"
    if shallow:
        message = f"this clone is shallow: whether {printable(written)} is an ancestor of HEAD cannot be told"
        raise refused(printable(written), "shallow-clone", message, f"fetch its history: {_MEND}")
    if answer is None:
        message = "there is no commit yet, so nothing comes after the base"
        raise refused("HEAD", "no-commit", message, "commit what is to be judged")
    behind = git("rev-list", "--count", f"HEAD..{commit}", folder=workspace).stdout.decode().strip()
    message = (
        f"it is no ancestor of HEAD, which lacks {counted(int(behind or 0), 'commit')} of it: "
        "what they changed would be taken for taken back"
    )
    raise refused(printable(written), "not-an-ancestor", message, f"merge it first: git merge {printable(written)}")


def _is_ancestor(older: str, newer: str, workspace: Path) -> bool | None:
    """None where git cannot tell."""
    done = git("merge-base", "--is-ancestor", older, newer, folder=workspace)
    return {0: True, 1: False}.get(done.returncode)


def _export(top: Path, blobs: dict[str, Blob], shown: str, workspace: Path) -> None:
    total = 0
    with Objects(workspace) as objects:
        for name, blob in blobs.items():
            first = PurePosixPath(name).parts[0]
            own = first in _OWN
            if name.startswith(".") or (not own and blob.size > FILE_BYTES):
                continue
            if blob.mode in (LINK, SUBMODULE):
                if not own:
                    continue
                what = "a symbolic link" if blob.mode == LINK else "in another repository (a submodule)"
                message = f"the file is {what}"
                raise refused(f"{shown}:{printable(name)}", "symlink", message, "put the file itself there")
            total += blob.size
            if total > ALL_BYTES:
                raise refused(shown, "too-large", f"the workspace is larger than {ALL_BYTES} bytes", "split it")
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(objects.read(blob.digest))
