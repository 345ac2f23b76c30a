"""A rule: one function with its id, its reason and its example. Tables of rules, no import side effects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.diff.change import Area, Change, Effect
from governance.finding import Direction, Severity

Level = Severity | Callable[[Change], Severity] | None
"""How much a change weighs in a profile; None: the profile does not report it."""


@dataclass(frozen=True, slots=True)
class Example:
    """What the rule finds, as parts of two documents.

    `schema`: two schemas; they are put into the request or the response body of one operation, as `direction` says.
    `document`: two whole documents without `openapi` and `info`.
    """

    before: Any
    after: Any
    form: str = "document"
    """`document` or `schema`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of change is judged. `(area, kind, effect, direction)` is judged by exactly one rule."""

    id: str
    area: Area
    kinds: tuple[str, ...]
    effects: tuple[Effect, ...]
    directions: tuple[Direction, ...]
    wire: Level
    strict: Level
    sdk: Level
    exposes: bool | Callable[[Change], bool]
    reason: str
    """Why it is judged so, for the one who reads the report."""
    do: str
    """What callers must or may do, for the changelog."""
    example: Example
    message: Callable[[Change], str] = field(repr=False)

    def level(self, profile: str, change: Change) -> Severity | None:
        """How much the change weighs in `wire`, `strict` or `sdk`."""
        level: Level = {"wire": self.wire, "strict": self.strict, "sdk": self.sdk}[profile]
        return level if level is None or isinstance(level, Severity) else level(change)


def index(tables: Mapping[str, tuple[Rule, ...]]) -> dict[tuple[Area, str, Effect, Direction], Rule]:
    """Rules by what they judge. Raises ValueError where two judge the same, or have one id."""
    found: dict[tuple[Area, str, Effect, Direction], Rule] = {}
    ids: set[str] = set()
    for rules in tables.values():
        for rule in rules:
            if rule.id in ids:
                raise ValueError(f"two rules are called {rule.id}")
            ids.add(rule.id)
            for place in ((rule.area, k, e, d) for k in rule.kinds for e in rule.effects for d in rule.directions):
                if place in found:
                    raise ValueError(f"{rule.id} and {found[place].id} judge the same: {place}")
                found[place] = rule
    return found
