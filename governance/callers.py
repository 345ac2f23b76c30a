"""Who may call a version, by the access rules of the workspace's files."""

from dataclasses import dataclass

from contracts.apis import Stage, Visibility
from contracts.consumers import Consumer
from governance.landscape import Landscape
from policies.select import VISIBILITY_RANK


@dataclass(frozen=True, slots=True)
class Caller:
    """A consumer that may call a version, and whom to write to."""

    consumer: str
    name: str
    owner: str
    entities: tuple[str, ...]
    """Those on whose offer it may call."""
    pinned: bool
    """Whether it was promised this exact version."""
    suspended: bool
    """Whether it is switched off now; it may be switched on again."""


_NOBODY: frozenset[Stage] = frozenset({"draft"})


def may_use(consumer: Consumer, api: str, visibility: Visibility) -> bool:
    """Whether it sees an api of that visibility, and is subscribed to it."""
    sees = VISIBILITY_RANK[visibility] <= VISIBILITY_RANK[consumer.audience]
    return sees and (consumer.apis is None or api in consumer.apis)


def callers(api: str, version: str, landscape: Landscape) -> tuple[Caller, ...]:
    """Consumers that see the api, are subscribed to it, and may call for an entity that offers the version.

    A draft has none. Scopes are not looked at: tokens carry them, and no file knows them.
    """
    known = landscape.apis.get(api)
    life = known[0].versions.get(version) if known else None
    if known is None or life is None or life.stage in _NOBODY:
        return ()
    offering = frozenset(offering_entities(api, version, landscape))
    found = []
    for name, (consumer, _) in sorted(landscape.consumers.items()):
        entities = tuple(entity for entity in consumer.entities if entity in offering)
        pinned = f"{api}@{version}" in consumer.pinned
        if (may_use(consumer, api, known[0].visibility) and entities) or pinned:
            suspended = consumer.suspended_since is not None
            found.append(Caller(name, consumer.name, consumer.owner, entities, pinned, suspended))
    return tuple(found)


def offering_entities(api: str, version: str, landscape: Landscape) -> tuple[str, ...]:
    """Entities on whose offer the version is served, or would be were they not suspended."""
    return landscape.offering.get(f"{api}@{version}", ())
