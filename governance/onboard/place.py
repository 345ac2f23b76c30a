"""Where the onboarding of one entity into one environment lies, and the lock that keeps a second run out."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.plain import plain
from governance.fuzz.kept_outside import outside_git

FOLDER: Final = ".tidewaiter/onboarding"
_LOOKS: Final = (0.01, 0.05, 0.0)
NO_ENVIRONMENT: Final = "_"
"""The folder of a workspace without an environment; no environment can be called so."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders and files of one onboarding. Nothing here is kept in git."""

    workspace: Path
    entity: str
    environment: str
    """Empty for none."""

    @property
    def folder(self) -> Path:
        """All of it."""
        return self.workspace / FOLDER / self.entity / (self.environment or NO_ENVIRONMENT)

    @property
    def journal(self) -> Path:
        """What happened, one event a line."""
        return self.folder / "journal.jsonl"

    @property
    def evidence(self) -> Path:
        """What each step found, a JSON file a step."""
        return self.folder / "evidence"

    @property
    def report(self) -> Path:
        """The newest onboarding report."""
        return self.folder / "report"

    @property
    def new_report(self) -> Path:
        """A report that is being written."""
        return self.folder / ".report.new"

    @property
    def reports(self) -> Path:
        """Older reports that a decision names, a folder each, called by the first 16 digits of its digest."""
        return self.folder / "reports"

    @property
    def raw(self) -> Path:
        """Recordings in clear, for as long as a run or a judgement lasts."""
        return self.folder / "raw"

    @property
    def raw_limits(self) -> Path:
        """The recording of how limits were tried, in clear, until it is sealed."""
        return self.folder / "raw-limits"

    @property
    def sealed(self) -> Path:
        """Recordings, encrypted."""
        return self.folder / "recordings"

    @property
    def clients(self) -> Path:
        """Generated clients, a folder a contract."""
        return self.folder / "clients"

    @property
    def release(self) -> Path:
        """The release that makes it live."""
        return self.folder / "release.json"

    def shown(self, path: Path) -> str:
        """A path as messages show it: as somebody in the current folder would write it."""
        return os.path.relpath(path)

    def make(self) -> None:
        """Make the folder, which only its owner may read. Raises InvalidInputError where git would keep it."""
        outside_git(self.journal, self.workspace, "what onboarding keeps")
        for folder in (self.folder, self.evidence):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else onboards this entity meanwhile. Raises InvalidInputError where somebody does."""
        self.make()
        handle = os.open(self.folder.parent / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _locked(handle):
                raise self._taken(os.read(handle, 100))
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()}\n{self.environment}".encode(), 0)
            yield
        finally:
            os.close(handle)

    def at_work(self) -> str:
        """Who onboards it at this moment, as `process N`; empty where nobody does. Nothing is written."""
        try:
            handle = os.open(self.folder.parent / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return ""
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            who, _, environment = os.read(handle, 100).decode("ascii", "replace").partition("\n")
            return (plain(who) or "a process") if environment == self.environment else ""
        finally:
            os.close(handle)
        return ""

    def _taken(self, who: bytes) -> InvalidInputError:
        said = plain(who.decode("ascii", "replace").partition("\n")[0])
        message = f"{self.entity} is being onboarded by another run" + (f" ({said})" if said else "")
        remedy = "wait until it has ended; tidewaiter onboard status shows how far it is"
        return InvalidInputError([Diagnostic(f"entities/{self.entity}.yaml", "onboarding-runs", message, remedy)])

    def clear(self, folder: Path) -> None:
        """Take away a folder of this place with all that is in it."""
        shutil.rmtree(folder, ignore_errors=True)


def _locked(handle: int) -> bool:
    """Whether the lock could be taken. Whoever only looks holds it for a moment."""
    for seconds in _LOOKS:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(seconds)
        else:
            return True
    return False


def places(workspace: Path) -> list[Place]:
    """Every onboarding that was begun in a workspace, by entity and environment."""
    found = sorted((workspace / FOLDER).glob("*/*/journal.jsonl"))
    return [
        Place(workspace, path.parent.parent.name, "" if path.parent.name == NO_ENVIRONMENT else path.parent.name)
        for path in found
    ]
