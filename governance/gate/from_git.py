"""A whole workspace at a revision of git, read from git's objects: no filter and no checkout comes in between."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts import yaml12
from contracts.counted import counted
from contracts.diagnostic import InvalidInputError
from contracts.layout import SETTINGS
from contracts.plain import plain
from contracts.written import FILE_BYTES, read_entry
from contracts.yaml12 import shown as printable
from governance.diff.from_files import refused
from governance.gate.repository import is_own, judge_names, judge_repository, not_a_file
from governance.git import LINK, SUBMODULE, Blob, Objects, git, listing, prefix, resolved
from governance.lint.asked import FILE as LINT_FILE
from governance.lint.asked import rule_set_files
from governance.severities import Lint

ALL_BYTES: Final = 536_870_912
"""The most that the files of one workspace may hold together."""
_SUFFIX: Final = re.compile(r"[~^:]|@\{")
"""What follows a name in a revision: `main~2`, `v1^{commit}`, `main@{yesterday}`."""
_HEX: Final = re.compile(r"[0-9a-f]{4,40}")
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
        """Raises InvalidInputError where this commit is not the newest of the protected branch, or that is not known.

        What is older was overtaken; what is not on the branch was decided on by nobody.
        """
        if not branch:
            return
        names = git(
            "for-each-ref", "--format=%(refname) %(objectname)", "refs/remotes", f"refs/heads/{branch}",
            folder=self.workspace,
        ).stdout.decode("utf-8", "replace").split("\n")  # fmt: skip
        tips = dict(line.rsplit(" ", 1) for line in names if " " in line)
        here = {name: tip for name, tip in tips.items() if name == f"refs/heads/{branch}"}
        remote = {name: tip for name, tip in tips.items() if _of_remote(name) == branch}
        held = remote or here
        if not held:
            message = f"the protected branch {plain(branch)} is not known in this clone"
            raise refused(self.shown, "unknown-branch", message, f"git fetch origin {plain(branch)}")
        for name, tip in sorted(held.items()):
            if _is_ancestor(tip, self.commit, self.workspace) is not True:
                message = f"{plain(name)} has gone on since this commit: what was merged meanwhile would not be judged"
                remedy = f"merge it, and name it as the base: git merge {plain(name)}"
                raise refused(self.shown, "stale-base", message, remedy)
        if self.commit not in held.values():
            message = f"this commit is not on the protected branch {plain(branch)}: what is before it was not judged"
            raise refused(self.shown, "foreign-base", message, f"name the branch itself: --base {plain(min(held))}")


def _of_remote(name: str) -> str:
    """The branch of `refs/remotes/<remote>/<branch>`; empty for any other name."""
    parts = name.split("/", 3)
    return parts[3] if len(parts) == 4 and parts[:2] == ["refs", "remotes"] else ""


@contextmanager
def revision(written: str, workspace: Path) -> Iterator[Revision]:
    """The workspace as it was at a revision. Raises InvalidInputError."""
    if not written or written.startswith("-"):
        message, remedy = "a revision does not begin with -", "name a branch, a tag or a commit: --base origin/main"
        raise refused(written or "--base", "wrong-revision", message, remedy)
    commit = resolved(written, written, "commit", workspace)
    _judge_one_meaning(written, workspace)
    shown = f"{printable(written)} ({commit[:12]})"
    judge_repository(workspace)
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


def _judge_one_meaning(written: str, workspace: Path) -> None:
    """Raises InvalidInputError where a name is that of several refs: a tag takes the place of a branch of its name."""
    name = _SUFFIX.split(written, maxsplit=1)[0]
    places = [f"{before}{name}" for before in ("refs/", "refs/tags/", "refs/heads/", "refs/remotes/")]
    peeled = "%(refname) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
    listed = git("for-each-ref", f"--format={peeled}", *places, folder=workspace).stdout
    found = dict(line.rsplit(" ", 1) for line in listed.decode("utf-8", "replace").splitlines() if " " in line)
    named = {ref: tip for ref, tip in found.items() if ref in places}
    if _HEX.fullmatch(name):
        named |= dict.fromkeys(git("rev-parse", f"--disambiguate={name}", folder=workspace).stdout.decode().split(), "")
    if len(named) > 1 and len(set(named.values())) > 1:
        message = f"{printable(name)} means more than one thing: {', '.join(sorted(plain(one) for one in named))}"
        remote = next((ref for ref in sorted(named) if ref.startswith("refs/remotes/")), min(named))
        raise refused(printable(written), "ambiguous-revision", message, f"name it in full: --base {plain(remote)}")


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
    """Write the workspace's own files, and those elsewhere in the repository that one of them names."""
    own = {name: blob for name, blob in blobs.items() if is_own(name)}
    judge_names(own, f"{shown}:")
    total = 0
    named: set[str] = set()
    with Objects(workspace) as objects:

        def write(name: str, blob: Blob) -> bytes:
            nonlocal total
            if blob.mode in (LINK, SUBMODULE):
                raise not_a_file(f"{shown}:{name}", blob.mode)
            total += blob.size
            if total > ALL_BYTES:
                raise refused(shown, "too-large", f"the workspace is larger than {ALL_BYTES} bytes", "split it")
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = objects.read(blob.digest)
            path.write_bytes(content)
            return content

        for name, blob in own.items():
            content = write(name, blob)
            if name.startswith(_NAMING):
                named |= _authorities(content, name)
        for name in sorted((named | set(_rules(top))) - own.keys()):
            if name in blobs and blobs[name].size <= FILE_BYTES:
                write(name, blobs[name])


_NAMING: Final = ("systems/", "environments/", "policies/issuers.yaml")
"""Files of the workspace that name authorities, which may lie anywhere in it."""


def _authorities(text: bytes, name: str) -> set[str]:
    """Files that a file names as `ca`."""
    try:
        return set(_stated(yaml12.parse(text, name)))
    except InvalidInputError:
        return set()


def _stated(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "ca" and isinstance(value, str):
                yield value
            else:
                yield from _stated(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _stated(one)


def _rules(top: Path) -> tuple[str, ...]:
    """Files of rules of lint, which may lie anywhere, too."""
    path = top / LINT_FILE
    entry = read_entry(path, LINT_FILE, Lint) if path.is_file() else None
    return rule_set_files(entry.value.lint) if entry is not None and entry.value is not None else ()
