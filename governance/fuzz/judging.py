"""A recording and the contracts -> its verdict. No system is touched, and nothing is asked of the clock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from contracts.plain import plain
from contracts.settings import Bounds
from governance.finding import Direction, Finding, Severity, Use
from governance.fuzz.causes import cause_of
from governance.fuzz.judge.fuzzer import second_opinion
from governance.fuzz.judge.rule import Hit
from governance.fuzz.judge.seen import SIGNED_OFF, Case, Seen, Subject
from governance.fuzz.judge.table import JUDGES
from governance.fuzz.plan import LeftOut
from governance.fuzz.recording import Recording
from governance.fuzz.subjects import Subjects
from governance.fuzz.tightness import crossings_of, tightness_of
from governance.fuzz.verdict import Coverage, FuzzVerdict, Judged
from governance.lint.identity import fingerprint

_EVIDENCE = 5


def judge(recording: Recording, subjects: Subjects, fail_on: Severity = Severity.BREAKING) -> FuzzVerdict:
    """Judge every call. The same recording and the same contracts give the same verdict."""
    by_name = _subjects(subjects)
    seen = list(_seen(recording, by_name))
    corrected = any(note.startswith("judged with the overlay") for note in subjects.notes)
    failures = [] if corrected else list(_failures(recording))
    head = recording.head
    case = Case(seen, tuple(head.get("canaries", ())), dict(head.get("foreign", {})),
                dict(head.get("fuzzer", {}).get("witnessed", {})), failures)  # fmt: skip
    hits = [hit for judging in JUDGES for hit in judging(case)]
    hits += second_opinion(case, {number for hit in hits for number in hit.entries})
    findings = sorted((_judged(hit, recording, by_name) for hit in hits), key=_rank)
    left_out = tuple(LeftOut(str(o["operation"]), str(o["reason"])) for o in recording.head["left_out"])
    return FuzzVerdict(
        recording, tuple(findings), tuple(_coverage(by_name, seen)), tuple(tightness_of(seen)),
        tuple(crossings_of(seen)), left_out, subjects.notes, fail_on,
    )  # fmt: skip


def seen_of(recording: Recording, subjects: Subjects) -> list[Seen]:
    """Every call as judges see it."""
    return list(_seen(recording, _subjects(subjects)))


def _subjects(subjects: Subjects) -> dict[str, Subject]:
    bounds = Bounds()
    return {target.name: Subject(target, bounds) for target in subjects.targets}


def _seen(recording: Recording, by_name: Mapping[str, Subject]) -> Iterable[Seen]:
    for entry in recording.entries:
        name, _, operation_id = entry.operation.partition(" ")
        subject = by_name.get(name)
        if subject is not None and operation_id in subject.operations and operation_id in subject.described:
            yield Seen(entry, subject, subject.operations[operation_id], subject.described[operation_id])


def _failures(recording: Recording) -> Iterable[Mapping[str, str]]:
    engines = recording.head.get("fuzzer", {}).get("engines", {})
    for told in engines.values():
        yield from told.get("failures", ())


def _judged(hit: Hit, recording: Recording, by_name: Mapping[str, Subject]) -> Judged:
    name, _, operation_id = hit.operation.partition(" ")
    operation = by_name[name].described[operation_id]
    use = Use(operation.method, operation.path, Direction.NONE, "")
    pointer = hit.pointer or operation.pointer
    finding = Finding(
        rule=hit.rule.id, severity=hit.severity or hit.rule.severity, message=plain(hit.message),
        direction=Direction.NONE, method=operation.method, path=operation.path, pointer_old=pointer,
        pointer_new=pointer, exposes=False, proof=hit.proof, failing_example=None,
        fingerprint=fingerprint(hit.rule.id, hit.about), reach=(use,), reason=hit.reason,
    )  # fmt: skip
    evidence = hit.entries[:_EVIDENCE]
    commitments = tuple(recording.commitment(number) for number in evidence)
    cause = cause_of(hit, finding.severity.value, by_name[name].target.published.document, operation)
    return Judged(
        finding, hit.operation, (hit.operation, *hit.others), cause, len(hit.entries), evidence, commitments, hit.rule,
        hit.demand,
    )  # fmt: skip


def _rank(one: Judged) -> tuple[object, ...]:
    return (-one.finding.severity.weight, one.finding.rule, one.operation, one.finding.message)


def _coverage(by_name: Mapping[str, Subject], seen: Sequence[Seen]) -> Iterable[Coverage]:
    for name, subject in by_name.items():
        for operation in subject.target.operations:
            calls = [one for one in seen if one.name == f"{name} {operation.operation_id}"
                     and one.entry.part not in ("gateway", "clean-up")
                     and one.entry.about.get("probe") not in SIGNED_OFF]  # fmt: skip
            reached = [one for one in calls if one.main is not None]
            outcomes = Counter(one.request.outcome for one in reached)
            unchecked = outcomes["could_not_check"]
            unchecked += sum(one.status > 0 and one.answer.outcome == "could_not_check" for one in reached)
            yield Coverage(
                f"{name} {operation.operation_id}", operation.method, operation.template, len(calls),
                dict(sorted(Counter(one.status for one in reached).items())), len(calls) - len(reached),
                sum(one.throttled for one in reached), outcomes["conforms"], outcomes["violates"], unchecked,
            )  # fmt: skip
