"""How a system refuses what a sound one refuses, and what the gateway makes of it; what it takes, and in what time."""

from collections.abc import Iterator, Sequence
from typing import Final

from contracts.settings import Bounds
from governance.fuzz.entry import Entry, Exchanged
from governance.fuzz.judge.seen import Seen, Subject
from governance.onboard.limit_faults import WHATS
from governance.onboard.limit_judging import Row, Tried, Verdict
from governance.onboard.limit_signs import shown
from policies.fault_refusals import refusal_of

_NAMES: Final = {
    "unknown-record": "a record that is not there",
    "unknown-path": "a path that is not there",
    "malformed-json": "a body that is cut short",
    "wrong-media-type": "a body of another media type",
}
_CALLERS: Final = ("business.rejected", "contract.violation")
"""What such an answer means: the call was at fault, and the system is well."""
_TOO_LARGE: Final = 413
_NEARLY: Final = 0.95


def fault_rows(tried: Tried, subject: Subject | None, *, bodies: bool) -> Iterator[Row]:
    """One for each thing that a sound system refuses. `bodies`: whether it was agreed that they are sent."""
    stated = f"the fault profile of {tried.system.product}"
    for what in WHATS:
        name, entry = _NAMES[what], next(iter(tried.of(what)), None)
        if tried.why:
            yield Row(name, stated, "nothing", "not probed", tried.why)
        elif entry is None:
            yield Row(name, stated, "nothing", "not probed", _why_not(what, bodies=bodies))
        elif entry.main is None:
            yield Row(name, stated, "the gateway kept it back", "not probed", "what the entity pins rules it out")
        else:
            yield _fault_row(tried, subject, name, stated, entry, entry.main)


def _why_not(what: str, *, bodies: bool) -> str:
    if what in ("malformed-json", "wrong-media-type"):
        if not bodies:
            return "agree to it with `bodies: true`, under `fuzzing.limits` of the entity"
        return "no operation that may be called creates something of JSON"
    if what == "unknown-record":
        return "no read by key was answered with success: give samples"
    return "no list was answered with success: give samples"


def _fault_row(
    tried: Tried, subject: Subject | None, name: str, stated: str, entry: Entry, main: Exchanged
) -> Row:  # fmt: skip
    if main.received is None:
        seen = f"it gave no answer ({main.failure})"
        return Row(name, stated, seen, "does not hold", "let the system's owner look at it")
    sign = shown(main.received, main.sent.method, tried.faults)
    if sign.told is None:
        seen = f"it answered {sign.status} with {sign.form}: taken for a success"
        do = "let the system refuse it, or describe that answer in the product's fault profile"
        return Row(name, stated, seen, "does not hold", do)
    path_named = entry.about["what"] != "unknown-path"
    refusal = refusal_of(sign.told, sign.status, None, safe=entry.call.method == "GET", named=path_named)
    told = f"callers are told {refusal.problem.status} {refusal.problem.name}" if refusal else _passed(subject, entry)
    seen = f"{sign.words()}; {told}"
    if sign.told.kind not in _CALLERS:
        do = "describe it in the product's fault profile: the call is at fault here, and the system is well"
        return Row(name, stated, seen, "does not hold", do)
    if refusal is None and entry.about["what"] == "unknown-record" and not _documented(subject, entry):
        do = f"document {sign.status} in the contract: the gateway answers 502 in its place"
        return Row(name, stated, seen, "does not hold", do)
    return Row(name, stated, seen, "holds")


def _passed(subject: Subject | None, entry: Entry) -> str:
    if entry.about["what"] == "unknown-path":
        return "no caller gets there: the contract names no such path"
    return f"callers are told {entry.status}" if _documented(subject, entry) else "the contract does not name it"


def _documented(subject: Subject | None, entry: Entry) -> bool:
    """Whether the contract lets the answer pass."""
    name = entry.operation.partition(" ")[2]
    if subject is None or name not in subject.operations or name not in subject.described:
        return True
    seen = Seen(entry, subject, subject.operations[name], subject.described[name])
    return seen.answer.outcome != "violates"


def bound_rows(tried: Tried, bounds: Bounds, exchanges: Sequence[Exchanged]) -> Iterator[Row]:
    """Times and sizes, by all that the system was ever asked: these need no call of their own."""
    times = tried.system.timeouts
    seconds = max((one.seconds for one in exchanges), default=0.0)
    silent = sum(one.failure == "timeout" for one in exchanges)
    seen = f"the slowest answer of all took {seconds:.2f} seconds" + (f"; {silent} gave none in time" if silent else "")
    short = silent > 0 or seconds > times.first_byte_seconds * _NEARLY
    verdict: Verdict = "not reached" if not exchanges else "lower" if short else "holds"
    do = "raise first_byte_seconds under `timeouts` of the system, or offer less" if short else ""
    yield Row("time to answer", f"first_byte_seconds: {times.first_byte_seconds:g}", seen, verdict, do)
    yield _sent(bounds, exchanges)
    most = max((len(one.received.body or b"") for one in exchanges if one.received is not None), default=0)
    over = any(one.failure == "too-large" for one in exchanges)
    seen = f"the largest answer had {most} bytes" + ("; one was larger than what is kept" if over else "")
    do = "raise bounds.answer_body_bytes in tidewaiter.yaml, or let lists have fewer records a page" if over else ""
    yield Row("bytes of an answer", f"{bounds.answer_body_bytes}", seen, "lower" if over else "not reached", do)


def _sent(bounds: Bounds, exchanges: Sequence[Exchanged]) -> Row:
    sizes = [(len(one.sent.body or b""), one.received.status) for one in exchanges if one.received is not None]
    taken = max((size for size, status in sizes if 200 <= status < 300), default=0)
    refused = [size for size, status in sizes if status == _TOO_LARGE]
    seen = f"the largest body that it took had {taken} bytes"
    seen += f"; it refused one of {min(refused)} as too large" if refused else ""
    stated = f"{bounds.request_body_bytes}"
    if refused and min(refused) <= bounds.request_body_bytes:
        do = f"state maxLength and maxItems in the contract, so that bodies stay below {min(refused)} bytes"
        return Row("bytes of a body", stated, seen, "lower", do)
    return Row("bytes of a body", stated, seen, "holds" if taken >= bounds.request_body_bytes else "not reached")
