"""Entities that share a system: told where nothing keeps one from what is another one's there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from contracts.contract import Contract
from contracts.diagnostic import Diagnostic
from contracts.entities import Entity, Offer
from contracts.files import Files
from contracts.isolation import fold
from contracts.pin_names import declared_members
from contracts.pins import Pins
from contracts.systems import System
from contracts.written import pointer_to

_LIKELY: Final = re.compile(
    r"compan|tenant|mandant|sap.?client|subsidiary|legal.?entity|data.?area|sales.?org|organi[sz]ation|plant$",
    re.IGNORECASE,
)
"""Names by which products call what tells entities apart."""
_MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")


def untold_apart(files: Files, entities: Mapping[str, Entity], systems: Mapping[str, System]) -> Iterator[Diagnostic]:
    """A warning at each offer from which another entity's data on the same system can be reached."""
    on: dict[str, dict[str, list[tuple[int, Offer]]]] = {}
    for name in sorted(entities):
        for index, offer in enumerate(entities[name].offers):
            system = systems.get(offer.system)
            if system is not None and system.product != "example" and not offer.shared:
                on.setdefault(offer.system, {}).setdefault(name, []).append((index, offer))
    for system_id, held in on.items():
        for name, offers in held.items():
            for index, offer in offers:
                others = [
                    other
                    for other, theirs in held.items()
                    if other != name
                    and not _by_path(offers, theirs)
                    and any(_reaches(offer, their, later=name > other) for _, their in theirs)
                ]
                if others:
                    yield _told(files, name, index, offer, system_id, _and(others))


def _told(files: Files, name: str, index: int, offer: Offer, system: str, others: str) -> Diagnostic:
    bare = not offer.pins.places
    why = f"this offer of {name} pins nothing" if bare else "their pins do not differ in any value"
    message = f"{name} shares the system `{system}` with {others}, and {why}: it reaches what is {others}'s"
    remedy = _remedy(files, offer) if bare else "give one of them another value of what both pin"
    at = pointer_to("offers", index) if bare else pointer_to("offers", index, "pins")
    return files.entities[name].source.fault(at, "not-told-apart", message, remedy, "warning")


def _by_path(ours: list[tuple[int, Offer]], theirs: list[tuple[int, Offer]]) -> bool:
    """Whether what both offer lies under different paths of the system, so that `path` tells them apart."""
    common = [(one, other) for _, one in ours for _, other in theirs if one.contract == other.contract]
    return bool(common) and all(one.path != other.path for one, other in common)


def _reaches(offer: Offer, other: Offer, *, later: bool) -> bool:
    """Whether this offer is to be told. Where both are pinned alike, the later entity's is."""
    if not offer.pins.places:
        # One contract, pinned by one and not by the other, is an error already: `pins-differ`.
        return offer.contract != other.contract or not other.pins.places
    if not other.pins.places or offer.contract == other.contract:
        return False
    return later and not _apart(offer.pins, other.pins)


def _apart(one: Pins, other: Pins) -> bool:
    """Whether pins of two contracts differ in a value; places that only one of them has may be named differently."""
    ours, theirs = ({(place, name): fold(value) for place, name, value in pins.values} for pins in (one, other))
    both = ours.keys() & theirs.keys()
    if any(ours[place] != theirs[place] for place in both):
        return True
    left, right = ({value for place, value in held.items() if place not in both} for held in (ours, theirs))
    return bool(left and right and left.isdisjoint(right))


def _remedy(files: Files, offer: Offer) -> str:
    """What to write, by the selector that the contract itself names where it names one."""
    api, _, version = offer.contract.partition("@")
    contract = files.contracts.get((api, version))
    found = _selector(contract) if contract is not None else ""
    example = (
        f"`pins: {{{found}}}`"
        if found
        else (
            "`pins:` with a path parameter, a query parameter, a header, or the `record: {field, value}` that names it"
        )
    )
    return f"write what tells the entities apart there, {example}; or `shared: true` where all of them may see the same"


def _selector(contract: Contract) -> str:
    """The likeliest pin, as it is written: what stands in front of most paths, else a name that products use."""
    firsts = [names[0] for operation in contract.operations if (names := _PARAMETER.findall(operation.path))]
    for name in dict.fromkeys(firsts):
        if _LIKELY.search(name) and 2 * firsts.count(name) >= len(contract.operations):
            return f"path: {{{name}: ...}}"
    for place in ("query", "header"):
        parameters = (p.name for o in contract.operations for p in o.parameters if p.location == place)
        name = _first_likely(parameters)
        if name:
            return f"{place}: {{{name}: ...}}"
    field = _first_likely(name for name in declared_members(contract) if _MEMBER.fullmatch(name))
    return f"record: {{field: {field}, value: ...}}" if field else ""


def _first_likely(names: Iterable[str]) -> str:
    return next((name for name in names if _LIKELY.search(name)), "")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
