"""A release taken apart: its files in a folder of their own, loaded as the state of the workspace that it was."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release_file import ReleaseFile, read_release
from gateway.releases.covered import unpack
from gateway.trust.board_stated import statement_files
from gateway.trust.files import ENVELOPE_ENDING
from gateway.trust.register import REGISTER
from gateway.trust.signed import FOLDER, Signed
from governance.changes.state import State, read_state

RELEASE_PREFIX = "release:"


@dataclass(frozen=True, slots=True)
class Base:
    """The release that another one is held against."""

    release: ReleaseFile
    digest: str
    contents: State
    shown: str


def evidence(folder: Path, decisions: tuple[Signed, ...]) -> dict[str, bytes]:
    """The register, each decision that somebody signed or stated on, and all of that."""
    kept: dict[str, bytes] = {}
    if (folder / REGISTER).is_file():
        kept[REGISTER] = (folder / REGISTER).read_bytes()
    for one in decisions:
        if one.envelope is not None or one.standing.voices:
            kept[one.file] = one.text
        if one.envelope is not None:
            beside = f"{FOLDER}/{one.name}{ENVELOPE_ENDING}"
            kept[beside] = (folder / beside).read_bytes()
    return kept | {file: (folder / file).read_bytes() for file in statement_files(folder)}


@contextmanager
def unpacked(release: ReleaseFile) -> Iterator[Path]:
    """The release's files in a folder of their own, for as long as the context lasts."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        unpack(release, Path(made))
        yield Path(made)


def contents_of(release: ReleaseFile, folder: Path, shown: str) -> State:
    """Load an unpacked release. Raises InvalidInputError where it does not load as what it says it is."""
    try:
        contents = read_state(folder, release.head.environment or None, shown)
    except InvalidInputError as error:
        raise InvalidInputError(replace(one, file=f"{shown}: {one.file}") for one in error.diagnostics) from None
    if contents.workspace.digest != release.head.workspace_digest:
        message = "its files do not make the workspace that it names: files were taken out, added or changed"
        raise InvalidInputError([Diagnostic(shown, "altered-release", message, "build it again")])
    return contents


@contextmanager
def base_release(written: str) -> Iterator[Base]:
    """The release `release:FILE`, loaded. Raises InvalidInputError."""
    if not written.startswith(RELEASE_PREFIX):
        message = "a base is a release"
        raise InvalidInputError([Diagnostic(written, "wrong-base", message, f"write {RELEASE_PREFIX}FILE")])
    path = Path(written.removeprefix(RELEASE_PREFIX))
    release, digest = read_release(path)
    with unpacked(release) as folder:
        yield Base(release, digest, contents_of(release, folder, str(path)), str(path))
