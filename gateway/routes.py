"""Release + Runtime -> bound routes. A reload is one assignment of a new `Live`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from contracts.compile import CompiledOperation
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.isolation import Gap
from contracts.paths import Candidate as Matched
from contracts.paths import PathMatcher
from contracts.settings import Settings
from contracts.systems import System
from contracts.workspace import Workspace
from gateway import example_system
from gateway.pinned import isolation_of, not_gap, unserved
from gateway.proved import proved
from gateway.release import Release
from gateway.stopping import stops_of
from policies import order
from policies.access import Access
from policies.address_limit import AddressGate, bind_address_limit
from policies.body import ReadBody
from policies.capacity import Capacity
from policies.conform import Conform
from policies.cors import bind_cors
from policies.credential import Credential
from policies.forward_clock import kept_clock
from policies.forwarded import Client, bind_forwarded
from policies.generations import Generations
from policies.identify import bind_identify
from policies.lifecycle import lifecycle_headers
from policies.limits import Limits
from policies.links import Links
from policies.options import Options
from policies.overrides import Overrides, kept_overrides
from policies.resilience import Resilience
from policies.select import Endpoint, Offered, OfferedVersion, Selection
from policies.selectors import Selectors
from policies.step import (
    Answer,
    Call,
    Fetch,
    Fetched,
    Identity,
    Policy,
    Route,
    Runtime,
    SecretError,
    Send,
    Step,
    SystemPolicy,
)
from policies.stops import Stops
from policies.suspensions import Suspensions, kept_suspensions


@dataclass(frozen=True, slots=True)
class Found:
    """`policies.select.Candidate` over what the path matcher found."""

    matched: Matched[Endpoint]

    def of(self, version: str) -> tuple[Endpoint, tuple[bytes, ...]] | None:
        """The endpoint and its values in that version."""
        return self.matched.of(version)

    @property
    def first(self) -> Endpoint:
        """Any endpoint."""
        return self.matched.first


@dataclass(frozen=True, slots=True)
class Live:
    """All that one call needs, bound. Immutable; calls under way keep theirs."""

    release: Release
    settings: Settings
    problems_base: str
    matcher: PathMatcher[Endpoint]
    selection: Selection
    forwarded: Callable[[str, Mapping[bytes, bytes]], Client]
    address_gate: AddressGate
    suspensions: Suspensions
    stops: Stops
    overrides: Overrides
    cors: Callable[[Call], Answer | None]
    identify: Callable[[Call], Awaitable[Identity]]
    state_limits: Callable[[Call], Awaitable[None]]
    """For answers to identified consumers that are given before a route's chain."""
    generations: Generations

    @property
    def digest(self) -> str:
        """Of the release."""
        return self.release.digest

    @property
    def body_seconds(self) -> float:
        """How long a caller may take to send a body."""
        return self.settings.bounds.body_seconds

    def match(self, path: bytes) -> Sequence[Found]:
        """What the canonical path leads to; empty for a miss."""
        return [Found(candidate) for candidate in self.matcher.match(path)]


class Outward(Protocol):
    """What leaves the gateway: `gateway.transport.Transport`, or what stands in its place where nothing is sent."""

    def bind(self, system_id: str, system: System) -> Send:
        """The innermost send of a system. Raises InvalidInputError."""
        ...

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:
        """Get a document for the gateway itself."""
        ...

    def fetch_with(self, ca: str = "", file: str = "") -> Fetch:
        """A fetch that trusts a private authority too."""
        ...


def bind(release: Release, runtime: Runtime, transport: Outward, workers: int = 1) -> Live:
    """Bind every route, in one of `workers` processes.

    Raises InvalidInputError where a secret is missing or templates collapse.
    """
    workspace, settings = release.workspace, release.workspace.settings
    public_url = str(settings.public_url).rstrip("/")
    chain = _chain(workspace, workers)
    problems: list[Diagnostic] = []
    sends: dict[str, Send] = {}
    # What only candidates offer is not served, so its secrets need not be there.
    served = [entity for entity in workspace.entities.values() if entity.stage != "candidate"]
    for system_id in sorted({offer.system for entity in served for offer in entity.offers}):
        try:
            sends[system_id] = _send(workspace, system_id, runtime, transport)
        except SecretError as error:
            problems.append(Diagnostic(f"systems/{system_id}.yaml", "secret", str(error)))
    try:
        identify = bind_identify(
            workspace.issuers, workspace.consumers, workspace.environment, settings, runtime,
            transport.fetch, transport.fetch_with, release.key_sets,
        )  # fmt: skip
    except SecretError as error:
        problems.append(Diagnostic("tidewaiter.yaml", "secret", str(error)))
    if problems:
        raise InvalidInputError(problems)
    routes: dict[tuple[str, str, str, str], tuple[Route, Step]] = {}
    joint = order.JOINT(settings, workspace.unknown)
    for entity_id, entity in workspace.entities.items():
        for offer in entity.offers if entity.stage != "candidate" else ():
            api, version = offer.contract.split("@", 1)
            system = workspace.systems[offer.system]
            contract = workspace.published.get((api, version)) or workspace.contracts[api, version]
            for operation in release.contracts[api, version].operations:
                isolation = isolation_of(workspace, offer, operation)
                route = Route(operation, entity_id, entity, offer, offer.system, system, not_gap(isolation))
                if isinstance(isolation, Gap):
                    routes[entity_id, api, version, operation.pointer] = route, unserved(route, runtime, chain)
                    continue
                send = sends[offer.system]
                if system.product == "example":
                    send = example_system.bind(contract, operation)
                try:
                    step: Step = joint.bind(route, runtime, send)
                except SecretError as error:
                    raise InvalidInputError([Diagnostic("tidewaiter.yaml", "secret", str(error))]) from None
                for policy in reversed(chain):
                    step = policy.bind(route, runtime, step)
                proof = release.contracts[api, version].proofs[operation.pointer]
                step = proved(proof, runtime, step, unserved(route, runtime, chain))
                routes[entity_id, api, version, operation.pointer] = (route, step)
    return Live(
        release,
        settings,
        str(settings.problems_url or f"{public_url}/-/problems").rstrip("/") + "/",
        _matcher(release),
        _selection(release, routes, public_url),
        bind_forwarded(settings.trusted_proxies),
        bind_address_limit(settings, runtime, workers),
        kept_suspensions(runtime),
        stops_of(release, routes, kept_clock(runtime)),
        kept_overrides(runtime),
        bind_cors(settings.cors),
        identify,
        Limits(workspace.plans, settings, workers).bind_statement(runtime),
        Generations(release.content.digests, release.content.former) if release.content else Generations(),
    )


def _chain(workspace: Workspace, workers: int) -> list[Policy]:
    """One instance a policy, in the order of `order.ROUTE`."""
    settings = workspace.settings
    made: dict[type, Policy] = {
        Limits: Limits(workspace.plans, settings, workers),
        Access: Access(),
        ReadBody: ReadBody(settings.bounds),
        Selectors: Selectors(settings.bounds),
        Options: Options({**workspace.contracts, **workspace.published}),
        Conform: Conform(workspace.modes, settings.bounds, workspace.unknown),
        Links: Links(settings),
    }
    return [made[kind] for kind in order.ROUTE]


def _send(workspace: Workspace, system_id: str, runtime: Runtime, transport: Outward) -> Send:
    system = workspace.systems[system_id]
    made: dict[type, SystemPolicy] = {
        Resilience: Resilience(),
        Credential: Credential(workspace.environment),
        Capacity: Capacity.of(workspace.plans, workspace.settings),
    }
    send = transport.bind(system_id, system)
    for kind in reversed(order.SYSTEM):
        send = made[kind].bind(system_id, system, runtime, send)
    return send


def _matcher(release: Release) -> PathMatcher[Endpoint]:
    matcher: PathMatcher[Endpoint] = PathMatcher()
    for (api, version), methods in _methods(release).items():
        major = version.split(".", 1)[0]
        for template, by_method in methods.items():
            allowed = {*by_method, "OPTIONS"} | ({"HEAD"} if "GET" in by_method else set())
            allow = ", ".join(sorted(allowed)).encode()
            matcher.add(f"/{api}/v{major}", template, version, Endpoint(api, major, version, by_method, allow))
    return matcher


def _methods(release: Release) -> dict[tuple[str, str], dict[str, dict[str, CompiledOperation | None]]]:
    """(api, version) -> template -> method -> operation, None where it is not served."""
    found: dict[tuple[str, str], dict[str, dict[str, CompiledOperation | None]]] = {}
    for key, compiled in release.contracts.items():
        by_template = found.setdefault(key, {})
        for operation in compiled.operations:
            by_template.setdefault(operation.template, {})[operation.method] = operation
        for left_out in compiled.not_served:
            by_template.setdefault(left_out.operation.path, {})[left_out.operation.method] = None
    workspace = release.workspace
    for (api, version), contract in workspace.contracts.items():
        if workspace.apis[api].versions[version].stage == "retired" and (api, version) not in found:
            by_template = found.setdefault((api, version), {})
            for gone in contract.operations:
                by_template.setdefault(gone.path, {})[gone.method] = None
    return found


def _selection(
    release: Release, routes: Mapping[tuple[str, str, str, str], tuple[Route, Step]], public_url: str
) -> Selection:
    workspace = release.workspace
    offered: dict[tuple[str, str, str], dict[str, OfferedVersion]] = {}
    onboarded = {name: e for name, e in workspace.entities.items() if e.stage != "candidate"}
    for entity_id, entity in onboarded.items():
        for offer in entity.offers:
            api, version = offer.contract.split("@", 1)
            versions = offered.setdefault((entity_id, api, version.split(".", 1)[0]), {})
            versions[version] = _offered(workspace, api, version, public_url)
    for (_, api, major), versions in offered.items():
        for version, life in workspace.apis[api].versions.items():
            if life.stage == "retired" and version.split(".", 1)[0] == major:
                versions.setdefault(version, _offered(workspace, api, version, public_url))
    return Selection(
        {api: described.visibility for api, described in workspace.apis.items()},
        {key: _newest_first(versions) for key, versions in offered.items()},
        frozenset(name for name, entity in onboarded.items() if entity.stage == "suspended"),
        tuple(onboarded),
        routes,
    )


def _offered(workspace: Workspace, api: str, version: str, public_url: str) -> OfferedVersion:
    life = workspace.apis[api].versions[version]
    return OfferedVersion(version, life.stage, lifecycle_headers(version, life, api, public_url))


def _newest_first(versions: Mapping[str, OfferedVersion]) -> Offered:
    ordered = dict(sorted(versions.items(), key=lambda item: [int(n) for n in item[0].split(".")], reverse=True))
    active = [v for v, o in ordered.items() if o.stage == "active"]
    deprecated = [v for v, o in ordered.items() if o.stage == "deprecated"]
    retired = [v for v, o in ordered.items() if o.stage == "retired"]
    return Offered(ordered, next(iter([*active, *deprecated, *retired]), None))
