"""A document at a revision of a git repository: `REV:path`, a file or a folder, with the files that it refers to.

The bytes come from git's objects, never from the working tree, and go to a temporary folder that is gone once they are
read. git is asked by argument lists; names of revisions and paths never stand where an option could. Nothing is fetched
from a network, no filter or hook of the repository runs, symbolic links are refused.
"""

import os
import posixpath
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote

from contracts.bundle import FILE_BYTES, FILES
from contracts.diagnostic import InvalidInputError
from contracts.document import ENTRIES
from contracts.json_text import parse_json
from contracts.overlays import NAMES as OVERLAYS
from contracts.plain import plain
from contracts.wording import nearest
from contracts.yaml12 import parse, shown
from governance.diff.from_files import refused

ALL_BYTES: Final = 134_217_728
"""The most that the files of one document may hold together."""
_SECONDS: Final = 60
_LINK, _SUBMODULE = "120000", "160000"
_REFERS: Final = re.compile(rb"""\$ref["']?\s*:\s*(?!["']?\#)|\.(?:ya?ml|json)\b""")
_LIKE_A_FILE: Final = re.compile(r"[^\s#]\.(?:ya?ml|json)(?:#|$)")


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of a revision in a temporary folder. `folder` is what stands before their names in messages."""

    source: Path
    folder: str


@dataclass(frozen=True, slots=True)
class _Blob:
    mode: str
    digest: str
    size: int


@contextmanager
def exported(written: str) -> Iterator[Exported]:
    """The document `REV:path` as files, for as long as the context lasts. Raises InvalidInputError."""
    revision, _, path = written.partition(":")
    if not revision or revision.startswith("-"):
        message = "no revision stands before the colon" if not revision else "a revision does not begin with -"
        raise refused(written, "wrong-revision", message, f"write `HEAD:{path}`, or a file without a colon")
    tree = _tree(written, revision)
    name = _inside(written, path)
    blobs = _listing(tree, name)
    if not blobs and name:
        raise _missing(written, revision, tree, path, name)
    is_file = name in blobs
    folder = posixpath.dirname(name) if is_file else name
    if is_file and folder:
        blobs = _listing(tree, folder)
    elif is_file:
        blobs = _listing(tree, "")
    inside = {(n[len(folder) + 1 :] if folder else n): blob for n, blob in blobs.items()}
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        top = Path(made)
        before = f"{revision}:{folder}/" if folder else f"{revision}:"
        entry = posixpath.basename(name) if is_file else next((e for e in ENTRIES if e in inside), "")
        if entry:
            _export(top, entry, inside, before)
        yield Exported(top / entry if is_file else top, before)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the current folder. Raises InvalidInputError where there is none, or it hangs."""
    try:
        return subprocess.run(  # noqa: S603 - an argument list; names are checked before
            ["git", "--no-pager", "--literal-pathspecs", *arguments],  # noqa: S607 - the person's own git
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env=_environment(),
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise refused("git", "no-git", "git is not installed here", "install it, or name a file") from None
    except subprocess.TimeoutExpired:
        raise refused("git", "no-git", f"git did not answer within {_SECONDS} seconds", "try again") from None


def _environment() -> dict[str, str]:
    quiet = {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    return {**os.environ, **quiet}


def _tree(written: str, revision: str) -> str:
    """The id of the revision's tree. Raises InvalidInputError."""
    done = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")
    found = done.stdout.decode("ascii", "replace").strip()
    if done.returncode == 0 and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", found):
        return found
    inside = _git("rev-parse", "--is-inside-work-tree", "--is-shallow-repository")
    if inside.returncode != 0:
        told = plain(inside.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: "))
        if "not a git repository" in told:
            message, remedy = "the current folder is in no git repository", "go into it, or name a file that is there"
        else:
            message, remedy = f"git refuses: {told[:200]}", "do what it says, or name a file"
        raise refused(written, "no-repository", message, remedy)
    message = f"the repository has no revision `{shown(revision)}`"
    if inside.stdout.split()[-1:] == [b"true"]:
        message = f"this clone is shallow and has no revision `{shown(revision)}`"
        remedy = "fetch it: git fetch --unshallow (in CI: a checkout with its whole history, `fetch-depth: 0`)"
        raise refused(written, "shallow-clone", message, remedy)
    names = _git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    close = nearest(revision, ["HEAD", *names.stdout.decode("utf-8", "replace").split()])
    remedy = f"write `{close}`" if close else "name a branch, a tag or a commit; `git fetch` brings what is missing"
    raise refused(written, "unknown-revision", message, remedy)


def _inside(written: str, path: str) -> str:
    """The path from the top of the repository; `./` and `../` count from the current folder, as git reads them."""
    if path.startswith("/") or "\0" in path:
        message, remedy = "a path at a revision counts from the top of the repository", "leave the leading / out"
        raise refused(written, "wrong-revision", message, remedy)
    if path in (".", "..") or path.startswith(("./", "../")):
        prefix = _git("rev-parse", "--show-prefix").stdout.decode("utf-8", "surrogateescape").rstrip("\n")
        path = posixpath.join(prefix, path)
    name = posixpath.normpath(path) if path else ""
    if name == ".." or name.startswith("../"):
        raise refused(written, "wrong-revision", "the path leaves the repository", "name one inside it")
    return "" if name == "." else name


def _listing(tree: str, name: str) -> dict[str, _Blob]:
    """Everything at and under a path: name -> what it is."""
    within = [name] if name else []
    done = _git("ls-tree", "-r", "-z", "-l", "--full-tree", tree, "--", *within)
    found = {}
    for line in done.stdout.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            mode, _, digest, size = head.decode("ascii").split()
            found[path.decode("utf-8", "surrogateescape")] = _Blob(mode, digest, int(size) if size != "-" else 0)
    return found


def _missing(written: str, revision: str, tree: str, path: str, name: str) -> InvalidInputError:
    prefix = _git("rev-parse", "--show-prefix").stdout.decode("utf-8", "surrogateescape").rstrip("\n")
    message = f"there is no `{shown(name)}` at `{shown(revision)}`"
    if prefix and _listing(tree, posixpath.normpath(posixpath.join(prefix, path))):
        return refused(written, "missing-file", message, f"write `{revision}:./{path}`: paths count from the top")
    beside = [other for other in _listing(tree, "") if posixpath.basename(other) == posixpath.basename(name)]
    close = beside[0] if len(beside) == 1 else nearest(name, list(_listing(tree, posixpath.dirname(name)))[:FILES])
    remedy = f"write `{revision}:{close}`" if close else f"`git ls-tree -r --name-only {revision}` lists what is there"
    return refused(written, "missing-file", message, remedy)


def _export(top: Path, entry: str, blobs: Mapping[str, _Blob], before: str) -> None:
    """Write the entry, its overlay and every file that they lead to. Raises InvalidInputError."""
    overlays = [name for name in OVERLAYS if name in blobs] if entry in ENTRIES else []
    waiting = [entry, *overlays]
    met = set(waiting)
    total = 0
    with _Objects() as objects:
        while waiting:
            name = waiting.pop()
            blob = blobs[name]
            if blob.mode in (_LINK, _SUBMODULE):
                what = "a symbolic link" if blob.mode == _LINK else "in another repository (a submodule)"
                raise refused(before + name, "symlink", f"the file is {what}", "put the file itself there")
            total += blob.size
            if blob.size > FILE_BYTES or total > ALL_BYTES or len(met) > FILES:
                message = f"the document is larger than {FILE_BYTES} bytes a file, {ALL_BYTES} in all or {FILES} files"
                raise refused(before + name, "too-large", message, "split it")
            text = objects.read(blob.digest)
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(text)
            for other in _mentioned(name, text):
                target = _or_link(other, blobs)
                if target is not None and target not in met:
                    met.add(target)
                    waiting.append(target)


def _or_link(name: str, blobs: Mapping[str, _Blob]) -> str | None:
    """The file itself, or the link or submodule on the way to it."""
    steps = name.split("/")
    for length in range(1, len(steps) + 1):
        part = "/".join(steps[:length])
        if part in blobs:
            return part
    return None


def _mentioned(name: str, text: bytes) -> set[str]:
    """Names of files that a file may refer to; more than it does is no harm."""
    if not _REFERS.search(text):
        return set()
    try:
        tree = parse_json(text, name) if text.lstrip()[:1] == b"{" or name.endswith(".json") else parse(text, name)
    except InvalidInputError:
        return set()  # told once the whole is loaded
    found = set()
    for value in _texts(tree):
        path = unquote(value.partition("#")[0])
        if path and "\0" not in path:
            found.add(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)))
    return found


def _texts(tree: Any) -> Iterator[str]:
    """Every `$ref`, and every text that looks like the name of a file."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(value, str):
                    if key == "$ref" or _LIKE_A_FILE.search(value[-300:]):
                        yield value
                else:
                    waiting.append(value)
        elif isinstance(node, list):
            waiting.extend(node)


class _Objects:
    """`git cat-file --batch`: the bytes of objects by their id, as they are stored."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["git", "--no-pager", "cat-file", "--batch"],  # noqa: S607 - the person's own git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
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
            message = "git has the name of a file of this revision, not its content (a partial clone)"
            raise refused(digest, "shallow-clone", message, "fetch it: git fetch --refetch")
        text = process.stdout.read(int(head[2]))
        process.stdout.read(1)
        return text
