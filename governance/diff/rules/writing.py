"""What the tables of rules are written with: levels in the order of the profiles, and rules that many areas share."""

from typing import Final

from governance.diff.change import Area, Change, Effect
from governance.diff.wording import about
from governance.finding import Direction, Severity
from governance.rules import Example, Level, Rule

B: Final = Severity.BREAKING
W: Final = Severity.WARNING
I: Final = Severity.INFO  # noqa: E741 - stands in tables beside B and W

Levels = tuple[Level, Level, Level]
"""In `wire`, in `strict`, in `sdk`."""

ADDS: Final = (Effect.ADDS,)
REMOVES: Final = (Effect.REMOVES,)
CHANGES: Final = (Effect.CHANGES,)
NARROWS: Final = (Effect.NARROWS,)
WIDENS: Final = (Effect.WIDENS,)
VALUE: Final = (Effect.ADDS, Effect.REMOVES, Effect.CHANGES)

SENT: Final = (Direction.REQUEST,)
RECEIVED: Final = (Direction.RESPONSE,)
BOTH: Final = (Direction.REQUEST, Direction.RESPONSE)
NONE: Final = (Direction.NONE,)


_SLUGS: Final = {Area.RESPONSE: "answer"}
"""`response-` at the front of an id means a direction."""


def documentation(area: Area, kinds: tuple[str, ...], directions: tuple[Direction, ...], example: Example) -> Rule:
    """The rule of what is written for readers only, in one area."""
    return Rule(
        f"{_SLUGS.get(area, area.value)}-documentation-changed", area, kinds, VALUE, directions, I, I, I,
        exposes=False,
        reason="Titles, descriptions, examples and links to documentation change no message.",
        do="Nothing; read the new text.",
        example=example,
        message=_documented,
    )  # fmt: skip


def extensions(area: Area, directions: tuple[Direction, ...], example: Example) -> Rule:
    """The rule of extensions (`x-...`) that no other rule knows, in one area."""
    return Rule(
        f"{_SLUGS.get(area, area.value)}-extension-changed", area, ("extension",), VALUE, directions, I, I, I,
        exposes=False,
        reason="What an extension means is known to those who made it; no message changes by it.",
        do="Nothing, unless your tools read this extension.",
        example=example,
        message=lambda change: f"{about(change)}: an extension {_VERBS[change.effect]}",
    )  # fmt: skip


_VERBS: Final = {
    Effect.ADDS: "was added",
    Effect.REMOVES: "was removed",
    Effect.CHANGES: "was changed",
    Effect.NARROWS: "was narrowed",
    Effect.WIDENS: "was widened",
}


def _documented(change: Change) -> str:
    return f"{about(change)}: {change.kind} {_VERBS[change.effect]}"
