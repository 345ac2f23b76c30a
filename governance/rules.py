"""A rule: one function with its id, its reason and its example. Tables of rules, no import side effects."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.diff.change import Area, Change, Effect
from governance.finding import Direction, Severity

Place = tuple[Area, str, Effect, Direction]
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
    """How one kind of change is judged. `(area, kind, effect, direction)` is judged by one rule without `when`."""

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
    when: Callable[[Change, dt.date], bool] | None = field(default=None, repr=False)
    """A special case: the rule takes over from the one of the place where this holds on the day, and decides alone."""

    def level(self, profile: str, change: Change) -> Severity | None:
        """How much the change weighs in `wire`, `strict` or `sdk`."""
        level: Level = {"wire": self.wire, "strict": self.strict, "sdk": self.sdk}[profile]
        return level if level is None or isinstance(level, Severity) else level(change)


def places_of(rule: Rule) -> Iterator[Place]:
    """What the rule judges."""
    yield from ((rule.area, k, e, d) for k in rule.kinds for e in rule.effects for d in rule.directions)


def index(tables: Mapping[str, tuple[Rule, ...]]) -> dict[Place, Rule]:
    """Rules by what they judge, special cases left out. Raises ValueError where two judge the same, or have one id."""
    found: dict[Place, Rule] = {}
    ids: set[str] = set()
    for rules in tables.values():
        for rule in rules:
            if rule.id in ids:
                raise ValueError(f"two rules are called {rule.id}")
            ids.add(rule.id)
            for place in places_of(rule) if rule.when is None else ():
                if place in found:
                    raise ValueError(f"{rule.id} and {found[place].id} judge the same: {place}")
                found[place] = rule
    return found
