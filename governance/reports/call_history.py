"""What happened to a call, as text and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from contracts.plain import plain
from governance.call_history import Attempt, History
from governance.call_log import LogRead
from governance.json_output import json_output
from governance.reports.call_explanation import of_decided
from governance.terminal import paint


def as_text(told: Sequence[History], *, colour: bool = False) -> str:
    """Each call in turn, in the order of time, with the file that decides beside what it decided."""
    blocks = ["".join(line + "\n" for line in _lines(one, colour=colour)) for one in told]
    return "\n".join(blocks)


def _lines(one: History, *, colour: bool) -> Iterator[str]:
    names = [f"correlation {one.correlation}", f"call {one.call}", f"trace {one.trace}"]
    yield paint(plain(f"{one.at}  " + ", ".join(name for name in names if not name.endswith(" "))), "bold", on=colour)
    yield from _told("who", _who(one))
    yield from _told("asked", _asked(one))
    for decided in one.route:
        yield from _told("", str(decided))
    yield from _told("release", _release(one))
    yield from _told("passed", _passed(one))
    if one.problem:
        fault = f", fault: {one.fault}" if one.fault not in ("", "gateway") else ""
        yield paint(_line("refused", f"by {one.refused}: {one.status} {one.problem}{fault}"), "red", on=colour)
        yield from _told("", one.detail)
        for decided in one.decided:
            yield from _told("", f"decided by {decided}" if decided.place else f"decided: {decided}")
    for number, sent in enumerate(one.sent, 1):
        yield from _told("sent" if number == 1 else "", _attempt(number, sent, one))
    if one.attempts > len(one.sent):
        yield from _told("", f"and {one.attempts - len(one.sent)} more, whose times were not kept")
    for direction, outcome in one.contract.items():
        yield from _told("contract", f"the {direction}: {outcome.replace('_', ' ')}")
    yield from _told("times", _times(one))
    yield from _told("effect", _effect(one))
    if one.in_bytes is not None and one.out_bytes is not None:
        yield from _told("bytes", f"{one.in_bytes} came in, {one.out_bytes} went out")
    yield from _told("outcome", _outcome(one))
    if "log" not in one.sources:
        yield from _told("", "only the ledger tells of it: its line is in none of the logs that were read")


def _told(name: str, text: str) -> Iterator[str]:
    if text:
        yield _line(name, text)


def _line(name: str, text: str) -> str:
    return f"  {name:<9} {plain(text)}"


def _who(one: History) -> str:
    who = f"{one.consumer} by {one.credential}" if one.credential else one.consumer or "nobody identified"
    return f"{who} from {one.address}" if one.address else who


def _passed(one: History) -> str:
    """The steps as a stretch of their order; JSON lists them."""
    if not one.passed:
        return ""
    if one.not_reached or not one.refused:
        stretch = f"{one.passed[0]} to {one.passed[-1]}" if len(one.passed) > 1 else one.passed[0]
        return stretch if one.not_reached else f"every step, {stretch}"
    return f"every step but {one.refused}"


def _asked(one: History) -> str:
    if one.refused == "wire":
        return "what came never became a call"
    if not one.operation:
        if not one.consumer:
            return f"{one.method}: of those whom nobody knows, no path is kept"
        return f"{one.method} something of {one.api}" if one.api else f"{one.method} a path of no api".strip()
    what = f"{one.method} {one.path}".strip()
    return f"{what}: {one.operation} of {one.api} {one.version}, for {one.entity} on {one.system}"


def _release(one: History) -> str:
    said = {
        True: "the workspace is still the same",
        False: "the workspace here is not that one: its files may tell otherwise",
    }
    if not one.release:
        return ""
    return f"{one.release}; {said[one.same_release]}" if one.same_release is not None else one.release


def _attempt(number: int, sent: Attempt, one: History) -> str:
    what = f"{number} of {one.attempts} at {sent.at_ms:.1f} ms"
    if sent.own:
        what += ", for the gateway's own token or session"
    elif sent.method != one.method:
        what += f", a {sent.method} of the gateway's own"
    came = str(sent.status) if sent.status else sent.problem or "no answer that anybody waited for"
    said = f"{what}: {came} after {sent.ms:.1f} ms"
    if sent.fault:
        said += f", told as {sent.fault} by the product's profile"
    return f"{said}; it had waited {sent.wait_ms:.1f} ms for room" if sent.wait_ms >= 0.1 else said


def _times(one: History) -> str:
    phases = one.phases
    if phases is None or one.ms is None:
        return ""
    parts = [
        (phases.before, "before the system" if one.sent else "in the gateway"), (phases.waiting, "waiting for room"),
        (phases.at_system, "at the system"), (phases.between, "between attempts"), (phases.after, "after its answer"),
    ]  # fmt: skip
    said = ", ".join(f"{ms:.1f} {name}" for ms, name in parts if ms >= 0.05)
    return f"{one.ms:.1f} ms in all: {said}" if said else f"{one.ms:.1f} ms in all"


def _effect(one: History) -> str:
    if one.method in ("GET", "HEAD", "OPTIONS") or not (one.attempts or one.effect):
        return ""
    said = {
        "none": "none: the system did nothing", "applied": "applied: the system carried it out",
        "unknown": "unknown: look it up in the system by its correlation id before it is sent again",
    }  # fmt: skip
    kept = "; `tidewaiter report unknown-effects` lists it" if one.unknown_effect else ""
    return f"{said.get(one.effect, one.effect)}{kept}"


def _outcome(one: History) -> str:
    said = {
        "complete": "answered completely", "cut": "cut off in the midst of the answer", "left": "the caller had left",
    }  # fmt: skip
    return ", ".join(part for part in (str(one.status or ""), said.get(one.end, one.end)) if part)


def searched_lines(logs: Sequence[LogRead]) -> list[str]:
    """What was read, from when to when it reaches, and what could not be understood."""
    lines = []
    for log in logs:
        reach = f"from {log.first} to {log.last}" if log.first else "no access line in it"
        broken = f", {log.broken} of them no whole access line" if log.broken else ""
        lines.append(f"searched {log.file}: {log.lines} lines{broken}, {reach}")
    return [plain(line) for line in lines]


def as_json(told: Sequence[History], logs: Sequence[LogRead], notes: Sequence[str]) -> str:
    """The same for machines."""
    searched = [
        {"file": log.file, "lines": log.lines, "broken": log.broken, "from": log.first, "to": log.last} for log in logs
    ]
    content = {"calls": [_as_data(one) for one in told], "searched": searched, "notes": list(notes)}
    return json_output(content)


def _as_data(one: History) -> dict[str, object]:
    return {
        **asdict(one),
        "decided": [of_decided(decided) for decided in one.decided],
        "route": [of_decided(decided) for decided in one.route],
    }
