"""Places of the grid without a rule, each with the reason; `unjudged-change` catches what comes there all the same."""

from collections.abc import Iterator, Mapping
from typing import Final

from governance.diff.change import Area, Effect
from governance.finding import Direction
from governance.rules import Place

_ORDERED: Final = "one bound always contains the other: a change is `narrows` or `widens`"
_YES_OR_NO: Final = "it is there or not: a change is `narrows` or `widens`"

_NEVER_CHANGES: Final[Mapping[str, str]] = {
    "null": _YES_OR_NO,
    "minimum": _ORDERED,
    "maximum": _ORDERED,
    "minLength": _ORDERED,
    "maxLength": _ORDERED,
    "minItems": _ORDERED,
    "maxItems": _ORDERED,
    "minProperties": _ORDERED,
    "maxProperties": _ORDERED,
    "uniqueItems": _YES_OR_NO,
}
"""Keywords of schemas whose values stand in an order."""


def holes() -> Iterator[tuple[Place, str]]:
    """Each place without a rule, with the reason."""
    for kind, reason in _NEVER_CHANGES.items():
        for direction in (Direction.REQUEST, Direction.RESPONSE):
            yield (Area.SCHEMA, kind, Effect.CHANGES, direction), reason
    for direction in (Direction.REQUEST, Direction.RESPONSE):
        reason = "it is true or not: a change is `adds` or `removes`"
        yield (Area.SCHEMA, "deprecated", Effect.CHANGES, direction), reason


HOLES: Final = dict(holes())
