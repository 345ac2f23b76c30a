"""The only file that knows ASGI: scope -> Call, try, render, close."""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from contracts.paths import UnsafePathError, canonical
from gateway.caller import Caller, Receive, Send
from gateway.problems import EMPTY_CHOICE, INTERNAL, UNSAFE_PATH, render
from gateway.telemetry import Listener, Served
from gateway.wire import single_valued
from policies.address_limit import AddressGate
from policies.forwarded import Client
from policies.generations import HEADER as GENERATION
from policies.generations import Generations
from policies.maintenance import check_maintenance
from policies.select import Candidate
from policies.step import (
    ANONYMOUS,
    Answer,
    Call,
    CallerLeft,
    End,
    Fault,
    Header,
    Identity,
    Refusal,
    Route,
    Span,
    Step,
)
from policies.stops import Stops
from policies.suspensions import Suspensions
from policies.trace import child_of, correlation_of

_log = logging.getLogger("tidewaiter.app")

PAGES = b"/-/"
HOME = b"/"
_ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_VARY: Header = (b"vary", b"Authorization, X-API-Key, X-Entity, API-Version, Accept, Origin")


class Selecting(Protocol):
    """From a matched path and an identity to one route: `policies.select.Selection`, or a mock's."""

    def select(self, call: Call, candidates: Sequence[Candidate]) -> tuple[Route, Step] | None:
        """See `policies.select.Selection.select`."""
        ...


class Bound(Protocol):
    """All that one call needs: `gateway.routes.Live`, or a mock's."""

    @property
    def digest(self) -> str:
        """Of what is served."""
        ...

    @property
    def body_seconds(self) -> float:
        """How long a caller may take to send a body."""
        ...

    @property
    def problems_base(self) -> str:
        """What the types of problems begin with."""
        ...

    @property
    def selection(self) -> Selecting:
        """From a match to a route."""
        ...

    @property
    def forwarded(self) -> Callable[[str, Mapping[bytes, bytes]], Client]:
        """Whose address it is."""
        ...

    @property
    def address_gate(self) -> AddressGate:
        """The limit per client address."""
        ...

    @property
    def suspensions(self) -> Suspensions:
        """What is switched off."""
        ...

    @property
    def stops(self) -> Stops:
        """What is answered no more, because its approval has ended."""
        ...

    @property
    def generations(self) -> Generations:
        """What digests of contracts say of the clients that were made from them."""
        ...

    @property
    def cors(self) -> Callable[[Call], Answer | None]:
        """The answer to a preflight."""
        ...

    @property
    def identify(self) -> Callable[[Call], Awaitable[Identity]]:
        """Who calls."""
        ...

    @property
    def state_limits(self) -> Callable[[Call], Awaitable[None]]:
        """For answers that are given before a route's chain."""
        ...

    def match(self, path: bytes) -> Sequence[Candidate]:
        """What the canonical path leads to."""
        ...


class Gateway:
    """The ASGI application of the public listener. Each call holds one `Bound` until it ends."""

    def __init__(
        self, live: Callable[[], Bound], listeners: Sequence[Listener], pages: Any, *, own: bool = True,
        home: bool = False,
    ) -> None:  # fmt: skip
        """`own`: headers of the gateway and of proxies reach no route; `home`: `/` is one of the pages."""
        self._live = live
        self._owned = _OWNED if own else ()
        self._listeners = tuple(listeners)
        self.pages = pages
        self._pages_at = frozenset((PAGES, HOME) if home else (PAGES,))
        self.open = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """One call; see ASGI 3, HTTP connection scope."""
        if scope["type"] != "http":
            return
        if scope["raw_path"][:3] in self._pages_at:
            await self.pages(scope, receive, send)
            return
        await self._serve(self._live(), scope, receive, send)

    async def _serve(self, live: Bound, scope: Any, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        caller = Caller(receive, send, live.body_seconds)
        span = Span()
        call = Call(
            id="", uuid=str(uuid.uuid4()), method=scope["method"], path=b"", query=scope["query_string"],
            headers={}, read=caller.read, span=span, started=started,
        )  # fmt: skip
        told = _Told()

        def tell(end: End) -> None:
            seconds = time.perf_counter() - started
            self._tell(
                Served(
                    call, told.status, told.problem, end, seconds, caller.received, caller.sent,
                    live.digest, told.refusal, told.matched,
                )
            )  # fmt: skip

        span.on_close(tell)
        self.open += 1
        end: End = "cut"
        try:
            answer = await self._answer(live, call, scope, told)
            told.status = answer.status
            end = await self._send(call, caller, answer)
        except CallerLeft:
            end = "left"
        except asyncio.CancelledError:
            end = "left"
            task = asyncio.current_task()
            if not caller.left or task is None:
                raise  # the server is going down, not the caller
            task.uncancel()
        except OSError:
            end = "left"  # the socket went away under the answer
        finally:
            self.open -= 1
            caller.stop_watching()
            if end == "cut":
                cut = scope.get("extensions", {}).get("tidewaiter.cut")
                if cut is not None:
                    cut()
            span.close(end)

    async def _answer(self, live: Bound, call: Call, scope: Any, told: "_Told") -> Answer:
        """The chain's answer, or a refusal or a crash as a problem detail."""
        try:
            return await self._through(live, call, scope)
        except Refusal as refusal:
            told.problem, told.refusal = refusal.problem.name, refusal
            if call.route is None and call.identity is not ANONYMOUS:
                told.matched = _matched(live, call)
            call.fault = refusal.fault
            return render(live.problems_base, refusal, call)
        except CallerLeft:
            raise
        except Exception as error:  # noqa: BLE001 - a crash is answered, counted and told without its text (law 11)
            _log.error("call %s crashed: %s", call.uuid, _where(error))
            told.problem = INTERNAL.name
            call.fault = "gateway"
            fault: Fault = "gateway"
            return render(live.problems_base, Refusal(INTERNAL, fault=fault), call)

    async def _through(self, live: Bound, call: Call, scope: Any) -> Answer:
        """The front, then the route's chain."""
        raw = scope["headers"]
        call.id = correlation_of(raw)
        call.traceparent = child_of(raw)
        call.answer_headers += [(b"x-correlation-id", call.id.encode()), (b"traceparent", call.traceparent)]
        peer = scope["client"][0] if scope.get("client") else ""
        call.address = peer
        headers = single_valued(raw)
        call.address = live.forwarded(peer, headers).address
        stated = headers.get(GENERATION)
        for name in self._owned:
            headers.pop(name, None)
        call.headers = headers
        preflight = live.cors(call)  # first, so that a browser may read every refusal that follows
        await live.address_gate.check(call)
        if preflight is not None:
            return preflight
        call.entity_choice = _choice(headers, b"x-entity")
        call.version_choice = _choice(headers, b"api-version")
        try:
            call.path = canonical(scope["raw_path"])
        except UnsafePathError as error:
            raise Refusal(UNSAFE_PATH, str(error), fault="gateway") from None
        candidates = live.match(call.path)
        try:
            call.identity = await live.identify(call)
        except Refusal as refusal:
            if refusal.problem.status in (401, 403):
                live.address_gate.failed(call)
            raise
        live.suspensions.check_identity(call)
        try:
            selected = live.selection.select(call, candidates)
            if selected is not None:
                call.route = selected[0]
                if stated is not None:
                    operation = selected[0].operation
                    call.generation = live.generations.of(operation.api, operation.version, stated)
                live.suspensions.check_route(selected[0])
                live.stops.check_route(selected[0], call.identity)
                if selected[0].system.maintenance:
                    check_maintenance(selected[0].system, time.time())
        except Refusal:
            await live.state_limits(call)
            raise
        if selected is None:
            await live.state_limits(call)
            return Answer(204, [])
        return await selected[1](call)

    async def _send(self, call: Call, caller: Caller, answer: Answer) -> End:
        headers: list[Header] = [*answer.headers]
        names = {name for name, _ in headers}
        headers += [h for h in call.answer_headers if h[0] not in names or h[0] in _REPEATABLE]
        headers += [h for h in _ALWAYS if h[0] not in names]
        headers.append(_VARY)
        whole = await caller.answer(answer, headers, head=call.method == "HEAD")
        return "complete" if whole else ("left" if caller.left else "cut")

    def _tell(self, served: Served) -> None:
        for listener in self._listeners:
            try:
                listener(served)
            except Exception as error:  # noqa: BLE001 - a log that fails must not fail the next listener
                _log.error("a listener failed: %s", _where(error))


def _choice(headers: dict[bytes, bytes], name: bytes) -> bytes:
    """A gateway-owned header, read once. An empty one is refused: taken for none it would choose the default."""
    value = headers.pop(name, None)
    if value == b"":
        said = name.decode()
        error = {"pointer": said, "location": "header", "rule": "minLength", "message": "expected a value"}
        raise Refusal(EMPTY_CHOICE, f"The header {said} is empty.", errors=(error,), fault="gateway")
    return value or b""


def _matched(live: Bound, call: Call) -> str:
    """The api that the path led to, of a call that got no route."""
    found = live.match(call.path) if call.path else ()
    return f"{found[0].first.api}@{found[0].first.major}" if found else ""


class _Told:
    __slots__ = ("matched", "problem", "refusal", "status")

    def __init__(self) -> None:
        self.problem = ""
        self.matched = ""
        self.refusal: Refusal | None = None
        self.status = 0


_OWNED = (
    b"x-correlation-id", b"traceparent", b"tracestate", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto",
    b"x-forwarded-host", b"x-real-ip", GENERATION, b"x-http-method-override", b"x-http-method", b"x-method-override",
)  # fmt: skip
"""Headers of the gateway and of proxies: read once, then gone (law 10)."""
_REPEATABLE = frozenset({b"contract-check", b"link"})


def _where(error: BaseException) -> str:
    """Type and place of a failure; its text could hold a payload."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place
