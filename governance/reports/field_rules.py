"""What a rule about a change of a workspace's files finds, why, and what to do: for the command line."""

from typing import Any, Final

from governance.board_rules import ChangeClass
from governance.changes.changed import WHOLE
from governance.changes.fields.rules import FIELD_RULES, FieldRule
from governance.json_output import json_output
from governance.reports.file_rules import BY_ID as ABOUT_FILES
from governance.reports.gate_words import CLASS_WORDS
from governance.terminal import table

BY_ID: Final[dict[str, FieldRule]] = {name: rule for name, rule in FIELD_RULES.items() if name not in ABOUT_FILES}
"""What no other command finds."""
_NOBODY: Final = "nothing on which somebody must decide"


def as_text(name: str) -> str:
    """The rule of this id for a terminal."""
    rule = BY_ID[name]
    lines = [
        name, "", "Finds:   a change of a file of the workspace (tidewaiter gate, release build)",
        f"Does:    {_does(name)}", f"Why:     {rule.reason}", f"Do:      {rule.do}", f"Passing: {_passing(name)}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def as_json(name: str) -> str:
    """The rule of this id for machines."""
    return json_output(content(name))


def content(name: str) -> dict[str, Any]:
    """The rule of this id for machines, as a mapping."""
    rule = BY_ID[name]
    return {
        "id": name,
        "area": "change",
        "does": [kind.value for kind in ChangeClass if kind in rule.classes],
        "reason": rule.reason,
        "do": rule.do,
        "can_be_waived": False,
    }


def listing() -> str:
    """Every rule on a line."""
    return table(("RULE OF A CHANGE", "DOES"), [(name, _does(name)) for name in BY_ID])


def _does(name: str) -> str:
    classes = BY_ID[name].classes
    return ", ".join(word for kind, word in CLASS_WORDS.items() if kind in classes) or _NOBODY


def _passing(name: str) -> str:
    if not BY_ID[name].classes:
        return "it passes"
    if name in WHOLE:
        return "a signed decision that approves: tidewaiter board draft"
    return "a signed decision: tidewaiter board draft, for this finding alone with --verdict waive --finding ID"
