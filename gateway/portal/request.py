"""One request to the portal: what it carries, and who looks."""

import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from gateway.caller import Caller
from gateway.portal.pages import Refused
from gateway.portal.session import Session, Sessions
from gateway.portal.visitor import ANYBODY, Visitor, visitor_of
from gateway.routes import Live
from gateway.telemetry import Listener, Served
from gateway.wire import single_valued
from policies.step import Call, Header, Refusal, Span
from policies.trace import child_of, correlation_of

_DOCUMENTS: Final = ("/-/contracts/", "/-/clients/")
_CREDENTIALS: Final = (b"authorization", b"x-api-key")


class Request:
    """A request with the call that judges its credential. `begin` fills in who looks."""

    __slots__ = ("call", "caller", "cookies", "live", "method", "path", "peer", "query", "raw", "session", "visitor")

    def __init__(self, live: Live, scope: Any, caller: Caller) -> None:
        self.live = live
        self.caller = caller
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode("latin-1")
        self.query: bytes = scope["query_string"]
        self.raw: Sequence[Header] = scope["headers"]
        self.peer: str = scope["client"][0] if scope.get("client") else ""
        self.cookies = [value for name, value in self.raw if name == b"cookie"]
        self.session: Session | None = None
        self.visitor: Visitor = ANYBODY
        self.call = Call(
            id=correlation_of(self.raw), uuid=str(uuid.uuid4()), method=self.method, path=b"", query=b"", headers={},
            read=caller.read, span=Span(), traceparent=child_of(self.raw), started=time.perf_counter(),
        )  # fmt: skip

    @property
    def headers(self) -> dict[bytes, bytes]:
        """Each once."""
        return dict(self.raw)

    @property
    def is_document(self) -> bool:
        """Whether a file for tools is asked for, so that refusals are problem details as calls get them."""
        return self.path.startswith(_DOCUMENTS)

    @property
    def presents(self) -> bool:
        """Whether it carries a credential of calls; pages do not look at that."""
        return self.is_document and any(name in self.call.headers for name in _CREDENTIALS)

    @property
    def had_cookie(self) -> bool:
        """Whether a session's cookie came, whatever it was worth."""
        return any(b"tidewaiter-portal=" in cookie for cookie in self.cookies)


async def begin(request: Request, sessions: Sessions, has_ended: Callable[[Session], Awaitable[bool]]) -> None:
    """Charge the request to its address, and see who looks. Raises Refusal."""
    call, live = request.call, request.live
    headers = single_valued(request.raw)
    call.address = request.peer
    call.address = live.forwarded(request.peer, headers).address
    call.headers = headers if request.is_document else {}
    await live.address_gate.check(call)
    session = sessions.judge(request.cookies)
    if session is not None and not request.presents and not await has_ended(session):
        call.identity = session.identity
        try:
            live.suspensions.check_identity(call)
        except Refusal:
            return  # what is suspended is signed in no longer
        request.session = session
        request.visitor = visitor_of(session.identity, live.release.workspace)


async def prove(request: Request) -> None:
    """Judge the credential that the request's call carries, as one of any call. Raises Refusal."""
    call, live = request.call, request.live
    try:
        call.identity = await live.identify(call)
    except Refusal as refusal:
        if refusal.problem.status in (401, 403):
            live.address_gate.failed(call)
        raise
    live.suspensions.check_identity(call)
    request.visitor = visitor_of(call.identity, live.release.workspace)


def log(request: Request, listeners: Sequence[Listener], refusal: Refusal | None, status: int = 0) -> None:
    """One line for whoever looks after the gateway: a sign-in, a sign-out, or a refusal."""
    problem = refusal.problem.name if refusal is not None else ""
    call = request.call
    status = status or (refusal.problem.status if refusal is not None else 0)
    seconds = time.perf_counter() - call.started
    served = Served(
        call, status, problem, "complete", seconds, request.caller.received, 0, request.live.digest, refusal,
        request.path[:100],
    )  # fmt: skip
    for listener in listeners:
        listener(served)


def refused_page(refusal: Refusal) -> Refused:
    """A refusal for people."""
    problem = refusal.problem
    return Refused(problem.status, problem.title, problem.remedy, refusal.detail)
