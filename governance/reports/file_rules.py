"""What a rule about a file of the workspace finds, why, and what to do: for the command line, and as a page."""

from typing import Any, Final

from governance.json_output import json_output
from governance.known_rules import FILE_RULES
from governance.lifecycle.rules import LifeRule
from governance.terminal import table

BY_ID: Final[dict[str, LifeRule]] = {name: rule for rules in FILE_RULES.values() for name, rule in rules.items()}


def as_text(name: str) -> str:
    """The rule of this id for a terminal."""
    rule = BY_ID[name]
    lines = [
        name, "", f"Finds:   {_heading(name)}", f"Weighs:  {rule.severity.value}", f"Why:     {rule.reason}",
        f"Do:      {rule.do}", f"Waiving: {_waiving(name)}",
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
        "area": "workspace",
        "heading": _heading(name),
        "severity": rule.severity.value,
        "reason": rule.reason,
        "do": rule.do,
        "can_be_waived": _can_be_waived(name),
    }


def page_of(name: str) -> str:
    """The rule of this id as a page of its own, in Markdown."""
    rule = BY_ID[name]
    lines = [
        f"# {name}", "", f"Found in the files of a workspace ({_heading(name).lower()}). `{rule.severity.value}`.", "",
        "## Why", "", rule.reason, "", "## What to do", "", rule.do, "", "## To let it pass", "",
        f"For a while: [a waiver](../waivers.md) with `rule: {name}`."
        if _can_be_waived(name)
        else "Nothing does: what is found about [waivers](../waivers.md) counts.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def listing() -> str:
    """Every rule on a line."""
    return table(("RULE OF THE WORKSPACE", "SEVERITY"), [(name, rule.severity.value) for name, rule in BY_ID.items()])


def _heading(name: str) -> str:
    return next(heading for heading, rules in FILE_RULES.items() if name in rules)


def _can_be_waived(name: str) -> bool:
    return name not in FILE_RULES["Waivers"]


def _waiving(name: str) -> str:
    return f"`rule: {name}` in a file of decisions/" if _can_be_waived(name) else "what is found about waivers counts"
