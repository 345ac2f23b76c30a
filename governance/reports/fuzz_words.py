"""What every report of a fuzzing run says in the same words. No body and no value of a system stands in any of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from governance.finding import Severity
from governance.fuzz.verdict import Coverage, Crossing, FuzzVerdict, Judged, Tightness
from governance.lint.words import NAMES
from governance.reports.fuzz_causes import causes_of, evidence_of, operations_of, places_of, title_of_cause

HEADS: Final = {Severity.BREAKING: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "For information"}


def title_of(verdict: FuzzVerdict) -> str:
    """`mde in test`."""
    head = verdict.recording.head
    environment = str(head["environment"]) or "no environment"
    return plain(f"{head['entity']} in {environment}")


def outcome_of(verdict: FuzzVerdict) -> str:
    """What the run comes to, in one sentence."""
    if not verdict.complete:
        return plain(f"the run was stopped: {verdict.recording.reason}")
    tested = [one for one in verdict.coverage if one.tested]
    if not tested:
        return "nothing was tested: no operation had a single success"
    failing = len(causes_of(one for one in verdict.findings if verdict.fails(one)))
    parts = []
    if failing:
        parts.append(f"{counted(failing, 'finding')} at or above {NAMES[verdict.fail_on]}")
    if verdict.not_tested:
        parts.append(f"{counted(len(verdict.not_tested), 'operation')} not tested")
    return "; ".join(parts) if parts else f"nothing at or above {NAMES[verdict.fail_on]}, every operation tested"


def counts_of(verdict: FuzzVerdict) -> str:
    """`3 errors, 2 warnings, 14 for information`: each cause once, and how many findings by operation that are."""
    causes = causes_of(verdict.findings)
    counts = Counter(found[0].finding.severity for found in causes)
    more = f"; {len(verdict.findings)} counted by operation" if len(verdict.findings) > len(causes) else ""
    return (
        f"{counted(counts[Severity.BREAKING], 'error')}, {counted(counts[Severity.WARNING], 'warning')}, "
        f"{counts[Severity.INFO]} for information{more}"
    )


def run_of(verdict: FuzzVerdict) -> Iterator[tuple[str, str]]:
    """What was run, as pairs of a name and what it was."""
    head = verdict.recording.head
    yield "Recording", plain(f"{verdict.recording.digest}, {counted(len(verdict.recording.entries), 'call')}")
    yield "Started", plain(str(head["started"]))
    yield "Seed", plain(f"{head['seed']}, at most {head['examples']} made-up cases an operation")
    tools = head["tools"]
    yield "Tools", plain(", ".join(f"{name} {version}" for name, version in tools.items() if version))
    for target in head["targets"]:
        yield "Contract", plain(f"{target['name']} on {target['system']}: {target['contract']}")
    if head.get("production"):
        yield "Production", "the entity allowed it in writing"


def notes_of(verdict: FuzzVerdict) -> Iterator[str]:
    """What a reader must know besides."""
    yield from (plain(note) for note in verdict.notes)
    cleaned: Mapping[str, Mapping[str, object]] = verdict.recording.head.get("fuzzer", {}).get("cleaned", {})
    for name, told in cleaned.items():
        text = f"{name}: {told['deleted']} records of the run were deleted, {told['left']} stay"
        yield plain(text + (f": {told['reason']}" if told["left"] else ""))


@dataclass(frozen=True, slots=True)
class CauseTold:
    """Findings of one cause in words. The first stands for all: they have rule, severity and message in common."""

    first: Judged
    title: str
    """What is wrong, and with which operation or how many."""
    places: list[str]
    """Where it holds, a line a contract; none where there is one operation only."""
    evidence: str
    """Where the recording shows it."""
    name: str
    """The finding's fingerprint, or the cause's where there are several."""


def causes_told(findings: Iterable[Judged]) -> Iterator[CauseTold]:
    """What was found, one cause after the other."""
    for found in causes_of(findings):
        first, operations = found[0], operations_of(found)
        finding = first.finding
        alone = f"{finding.method} {finding.path}"
        yield CauseTold(
            first, title_of_cause(finding.message, operations, alone), places_of(operations),
            evidence_of(sum(one.calls for one in found), [number for one in found for number in one.evidence]),
            finding.fingerprint if len(found) == 1 else f"cause {first.cause}",
        )  # fmt: skip


def coverage_of(one: Coverage) -> str:
    """Calls by what the system answered."""
    statuses = ", ".join(f"{number} {status or 'without an answer'}" for status, number in one.statuses.items())
    held = f", {one.held_back} held back" if one.held_back else ""
    throttled = f", {one.throttled} refused for load" if one.throttled else ""
    return f"{counted(one.calls, 'call')}: {statuses or 'none reached the system'}{held}{throttled}"


def tightness_of(one: Tightness) -> str:
    """`0.91 (allows 0.82 of what is taken, catches 1.00 of what is refused)`."""
    if one.allows is None and one.catches is None:
        return "not known"
    allows = "nothing was taken" if one.allows is None else f"allows {one.allows:.2f} of what is taken"
    catches = "nothing was refused" if one.catches is None else f"catches {one.catches:.2f} of what is refused"
    score = "no score" if one.score is None else f"{one.score:.2f}"
    return f"{score} ({allows}, {catches})"


def crossing_of(one: Crossing) -> str:
    """What came of the calls that were made again through the gateway."""
    parts = [f"{one.agreed} the same"]
    parts += [f"{one.too_tight} refused by the gateway that the system takes"] if one.too_tight else []
    parts += [f"{one.hole} passed by the gateway that the system refuses or fails at"] if one.hole else []
    parts += [f"{one.kept_back} whose answer the gateway keeps back"] if one.kept_back else []
    parts += [f"{one.changed} answered otherwise by the system itself"] if one.changed else []
    return f"{counted(one.calls, 'call')}: {', '.join(parts)}"
