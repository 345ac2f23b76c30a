"""Whose things a change exposes that stands in somebody else's file: a consumer's access, an entity's offers."""

from collections.abc import Iterable, Iterator
from typing import Final

from governance.board_rules import ChangeClass
from governance.callers import may_use
from governance.changes.changed import Point
from governance.changes.state import State

_REACHES: Final = frozenset((
    "access-granted", "access-granted-ahead", "audience-widened", "entity-by-default-changed", "consumer-resumed",
    "file-added",
))  # fmt: skip
"""Rules by which a consumer reaches more; what proves it is its own owner's business."""


def owners_of_exposed(
    kind: str, name: str, points: Iterable[Point], base: State | None, new: State
) -> tuple[tuple[str, str], ...]:
    """Owner and what is theirs, as the base says; an empty owner for what the base does not have."""
    exposing = {one.finding.rule for one in points if ChangeClass.EXPOSES in one.classes}
    if base is None or not exposing:
        return ()
    found: list[tuple[str, str]] = []
    if kind == "consumer" and not exposing.isdisjoint(_REACHES):
        reached = set(_reached(name, new))
        more = reached - set(_reached(name, base)) or reached
        found = [owner for entity, api in sorted(more) for owner in (_entity(entity, base), _api(api, base))]
    elif kind == "entity" and name in new.workspace.entities:
        was = base.workspace.entities[name].offers if name in base.workspace.entities else ()
        offers = [one for one in new.workspace.entities[name].offers if one not in was]
        found = [
            owner for one in offers for owner in (_system(one.system, base), _api(one.contract.partition("@")[0], base))
        ]
    return tuple(dict.fromkeys(found))


def _reached(consumer: str, state: State) -> Iterator[tuple[str, str]]:
    """Each entity and api that a consumer may call for."""
    workspace = state.workspace
    its = workspace.consumers.get(consumer)
    if its is None:
        return
    for name in its.entities:
        for offer in workspace.entities[name].offers:
            api = offer.contract.partition("@")[0]
            if may_use(its, api, workspace.apis[api].visibility):
                yield name, api


def _entity(name: str, base: State) -> tuple[str, str]:
    known = base.workspace.entities.get(name)
    return known.owner if known is not None else "", f"the entity {name}"


def _api(name: str, base: State) -> tuple[str, str]:
    known = base.workspace.apis.get(name)
    return known.owner if known is not None else "", f"the api {name}"


def _system(name: str, base: State) -> tuple[str, str]:
    known = base.workspace.systems.get(name)
    return known.owner if known is not None else "", f"the system {name}"
