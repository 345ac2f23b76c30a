"""The report that a decision names, found by its digest: shown as it was signed, or not at all."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from governance.onboard.kept import report_folders
from governance.onboard.report import MANIFEST
from governance.onboard.verified import read_held, verify_report

_PAGE: Final = "report.html"
_HTML: Final = "text/html; charset=utf-8"
_ONBOARDING: Final = "Onboarding report, each of its files held against its digest"
_BYTES: Final = 33_554_432
_ENDINGS: Final = (".html", ".md", ".json", ".txt")


@dataclass(frozen=True, slots=True)
class Shown:
    """A report's page."""

    text: bytes
    media_type: str
    found: str
    """What it is: the folder of an onboarding report, or a file."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why no report is shown."""

    why: str


def find_report(digest: str, workspace: Path, folders: Sequence[Path]) -> Shown | Missing:
    """The report of that digest: an onboarding report of this workspace, or what lies in one of the folders.

    An onboarding report is held against its manifest whole; a file is one whose bytes have the digest.
    """
    faults: list[str] = []
    for folder in _folders(workspace, folders):
        path = folder / MANIFEST
        if path.is_symlink() or not path.is_file() or _digest(_read(path)) != digest:
            continue
        try:
            verified = verify_report(folder, digest)
            page = read_held(folder, digest, _PAGE)
        except OSError as error:
            faults.append(f"it cannot be read: {(error.strerror or type(error).__name__).lower()}")
            continue
        if page is not None and not verified.faults:
            return Shown(page, _HTML, _ONBOARDING)
        faults += verified.faults or (f"{_PAGE}: it was changed",)
    for path in _files(folders):
        text = _read(path)
        if _digest(text) == digest:
            kind = "text/html" if path.suffix == ".html" else "text/plain"
            return Shown(text, f"{kind}; charset=utf-8", "Report, held against its digest")
    if faults:
        return Missing(f"the report was changed after it was made: {faults[0]}")
    return Missing("no report with this digest lies here: name its folder with --reports")


def _folders(workspace: Path, folders: Sequence[Path]) -> Iterator[Path]:
    yield from report_folders(workspace)
    for folder in folders:
        yield folder
        yield from sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else ()


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix in _ENDINGS and path.is_file() and not path.is_symlink():
                yield path


def _read(path: Path) -> bytes:
    """What lies there, read once; nothing where it cannot be read or is larger than a report."""
    try:
        with path.open("rb") as opened:
            text = opened.read(_BYTES + 1)
    except OSError:
        return b""
    return text if len(text) <= _BYTES else b""


def _digest(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()
