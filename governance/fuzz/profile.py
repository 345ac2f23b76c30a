"""The direct profile: the way to the system with as little of the gateway as keeps it safe.

What stays are the bounds on sizes, the entity's pins with their proofs, the system's credential, its capacity, and the
recorder. Contract, limits and access of consumers are left out: what the system itself says is asked for here.
"""

import base64
import dataclasses
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from contracts.compile import CompiledOperation
from contracts.isolation import Isolation
from contracts.paths import PathMatcher
from contracts.settings import AddressLimit, Cors, Settings
from contracts.systems import ApiKeyCredential, BasicCredential, OAuth2Credential, System
from gateway.pinned import isolation_of, not_gap
from gateway.routes import Found, Outward
from governance.fuzz.guard import Guard
from governance.fuzz.patience import bind_patience
from governance.fuzz.plan import Plan, Target
from policies import order
from policies.address_limit import AddressGate, bind_address_limit
from policies.body import ReadBody
from policies.capacity import Capacity
from policies.cors import bind_cors
from policies.credential import Credential
from policies.forwarded import Client, bind_forwarded
from policies.generations import Generations
from policies.select import NOT_FOUND, NOT_IDENTIFIED, Candidate, Endpoint, operation_of
from policies.selectors import Selectors
from policies.step import (
    Answer,
    Call,
    Exchange,
    Header,
    Identity,
    Policy,
    Refusal,
    Route,
    Runtime,
    Send,
    Step,
    SystemPolicy,
)
from policies.stops import Stops
from policies.suspensions import Suspensions, kept_suspensions

_GROUP: Final = "fuzz"
_NOBODY: Final = "tidewaiter-nobody-has-this"
CONSUMER: Final = "tidewaiter-fuzz"
"""As whom a run calls."""


@dataclass(frozen=True, slots=True)
class Routes:
    """`gateway.app.Selecting`: from a path to one operation of one version."""

    by_pointer: Mapping[str, tuple[Route, Step]]

    def select(self, call: Call, candidates: Sequence[Candidate]) -> tuple[Route, Step] | None:
        """Raises Refusal."""
        found = next((at for candidate in candidates if (at := candidate.of(_GROUP)) is not None), None)
        if found is None:
            raise Refusal(NOT_FOUND, fault="gateway")
        endpoint, call.values = found
        operation = operation_of(call.method, endpoint)
        return None if operation is None else self.by_pointer[operation.pointer]


@dataclass(frozen=True, slots=True)
class Profile:
    """`gateway.app.Bound`."""

    digest: str
    problems_base: str
    settings: Settings
    matcher: PathMatcher[Endpoint]
    selection: Routes
    forwarded: Callable[[str, Mapping[bytes, bytes]], Client]
    address_gate: AddressGate
    suspensions: Suspensions
    cors: Callable[[Call], Answer | None]
    identify: Callable[[Call], Awaitable[Identity]]
    state_limits: Callable[[Call], Awaitable[None]]
    generations: Generations = field(default_factory=Generations)
    stops: Stops = field(default_factory=Stops)

    @property
    def body_seconds(self) -> float:
        """How long a caller may take to send a body."""
        return self.settings.bounds.body_seconds

    def match(self, path: bytes) -> Sequence[Found]:
        """What the canonical path leads to."""
        return [Found(candidate) for candidate in self.matcher.match(path)]


def bind_direct(
    plan: Plan, target: Target, runtime: Runtime, outward: Outward, key: str, guard: Guard,
    credential: Literal["own", "none", "wrong"] = "own", *, patient: bool = True,
    beside: Sequence[CompiledOperation] = (),
) -> Profile:  # fmt: skip
    """Only whoever has `key` may call, and nobody past the guard. `credential` is what the system gets to see.

    `patient` waits where the system has no room, and asks again. `beside` are operations of the version at other paths.
    Raises InvalidInputError or SecretError where the system cannot be bound.
    """
    workspace = plan.workspace
    settings = workspace.settings.model_copy(
        update={"address_limit": AddressLimit(requests=1_000_000, failures=1_000_000), "cors": Cors()}
    )
    send = _system(plan, target, runtime, outward, credential, patient=patient)
    chain: tuple[Policy, ...] = (ReadBody(settings.bounds), Selectors(settings.bounds))
    joint = order.JOINT(settings)
    routes: dict[str, tuple[Route, Step]] = {}
    methods: dict[str, dict[str, CompiledOperation | None]] = {}
    matcher: PathMatcher[Endpoint] = PathMatcher()
    described = guard.paths.operations
    for operation in (*target.operations, *beside):
        isolation = not_gap(isolation_of(workspace, target.offer, operation))
        if isolation is not None and operation in beside:
            isolation = _moved(isolation, operation)
        route = Route(
            operation, plan.asked.entity, plan.entity, target.offer, target.offer.system, target.system, isolation
        )
        step: Step = joint.bind(route, runtime, send)
        for policy in reversed(chain):
            step = policy.bind(route, runtime, step)
        routes[operation.pointer] = route, guard.around(described[operation.operation_id], step)
        methods.setdefault(operation.template, {})[operation.method] = operation
    for template, by_method in methods.items():
        allow = ", ".join(sorted(by_method)).encode()
        endpoint = Endpoint(target.api, target.version.partition(".")[0], target.version, by_method, allow)
        matcher.add(target.base, template, _GROUP, endpoint)
    base = str(settings.problems_url or f"{str(settings.public_url).rstrip('/')}/-/problems").rstrip("/") + "/"
    return Profile(
        plan.release.digest, base, settings, matcher, Routes(routes), bind_forwarded(()),
        bind_address_limit(settings, runtime), kept_suspensions(runtime), bind_cors(settings.cors), _holder(key),
        _nothing,
    )  # fmt: skip


def _moved(isolation: Isolation, operation: CompiledOperation) -> Isolation:
    """With the last segment of the operation's own path; what is pinned in the path before it stays."""
    around, last = isolation.template.rpartition("/")[0], operation.template.rpartition("/")[2]
    return dataclasses.replace(isolation, template=f"{around}/{last}")


def _system(
    plan: Plan, target: Target, runtime: Runtime, outward: Outward, credential: str, *, patient: bool
) -> Send:  # fmt: skip
    """The system's chain: credential, capacity; between them patience with a system that has no room."""
    workspace, system, name = plan.workspace, target.system, target.offer.system
    capacity: SystemPolicy = Capacity.of(workspace.plans, workspace.settings)
    send = capacity.bind(name, system, runtime, outward.bind(name, system))
    send = bind_patience(system, runtime, send) if patient else send
    if credential == "own":
        return Credential(workspace.environment).bind(name, system, runtime, send)
    wrong = _wrong(system)
    return send if credential == "none" or wrong is None else _with(wrong, send)


def _wrong(system: System) -> Header | None:
    """A credential of the right form that nobody has; None where the system asks for none."""
    match system.credential:
        case ApiKeyCredential(header=header):
            return header.lower().encode("ascii"), _NOBODY.encode()
        case BasicCredential():
            return b"authorization", b"Basic " + base64.b64encode(f"{_NOBODY}:{_NOBODY}".encode())
        case OAuth2Credential():
            return b"authorization", f"Bearer {_NOBODY}".encode()
        case _:
            return None


def _with(header: Header, inner: Send) -> Send:
    async def with_header(exchange: Exchange) -> Answer:
        return await inner(dataclasses.replace(exchange, headers=(*exchange.headers, header)))

    return with_header


def _holder(key: str) -> Callable[[Call], Awaitable[Identity]]:
    """A run's own key, new each time: other processes of the machine do not reach the system through it."""
    expected = f"Bearer {key}".encode()
    identity = Identity(
        CONSUMER, "", "internal", (), None, None, {}, "none", frozenset(), "the key of this run"
    )  # fmt: skip

    async def identify(call: Call) -> Identity:
        if not hmac.compare_digest(call.headers.get(b"authorization", b""), expected):
            raise Refusal(NOT_IDENTIFIED, fault="gateway")
        return identity

    return identify


async def _nothing(_: Call) -> None:
    return None
