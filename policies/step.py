"""The vocabulary of the request path: a call, what is done to it step by step, and how it is answered.

A *step* is `Call -> Answer`, a *send* is `Exchange -> Answer`; both are awaited. Everything costly happens in `bind`,
at load time. State lives in `Runtime.keep` and nowhere else, so a reload forgets nothing.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from contracts.apis import Visibility
from contracts.compile import CompiledOperation
from contracts.entities import Entity, Offer
from contracts.isolation import Isolation
from contracts.systems import System
from policies.generations import NONE, Generation

T = TypeVar("T")
Header = tuple[bytes, bytes]
"""Name in lower case, and value."""
Body = bytes | AsyncIterator[bytes]
"""Whole, or a stream: the union makes mypy ask every judge what it does with a stream."""
Effect = Literal["none", "applied", "unknown"]
"""What a call did to the system (DESIGN section 2)."""
Fault = Literal["", "gateway", "contract", "system", "business"]
"""Who is at fault, for the problem member of that name."""
End = Literal["complete", "cut", "left"]
"""How a span ended: whole, cut by us or by the system, or the caller left."""

_log = logging.getLogger("tidewaiter.span")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem type (RFC 9457), declared beside the policy that raises it. `remedy` says what to do, for its page."""

    name: str
    status: int
    title: str
    remedy: str


class Refusal(Exception):  # noqa: N818 - the field's word; it is an answer, not an error of ours
    """The one exception of the request path that is answered. Rendered once, as a problem detail.

    `errors` are members of `errors[]`: pointer, location, rule, message. `fault` says who is at fault. For a fault of a
    system, `fault_class` is one of `policies.products.fault_rules.FaultClass`, and `retry` says whether the same may
    fare better a little later. `proxy_error` is an error type of RFC 9209 where it says more than the problem does.
    """

    def __init__(
        self,
        problem: Problem,
        detail: str = "",
        *,
        errors: tuple[Mapping[str, str], ...] = (),
        headers: tuple[Header, ...] = (),
        fault: Fault = "",
        members: Mapping[str, Any] | None = None,
        fault_class: str = "",
        retry: bool = False,
        proxy_error: str = "",
    ) -> None:
        super().__init__(problem.name)
        self.problem = problem
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.fault: Fault = fault
        self.members = members or {}
        self.fault_class = fault_class
        self.retry = retry
        self.proxy_error = proxy_error


class CallerLeft(Exception):  # noqa: N818 - nobody is there to be refused
    """Raised by `Call.read` and its stream only."""


class Span:
    """Something that ends exactly once, by its one owner; what must last is registered here."""

    __slots__ = ("_closers", "end")

    def __init__(self) -> None:
        self.end: End | None = None
        self._closers: list[Callable[[End], None]] = []

    def on_close(self, fn: Callable[[End], None]) -> None:
        """Run `fn` at the end: last in, first out; at once where the span has ended."""
        if self.end is None:
            self._closers.append(fn)
        else:
            fn(self.end)

    def close(self, end: End) -> None:
        """End the span. A second call does nothing; one failing closer does not stop the others."""
        if self.end is not None:
            return
        self.end = end
        while self._closers:
            try:
                self._closers.pop()(end)
            except Exception as error:  # noqa: BLE001 - the other closers free slots and must run
                _log.error("a closer failed: %s", type(error).__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation on one offer: all that is known before a call comes."""

    operation: CompiledOperation
    entity_id: str
    entity: Entity
    offer: Offer
    system_id: str
    system: System
    isolation: Isolation | None = None
    """How the operation is kept inside the entity, on an offer with pins."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, as far as a credential proved it. `ANONYMOUS` holds nothing, so access refuses it."""

    consumer: str
    plan: str
    audience: Visibility
    entities: tuple[str, ...]
    default_entity: str | None
    apis: frozenset[str] | None
    pinned: Mapping[str, str]
    """`api@major` -> exact version."""
    scheme: Literal["none", "jwt", "api_key"]
    scopes: frozenset[str]
    credential: str
    """Which credential, for the log: `issuer/kid` or the key's id. Never the credential."""


ANONYMOUS = Identity("", "", "public", (), None, None, {}, "none", frozenset(), "")


MOST_SENT = 16
"""Exchanges of one call that are told one by one; `attempts` counts all."""


@dataclass(slots=True)
class Sent:
    """One exchange of a call, as the log tells it: no target, no head, no body."""

    began: float
    """By `time.perf_counter`."""
    method: str
    own: bool
    waited_seconds: float
    """For room in the system's budgets, before it began."""
    seconds: float = 0.0
    status: int = 0
    """0: no answer."""
    problem: str = ""
    fault: str = ""
    """What the product's profile made of the answer."""


@dataclass(slots=True)
class Call:
    """The caller's side; `gateway.app` owns it. Not frozen: that costs five times as much."""

    id: str
    """The correlation id, well-formed: the caller's own, or made."""
    uuid: str
    """Of this call alone: `instance` of its problem."""
    method: str
    path: bytes
    """The canonical raw path; there is no other."""
    query: bytes
    """The raw query, without `?`."""
    headers: Mapping[bytes, bytes]
    """Lower-case names, single-valued; a repeat was refused by wire or joined by rule."""
    read: Callable[[int], Awaitable[Body]]
    """The only reader of ASGI receive: the whole body up to the bound, else a stream."""
    span: Span
    address: str = ""
    traceparent: bytes = b""
    entity_choice: bytes = b""
    version_choice: bytes = b""
    identity: Identity = ANONYMOUS
    route: Route | None = None
    """For telemetry; a step has its route from bind."""
    generation: Generation = NONE
    """Of the client, where the call got a route and says it; for telemetry."""
    values: tuple[bytes, ...] = ()
    """The raw values of the path parameters, in the order of the template."""
    body: Body = b""
    effect: Effect = "none"
    """Written by transport and the fault profile only."""
    fault: Fault = ""
    attempts: int = 0
    """Exchanges sent for this call, written by transport."""
    upstream_seconds: float = 0.0
    waited_seconds: float = 0.0
    """For room in the system's budgets, over all attempts."""
    started: float = 0.0
    """By `time.perf_counter`."""
    sent: list[Sent] = field(default_factory=list)
    """The first exchanges, written by transport; what came of each is added by resilience."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """`request` and `answer` -> outcome, and what was only reported; written by conform."""
    would_refuse: tuple[tuple[str, str], ...] = ()
    """(direction, rule) of what was let through and would be refused under `enforce`; written by conform."""
    answer_headers: list[Header] = field(default_factory=list)
    """Put on whatever leaves, problems too. Add to it *before* going in: a Refusal jumps over what comes after."""


@dataclass(slots=True)
class Answer:
    """What goes back. `headers` have lower-case names."""

    status: int
    headers: list[Header]
    body: Body = b""
    fault: str = ""
    """The class of what the system says is wrong (`policies.products.fault_rules.FaultClass`); empty: nothing."""
    undeclared: tuple[bytes, ...] = ()
    """Headers that were left out and that a policy wants to hear of; written by forward."""

    def rewrite(self, body: bytes) -> None:
        """Other bytes in place of the body; digests of those that came are true no more (RFC 9530, RFC 3230)."""
        if body != self.body:
            self.body = body
            self.headers = [header for header in self.headers if header[0] not in DIGESTS]


DIGESTS = frozenset({b"content-digest", b"repr-digest", b"digest", b"content-md5"})
"""Headers that are true of one body only, and dropped with it."""


@dataclass(slots=True)
class Exchange:
    """One attempt at a system. Transport owns it and closes its span; it may outlive its call."""

    call: Call
    method: str
    target: bytes
    """Origin-form: path and query."""
    headers: tuple[Header, ...]
    """A tuple: a retry must not find the last attempt's token in it."""
    body: Body
    safe: bool
    span: Span
    buffer_bytes: int = 0
    """How much of the answer to hold; a longer one comes as a stream. 0: always a stream."""
    origin: str = ""
    """Empty: the system's own. Else an origin that the system's credential names (its token endpoint)."""
    own: bool = False
    """The gateway's own need, a token or a session: every consumer waits for it."""
    waited_seconds: float = 0.0
    """For room in the system's budgets."""
    at_once: frozenset[bytes] = frozenset()
    """Media types, in lower case, whose answers come as a stream from their first byte on."""
    holds: bool = False
    """A slot hangs on its span: it goes on until the system is done with it, though nobody waits any more."""

    def held_of(self, status: int, headers: Sequence[Header]) -> int:
        """How much to hold of an answer with this head; one that tells of a fault is looked at as a whole."""
        if self.at_once and status < 400:
            stated = next((value for name, value in headers if name == b"content-type"), b"")
            if stated.split(b";", 1)[0].strip().lower() in self.at_once:
                return 0
        return max(self.buffer_bytes, 0)

    def again(self, *more: Header) -> "Exchange":
        """The same message with more headers, on a fresh span."""
        return Exchange(
            self.call, self.method, self.target, (*self.headers, *more), self.body,
            self.safe, Span(), self.buffer_bytes, self.origin, self.own, at_once=self.at_once,
        )  # fmt: skip


Step = Callable[[Call], Awaitable[Answer]]
"""One chain a route."""
Send = Callable[[Exchange], Awaitable[Answer]]
"""One chain a system, shared by its routes."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document fetched by the gateway itself (a key set). `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Fetch = Callable[[str, Mapping[str, str], int], Awaitable[Fetched]]
"""(url, headers, most bytes) -> document. No redirects, no cookies, no proxies; raises OSError or TimeoutError."""


class Runtime(Protocol):
    """What outlives a release, and the only home of state."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def keep(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """State by key, made once, kept across reloads."""
        ...

    def detach(self, work: Awaitable[Any]) -> None:
        """Go on with a write whose caller has gone; a drain waits for it."""
        ...

    async def offload(self, fn: Callable[..., T], *args: Any) -> T:
        """Run costly work off the event loop."""
        ...

    def secret(self, name: str, origin: str) -> str:
        """The value of `secret:NAME` for use at `origin`; SecretError where it is missing or may not go there."""
        ...

    def count(self, event: str, **labels: str) -> None:
        """Count something that the metrics page shows as `tidewaiter_events_total{event=...}`."""
        ...


class SecretError(Exception):
    """A secret that is not there, or that may not be sent to that origin. Names the secret, never its value."""


class Policy(Protocol):
    """One step of a route's chain."""

    refuses: ClassVar[tuple[Problem, ...]]
    """Problem pages and the refusal table derive from it."""

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """Everything costly happens here; `inner` itself comes back where nothing is asked."""
        ...


class SystemPolicy(Protocol):
    """One step of a system's chain."""

    refuses: ClassVar[tuple[Problem, ...]]

    def bind(self, system_id: str, system: System, runtime: Runtime, inner: Send) -> Send:
        """As `Policy.bind`, once for each system."""
        ...


class Joint(Protocol):
    """Where a route's chain meets the system's: builds the outgoing head."""

    refuses: ClassVar[tuple[Problem, ...]]

    def bind(self, route: Route, runtime: Runtime, send: Send) -> Step:
        """From the system's chain to the route's innermost step."""
        ...
