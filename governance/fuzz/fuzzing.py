"""What `tidewaiter fuzz` does: run and judge, judge again, clean up after a run that was killed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.finding import Severity
from governance.fuzz.alone import alone
from governance.fuzz.asked import Asked
from governance.fuzz.cleaning import Cleaned
from governance.fuzz.judging import judge, seen_of
from governance.fuzz.kept_outside import default_place, outside_git
from governance.fuzz.mend import mended
from governance.fuzz.plan import Plan, make_plan
from governance.fuzz.progress import Progress
from governance.fuzz.recording import read_recording, read_unfinished
from governance.fuzz.run import Run
from governance.fuzz.samples import Samples, read_samples
from governance.fuzz.subjects import subjects_of
from governance.fuzz.verdict import FuzzVerdict
from governance.lint.words import SEVERITIES


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a run that hold real data; None: none, and for the recording the usual place."""

    samples: Path | None = None
    recording: Path | None = None


def fuzz(
    asked: Asked, files: Files, fail_on: str, say: Callable[[str], None], show: Callable[[str], None] | None
) -> tuple[Path, FuzzVerdict]:
    """Run, and judge the recording, which lies at the path. Raises InvalidInputError where nothing may be called."""
    plan = make_plan(asked)
    offered = {offer.contract for offer in plan.entity.offers}
    known = {
        op.operation_id
        for (api, version), contract in plan.workspace.contracts.items()
        for op in contract.operations
        if f"{api}@{version}" in offered
    }
    samples = read_samples(files.samples, asked.folder, known)
    path = _place(asked, files)
    progress = Progress(plan.operations, say, show)
    with alone(asked.folder, _systems(plan)):
        run = Run(plan, samples, path, progress.entry, say)
        say(f"recording to {path}")
        try:
            asyncio.run(run.run())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None  # ended by a signal: the recording says so
    for line in progress.sum():
        say(line)
    return path, replay(path, asked.folder, asked.environment, fail_on)


def _systems(plan: Plan) -> frozenset[str]:
    """What a run calls."""
    return frozenset(target.offer.system for target in plan.targets)


def _place(asked: Asked, files: Files) -> Path:
    if files.recording is not None:
        return outside_git(files.recording, asked.folder, "a recording")
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return default_place(asked.folder, f"{asked.entity}-{moment}.jsonl")


def replay(
    path: Path, folder: Path, environment: str | None, fail_on: str, corrections: Path | None = None
) -> FuzzVerdict:
    """Judge a recording, with an overlay over its contract where one is given. Raises InvalidInputError."""
    recording = read_recording(path)
    subjects = subjects_of(recording, folder, environment, corrections)
    return judge(recording, subjects, SEVERITIES[fail_on] or Severity.BREAKING)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An overlay that was written, and what the recording comes to under it."""

    path: Path
    actions: int
    gone: int
    """Findings that are no more."""
    left: int
    new: int


def propose(recording_path: Path, folder: Path, environment: str | None, to: Path) -> list[Proposal]:
    """Write an overlay for each version that needs one, and judge the recording again under each."""
    recording = read_recording(recording_path)
    subjects = subjects_of(recording, folder, environment)
    before = judge(recording, subjects)
    found = []
    for made in mended(seen_of(recording, subjects), before):
        to.mkdir(parents=True, exist_ok=True)
        path = to / f"{made.name}.overlay.yaml"
        path.write_text(made.as_yaml(), encoding="utf-8")
        after = judge(recording, subjects_of(recording, folder, environment, path))
        old = {one.finding.fingerprint for one in before.findings if one.operation.startswith(f"{made.name} ")}
        new = {one.finding.fingerprint for one in after.findings if one.operation.startswith(f"{made.name} ")}
        found.append(Proposal(path, len(made.actions), len(old - new), len(old & new), len(new - old)))
    return found


def clean_after(path: Path, folder: Path, environment: str | None, say: Callable[[str], None]) -> Mapping[str, Cleaned]:
    """Delete what a recorded run made and has not taken back. Raises InvalidInputError."""
    head, entries = read_unfinished(path)
    if str(head.get("environment", "")) != (environment or ""):
        message = f"the run was made in the environment {head.get('environment') or '(none)'}"
        raise InvalidInputError([Diagnostic(str(path), "other-environment", message, "name it with --environment")])
    names = tuple(str(one["name"]) for one in head["targets"])
    plan = make_plan(Asked(folder, str(head["entity"]), environment, apis=names))
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    place = path.with_name(f"{path.stem}-clean-up-{moment}.jsonl")
    place = outside_git(place, folder, "a recording")
    with alone(folder, _systems(plan)):
        run = Run(replace(plan, left_out=()), Samples(), place, lambda _: None, say)
        return asyncio.run(run.clean_only(entries))
