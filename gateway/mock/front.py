"""A contract bound to be mocked: what `gateway.app` asks of what is live, with a mock's own selection."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.answers.maker import AnswerMaker
from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import Contract, Operation
from contracts.entities import Entity, Offer
from contracts.modes import ModeRule
from contracts.paths import InvalidTemplateError, PathMatcher
from contracts.settings import AddressLimit, Settings
from contracts.systems import Protocol, System
from contracts.wording import nearest
from gateway.mock.answers import ASKED, MARK, Answering, Asked
from gateway.mock.preferences import read_preferences
from gateway.mock.security import bind_security
from gateway.routes import Found
from policies import order
from policies.address_limit import AddressGate, bind_address_limit
from policies.body import ReadBody
from policies.conform import Conform
from policies.forwarded import Client, bind_forwarded
from policies.generations import Generations
from policies.options import Options
from policies.select import METHOD_NOT_ALLOWED, NOT_FOUND, NOT_SERVED, Candidate, Endpoint, operation_of
from policies.step import ANONYMOUS, Answer, Call, Header, Identity, Policy, Refusal, Route, Runtime, Step
from policies.stops import Stops
from policies.suspensions import Suspensions, kept_suspensions

_NAME: Final = "mock"
_MODES: Final = (
    ModeRule(mode="enforce", direction="request", reason="as a gateway judges"),
    ModeRule(mode="off", direction="answer", reason="each answer is judged where it is made"),
)
_NO_LIMIT: Final = AddressLimit(requests=1_000_000, failures=1_000_000)
_EXPOSED: Final = b"*"


@dataclass(frozen=True, slots=True)
class MockSettings:
    """How a contract is mocked."""

    seed: int | None = None
    dynamic: bool = False
    security: bool = True
    cors: bool = False
    api: str = _NAME
    version: str = "1.0"
    protocol: Protocol = "rest"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that is answered with 501, and why."""

    method: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class MockSelection:
    """From a matched path to one operation; nobody is asked who they are."""

    routes: Mapping[str, tuple[Route, Step]]
    left_out: Mapping[tuple[str, str], LeftOut]
    """By method and path."""
    templates: tuple[str, ...]
    endpoints: Mapping[int, str]
    """The template of an endpoint, by its identity."""

    def select(self, call: Call, candidates: Sequence[Candidate]) -> tuple[Route, Step] | None:
        """As `policies.select.Selection.select`. Raises Refusal."""
        chosen = {b"x-entity": call.entity_choice, b"api-version": call.version_choice}
        call.headers = {**call.headers, **{name: value for name, value in chosen.items() if value}}
        found = next((at for candidate in candidates if (at := candidate.of(_NAME)) is not None), None)
        if found is None:
            raise Refusal(NOT_FOUND, self._nearest(call.path), fault="gateway")
        endpoint, call.values = found
        try:
            operation = operation_of(call.method, endpoint)
        except Refusal as refusal:
            if refusal.problem is METHOD_NOT_ALLOWED:
                detail = f"Of this path the contract has {endpoint.allow.decode()}."
                raise Refusal(METHOD_NOT_ALLOWED, detail, headers=refusal.headers, fault="gateway") from None
            method = "GET" if call.method == "HEAD" and "HEAD" not in endpoint.methods else call.method
            left_out = self.left_out.get((method, self.endpoints[id(endpoint)]))
            raise Refusal(NOT_SERVED, left_out.reason if left_out else "", fault="contract") from None
        if operation is None:
            marked = [header for header in call.answer_headers if header[0] != MARK]
            call.answer_headers = [*marked, (MARK, b"options"), (b"allow", endpoint.allow)]
            return None
        return self.routes[operation.pointer]

    def _nearest(self, path: bytes) -> str:
        close = nearest(path.decode("latin-1"), self.templates)
        if close is None:
            return f"The contract has no such path; it has {len(self.templates)}."
        return f"The contract has no such path; the nearest is {close}."


@dataclass(frozen=True, slots=True)
class Mocked:
    """Everything bound: see `gateway.app.Bound`."""

    digest: str
    problems_base: str
    settings: Settings
    matcher: PathMatcher[Endpoint]
    selection: MockSelection
    forwarded: Callable[[str, Mapping[bytes, bytes]], Client]
    address_gate: AddressGate
    suspensions: Suspensions
    cors: Callable[[Call], Answer | None]
    identify: Callable[[Call], Awaitable[Identity]]
    state_limits: Callable[[Call], Awaitable[None]]
    open: int
    """How many operations state no `security` at all: a gateway would serve none of them."""
    left_out: tuple[LeftOut, ...] = field(default=())
    generations: Generations = field(default_factory=Generations)
    stops: Stops = field(default_factory=Stops)

    @property
    def body_seconds(self) -> float:
        """How long a caller may take to send a body."""
        return self.settings.bounds.body_seconds

    def match(self, path: bytes) -> Sequence[Found]:
        """What the canonical path leads to."""
        return [Found(candidate) for candidate in self.matcher.match(path)]


def bind_mock(contract: Contract, asked: MockSettings, runtime: Runtime, url: str) -> Mocked:
    """Compile and bind every operation. `url` is the mock's own address."""
    settings = Settings(name=_NAME, public_url=url, address_limit=_NO_LIMIT)
    left_out: list[LeftOut] = []
    methods: dict[str, dict[str, CompiledOperation | None]] = {}
    routes: dict[str, tuple[Route, Step]] = {}
    binder = _Binder(contract, asked, runtime, settings)
    for operation in contract.operations:
        try:
            reason = operation.at_fault
            compiled = None if reason else _compiled(contract, operation, asked, settings)
        except Declined as declined:
            compiled, reason = None, f"{declined.reason}, at {declined.pointer}"
        methods.setdefault(operation.path, {})[operation.method] = compiled
        if compiled is None:
            left_out.append(LeftOut(operation.method, operation.path, reason))
        else:
            routes[operation.pointer] = binder.bind(operation, compiled)
    matcher: PathMatcher[Endpoint] = PathMatcher()
    templates, endpoints = [], {}
    for template, by_method in methods.items():
        allowed = {*by_method, "OPTIONS"} | ({"HEAD"} if "GET" in by_method else set())
        endpoint = Endpoint(asked.api, "", asked.version, by_method, ", ".join(sorted(allowed)).encode())
        try:
            matcher.add("", template, _NAME, endpoint)
        except InvalidTemplateError as error:
            left_out += [LeftOut(method, template, f"no call leads to it: {error}") for method in by_method]
            continue
        templates.append(template)
        endpoints[id(endpoint)] = template
    return Mocked(
        contract.document.digest, f"{url}/-/problems/", settings, matcher,
        MockSelection(routes, {(one.method, one.path): one for one in left_out}, tuple(templates), endpoints),
        bind_forwarded(()), bind_address_limit(settings, runtime), kept_suspensions(runtime),
        _bind_front(cors=asked.cors), _nobody, _nothing,
        sum(operation.security is None for operation in contract.operations), tuple(left_out),
    )  # fmt: skip


def _compiled(contract: Contract, operation: Operation, asked: MockSettings, settings: Settings) -> CompiledOperation:
    return compile_operation(contract, operation, asked.api, asked.version, settings.bounds)


class _Binder:
    """Binds operations with the gateway's own policies, in the gateway's order."""

    def __init__(self, contract: Contract, asked: MockSettings, runtime: Runtime, settings: Settings) -> None:
        self._contract, self._asked, self._runtime, self._settings = contract, asked, runtime, settings
        made: dict[type, Policy] = {
            ReadBody: ReadBody(settings.bounds),
            Options: Options({(asked.api, asked.version): contract}),
            Conform: Conform(_MODES, settings.bounds),
        }
        self._chain = [made[kind] for kind in order.ROUTE if kind in made]
        self._joint = order.JOINT(settings)
        self._entity = Entity(name=_NAME, country="ZZ", owner=_NAME, stage="onboarded")
        self._offer = Offer(contract="mock@1.0", system=_NAME)
        self._system = System(
            product="example", owner=_NAME, protocol=asked.protocol, url=str(settings.public_url)
        )  # fmt: skip

    def bind(self, operation: Operation, compiled: CompiledOperation) -> tuple[Route, Step]:
        asked, runtime = self._asked, self._runtime
        route = Route(compiled, _NAME, self._entity, self._offer, _NAME, self._system)
        answering = Answering(AnswerMaker(self._contract, operation), compiled, asked.seed, asked.dynamic)
        step: Step = self._joint.bind(route, runtime, answering.send(runtime))
        for policy in reversed(self._chain):
            step = policy.bind(route, runtime, step)
        security = bind_security(self._contract, operation, demanded=asked.security)
        return route, _asked(answering, security, step)


def _asked(answering: Answering, security: Callable[[Call], None], inner: Step) -> Step:
    """Outermost: what the call asks of the mock itself, and what it says of its answer."""

    async def asked(call: Call) -> Answer:
        security(call)
        preferences = read_preferences(call.headers.get(b"prefer"))
        answering.check(preferences)
        if b"prefer" in call.headers:
            others = {name: value for name, value in call.headers.items() if name != b"prefer"}
            call.headers = {**others, b"prefer": preferences.rest} if preferences.rest else others
        about = Asked(preferences)
        ASKED.set(about)
        answer = await inner(call)
        answer.headers.append((MARK, about.said))
        if about.unchecked:
            call.answer_headers.append((b"contract-check", b"answer=could-not-check"))
        applied = ", ".join(preferences.applied_to(seeded=b"seed=" in about.said))
        if applied:
            answer.headers.append((b"preference-applied", applied.encode("latin-1")))
        return answer

    return asked


def _bind_front(*, cors: bool) -> Callable[[Call], Answer | None]:
    """Marks whatever leaves; with `cors`, any page of a browser may call and read it."""

    def front(call: Call) -> Answer | None:
        call.answer_headers.append((MARK, b"refused"))
        if not cors or b"origin" not in call.headers:
            return None
        anyone: Header = (b"access-control-allow-origin", b"*")
        if call.method == "OPTIONS" and b"access-control-request-method" in call.headers:
            call.answer_headers[-1] = (MARK, b"preflight")
            return Answer(204, [anyone, *_allowed(call)])
        call.answer_headers += [anyone, (b"access-control-expose-headers", _EXPOSED)]
        return None

    return front


def _allowed(call: Call) -> Iterator[Header]:
    """What the page asks for: `*` would leave Authorization out (Fetch, 4.8)."""
    yield b"access-control-allow-methods", call.headers[b"access-control-request-method"]
    wanted = call.headers.get(b"access-control-request-headers")
    if wanted:
        yield b"access-control-allow-headers", wanted
    yield b"access-control-max-age", b"600"


async def _nobody(_: Call) -> Identity:
    return ANONYMOUS


async def _nothing(_: Call) -> None:
    return None
