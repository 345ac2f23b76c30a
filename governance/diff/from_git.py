"""A document at a revision of a git repository: `REV:path`, a file or a folder, with the files that it refers to.

The bytes come from git's objects, never from the working tree, and go to a temporary folder that is gone once they are
read. git is asked by argument lists; names of revisions and paths never stand where an option could. Nothing is fetched
from a network, no filter or hook of the repository runs, symbolic links are refused.
"""

import posixpath
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from contracts.bundle import FILE_BYTES, FILES
from contracts.diagnostic import InvalidInputError
from contracts.document import ENTRIES
from contracts.json_text import parse_json
from contracts.overlays import NAMES as OVERLAYS
from contracts.wording import nearest
from contracts.yaml12 import parse, shown
from governance.diff.from_files import refused
from governance.git import LINK, SUBMODULE, Blob, Objects, listing, prefix, resolved

ALL_BYTES: Final = 134_217_728
"""The most that the files of one document may hold together."""
_REFERS: Final = re.compile(rb"""\$ref["']?\s*:\s*(?!["']?\#)|\.(?:ya?ml|json)\b""")
_LIKE_A_FILE: Final = re.compile(r"[^\s#]\.(?:ya?ml|json)(?:#|$)")


@dataclass(frozen=True, slots=True)
class Exported:
    """Files of a revision in a temporary folder. `folder` is what stands before their names in messages."""

    source: Path
    folder: str


@contextmanager
def exported(written: str) -> Iterator[Exported]:
    """The document `REV:path` as files, for as long as the context lasts. Raises InvalidInputError."""
    revision, _, path = written.partition(":")
    if not revision or revision.startswith("-"):
        message = "no revision stands before the colon" if not revision else "a revision does not begin with -"
        raise refused(written, "wrong-revision", message, f"write `HEAD:{path}`, or a file without a colon")
    tree = resolved(written, revision, "tree")
    name = _inside(written, path)
    blobs = listing(tree, name)
    if not blobs and name:
        raise _missing(written, revision, tree, path, name)
    is_file = name in blobs
    folder = posixpath.dirname(name) if is_file else name
    if is_file and folder:
        blobs = listing(tree, folder)
    elif is_file:
        blobs = listing(tree, "")
    inside = {(n[len(folder) + 1 :] if folder else n): blob for n, blob in blobs.items()}
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        top = Path(made)
        before = f"{revision}:{folder}/" if folder else f"{revision}:"
        entry = posixpath.basename(name) if is_file else next((e for e in ENTRIES if e in inside), "")
        if entry:
            _export(top, entry, inside, before)
        yield Exported(top / entry if is_file else top, before)


def _inside(written: str, path: str) -> str:
    """The path from the top of the repository; `./` and `../` count from the current folder, as git reads them."""
    if path.startswith("/") or "\0" in path:
        message, remedy = "a path at a revision counts from the top of the repository", "leave the leading / out"
        raise refused(written, "wrong-revision", message, remedy)
    if path in (".", "..") or path.startswith(("./", "../")):
        path = posixpath.join(prefix(), path)
    name = posixpath.normpath(path) if path else ""
    if name == ".." or name.startswith("../"):
        raise refused(written, "wrong-revision", "the path leaves the repository", "name one inside it")
    return "" if name == "." else name


def _missing(written: str, revision: str, tree: str, path: str, name: str) -> InvalidInputError:
    before = prefix()
    message = f"there is no `{shown(name)}` at `{shown(revision)}`"
    if before and listing(tree, posixpath.normpath(posixpath.join(before, path))):
        return refused(written, "missing-file", message, f"write `{revision}:./{path}`: paths count from the top")
    beside = [other for other in listing(tree, "") if posixpath.basename(other) == posixpath.basename(name)]
    close = beside[0] if len(beside) == 1 else nearest(name, list(listing(tree, posixpath.dirname(name)))[:FILES])
    remedy = f"write `{revision}:{close}`" if close else f"`git ls-tree -r --name-only {revision}` lists what is there"
    return refused(written, "missing-file", message, remedy)


def _export(top: Path, entry: str, blobs: Mapping[str, Blob], before: str) -> None:
    """Write the entry, its overlay and every file that they lead to. Raises InvalidInputError."""
    overlays = [name for name in OVERLAYS if name in blobs] if entry in ENTRIES else []
    waiting = [entry, *overlays]
    met = set(waiting)
    total = 0
    with Objects() as objects:
        while waiting:
            name = waiting.pop()
            blob = blobs[name]
            if blob.mode in (LINK, SUBMODULE):
                what = "a symbolic link" if blob.mode == LINK else "in another repository (a submodule)"
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


def _or_link(name: str, blobs: Mapping[str, Blob]) -> str | None:
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
