"""How far onboarding is, for people and machines."""

from collections.abc import Sequence

from contracts.plain import plain
from governance.json_output import json_output
from governance.onboard.standing import Standing
from governance.terminal import paint, table


def taken_line(name: str, state: str, told: Sequence[str], *, again: bool, colour: bool) -> str:
    """One step: `fuzz  done  ...`, with what is told below it."""
    shade = {"done": "green", "negative": "red", "waiting": "yellow", "unanswered": "red"}[state]
    words = state if again else f"{state} before"
    head = f"{name:8} {paint(words, shade, on=colour)}"  # type: ignore[arg-type]
    return "".join(line + "\n" for line in (head, *(f"         {plain(one)}" for one in told)))


def next_lines(steps: Sequence[str]) -> str:
    """What to do next."""
    return "".join(f"next: {plain(one)}\n" for one in steps)


def status_text(found: Sequence[Standing]) -> str:
    """A row an entity and environment; below it what to do."""
    if not found:
        return "no entity\n"
    rows = [(one.entity, one.environment or "-", one.stage, one.step, one.state, one.at, one.first) for one in found]
    return table(("entity", "environment", "stage", "step", "state", "since", "next"), rows)


def status_json(found: Sequence[Standing]) -> str:
    """The same for machines."""
    return json_output({
        "entities": [
            {
                "entity": one.entity, "environment": one.environment, "stage": one.stage, "step": one.step,
                "state": one.state, "at": one.at, "told": list(one.told), "next": list(one.next), "report": one.report,
                "release": one.release,
            }
            for one in found
        ]
    })  # fmt: skip
