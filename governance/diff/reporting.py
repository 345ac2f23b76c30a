"""Two documents, or a candidate and every version in use, compared into what the reports are made of."""

import importlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from governance.diff.from_files import refused
from governance.diff.from_workspace import InUse, in_use
from governance.diff.inputs import Sources, judge_version, read
from governance.diff.report import DiffReport, Profile, ordered
from governance.diff.side import Side
from governance.rules import Rule

Progress = Callable[[str], None]


def compare_sides(
    old: Side, new: Side, *, profile: Profile, at: date | None, settings: Any = None, progress: Progress | None = None
) -> DiffReport:
    """Compare two documents that were read."""
    compare: Any = importlib.import_module("governance.diff.comparison").compare_documents
    done = compare(old.document, new.document, profile=profile, at=at, settings=settings, progress=progress)
    return DiffReport(old, new, ordered(done.findings), profile, done.seconds, done.operations, tuple(done.limits))


def rules_by_id() -> Mapping[str, Rule]:
    """Every rule by its id."""
    from governance.diff.rules.table import BY_ID  # noqa: PLC0415 - every rule, needed where a report names one

    return BY_ID


def read_candidate(written: str, api: str | None, sources: Sources) -> tuple[Side, InUse]:
    """A candidate and the versions in use that it is held against. Raises InvalidInputError.

    `api`: whose versions they are, where the candidate is not itself `api@version`.
    """
    candidate = read(written, sources)
    name = api or candidate.api
    if not name:
        message = "whose versions this is to be compared with is not said"
        raise refused(candidate.shown, "no-api", message, "add --api NAME, or name a version of the workspace: api@1.2")
    folder = _workspace(candidate, sources)
    besides = candidate.version if candidate.api == name else ""
    found = in_use(name, folder, besides=besides)
    for side in found.sides:
        judge_version(side)
    if not found.sides:
        message = f"no version of {name} is in use" + (" besides this one" if besides else "")
        raise refused(
            candidate.shown, "none-in-use", message, "compare it with one that you name: tidewaiter diff OLD NEW"
        )
    return candidate, found


def _workspace(candidate: Side, sources: Sources) -> Path:
    if sources.folder is None:
        message = "versions in use are found in a workspace, and the current folder is none"
        raise refused(candidate.shown, "no-workspace", message, "say where it is: --workspace DIR")
    return sources.folder
