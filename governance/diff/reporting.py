"""Two documents, or a candidate and every version in use, compared into what the reports are made of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from contracts.diagnostic import InvalidInputError
from contracts.written import read_entry
from governance.diff import comparison
from governance.diff.from_files import before, refused
from governance.diff.from_workspace import InUse, in_use
from governance.diff.inputs import Sources, judge_version, read
from governance.diff.judge import Contract
from governance.diff.report import DiffReport, Profile, ordered
from governance.diff.rules.table import BY_ID
from governance.diff.side import Side
from governance.rules import Rule
from governance.severities import DiffSettings, Lint

LINT_FILE = "governance/lint.yaml"
"""Where a workspace says what findings weigh."""

Progress = Callable[[str], None]


def compare_sides(
    old: Side, new: Side, *, profile: Profile | None, at: date | None, settings: DiffSettings,
    progress: Progress | None = None,
) -> DiffReport:  # fmt: skip
    """Compare two documents that were read. Without `profile`, that of the settings."""
    asked = profile or settings.profile
    contract = Contract(new.layer or old.layer, new.visibility or old.visibility)
    done = comparison.compare_documents(
        old.document, new.document, profile=asked, at=at, settings=settings, contract=contract, progress=progress
    )
    return DiffReport(old, new, ordered(done.findings), asked, done.seconds, done.operations, done.limits)


def rules_by_id() -> Mapping[str, Rule]:
    """Every rule by its id."""
    return BY_ID


def settings_of(sources: Sources) -> DiffSettings:
    """What the workspace at hand says that findings weigh; the rules' own severities without one.

    Raises InvalidInputError with every fault of that file.
    """
    path = sources.folder / LINT_FILE if sources.folder is not None else None
    if path is None or not path.exists():
        return DiffSettings()
    entry = read_entry(path, before(path.parent) + path.name, Lint)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value.diff


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
        return candidate, found  # a first version breaks nobody
    same = found.sides[0]
    return replace(candidate, layer=same.layer, visibility=same.visibility), found


def _workspace(candidate: Side, sources: Sources) -> Path:
    if sources.folder is None:
        message = "versions in use are found in a workspace, and the current folder is none"
        raise refused(candidate.shown, "no-workspace", message, "say where it is: --workspace DIR")
    return sources.folder
