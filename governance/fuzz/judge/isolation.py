"""Whose data it is: pins that the system does not keep to, records of others, credentials that nobody looks at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from contracts.isolation import Isolation
from governance.finding import Severity
from governance.fuzz.judge.gathered import Gathered
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen, as_json
from governance.fuzz.learned import records_in

AUTH_IGNORED: Final = FuzzRule(
    "auth-ignored", Severity.BREAKING,
    "The system carries out a call without a credential: whoever reaches it needs no gateway.",
    "Let the system's owner demand a credential for every operation.",
)  # fmt: skip
PIN_IGNORED: Final = FuzzRule(
    "pin-ignored", Severity.BREAKING,
    "The system was asked for the entity's own records and gave others too. The gateway keeps them back, and with them "
    "the whole answer.",
    "Let the system's owner mend the filter, or leave the operation out of what the entity offers.",
)  # fmt: skip
FOREIGN_DATA: Final = FuzzRule(
    "foreign-data", Severity.BREAKING,
    "An answer holds what belongs to another entity.",
    "Do not onboard the entity: pin its address or its records, or give it a credential of its own.",
)  # fmt: skip
FOREIGN_CHANGED: Final = FuzzRule(
    "foreign-changed", Severity.BREAKING,
    "A list of another entity was another one after the run than before: what is written here reaches there.",
    "Run it again while nobody works on the system; where it stays so, do not onboard the entity.",
)  # fmt: skip
NOT_PROVEN: Final = FuzzRule(
    "answer-not-proven", Severity.WARNING,
    "Nothing proves that an answer is the entity's own, so the gateway keeps it back: consumers get 502.",
    "Let the contract demand the member that names the entity in each record, or say how the record is proven.",
)  # fmt: skip


PROBES: Final = {"no-credential": "without a credential", "wrong-credential": "with a credential that nobody has"}


def ignored_authentication(case: Case) -> Iterator[Hit]:
    """Calls that were made again without a credential, and with a wrong one."""
    found = Gathered(AUTH_IGNORED)
    for seen in case.seen:
        probe = seen.entry.about.get("probe")
        if probe in PROBES and seen.accepted:
            found.add(f"{seen.name} {probe}", seen, f"answers {seen.status} to a call {PROBES[probe]}")
    yield from found.hits()


def witnessed(case: Case) -> Iterator[Hit]:
    """Lists of other entities that were read before and after the run."""
    for name, entities in case.witnessed.items():
        lists = {operation for held in entities.values() for operation, differs in held.items() if differs}
        for operation in sorted(lists):
            calls = [seen for seen in case.of_run() if seen.subject.target.name == name]
            path = next((seen.compiled.template for seen in calls if seen.compiled.operation_id == operation), None)
            writes = [seen for seen in calls if seen.accepted and not seen.compiled.safe and path is not None
                      and seen.compiled.template.startswith(path)]  # fmt: skip
            who = ", ".join(sorted(entity for entity, held in entities.items() if held.get(operation)))
            first = writes[-1] if writes else calls[-1]
            yield Hit(
                FOREIGN_CHANGED, f"{name} {operation}", f"the list {operation} of {who} is another one after the run",
                first.name, tuple(seen.number for seen in writes) or (first.number,),
            )  # fmt: skip


def foreign_records(case: Case) -> Iterator[Hit]:
    """By the field that names the entity, and by texts that only others' records hold."""
    ignored, foreign, unproven = Gathered(PIN_IGNORED), Gathered(FOREIGN_DATA), Gathered(NOT_PROVEN)
    canaries = [text.encode() for text in case.canaries if text]
    for seen in case.seen:
        entry = seen.entry
        delivered = entry.received.body or b""
        if any(canary in delivered for canary in canaries):
            found = f"an answer {entry.received.status} holds a text of another entity's records"
            foreign.add(f"{seen.name} canary", seen, found)
        if 200 <= entry.received.status < 300 and _names_foreign(seen, case.foreign):
            foreign.add(f"{seen.name} record", seen, "answers records that have the keys of another entity's")
        if entry.about.get("probe") == "foreign" and 200 <= entry.received.status < 300:
            foreign.add(f"{seen.name} key", seen, "reads a record of another entity by its key")
        if entry.problem == "answer-not-proven" and entry.part != "gateway":
            unproven.add(seen.name, seen, f"nothing proves that the answer {seen.status} is the entity's own")
        if seen.accepted and ((_filtered(seen) and (_others(seen) or _holds(seen, canaries))) or _elsewhere(seen)):
            ignored.add(seen.name, seen, "answers records of others to a list that was asked for the entity's own")
    for gathered in (ignored, foreign, unproven):
        yield from gathered.hits()


def _names_foreign(seen: Seen, foreign: Mapping[str, Sequence[str]]) -> bool:
    """Whether an answer that left the gateway holds a record with a key of another entity's, under its own name."""
    if not foreign or not seen.entry.received.body:
        return False
    keys = {_fold(name): frozenset(values) for name, values in foreign.items()}
    return any(
        str(value) in keys.get(_fold(name), ())
        for record in records_in(as_json(seen.entry.received.body))
        for name, value in record.items()
    )


def _isolation(seen: Seen) -> Isolation | None:
    return seen.subject.isolation(seen.compiled.operation_id)


def _filtered(seen: Seen) -> bool:
    """Whether the gateway asked for the entity's own records, by the field that names it."""
    isolation = _isolation(seen)
    return isolation is not None and isolation.record is not None and isolation.how == "own" and isolation.lists


def _others(seen: Seen) -> bool:
    isolation = _isolation(seen)
    record = None if isolation is None else isolation.record
    if record is None:
        return False
    named = (one[record.field] for one in records_in(seen.answer_json) if record.field in one)
    return any(str(value) != record.value for value in named)


def _elsewhere(seen: Seen) -> bool:
    """Whether records name another value than the one that is pinned in the address, in a member of that name."""
    pins = seen.subject.target.offer.pins
    pinned = {_fold(name): value for place in (pins.path, pins.query, pins.header) for name, value in place.items()}
    if not pinned:
        return False
    values: dict[str, set[str]] = {}
    for record in records_in(seen.answer_json):
        for name, value in record.items():
            if _fold(name) in pinned:
                values.setdefault(_fold(name), set()).add(str(value))
    return any(pinned[name] in held and len(held) > 1 for name, held in values.items())


def _fold(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").removeprefix("x")


def _holds(seen: Seen, canaries: list[bytes]) -> bool:
    received = None if seen.main is None else seen.main.received
    body = b"" if received is None else received.body or b""
    return any(canary in body for canary in canaries)
