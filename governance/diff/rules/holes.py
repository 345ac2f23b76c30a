"""Places of the grid without a rule, each with the reason; `unjudged-change` catches what comes there all the same."""

from collections.abc import Iterator, Mapping
from typing import Final

from governance.diff.change import Area, Effect
from governance.finding import Direction
from governance.rules import Place

_ORDERED: Final = "one bound always contains the other: a change is `narrows` or `widens`"
_YES_OR_NO: Final = "it is there or not: a change is `narrows` or `widens`"
_EACH: Final = "each name is a change of its own, which is `narrows` or `widens`, or is found inside its schema"
_INSIDE: Final = "what changed is found at the keyword inside the schema of the items; no items at all are a `type`"
_UNREADABLE: Final = "a schema that cannot be read has no order: a change is `changes` of `reference`"
_PAIRS: Final = "whether alternatives exclude each other has no order: a change is `changes`"

_SET: Final = (Effect.NARROWS, Effect.WIDENS, Effect.CHANGES)
_SCHEMAS: Final[Mapping[str, tuple[tuple[Effect, ...], str]]] = {
    "null": (_SET[2:], _YES_OR_NO),
    "uniqueItems": (_SET[2:], _YES_OR_NO),
    "unevaluatedItems": (_SET[2:], _INSIDE),
    "minimum": (_SET[2:], _ORDERED),
    "maximum": (_SET[2:], _ORDERED),
    "minLength": (_SET[2:], _ORDERED),
    "maxLength": (_SET[2:], _ORDERED),
    "minItems": (_SET[2:], _ORDERED),
    "maxItems": (_SET[2:], _ORDERED),
    "minProperties": (_SET[2:], _ORDERED),
    "maxProperties": (_SET[2:], _ORDERED),
    "contentMediaType": (_SET[2:], "of texts only JSON is looked into: a change is `narrows` or `widens`"),
    "required": (_SET[2:], _EACH),
    "patternProperties": (_SET[2:], _EACH),
    "additionalProperties": (_SET[2:], _EACH),
    "unevaluatedProperties": (_SET[2:], _EACH),
    "dependentSchemas": (_SET[2:], _EACH),
    "items": (_SET[2:], _INSIDE),
    "prefixItems": (_SET, _INSIDE),
    "composition": (_SET[:2], _PAIRS),
    "reference": (_SET[:2], _UNREADABLE),
    "dialect": (_SET, _UNREADABLE),
    "deprecated": (_SET[2:], "it is true or not: a change is `adds` or `removes`"),
}
"""Keywords of schemas, with the effects that no change of them has."""


def _holes() -> Iterator[tuple[Place, str]]:
    for kind, (effects, reason) in _SCHEMAS.items():
        for effect in effects:
            for direction in (Direction.REQUEST, Direction.RESPONSE):
                yield (Area.SCHEMA, kind, effect, direction), reason
    changed = (Area.SECURITY, "requirement", Effect.CHANGES, Direction.NONE)
    yield changed, "what has no order is alternatives removed and added"


HOLES: Final[Mapping[Place, str]] = dict(_holes())
"""Each place without a rule, with the reason."""
