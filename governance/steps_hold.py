"""What holds at each step of the order for one call, and where that is written: for `explain call`.

The values are asked of the policies themselves; nothing is decided here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.counted import counted
from contracts.maintenance import ahead
from contracts.pins import Places
from contracts.systems import System
from contracts.workspace import Workspace
from gateway.dry_run import Asked, Ran
from gateway.ending import Ending
from governance.ended import stopping
from governance.provenance import Place, Provenance
from governance.routes import security_text
from governance.switched_off import Withdrawn
from policies.capacity import budgets_of
from policies.conform import Conform
from policies.options import Options
from policies.step import ANONYMOUS, Identity, Route
from policies.suspension_ledger import Turn
from policies.suspensions import issuer_of, operation_names


@dataclass(frozen=True, slots=True)
class Held:
    """One value in force, in words. `place` is None where no file states it."""

    what: str
    place: Place | None = None


_MOST_SCOPES = 6
Holds = dict[str, tuple[Held, ...]]


def front_holds(workspace: Workspace, at: Provenance, ran: Ran, asked: Asked) -> Holds:
    """Of the steps before a route is known."""
    settings, limit = workspace.settings, workspace.settings.address_limit
    held: Holds = {
        "limit per address": (
            Held(
                f"{counted(limit.requests, 'call')} in {counted(limit.window_seconds, 'second')}",
                at.settings("address_limit"),
            ),
        )
    }
    if any(name.lower() == "origin" for name, _ in asked.headers):
        held["preflight"] = (Held(f"{len(settings.cors.origins)} origins may call", at.settings("cors", "origins")),)
    if ran.call is None:
        return held
    identity = ran.call.identity
    held["path"] = (Held(ran.call.path.decode("ascii", "replace") or "it cannot be read in one way only"),)
    held["identify"] = _identity(at, identity)
    held["select"] = _selected(workspace, at, ran)
    return held


def _identity(at: Provenance, identity: Identity) -> tuple[Held, ...]:
    if identity is ANONYMOUS:
        return (Held("no credential"),)
    how = "a token of" if identity.scheme == "jwt" else "the key"
    scopes = " ".join(sorted(identity.scopes)) or "none"
    if len(identity.scopes) > _MOST_SCOPES:
        scopes = f"{len(identity.scopes)}"
    return (
        Held(f"{identity.consumer} by {how} {identity.credential} (assumed)", at.consumer(identity.consumer)),
        Held(f"scopes: {scopes}"),
    )


def _selected(workspace: Workspace, at: Provenance, ran: Ran) -> tuple[Held, ...]:
    call = ran.call
    if call is None or call.route is None:
        return (Held(f"the path is one of {ran.matched}"),) if ran.matched else ()
    route, identity = call.route, call.identity
    entity, operation = route.entity_id, route.operation
    if call.entity_choice:
        how, place = "X-Entity says so", at.entity(entity)
    elif identity.default_entity == entity:
        how, place = "the consumer's default", at.consumer(identity.consumer, "default_entity")
    else:
        how, place = "the only one it may call for that offers the api", at.entity(entity)
    pinned = identity.pinned.get(f"{operation.api}@{operation.version.split('.')[0]}")
    stage = workspace.apis[operation.api].versions[operation.version].stage
    if call.version_choice:
        chosen, where = "API-Version says so", at.api(operation.api, "versions", operation.version)
    elif pinned:
        chosen, where = "promised to the consumer", at.consumer(identity.consumer, "pinned")
    else:
        chosen, where = f"the newest that is {stage}", at.api(operation.api, "versions", operation.version, "stage")
    return (
        Held(f"entity {entity}: {how}", place),
        Held(f"version {operation.version}: {chosen}", where),
        Held(
            f"operation {operation.operation_id}",
            at.operation(operation.api, operation.version, operation.operation_id),
        ),
        Held(f"system {route.system_id}", at.offer(entity, operation.api, operation.version, "system")),
    )


def routed_holds(
    workspace: Workspace, at: Provenance, route: Route, identity: Identity, turns: tuple[Turn, ...] | None,
    ends: tuple[Ending, ...] = (),
) -> Holds:  # fmt: skip
    """Of the steps of the route's chain and of its system's."""
    operation, settings = route.operation, workspace.settings
    key = (operation.api, operation.version, operation.operation_id)
    system, bounds = route.system, settings.bounds
    plan = operation.body_plan
    return {
        "suspensions": (Held(_switched_off(turns, route, identity)),),
        "approval": (Held(_approved(ends, route, identity)),),
        "maintenance": _maintenance(system, route.system_id, at),
        "limits": _limits(workspace, at, identity, f"{operation.api}:{operation.operation_id}"),
        "access": (Held(f"asks for {security_text(operation.security)}", at.security(*key)),),
        "body": (
            Held("none is taken", at.operation(*key))
            if plan.kind == "none"
            else Held(f"at most {bounds.request_body_bytes} bytes", at.settings("bounds", "request_body_bytes")),
        ),
        "selectors": _selectors(route, at),
        "options": _options(workspace, route, at),
        "conform": _modes(workspace, route, identity, at),
        "links": (Held(f"lead to {settings.public_url}", at.settings("public_url")),),
        "forward": _forward(route, at),
        "resilience": _resilience(route, at),
        "credential": (Held(f"{system.credential.type}", at.system(route.system_id, "credential")),),
        "capacity": _capacity(route, at),
        "transport": (
            Held(f"at most {system.timeouts.total_seconds:g} seconds", at.system(route.system_id, "timeouts")),
        ),
    }


def _switched_off(turns: tuple[Turn, ...] | None, route: Route, identity: Identity) -> str:
    """What is switched off of this call; the rest only as such: it is somebody else's."""
    if turns is None:
        return "not known: there is no ledger here"
    operation = route.operation
    concerned = {
        ("consumer", identity.consumer), ("entity", route.entity_id), ("system", route.system_id),
        ("key", identity.credential), ("issuer", issuer_of(identity)),
        ("issuer-key", identity.credential),
        *(("operation", n) for n in operation_names(operation.api, operation.version, operation.operation_id)),
    }  # fmt: skip
    own = ", ".join(f"{turn.kind} {turn.name} {_how(turn)}" for turn in turns if (turn.kind, turn.name) in concerned)
    others = ", ".join(f"{turn.kind} {turn.name}" for turn in turns if (turn.kind, turn.name) not in concerned)
    said = own or "nothing of this call is switched off"
    return f"{said}; of others: {others}" if others else said


def _approved(ends: tuple[Ending, ...], route: Route, identity: Identity) -> str:
    """What ends the operation by its own word, and when."""
    operation = route.operation
    contract, name = f"{operation.api}@{operation.version}", f"{operation.method} {operation.template}"
    found = stopping(ends, route.entity_id, contract, name, identity.consumer)
    told = [f"{one.let_by} lets it until {one.moment}, and stops it then" for one in found]
    return "; ".join(told) or "no end stops it"


def _how(turn: Turn) -> str:
    return "withdrawn for good" if isinstance(turn, Withdrawn) else "switched off"


def _maintenance(system: System, system_id: str, at: Provenance) -> tuple[Held, ...]:
    place = at.system(system_id, "maintenance")
    windows = ahead(system.maintenance, datetime.now(UTC))
    if not windows:
        return (Held("none within seven days", place),)
    return tuple(Held(f"from {one.begin.isoformat()} until {one.until.isoformat()}", place) for one in windows)


def _limits(workspace: Workspace, at: Provenance, identity: Identity, operation: str) -> tuple[Held, ...]:
    name = identity.plan
    plan = workspace.plans.get(name)
    if plan is None or not plan.limited:
        return (Held(f"the plan `{name}` limits nothing" if plan else "none: nobody is identified"),)
    held = [
        Held(
            f"{rate.name}: {rate.requests} in {counted(rate.window_seconds, 'second')}, {rate.at_once} at once",
            at.plan(name, "rates", number),
        )
        for number, rate in enumerate(plan.rates)
    ]
    held += [
        Held(f"{quota.name}: {quota.requests} in each {quota.window}", at.plan(name, "quotas", number))
        for number, quota in enumerate(plan.quotas)
    ]
    if plan.concurrency is not None:
        held.append(Held(f"{counted(plan.concurrency, 'call')} at once", at.plan(name, "concurrency")))
    if operation in plan.costs:
        held.append(Held(f"this call costs {plan.costs[operation]}", at.plan(name, "costs", operation)))
    if workspace.settings.store.kind == "memory":
        replicas = workspace.settings.store.replicas
        each = f"{replicas} replicas x N" if replicas > 1 else "N"
        said = f"counted in memory: with `serve --workers N` each worker grants its share, 1 of {each}, rounded down"
        held.append(Held(said, at.settings("store")))
    return tuple(held)


def _selectors(route: Route, at: Provenance) -> tuple[Held, ...]:
    operation = route.operation
    if route.isolation is None:
        return (Held("the offer has no pins"),)
    place = at.pins(route.entity_id, operation.api, operation.version, route.system_id)
    return (Held(f"a call may not set {_named(route.isolation.pins.places)}", place),)


def _named(places: Places) -> str:
    return ", ".join(sorted({*places.path, *places.query, *places.header, *places.body, places.record} - {""}))


def _options(workspace: Workspace, route: Route, at: Provenance) -> tuple[Held, ...]:
    operation = route.operation
    allowed = Options({**workspace.contracts, **workspace.published}).allowed(route)
    if allowed is None:
        return (Held("the system speaks no OData"),)
    place = at.operation(operation.api, operation.version, operation.operation_id, "parameters")
    held = [Held("takes " + (", ".join(sorted(allowed.options)) or "no option"), place)]
    if allowed.page_size is not None:
        held.append(Held(f"a page holds at most {allowed.page_size}", place))
    return tuple(held)


def _modes(workspace: Workspace, route: Route, identity: Identity, at: Provenance) -> tuple[Held, ...]:
    conform = Conform(workspace.modes, workspace.settings.bounds, workspace.unknown)
    held = []
    for direction in ("request", "answer"):
        strict = conform.strictness(route, direction, identity.consumer)
        unchecked = "refused" if strict.refuse_unchecked else "let through"
        held.append(Held(f"{direction}: {strict.mode}, what cannot be checked is {unchecked}", at.mode(strict.rule)))
        for name, (mode, number) in strict.by_rule.items():
            held.append(Held(f"{direction}: {mode} for `{name}`", at.mode(number)))
        if strict.sample != 1:
            held.append(Held(f"{direction}: {strict.sample:g} of them are judged", at.mode(strict.sampled_by)))
        unknown = conform.unknown_of(route, direction)
        for name, number in unknown.decided.items():
            if name != "unchecked":
                held.append(Held(f"{direction}: unknown {name}: {getattr(unknown, name)}", at.unknown(number)))
    return tuple(held)


def _forward(route: Route, at: Provenance) -> tuple[Held, ...]:
    operation = route.operation
    held = [
        Held(
            f"under {route.offer.path or '/'} of {route.system_id}",
            at.offer(route.entity_id, operation.api, operation.version, "path"),
        )
    ]
    if route.isolation is not None:
        place = at.pins(route.entity_id, operation.api, operation.version, route.system_id)
        held.append(Held(f"puts in {_named(route.isolation.pins.places)} (values not shown)", place))
    if route.system.query:
        names = ", ".join(sorted(route.system.query))
        held.append(Held(f"sets the query {names}", at.system(route.system_id, "query")))
    return tuple(held)


def _resilience(route: Route, at: Provenance) -> tuple[Held, ...]:
    system, breaker = route.system, route.system.breaker
    held = [Held(f"at most {counted(system.retries.attempts, 'attempt')}", at.system(route.system_id, "retries"))]
    said = "it is always called"
    if breaker is not None:
        share, seconds = breaker.failure_share, breaker.window_seconds
        said = f"spared when {share:.0%} of {breaker.least_calls} calls or more fail in {seconds:g} seconds"
    held.append(Held(said, at.system(route.system_id, "breaker")))
    return tuple(held)


def _capacity(route: Route, at: Provenance) -> tuple[Held, ...]:
    own = route.system.capacity is not None
    place = at.system(route.system_id, "capacity" if own else "product")
    budgets = budgets_of(route.system)
    if not budgets:
        return (Held("no budget is kept", place),)
    return tuple(
        Held(
            f"{budget.name}: {budget.amount} "
            + (f"{budget.unit} in {budget.window_seconds:g} seconds" if budget.window_seconds else "at once")
            + f", a call waits at most {budget.queue.wait_seconds:g} seconds",
            place,
        )
        for budget in budgets
    )
