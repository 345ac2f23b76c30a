"""What a person wrote -> the document that is meant: path, folder, URL, `REV:path`, `api@version`, standard input.

A name that is a file or a folder here is that; what else it could be is asked in this order: `-`, a URL, a path,
`api@version`, `REV:path`. Documents are read as they are: that nothing could be served from one (no `security`,
patterns that are not safe) does not keep it from being compared.
"""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from contracts.bundle import FILE_BYTES
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS
from contracts.read import Reader
from contracts.wording import nearest
from governance.diff.from_files import alone, from_file, from_folder, loaded, refused
from governance.diff.from_git import exported
from governance.diff.from_url import fetch
from governance.diff.from_workspace import VERSION, version_of
from governance.diff.side import Side
from governance.diff.url_credential import Credential, credential_from

STDIN: Final = "-"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(FILE_BYTES + 1)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where documents may come from."""

    workspace: Path | None = None
    """Where `api@version` is found; None: the current folder, where that is a workspace."""
    allow_url: bool = False
    credential: Credential | None = None
    """What an address is shown; None: what the environment has for gateways."""
    standard_input: Callable[[], bytes] = field(default=_standard_input)

    @property
    def folder(self) -> Path | None:
        """The folder of the workspace, if there is one."""
        if self.workspace is not None:
            return self.workspace
        return Path() if Path(SETTINGS).is_file() else None


def read_pair(old: str, new: str, sources: Sources) -> tuple[Side, Side]:
    """Both documents. Raises InvalidInputError with what is wrong with either."""
    if old == new == STDIN:
        message, remedy = "both documents are to come from standard input", "name a file for one of them"
        raise refused(STDIN, "two-inputs", message, remedy)
    found: list[Side] = []
    faults: list[Diagnostic] = []
    for written in (old, new):
        try:
            found.append(read(written, sources))
        except InvalidInputError as error:
            faults += error.diagnostics
    if faults:
        raise InvalidInputError(dict.fromkeys(faults))
    return found[0], found[1]


def read(written: str, sources: Sources) -> Side:
    """The document that is meant. Raises InvalidInputError: each fault with its file, its place and a remedy."""
    side = _read(written, sources)
    judge_version(side)
    return side


def judge_version(side: Side) -> None:
    """Raises InvalidInputError where the document is not OpenAPI 3.0, 3.1 or 3.2."""
    reader = Reader(side.document)
    if reader.version() is None:
        raise InvalidInputError(replace(fault, file=side.folder + fault.file) for fault in reader.faults)


def _read(written: str, sources: Sources) -> Side:
    if written == STDIN:
        return Side(alone(sources.standard_input(), "standard input", ""), "standard input")
    if not written:
        raise refused("''", "no-document", "the name of a document is empty", "name a file, a folder or REV:path")
    if _URL.match(written):
        credential = sources.credential or credential_from(None, None)
        page = fetch(written, allowed=sources.allow_url, credential=credential)
        return Side(alone(page.text, page.name, page.folder), page.folder + page.name, page.folder)
    if os.path.lexists(written):
        path = Path(written)
        return from_folder(path) if path.is_dir() else from_file(path)
    if VERSION.fullmatch(written):
        if sources.folder is None:
            message = "this names a version of a workspace, and the current folder is none"
            raise refused(written, "no-workspace", message, "say where it is: --workspace DIR")
        return version_of(written, sources.folder)
    if ":" in written:
        with exported(written) as found:
            return Side(loaded(found.source, found.folder), written, found.folder)
    raise _missing(Path(written), sources)


def _missing(path: Path, sources: Sources) -> InvalidInputError:
    written = str(path)
    close = nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else None
    if close:
        remedy = f"write `{(path.parent / close).as_posix()}`"
    elif "@" in written and sources.folder is not None:
        remedy = "a version of the workspace is written api@1.2"
    else:
        remedy = "name a file, a folder, REV:path, api@version or -"
    return refused(written, "missing-file", "there is no such file or folder", remedy)
