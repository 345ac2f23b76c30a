"""What of the contracts can be called: by whom they are offered, at which stage, and what keeps them back."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from contracts.contract import Operation
from contracts.diagnostic import Diagnostic, Severity
from contracts.entities import Entity, Offer
from contracts.files import Files
from contracts.isolation import Gap, isolate
from contracts.written import pointer_to

Key = tuple[str, str]
_ANSWERS = {"candidate": "404", "suspended": "503"}


def not_served(files: Files, today: date, faults: Iterable[Diagnostic] = ()) -> Iterator[Diagnostic]:
    """Warnings: entities that are not served, versions that nobody offers or that are drafts, passed sunsets.

    An entity that says of itself that it is a candidate is on its way: that is a note.
    Where the files of entities have `faults`, who offers what is not known.
    """
    known = not any(fault.severity == "error" and fault.file.startswith("entities/") for fault in faults)
    yield from _entities(files)
    offered = {_key(offer) for entity in files.values(files.entities).values() for offer in entity.offers}
    for api, entry in files.apis.items():
        for number, version in entry.value.versions.items() if entry.value else ():
            at = pointer_to("versions", number)
            if version.stage == "retired":
                continue
            if version.stage == "draft" and (api, number) in offered:
                message = f"{api}@{number} is offered and is a draft: its calls answer 404"
                remedy = "write `stage: preview` or `stage: active` where it may be called, or take the offers out"
                yield entry.source.fault(f"{at}/stage", "draft-offered", message, remedy, "warning")
            elif known and version.stage != "draft" and (api, number) not in offered:
                message = f"no entity offers {api}@{number}: nothing of it is served"
                remedy = f"offer it: `- contract: {api}@{number}` under `offers` of an entity"
                yield entry.source.fault(at, "not-offered", message, remedy, "warning")
            if version.sunset is not None and version.sunset < today and version.stage != "draft":
                message = f"the sunset of {api}@{number} was {version.sunset}, and it is served all the same"
                remedy = "write `stage: retired` to answer 410, or a later `sunset`"
                yield entry.source.fault(f"{at}/sunset", "sunset-passed", message, remedy, "warning")


def _entities(files: Files) -> Iterator[Diagnostic]:
    for name, entry in files.entities.items():
        entity = entry.value
        if entity is None:
            continue
        if entity.stage in _ANSWERS:
            stated = "" if "stage" in entity.model_fields_set else " (what it is without a `stage`)"
            what = "a candidate" if entity.stage == "candidate" else "suspended"
            message = (
                f"{name} is {what}{stated}: nothing that it offers is served, calls answer {_ANSWERS[entity.stage]}"
            )
            remedy = "write `stage: onboarded` once it may be called"
            severity: Severity = "note" if _says_candidate(entity) else "warning"
            yield entry.source.fault("/stage", "entity-not-served", message, remedy, severity)
        elif not entity.offers:
            remedy = "add `offers`: each a `contract: api@version` and a `system`"
            yield entry.source.fault("", "no-offers", f"{name} offers nothing: no call reaches it", remedy, "warning")


def set_aside(files: Files) -> AbstractSet[Key]:
    """Versions that nobody expects to be served: retired, drafts that nobody offers, what candidates alone offer."""
    entities = files.values(files.entities).values()
    offered = {_key(offer) for entity in entities for offer in entity.offers}
    expected = {_key(offer) for entity in entities for offer in entity.offers if not _says_candidate(entity)}
    return {
        (api, number)
        for api, found in files.values(files.apis).items()
        for number, version in found.versions.items()
        if version.stage == "retired"
        or (version.stage == "draft" and (api, number) not in offered)
        or ((api, number) in offered and (api, number) not in expected)
    }


def _says_candidate(entity: Entity) -> bool:
    """Whether it states that it is one; an entity that says nothing may have been forgotten."""
    return entity.stage == "candidate" and "stage" in entity.model_fields_set


def live_offers(files: Files) -> Mapping[Key, tuple[Offer, ...]]:
    """By (api, version), the offers on which calls are served: of onboarded entities, neither drafts nor retired."""
    apis = files.values(files.apis)
    found: dict[Key, tuple[Offer, ...]] = {}
    for entity in files.values(files.entities).values():
        for offer in entity.offers if entity.stage == "onboarded" else ():
            key = _key(offer)
            life = apis[key[0]].versions.get(key[1]) if key[0] in apis else None
            if life is not None and life.stage not in ("draft", "retired"):
                found[key] = (*found.get(key, ()), offer)
    return found


def is_reached(files: Files, key: Key, operation: Operation, offers: tuple[Offer, ...]) -> bool:
    """Whether one of the offers serves the operation: one without pins, or whose pins keep its calls apart."""
    systems = files.values(files.systems)
    return any(
        not offer.pins.places
        or (
            offer.system in systems
            and not isinstance(
                isolate(files.contracts[key], operation, offer.pins, systems[offer.system].protocol), Gap
            )
        )
        for offer in offers
    )


def _key(offer: Offer) -> Key:
    api, _, version = offer.contract.partition("@")
    return api, version
