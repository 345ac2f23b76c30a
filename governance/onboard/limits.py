"""limits: what a system's stated budgets and timeouts are, beside what its answers said.

The fuzzer's recording tells how the system said that it had no room, how long it took, and how much was asked of it at
most: a share of what is stated. What lies above is tried within what the entity's owner agreed to, recorded, and judged
from that recording; without such an agreement it is *not probed*, and the report says so.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from contracts.budgets import Budget
from contracts.counted import counted
from governance.fuzz.entry import Entry, Exchanged, Received
from governance.fuzz.judge.seen import Subject, as_bytes
from governance.fuzz.recording import Recording, read_recording
from governance.onboard.limit_answers import bound_rows, fault_rows
from governance.onboard.limit_judging import Row, Tried, limit_rows, summary
from governance.onboard.limit_run import LimitRun
from governance.onboard.outcome import Outcome
from governance.onboard.recorded import opened
from governance.onboard.subject import digest_of
from governance.onboard.vault import ENDING, key_of, seal
from governance.onboard.work import Work
from policies.capacity import budgets_of
from policies.fault_profile import fault_profile

_LOAD: Final = "transient.capacity"
_STATED: Final = ("ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
_BUSY: Final = (429, 503)
_SLOW: Final = 0.95
_MOST_NAMES: Final = 12


def limits_inputs(work: Work) -> str:
    """The recording, and what is stated of the systems."""
    workspace = work.subject.tested
    names = sorted({offer.system for offer in workspace.entities[work.subject.entity].offers})
    stated = {
        name: workspace.systems[name].model_dump(mode="json", include={"capacity", "timeouts", "product"})
        for name in names
    }
    fuzzing = workspace.entities[work.subject.entity].fuzzing
    agreed = None if fuzzing.limits is None else fuzzing.limits.model_dump(mode="json")
    return digest_of(work.fact("fuzz", "evidence"), stated, *([agreed] if agreed else []))


def probe_limits(work: Work) -> Outcome:
    """One row a system. Findings weigh as warnings: the board reads them, and nothing stops here."""
    secret = key_of(work.asked.folder)
    run = LimitRun(work, limits_inputs(work))
    with opened(work) as recording:
        run.choose(recording)
        rows = {
            name: _row(work, name, list(_of_system(recording, name)))
            for name in sorted({str(one["system"]) for one in recording.head["targets"]})
        }
        asked = {name: [one for _, one in _of_system(recording, name)] for name in rows}
    outcome = run.ask()
    if outcome is not None:
        return outcome
    tried = None if run.recorded is None else read_recording(run.recorded)
    for name, row in rows.items():
        found = list(_tried(work, run, name, tried, asked[name]))
        row["limits"] = [one.as_json() for one in found]
        row["findings"] += [_told(one) for one in found if one.verdict in ("lower", "does not hold")]
        row["verdicts"] = summary(found)
    share = work.subject.tested.entities[work.subject.entity].fuzzing.share
    facts: dict[str, Any] = {}
    kept: dict[str, Any] = {"share": share, "agreed": run.agreed, "not_probed": run.why, "recording": None}
    if run.recorded is not None and tried is not None:
        until = work.now.date() + timedelta(days=work.asked.keep_days)
        facts = {"recording": f"{run.recorded.stem}.limits{ENDING}", "until": until.isoformat()}
        seal(run.recorded, work.place.sealed / str(facts["recording"]), secret, until)
        kept["recording"] = {
            "digest": tried.digest, "entries": len(tried.entries),
            "messages": sum(len(one.exchanges) for one in tried.entries), "kept_until": until.isoformat(),
            "commitments": [tried.commitment(number) for number in range(1, len(tried.entries) + 1)],
        }  # fmt: skip
    digest = work.keep("limits", {**kept, "systems": list(rows.values())})
    told = [f"{name}: {one['message']}" for name, row in rows.items() for one in row["findings"]]
    told += [f"{name}: {_sum(row)}; {row['verdicts']}" for name, row in rows.items()]
    told += [f"not probed: {run.why}"] if run.why else []
    return Outcome("done", tuple(told), facts={**facts, "evidence": digest})


def tidy_limits(work: Work) -> None:
    """Once the judgement is in the journal and the recording is sealed, nothing of it lies in clear."""
    work.place.clear(work.place.raw_limits)


def _tried(
    work: Work, run: LimitRun, name: str, recording: Recording | None, asked: Sequence[Exchanged]
) -> Iterator[Row]:  # fmt: skip
    """Stated, seen, verdict. `asked` is what the fuzzer asked of the system."""
    workspace = work.subject.tested
    tried = Tried(name, workspace.systems[name], recording, run.why)
    target = run.target(tried.target)
    bodies = bool(run.agreed and run.agreed["bodies"])
    subject = None if target is None else Subject(target, workspace.settings.bounds)
    mine = [one for entry in tried.entries for one in entry.exchanges]
    yield from limit_rows(tried)
    yield from fault_rows(tried, subject, bodies=bodies)
    yield from bound_rows(tried, workspace.settings.bounds, [*asked, *mine])


def _told(row: Row) -> dict[str, str]:
    rule = "limit-lower" if row.verdict == "lower" else "told-wrong"
    return _finding(rule, f"{row.limit}: {row.seen}; stated is {row.stated}", row.propose)


def _sum(row: dict[str, Any]) -> str:
    took = f"slowest answer {row['seconds']['most']:g} seconds" if row["exchanges"] else "never asked"
    load = (
        counted(row["overload"]["answers"], "answer") + " for load"
        if row["overload"]["answers"]
        else "never overloaded"
    )
    return f"while it was fuzzed: {counted(row['exchanges'], 'message')}, {load}, {took}"


def _of_system(recording: Recording, system: str) -> Iterator[tuple[Entry, Exchanged]]:
    names = {str(one["name"]) for one in recording.head["targets"] if one["system"] == system}
    for entry in recording.entries:
        if entry.operation.partition(" ")[0] in names:
            yield from ((entry, one) for one in entry.exchanges)


def _row(work: Work, name: str, seen: Sequence[tuple[Entry, Exchanged]]) -> dict[str, Any]:
    system = work.subject.tested.systems[name]
    profile = fault_profile(system.product)
    took = sorted(one.seconds for _, one in seen)
    at = sorted(entry.at_seconds for entry, _ in seen)
    kinds: Counter[str] = Counter()
    load: list[Received] = []
    unknown: Counter[int] = Counter()
    for _, one in seen:
        answer = one.received
        if answer is None:
            kinds[one.failure or "no answer"] += 1
            continue
        told = profile.judge(one.sent.method, answer.status, as_bytes(answer.headers), answer.body or b"")
        if told is not None:
            kinds[told.kind] += 1
        if told is not None and told.kind == _LOAD:
            load.append(answer)
        elif answer.status in _BUSY:
            unknown[answer.status] += 1
    timeouts = system.timeouts
    row: dict[str, Any] = {
        "system": name, "product": system.product, "exchanges": len(seen),
        "seconds": {"median": _part(took, 0.5), "most_of_95": _part(took, _SLOW), "most": _part(took, 1)},
        "timeouts": timeouts.model_dump(mode="json"),
        "budgets": [_budget(one, at) for one in budgets_of(system)],
        "overload": {
            "answers": len(load), "statuses": dict(Counter(str(one.status) for one in load)),
            "with_retry_after": sum(bool(one.header("retry-after")) for one in load),
        },
        "stated_by_the_system": sorted({
            header for _, one in seen if one.received is not None
            for header, _ in one.received.headers if header in _STATED or header.startswith("x-ratelimit-")
        })[:_MOST_NAMES],
        "faults": dict(sorted(kinds.items())),
    }  # fmt: skip
    row["findings"] = list(_findings(row, unknown, timeouts.first_byte_seconds))
    return row


def _part(took: Sequence[float], share: float) -> float:
    return round(took[min(len(took) - 1, math.ceil(share * len(took)) - 1)], 3) if took else 0.0


def _budget(budget: Budget, at: Sequence[float]) -> dict[str, Any]:
    """What is stated, and the most of it that was used in any window; null where this unit is not counted here."""
    used: int | None = None
    if budget.unit == "requests" and budget.window_seconds is not None:
        used, first = 0, 0
        for last, moment in enumerate(at):
            while moment - at[first] > budget.window_seconds:
                first += 1
            used = max(used, last - first + 1)
    return {
        "name": budget.name, "unit": budget.unit, "amount": budget.amount, "window_seconds": budget.window_seconds,
        "used_at_most": used,
    }  # fmt: skip


def _findings(row: dict[str, Any], unknown: Counter[int], first_byte_seconds: float) -> Iterator[dict[str, str]]:
    load = row["overload"]
    if load["answers"]:
        yield _finding(
            "overloaded-below-budget",
            f"it refused {counted(load['answers'], 'call')} for load, and was asked no more than is stated",
            "state a budget that it has room for, under `capacity` of the system",
        )
    if load["answers"] > load["with_retry_after"]:
        yield _finding(
            "no-retry-after",
            f"{load['answers'] - load['with_retry_after']} of its refusals for load do not say when to come again",
            "the gateway waits by its own measure; let the system's owner add Retry-After",
        )  # fmt: skip
    for status, number in sorted(unknown.items()):
        yield _finding(
            "overload-not-recognised",
            f"{counted(number, 'answer')} with {status}: none of the product's ways to say that it has no room",
            "describe it in the product's fault profile, or name the product that it is",
        )  # fmt: skip
    if row["seconds"]["most"] > first_byte_seconds * _SLOW:
        yield _finding(
            "slow-for-timeouts",
            "an answer took nearly as long as the gateway waits",
            "raise first_byte_seconds, or offer less",
        )
    if not row["budgets"]:
        yield _finding(
            "no-budget",
            "no budget is stated: nothing keeps consumers from overloading it",
            "state `capacity` of the system",
        )
    if row["stated_by_the_system"]:
        yield _finding(
            "states-limits", f"its answers state limits of their own ({', '.join(row['stated_by_the_system'])})",
            "hold `capacity` of the system against them",
        )  # fmt: skip


def _finding(rule: str, message: str, do: str) -> dict[str, str]:
    return {"rule": rule, "message": message, "do": do}
