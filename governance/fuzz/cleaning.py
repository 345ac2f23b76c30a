"""Takes back what a run made: deletes the records that stand in its list, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.contract import Operation
from governance.fuzz.calling import Caller, RunStoppedError, Wanted
from governance.fuzz.conditions import condition
from governance.fuzz.entry import Entry
from governance.fuzz.made import Made, Paths, Record


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many records of the run are gone, and how many stay."""

    deleted: int
    left: int
    reason: str = ""
    """Why some stay; empty where none does."""


async def clean_up(caller: Caller, paths: Paths, made: Made) -> Cleaned:
    """Delete the last made first, so that nothing is deleted under what still needs it."""
    deleted, reasons = 0, []
    for record in reversed(list(made.records.values())):
        operation = _deleting(paths, record)
        if operation is None:
            reasons.append("the contract has no operation that deletes them")
            continue
        try:
            values = {**record.values, **condition(paths.target.published.document, operation)}
            reply = await caller.make(Wanted(operation, values), "clean-up")
        except RunStoppedError:
            reasons.append("the run was ended before")
            break
        if reply.accepted or reply.status in (404, 410):
            deleted += 1
            made.forget(record)
        else:
            reasons.append(f"the system answered {reply.status} to their deletion")
    return Cleaned(deleted, len(made.records), "; ".join(dict.fromkeys(reasons)))


def made_in(entries: Sequence[Entry], paths: Paths) -> Made:
    """What a recorded run made and has not taken back."""
    made = Made()
    for entry in entries:
        main = entry.main
        name, _, operation_id = entry.operation.partition(" ")
        operation = paths.operations.get(operation_id)
        if name != paths.target.name or operation is None or not 200 <= entry.status < 300:
            continue
        record = paths.record(entry.call.path.removeprefix(paths.target.base))
        if operation.method == "DELETE" and record is not None:
            made.forget(record)
        elif operation.method == "POST" and main is not None and main.received is not None:
            values = record.values if record is not None else {}
            found = paths.created(operation, values, dict(main.received.headers), main.received.body or b"")
            if found is not None:
                made.add(found)
    return made


def _deleting(paths: Paths, record: Record) -> Operation | None:
    called = {one.operation_id for one in paths.target.operations}
    return next(
        (op for op in paths.operations.values() if op.method == "DELETE" and op.path == record.template
         and op.operation_id in called), None,
    )  # fmt: skip
