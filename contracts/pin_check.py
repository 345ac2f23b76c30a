"""Pins judged against contracts, systems and one another; what cannot be kept apart is told, and not served."""

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.contract import Contract
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Entity, Offer
from contracts.files import Files
from contracts.isolation import Gap, fold, isolate
from contracts.paths import InvalidTemplateError, read_template
from contracts.pin_names import misspelt_field, name_faults, names_of, nested_faults, value_faults
from contracts.pins import Places
from contracts.published import published
from contracts.systems import System
from contracts.wording import instead
from contracts.written import Source, pointer_to

_OWNED: Final = ("authorization", "connection", "content-", "cookie", "forwarded", "host", "if-", "proxy-", "te",
                 "trailer", "transfer-encoding", "upgrade", "via", "x-csrf-token", "x-forwarded-")  # fmt: skip
"""Headers, or how they begin, that belong to the gateway or to the connection."""

Key = tuple[str, str]


def pinned_places(entities: Mapping[str, Entity]) -> dict[Key, Places]:
    """What the offers of each contract version pin; those that pin nothing are left out."""
    found: dict[Key, Places] = {}
    for entity in entities.values():
        for offer in entity.offers:
            if offer.pins.places:
                found.setdefault(_key(offer), offer.pins.places)
    return found


def publish(
    files: Files, entities: Mapping[str, Entity], systems: Mapping[str, System]
) -> tuple[dict[Key, Contract], list[Diagnostic]]:
    """The published contract of each pinned version, and what is wrong with it."""
    made: dict[Key, Contract] = {}
    faults: list[Diagnostic] = []
    for key, places in pinned_places(entities).items():
        contract = files.contracts.get(key)
        if contract is None:
            continue
        odata = any(
            systems[offer.system].protocol != "rest"
            for entity in entities.values()
            for offer in entity.offers
            if _key(offer) == key and offer.system in systems
        )
        try:
            made[key] = published(contract, places, odata=odata)
        except InvalidInputError as error:
            faults += [_in_workspace(files, key, fault) for fault in error.diagnostics]
    return made, faults


def _in_workspace(files: Files, key: Key, fault: Diagnostic) -> Diagnostic:
    file = f"{files.document_folders[key]}/{fault.file}"
    message = f"without its pins: {fault.message}"
    return Diagnostic(file, fault.code, message, fault.remedy, fault.line, fault.column, fault.pointer)


def pin_faults(
    files: Files, environment: str | None, entities: Mapping[str, Entity], systems: Mapping[str, System]
) -> Iterator[Diagnostic]:
    """Errors of pins, and a warning for each operation that is not served on an offer."""
    first = _first(files, entities)
    seen: dict[tuple[Key, str, tuple[object, ...]], str] = {}
    for name, entity in entities.items():
        source = files.entities[name].source
        for index, offer in enumerate(entity.offers):
            at = pointer_to("offers", index, "pins")
            places = offer.pins.places
            other, there = first[_key(offer)]
            if there != places:
                message = f"{name} pins {places} of {offer.contract}, {other} pins {there}"
                remedy = "all offers of one version pin the same places: only the values differ"
                yield source.fault(at if places else pointer_to("offers", index), "pins-differ", message, remedy)
                if _key(offer) in files.contracts:
                    yield from name_faults(source, at, offer, files.contracts[_key(offer)])
                continue
            if not places:
                continue
            # Systems take names and GUIDs in any case.
            values = tuple((place, pin, fold(value)) for place, pin, value in offer.pins.values)
            same = seen.setdefault((_key(offer), offer.system, values), name)
            if same != name:
                message = f"the pins of {name} have the same values as those of {same}: nothing keeps them apart"
                yield source.fault(at, "pins-equal", message, "give each entity its own values")
            yield from _offer(files, source, at, offer, systems)
            contract = files.contracts.get(_key(offer))
            if contract is not None:
                yield from value_faults(files, environment, name, index, offer, contract)
    if environment is not None:
        yield from _environment(files, environment)


def _first(files: Files, entities: Mapping[str, Entity]) -> dict[Key, tuple[str, Places]]:
    """For each version the offer that the others are held against: pinned, best where the contract has its names."""
    found: dict[Key, tuple[str, Places]] = {}
    best: dict[Key, int] = {}
    for name, entity in entities.items():
        for offer in entity.offers:
            key, places = _key(offer), offer.pins.places
            contract = files.contracts.get(key)
            known = set() if contract is None else names_of(contract, "path")
            sound = 2 * bool(places) + (places.path <= known)
            if sound > best.get(key, -1):
                found[key], best[key] = (name, places), sound
    return found


def _offer(files: Files, source: Source, at: str, offer: Offer, systems: Mapping[str, System]) -> Iterator[Diagnostic]:
    contract, system = files.contracts.get(_key(offer)), systems.get(offer.system)
    if contract is None or system is None:
        return
    pins = offer.pins
    misnamed = list(name_faults(source, at, offer, contract))
    plans = [(operation, isolate(contract, operation, pins, system.protocol)) for operation in contract.operations]
    gaps = [(operation, plan) for operation, plan in plans if isinstance(plan, Gap)]
    field = misspelt_field(source, at, offer, contract, [gap for _, gap in gaps])
    misnamed += [field] if field is not None else []
    yield from misnamed
    fixed = {name.lower() for name in system.query}
    for name in pins.query:
        if name.lower() in fixed:
            message = f"the system sets `{name}` for all of its entities"
            yield source.fault(f"{at}/query{pointer_to(name)}", "duplicate", message, "take it out of the system")
        elif name.startswith("$") and system.protocol != "rest":
            message = f"`{name}` is an option of OData, no selector"
            yield source.fault(f"{at}/query{pointer_to(name)}", "wrong-value", message, "use `record`")
    for name in pins.header:
        if name.lower().startswith(_OWNED):
            message = f"the gateway sets the header `{name}` itself"
            yield source.fault(f"{at}/header{pointer_to(name)}", "wrong-value", message, "pin another one")
    operations = {operation.operation_id for operation in contract.operations}
    for name, proof in pins.proofs.items():
        here = f"{at}/proofs{pointer_to(name)}"
        if name not in operations:
            message = f"{offer.contract} has no operation `{name}`"
            yield source.fault(here, "dangling-reference", message, instead(name, operations))
        if proof.parent is not None:
            try:
                read_template(proof.parent)
            except InvalidTemplateError as error:
                yield source.fault(f"{here}/parent", error.code, error.message, error.remedy)
    if misnamed:
        return  # what is not kept apart follows from it
    yield from nested_faults(source, at, offer, contract, system)
    for operation, gap in gaps:
        what = f"{operation.method} {operation.path} ({operation.operation_id}) of {offer.contract}"
        message = f"{what} is not served here, it answers 501: {gap.reason}"
        yield source.fault(at, "not-kept-apart", message, gap.remedy, "warning")


def _environment(files: Files, environment: str) -> Iterator[Diagnostic]:
    entry = files.environments.get(environment)
    if entry is None or entry.value is None:
        return
    for name, change in entry.value.entities.items():
        at = pointer_to("entities", name)
        if name not in files.entities:
            message = f"there is no entity `{name}`"
            yield entry.source.fault(at, "dangling-reference", message, instead(name, files.entities))
            continue
        entity = files.entities[name].value
        if entity is None:
            continue
        offered = {offer.system for offer in entity.offers}
        for system, values in change.pins.items():
            here = f"{at}{pointer_to('pins', system)}"
            if system not in offered:
                message = f"{name} offers nothing on `{system}`"
                yield entry.source.fault(here, "dangling-reference", message, instead(system, offered))
                continue
            offers = [offer.pins for offer in entity.offers if offer.system == system]
            for place, stranger in values.strangers(offers[0]) if offers else ():
                if all((place, stranger) in values.strangers(pins) for pins in offers):
                    message = f"{name} pins no {place} {stranger}".rstrip() + f" on {system}"
                    remedy = "an environment sets values of pins, it adds none"
                    yield entry.source.fault(here, "dangling-reference", message, remedy)


def _key(offer: Offer) -> Key:
    api, _, version = offer.contract.partition("@")
    return api, version
