"""Reports that a decision names stay: a newer one takes their place in `report/`, and they lie in `reports/` then."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.release_file import digest_of as content_digest
from gateway.trust.signed import FOLDER as DECISIONS
from governance.onboard.place import FOLDER, Place
from governance.onboard.report import MANIFEST
from governance.onboard.verified import verify_report

_DIGITS: Final = 16


def put_report(place: Place, stage: Path, digest: str) -> None:
    """Let the folder `stage`, the report of that digest, be the newest one. Raises OSError.

    Wherever it is stopped, a report that a decision names is there whole, at its old place or at its new one.
    """
    before, gone = place.report, place.folder / ".report.gone"
    shutil.rmtree(gone, ignore_errors=True)
    if _is_whole(before, digest):
        shutil.rmtree(stage)
        return
    if before.is_dir():
        there = _digest(before)
        kept = place.reports / there[7 : 7 + _DIGITS]
        if there and there != digest and _is_named(place.workspace, there) and not _is_whole(kept, there):
            place.reports.mkdir(mode=0o700, exist_ok=True)
            shutil.rmtree(kept, ignore_errors=True)
            before.rename(kept)
        else:
            before.rename(gone)
    stage.rename(before)
    shutil.rmtree(gone, ignore_errors=True)


def report_folders(workspace: Path) -> Iterator[Path]:
    """Every onboarding report of a workspace: the newest ones, then those that were kept for a decision."""
    yield from sorted((workspace / FOLDER).glob("*/*/report"))
    yield from sorted((workspace / FOLDER).glob("*/*/reports/*"))


def report_of(workspace: Path, digest: str) -> Path | None:
    """The folder of the report with that digest, a whole one where there is one; None where none lies here."""
    found = [one for one in report_folders(workspace) if _digest(one) == digest]
    return next((one for one in found if _is_whole(one, digest)), found[0] if found else None)


def _is_named(workspace: Path, digest: str) -> bool:
    """Whether a decision's file holds the digest, signed or not: a text that cannot be read as one keeps it, too."""
    wanted = digest.encode()
    return any(wanted in path.read_bytes() for path in (workspace / DECISIONS).glob("*.yaml") if path.is_file())


def _is_whole(folder: Path, digest: str) -> bool:
    try:
        return not verify_report(folder, digest).faults
    except OSError:
        return False


def _digest(folder: Path) -> str:
    """That of its manifest; empty where there is none."""
    path = folder / MANIFEST
    try:
        return "" if path.is_symlink() or not path.is_file() else content_digest(path.read_bytes())
    except OSError:
        return ""
