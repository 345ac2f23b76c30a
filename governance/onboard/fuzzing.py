"""fuzz: the entity's systems asked once, recorded, judged from the recording, which is then sealed.

A run that was killed is taken back first. One that had come to its end, and only its judgement had not, is judged as it
lies there: no system is asked twice for the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from contracts.counted import counted
from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from gateway.release_file import digest_of as content_digest
from governance.fuzz.fuzzing import Files, clean_after, fuzz, replay
from governance.fuzz.recording import Recording, read_recording, read_unfinished
from governance.fuzz.samples_wanted import Wanted, wanted
from governance.fuzz.verdict import FuzzVerdict
from governance.onboard.outcome import Outcome
from governance.onboard.preconditions import fuzz_asked, in_our_words, judge_fuzzing
from governance.onboard.subject import asked_of_systems, digest_of
from governance.onboard.vault import ENDING, key_of, seal
from governance.onboard.words_told import Told
from governance.onboard.work import Work
from governance.reports.fuzz_causes import title_of_cause, told_causes, told_counts, told_operations
from governance.reports.fuzz_json import as_json

NOT_LIVE: Final = frozenset({"foreign-data", "foreign-changed"})
"""Rules of which one finding alone keeps an entity from going live: what is another entity's is reached."""
_FOR_GOOD: Final = "has no operation that deletes"
"""Why records stay that no later run could delete either."""
_TOLD: Final = 8


def fuzz_inputs(work: Work) -> str:
    """Whatever changes what is asked, of whom, or how answers are judged."""
    asked, samples = work.asked, work.asked.samples
    return digest_of(
        asked_of_systems(work.subject), asked.fuzzed_in, asked.seed, asked.examples, asked.witnesses,
        content_digest(samples.read_bytes()) if samples is not None and samples.is_file() else str(samples or ""),
    )  # fmt: skip


def fuzz_systems(work: Work) -> Outcome:
    """Run, judge, keep the judgement, seal the recording."""
    secret = key_of(work.asked.folder)
    inputs = fuzz_inputs(work)
    left = _left(work)
    finished = next((path for path in left if _is_finished(path, inputs)), None)
    for path in left:
        if path != finished and (outcome := _take_back(work, path)) is not None:
            return outcome
    recorded = finished if finished is not None else _run(work, inputs)
    verdict = replay(recorded, work.asked.folder, work.asked.fuzzed_in, "error")
    if verdict.exit_code == 2:
        return _stopped(work, verdict)
    outcome = _judged(work, verdict)
    name = f"{recorded.stem}{ENDING}"
    until = work.now.date() + timedelta(days=work.asked.keep_days)
    seal(recorded, work.place.sealed / name, secret, until)
    facts = {**outcome.facts, "recording": name, "until": until.isoformat()}
    return Outcome(outcome.state, outcome.told, outcome.next, facts)


def tidy(work: Work) -> None:
    """Once the judgement is in the journal and the recording is sealed, nothing of it lies in clear."""
    work.place.clear(work.place.raw)


def _left(work: Work) -> list[Path]:
    """Recordings in clear that a run left which was killed."""
    return sorted(path for path in work.place.raw.glob("*.jsonl") if "clean-up" not in path.name)


def _beside(path: Path) -> Path:
    return path.with_suffix(".inputs")


def _is_finished(path: Path, inputs: str) -> bool:
    try:
        same = _beside(path).read_text(encoding="ascii") == inputs
        return same and read_recording(path).state == "complete"
    except (InvalidInputError, OSError, UnicodeDecodeError):
        return False


def _take_back(work: Work, path: Path) -> Outcome | None:
    """Delete what a killed run made, then its recording; an outcome where that could not be done."""
    try:
        read_unfinished(path)
    except InvalidInputError:
        path.unlink()  # it was killed before it had written a line: nothing was asked
        return None
    work.say(f"a run that was killed is taken back: {path.name}")
    try:
        cleaned = clean_after(path, work.asked.folder, work.asked.fuzzed_in, work.say)
    except InvalidInputError as error:
        step = f"take it back yourself, then delete {work.place.shown(path)}"
        return Outcome("unanswered", _lines(in_our_words(error)), (step,))
    if _may_be_taken_back({name: asdict(one) for name, one in cleaned.items()}):
        told = tuple(
            f"{name}: {one.left} records left: {plain(one.reason)}" for name, one in cleaned.items() if one.left
        )
        return Outcome("unanswered", told, (work.again(), f"or delete {work.place.shown(path)}, and they stay"))
    for one in work.place.raw.glob(f"{path.stem}*"):
        one.unlink()
    return None


def _run(work: Work, inputs: str) -> Path:
    """The recording. Raises InvalidInputError where nothing may be called."""
    judge_fuzzing(work)
    work.place.raw.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = work.place.raw / f"{work.now:%Y%m%dT%H%M%S%f}.jsonl"
    _beside(path).write_text(inputs, encoding="ascii")
    try:
        fuzz(fuzz_asked(work), Files(work.asked.samples, path), "error", work.say, work.show)
    except InvalidInputError:
        if not path.exists():
            _beside(path).unlink(missing_ok=True)
        raise
    return path


def _stopped(work: Work, verdict: FuzzVerdict) -> Outcome:
    """Not a judgement: the run did not come to its end, or no operation ever succeeded.

    Its recording stays only where something of the run is left in a system: the next run takes that back.
    """
    if not _may_be_taken_back(_cleaned(verdict.recording)):
        work.place.clear(work.place.raw)
    why = plain(verdict.recording.reason) or "no operation had a single success"
    untested = tuple(plain(one.line()) for one in _untested(work, verdict)[:_TOLD])
    steps = [work.again()]
    if verdict.complete:
        steps.insert(0, "give real identifiers and bodies to start from: --samples FILE (docs/fuzzing.md)")
    return Outcome("unanswered", (f"the systems were not judged: {why}", *untested), tuple(steps))


def _may_be_taken_back(cleaned: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether records are left that the contract could delete."""
    return any(one["left"] and _FOR_GOOD not in str(one["reason"]) for one in cleaned.values())


def _judged(work: Work, verdict: FuzzVerdict) -> Outcome:
    told = Told(verdict.recording, work.subject)
    report: dict[str, Any] = told.report(json.loads(as_json(verdict)))
    report["commitments"] = commitments(verdict.recording)
    report["cleaned"] = {
        name: {**one, "reason": told.text(str(one["reason"]))} for name, one in _cleaned(verdict.recording).items()
    }
    untested = _untested(work, verdict)
    report["untested"] = [asdict(one) for one in untested]
    digest = work.keep("fuzz", report)
    hard = [one for one in report["findings"] if one["rule"] in NOT_LIVE]
    causes = told_causes(one for one in report["findings"] if one["fails"])
    lines = [
        title_of_cause(f"{found[0]['message']} [{found[0]['rule']}]", told_operations(found), found[0]["operation"])
        for found in causes
    ]
    tested = sum(one["tested"] for one in report["coverage"])
    calls, operations = counted(report["entries"], "call"), counted(len(report["coverage"]), "operation")
    lines = [*lines[:_TOLD], *(plain(one.line()) for one in untested[:_TOLD])]
    lines = [*lines, f"{calls}; {tested} of {operations} tested; {told_counts(report['findings'])}"]
    if hard:
        steps = ("what is another entity's is reached: pin it, or give the entity a credential of its own",
                 work.again())  # fmt: skip
        return Outcome("negative", tuple(lines), steps, {"evidence": digest})
    return Outcome("done", tuple(lines), facts={"evidence": digest})


def _untested(work: Work, verdict: FuzzVerdict) -> list[Wanted]:
    """Each operation without a success, and what would bring about one."""
    workspace, found = work.subject.tested, []
    names = {one.operation for one in verdict.not_tested}
    for one in verdict.not_tested:
        version = one.operation.partition(" ")[0]
        api, _, number = version.partition("@")
        contract = workspace.published.get((api, number)) or workspace.contracts[api, number]
        mine = {name.partition(" ")[2] for name in names if name.startswith(f"{version} ")}
        found.append(wanted(one, contract, mine))
    return found


def commitments(recording: Recording) -> list[str]:
    """One for each entry, in their order."""
    return [recording.commitment(number) for number in range(1, len(recording.entries) + 1)]


def _cleaned(recording: Recording) -> dict[str, dict[str, Any]]:
    return {name: dict(one) for name, one in recording.head.get("fuzzer", {}).get("cleaned", {}).items()}


def _lines(error: InvalidInputError) -> tuple[str, ...]:
    return tuple(str(one) for one in error.diagnostics)
