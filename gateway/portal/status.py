"""How it stands with what entities offer, in words: nothing of a system but whether it may be called and answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from contracts.maintenance import ahead
from gateway.portal.content import Catalogue, Edition
from gateway.portal.visitor import Visitor
from gateway.routes import Live
from policies.breaker import Breaker
from policies.step import Refusal, Route, Runtime

Light = Literal["good", "waiting", "bad"]
_WHEN: Final = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class Standing:
    """One version at one entity. `lines` say more; empty where all is well."""

    edition: Edition
    light: Light
    said: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """One entity with all that the visitor may see of what it offers."""

    id: str
    name: str
    country: str
    own: bool
    standings: tuple[Standing, ...]


def status_of(live: Live, runtime: Runtime, catalogue: Catalogue, visitor: Visitor) -> list[EntityStatus]:
    """Every entity that the visitor may know of, its own first. As this process sees it: breakers are its own."""
    workspace = live.release.workspace
    routes: dict[tuple[str, str, str], list[Route]] = {}
    for (entity, api, version, _), (route, _) in live.selection.routes.items():
        routes.setdefault((entity, api, version), []).append(route)
    editions = [one for listed in catalogue.apis.values() for one in listed.editions.values() if one.download]
    seen: dict[str, list[Standing]] = {}
    for edition in editions:
        for entity in visitor.entities_of(edition, workspace):
            found = routes.get((entity, edition.api, edition.version), [])
            seen.setdefault(entity, []).append(_standing(live, runtime, edition, entity, found))
    told = [
        EntityStatus(
            entity, workspace.entities[entity].name, workspace.entities[entity].country, entity in visitor.entities,
            tuple(standings),
        )
        for entity, standings in seen.items()
    ]  # fmt: skip
    return sorted(told, key=lambda one: (not one.own, one.id))


def _standing(live: Live, runtime: Runtime, edition: Edition, entity: str, routes: list[Route]) -> Standing:
    if live.release.workspace.entities[entity].stage == "suspended":
        return Standing(edition, "bad", "Suspended: calls are answered with 503.")
    if not routes:
        return Standing(edition, "bad", "Nothing of it is served.")
    off: dict[str, list[str]] = {}
    for route in routes:
        try:
            live.suspensions.check_route(route)
        except Refusal as refusal:
            off.setdefault(f"{refusal.problem.title}.", []).append(route.operation.operation_id)
    whole = next((said for said, operations in off.items() if len(operations) == len(routes)), "")
    if whole:
        return Standing(edition, "bad", whole)
    lines = [f"{said} ({', '.join(sorted(operations))})" for said, operations in off.items()]
    lines += _unserved(live, edition, routes)
    light, said = _system(routes[0], runtime)
    lines += _windows(routes[0], runtime.now())
    if light == "good" and off:
        light, said = "waiting", "Some operations are switched off."
    return Standing(edition, light, said, tuple(lines))


def _system(route: Route, runtime: Runtime) -> tuple[Light, str]:
    """Of the system behind it: whether it is maintained, and what its breaker says."""
    now = runtime.now()
    for window in route.system.maintenance:
        if window.begin.timestamp() <= now < window.until.timestamp():
            note = f" {window.note}" if window.note else ""
            return "waiting", f"Being maintained until {_when(window.until.timestamp())}.{note}"
    if route.system.breaker is not None:
        breaker: Breaker = runtime.keep(("breaker", route.system_id), Breaker)
        if breaker.state == "open":
            return "bad", "The system behind it does not answer just now: calls are refused at once with 503."
        if breaker.state == "half-open":
            return "waiting", "The system behind it did not answer; single calls try whether it does again."
    return "good", "In service."


def _windows(route: Route, now: float) -> Iterator[str]:
    for window in ahead(route.system.maintenance, datetime.fromtimestamp(now, UTC)):
        if window.begin.timestamp() > now:
            note = f" {window.note}" if window.note else ""
            begin, until = _when(window.begin.timestamp()), _when(window.until.timestamp())
            yield f"Announced: maintained from {begin} to {until}.{note}"


def _unserved(live: Live, edition: Edition, routes: list[Route]) -> Iterator[str]:
    """Operations that answer 501 there."""
    proofs = live.release.contracts[edition.api, edition.version].proofs
    served = {route.operation.pointer: route for route in routes}
    names = [
        entry.id
        for entry in edition.operations.values()
        if entry.pointer not in served or gap(served[entry.pointer]) or _failed(proofs, entry.pointer)
    ]
    if names:
        yield f"Not served here (501): {', '.join(names)}."


def gap(route: Route) -> bool:
    """Whether the operation cannot be kept inside the entity, so that it is not served there."""
    return route.isolation is None and bool(route.offer.pins.places)


def _failed(proofs: Mapping[str, object], pointer: str) -> bool:
    outcome = getattr(proofs.get(pointer), "outcome", None)
    return outcome is not None and bool(outcome.failures)


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_WHEN)
