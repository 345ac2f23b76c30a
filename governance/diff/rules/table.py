"""All rules: by what they judge, and by id."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from governance.diff.change import Change
from governance.diff.rules import (
    bodies,
    callbacks,
    document,
    encodings,
    headers,
    links_and_tags,
    media_types,
    odata,
    operations,
    parameters,
    paths,
    received_parameters,
    responses,
    schema_members,
    schema_notes,
    schema_structure,
    schema_values,
    schemes,
    security,
    servers,
)  # fmt: skip
from governance.rules import Place, Rule, index, places_of

TABLES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "The document": document.RULES,
    "Servers": servers.RULES,
    "Paths": paths.RULES,
    "Operations": operations.RULES,
    "Parameters": parameters.RULES,
    "Parameters of callbacks and webhooks": received_parameters.RULES,
    "Bodies": bodies.RULES,
    "Answers": responses.RULES,
    "Headers": headers.RULES,
    "Media types": media_types.RULES,
    "Encodings": encodings.RULES,
    "Schemas: values": schema_values.RULES,
    "Schemas: lists, objects, composition": schema_structure.RULES,
    "Schemas: properties and alternatives": schema_members.RULES,
    "Schemas: what they say beside": schema_notes.RULES,
    "Security requirements": security.RULES,
    "Security schemes": schemes.RULES,
    "Callbacks and webhooks": callbacks.RULES,
    "Links and tags": links_and_tags.RULES,
    "OData": odata.RULES,
}
"""Rules under the heading that the page of rules gives them."""

_BY_PLACE: Final = index(TABLES)
BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rules in TABLES.values() for rule in rules}


def _special_cases() -> Mapping[Place, tuple[Rule, ...]]:
    found: dict[Place, tuple[Rule, ...]] = {}
    for rule in BY_ID.values():
        for place in places_of(rule) if rule.when is not None else ():
            found[place] = (*found.get(place, ()), rule)
    return found


_SPECIAL: Final = _special_cases()
"""In the order of the tables: the first that holds judges."""


def rule_of(change: Change, at: dt.date) -> Rule | None:
    """The rule that judges the change on this day; None where the grid has a hole."""
    place = (change.area, change.kind, change.effect, change.direction)
    for rule in _SPECIAL.get(place, ()):
        if rule.when is not None and rule.when(change, at):
            return rule
    return _BY_PLACE.get(place)


def beside(rule: Rule) -> tuple[Rule, ...]:
    """Of a special case the general rules that it takes over from; of a general rule its special cases."""
    if rule.when is not None:
        return tuple({r.id: r for r in map(_BY_PLACE.get, places_of(rule)) if r is not None}.values())
    return tuple({r.id: r for place in places_of(rule) for r in _SPECIAL.get(place, ())}.values())


def judged_places() -> frozenset[Place]:
    """The places that have a rule."""
    return frozenset(_BY_PLACE)
