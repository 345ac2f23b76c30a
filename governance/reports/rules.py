"""What a rule of a diff judges, why, and what callers do about it: for the command line, and as a page of its own."""

import difflib
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from governance.diff.change import Change
from governance.diff.rules.documents import whole
from governance.diff.rules.holes import HOLES
from governance.diff.rules.keywords import harmful
from governance.diff.rules.table import BY_ID, beside
from governance.finding import Direction, Severity
from governance.json_output import json_output
from governance.rules import Level, Rule
from governance.terminal import table

_LINES: Final = 2
"""Unchanged lines around a change that the page shows."""

PROFILES: Final = {
    "wire": "can a correct caller of the old version fail?",
    "strict": "as `wire`, and additions that careless callers trip over as well",
    "sdk": "would code that is generated anew still compile?",
}


def level_words(level: Level) -> str:
    """What a rule weighs in a profile, in words."""
    if level is None:
        return "not reported"
    if isinstance(level, Severity):
        return level.value
    return _spoken(level)


def as_text(rule: Rule) -> str:
    """The rule for a terminal."""
    before, after = whole(rule)
    weighs = (f"  {name:<7} {level_words(getattr(rule, name))}" for name in PROFILES)
    lines = [
        rule.id, "", f"Judges:  {_judges(rule).replace('`', '')}", "Weighs:", *weighs,
        f"Exposes: {_exposes(rule)}", f"Why:     {rule.reason}", f"Callers: {rule.do}",
        *filter(None, [_related(rule, "{0}").strip()]),
        "Example:", *(f"  {line}" for line in _difference(before, after)),
        "To weigh it otherwise, in governance/lint.yaml:", *_setting(rule),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def as_json(rule: Rule) -> str:
    """The rule for machines."""
    return json_output(_content(rule))


def contents() -> list[dict[str, Any]]:
    """Every rule for machines."""
    return [_content(rule) for rule in BY_ID.values()]


def _content(rule: Rule) -> dict[str, Any]:
    before, after = whole(rule)
    return {
        "id": rule.id,
        "area": rule.area.value,
        "kinds": list(rule.kinds),
        "effects": [effect.value for effect in rule.effects],
        "directions": [direction.value for direction in rule.directions],
        "severity": {name: level_words(getattr(rule, name)) for name in PROFILES},
        "exposes": rule.exposes if isinstance(rule.exposes, bool) else None,
        "special_case": rule.when is not None,
        "reason": rule.reason,
        "do": rule.do,
        "example": {"before": before, "after": after},
    }


def listing() -> str:
    """Every rule on a line."""
    rows = [(rule.id, *(_short(getattr(rule, name)) for name in PROFILES)) for rule in BY_ID.values()]
    return table(("RULE", *(name.upper() for name in PROFILES)), rows)


def _short(level: Level) -> str:
    return "it depends" if callable(level) and not isinstance(level, Severity) else level_words(level)


def page_of(rule: Rule) -> str:
    """The rule as a page of its own, in Markdown."""
    rows = (f"| `{name}` | {words} | {level_words(getattr(rule, name))} |" for name, words in PROFILES.items())
    lines = [
        f"# {rule.id}", "", f"Found by `tidewaiter diff`. {_judges(rule)}.{_related(rule, '[{0}]({0}.md)')}", "",
        "| profile | the question | weighs |", "|---|---|---|", *rows, "",
        *(_UNTIL_PROVEN if _asks(rule) else ()),
        f"Exposes more than before: {_exposes(rule)}.", "",
        "## Why", "", rule.reason, "", "## What callers do", "", rule.do, "", "## Example", "",
        "```diff", *_difference(rule.example.before, rule.example.after), "```", "",
        *otherwise("diff", rule.id),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def otherwise(part: str, name: str) -> tuple[str, ...]:
    """How to weigh a rule of `diff` or `lint` otherwise, or to let one finding pass, in Markdown."""
    return (
        "## To weigh it otherwise", "", "```yaml", "# governance/lint.yaml", f"{part}:", "  severities:",
        f"    - {{rule: {name}, severity: info, reason: why it is so here}}", "```", "",
        "One finding, for a while: [a waiver](../waivers.md).",
    )  # fmt: skip


def holes() -> Iterator[str]:
    """What no change comes to, and why, as rows of Markdown."""
    rows: dict[tuple[str, str], dict[str, None]] = {}
    for (area, kind, effect, _), reason in HOLES.items():
        rows.setdefault((f"{area.value}: `{kind}`", reason), {})[_EFFECTS[effect.value]] = None
    for (what, reason), effects in rows.items():
        yield f"| {what} {' or '.join(effects)} | {reason} |"


_UNTIL_PROVEN: Final = (
    "That holds until the question is answered: proven to fail is `breaking`, proven to hold is `info`, what could not",
    "be proven is a `warning`.", "",
)  # fmt: skip


def _asks(rule: Rule) -> bool:
    """Whether a message is looked for that fails: in one of its directions one can be refused."""
    ways = ((effect, way) for effect in rule.effects for way in rule.directions if way is not Direction.NONE)
    return rule.when is None and any(harmful(effect, way) for effect, way in ways)


def _judges(rule: Rule) -> str:
    """What is judged: `Schema: maxLength narrowed, in what callers send`."""
    where = " or ".join(filter(None, (_DIRECTIONS[one.value] for one in rule.directions)))
    effects = " or ".join(_EFFECTS[effect.value] for effect in rule.effects)
    kinds = ", ".join(f"`{kind}`" for kind in rule.kinds)
    return f"{rule.area.value.capitalize()}: {kinds} {effects}{', in ' + where if where else ''}"


_DIRECTIONS: Final = {"request": "what callers send", "response": "what callers receive", "": ""}


_EFFECTS: Final = {
    "adds": "added", "removes": "removed", "narrows": "narrowed", "widens": "widened", "changes": "changed",
}  # fmt: skip


def _exposes(rule: Rule) -> str:
    if isinstance(rule.exposes, bool):
        return "yes" if rule.exposes else "no"
    return _spoken(rule.exposes)


def _spoken(function: Callable[[Change], object]) -> str:
    """What a function of a table decides: its docstring, inside a sentence."""
    words = inspect.getdoc(function) or "it depends"
    return words[0].lower() + words[1:].rstrip(".")


def _related(rule: Rule, form: str) -> str:
    """The rules that share its place: the general one of a special case, or the special cases of a general one."""
    names = ", ".join(form.format(other.id) for other in beside(rule))
    if not names:
        return ""
    return f" Special case of {names}." if rule.when is not None else f" Special cases: {names}."


def _difference(before: Any, after: Any) -> list[str]:
    old, new = (json.dumps(side, indent=2, ensure_ascii=False).splitlines() for side in (before, after))
    found = list(difflib.unified_diff(old, new, n=_LINES, lineterm=""))[3:]
    return ["..." if line.startswith("@@") else line for line in found]


def _setting(rule: Rule) -> list[str]:
    return [
        "  diff:",
        "    severities:",
        f"      - {{rule: {rule.id}, severity: info, reason: why it is so here}}",
    ]
