"""Changes made by hand, for tests of judgement."""

import datetime as dt
from typing import Any

from governance.diff.change import Area, Change, Effect, Traits
from governance.diff.judge import judge
from governance.finding import Direction, Finding, Use
from governance.rules import Rule

AT = dt.date(2026, 1, 31)


def change_for(
    rule: Rule,
    direction: Direction | None = None,
    effect: Effect | None = None,
    kind: str | None = None,
    **fields: Any,
) -> Change:
    """A change that the rule judges, unless the fields say otherwise."""
    return change(
        rule.area, kind or rule.kinds[0], effect or rule.effects[0], direction or rule.directions[0], **fields
    )


def change(area: Area, kind: str, effect: Effect, direction: Direction = Direction.NONE, **fields: Any) -> Change:
    """A change of one operation, `GET /orders/{id}`."""
    stated = {
        "pointer_old": "/paths/~1orders~1{id}/get",
        "pointer_new": "/paths/~1orders~1{id}/get",
        "reach": (Use("GET", "/orders/{id}", direction, "request body application/json"),),
        "traits": Traits(),
        "subject": "member total",
        "old": "before",
        "new": "after",
    }
    return Change(area, kind, effect, direction, **{**stated, **fields})


def judged(one: Change, *, profile: str | None = None, **settings: Any) -> Finding:
    """The one finding that a change gives."""
    (finding,) = judge([one], at=AT, profile=profile, **settings)
    return finding
