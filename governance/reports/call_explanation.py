"""What a call would meet, as text and as JSON."""

from collections.abc import Mapping

from contracts.plain import plain
from governance.call_explanation import Explanation, Step
from governance.decided_by import Decided
from governance.json_output import json_output
from governance.steps_hold import Held
from governance.terminal import Colour, paint, table

_COLOURS: dict[str, Colour] = {"reaches": "green", "answered": "green", "refused": "red", "open": "yellow"}


def as_text(told: Explanation, *, colour: bool = False) -> str:
    """First how far it comes, then who and what, then each step with what holds there and where that is written."""
    who = f"by {told.consumer}" if told.consumer else "by nobody"
    verdict = told.why if told.verdict != "refused" else f"it would be refused: {told.status} {told.problem}"
    lines = [f"{told.method} {plain(told.target)} {who}", paint(plain(verdict), _COLOURS[told.verdict], on=colour)]
    repeated = any(error["message"] in told.detail for error in told.errors)
    lines += [f"  {plain(told.detail)}"] if told.detail and not repeated else []
    lines += [f"  {plain(_where(error))}: {plain(error['message'])}" for error in told.errors]
    lines += [f"  decided by {plain(str(one))}" for one in told.decided]
    names = (
        ("entity", told.entity), ("api", f"{told.api} {told.version}".strip()), ("operation", told.operation),
        ("system", told.system), ("sends", told.sends), *(("answers", one) for one in told.answers_carry),
    )  # fmt: skip
    known = [f"{name:<10} {plain(value)}" for name, value in names if value]
    lines += ["", *known] if known else []
    rows = [row for step in told.steps for row in _rows(step)]
    notes = [f"note: {plain(note)}" for note in told.notes]
    return (
        "".join(line + "\n" for line in [*lines, ""])
        + table(("STEP", "", "FROM", "WHAT HOLDS"), rows)
        + "".join(line + "\n" for line in notes)
    )


def _where(error: Mapping[str, str]) -> str:
    return f"{error['location']} {error['pointer']}".strip()


def _rows(step: Step) -> list[tuple[str, str, str, str]]:
    if not step.held:
        return [(step.name, step.state, "", "")]
    first, *rest = step.held
    more = [("", "", str(held.place or ""), held.what) for held in rest]
    return [(step.name, step.state, str(first.place or ""), first.what), *more]


def as_json(told: Explanation) -> str:
    """The same for machines."""
    content = {
        "method": told.method,
        "url": told.target,
        "verdict": told.verdict,
        "why": told.why,
        "exit_code": told.exit_code,
        "problem": told.problem,
        "status": told.status,
        "detail": told.detail,
        "errors": list(told.errors),
        "decided_by": [of_decided(one) for one in told.decided],
        "consumer": told.consumer,
        "credential": told.credential,
        "entity": told.entity,
        "api": told.api,
        "version": told.version,
        "operation": told.operation,
        "system": told.system,
        "sends": told.sends,
        "answers_carry": list(told.answers_carry),
        "steps": [
            {"step": step.name, "state": step.state, "holds": [_of_held(held) for held in step.held]}
            for step in told.steps
        ],
        "notes": list(told.notes),
    }
    return json_output(content)


def of_decided(one: Decided) -> dict[str, object]:
    """A reason as JSON."""
    return {"what": one.what, **_place(one)}


def _of_held(held: Held) -> dict[str, object]:
    return {"what": held.what, **_place(held)}


def _place(one: Decided | Held) -> dict[str, object]:
    place = one.place
    return {} if place is None else {"file": place.file, "line": place.line, "written": place.written}
