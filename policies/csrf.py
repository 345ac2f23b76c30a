"""SAP's session for writes: an `x-csrf-token` and all the cookies that came with it.

A token without its cookies, or with half of them, is answered with 403 `x-csrf-token: Required`: the session has
expired, nothing was written. Then both are fetched again, once, and the write is sent again, once.

State: one session a system, environment and credential, in `runtime.keep`. A reload keeps it; a restart and a second
worker fetch their own. The cookies reach no caller.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from contracts.systems import CsrfToken, System
from policies.discard import discard
from policies.flight import Flight, Fresh, ObtainError, before_sending
from policies.step import Answer, Exchange, Header, Runtime, Send, Span
from policies.target import base_path, fixed_query, with_fixed
from policies.trace import sent_trace

_ANSWER_BYTES = 65_536
_TOKEN = re.compile(rb"[\x21-\x7e]{1,1024}")
_COOKIE = re.compile(rb"\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*([\x21-\x3a\x3c-\x7e]*)\s*(?:;(.*))?", re.DOTALL)
_GONE = re.compile(rb"(?:^|;)\s*max-age\s*=\s*(?:0+|-\d+)\s*(?:;|$)", re.IGNORECASE)


@dataclass(slots=True)
class Session:
    """A token and its cookies. An answer may renew a cookie of the session it belongs to."""

    token: bytes
    cookies: dict[bytes, bytes] = field(default_factory=dict)

    def headers(self) -> tuple[Header, ...]:
        """What a write carries."""
        if not self.cookies:
            return ((b"x-csrf-token", self.token),)
        cookies = b"; ".join(name + b"=" + value for name, value in self.cookies.items())
        return ((b"x-csrf-token", self.token), (b"cookie", cookies))

    def take(self, headers: Sequence[Header]) -> None:
        """Keep every cookie that an answer sets, and drop those it takes away (RFC 6265, section 5.2)."""
        for name, value in headers:
            match = _COOKIE.fullmatch(value) if name == b"set-cookie" else None
            if match is None:
                continue
            if match[3] is not None and _GONE.search(match[3]):
                self.cookies.pop(match[1], None)
            else:
                self.cookies[match[1]] = match[2]


def bind_csrf(
    csrf: CsrfToken, system: System, key: tuple[str, ...], carried: frozenset[bytes], runtime: Runtime, send: Send
) -> Send:
    """Writes get the session's token and cookies; safe exchanges pass as they are.

    `key` names system, environment and credential; `carried` the credential's headers, which the fetch needs too.
    """
    flight: Flight[Session] = runtime.keep(("csrf", *key), lambda: Flight(runtime))
    target = with_fixed(base_path(system) + csrf.fetch_path.encode(), fixed_query(system.query))

    async def fetch(exchange: Exchange) -> Fresh[Session]:
        asked_at = runtime.now()
        headers = (
            (b"accept", b"application/json"),
            (b"accept-encoding", b"identity"),
            (b"user-agent", b"tidewaiter"),
            (b"x-csrf-token", b"Fetch"),
            *sent_trace(exchange.call),
            *(header for header in exchange.headers if header[0] in carried),
        )
        answer = await send(
            Exchange(
                exchange.call, "GET", target, headers, b"", safe=True, span=Span(), buffer_bytes=_ANSWER_BYTES, own=True
            )
        )
        await discard(answer.body)
        session = _session(answer)
        runtime.count("system_session_obtained")
        ends = asked_at + csrf.max_age_seconds
        return Fresh(session, ends, ends)

    async def with_session(exchange: Exchange) -> Answer:
        if exchange.safe:
            return await send(exchange)
        for last in (False, True):
            session = await before_sending(exchange, flight.get(partial(fetch, exchange)))
            answer = await send(replace(exchange, headers=(*exchange.headers, *session.headers())))
            if not _expired(answer):
                session.take(answer.headers)
                return answer
            runtime.count("system_session_expired")
            flight.drop(session)
            await discard(answer.body)
            if last:
                raise ObtainError("The system refused a session for writing twice. Nothing was written.")
            if not isinstance(exchange.body, bytes):
                raise ObtainError(
                    "The session for writing had expired, and this body cannot be sent twice. Nothing was written: "
                    "send the call again."
                )
            exchange = exchange.again()
        raise AssertionError("unreachable")

    return with_session


def _session(answer: Answer) -> Session:
    if answer.status == 401:
        raise ObtainError("The system refused the gateway's credential.", fault="gateway", refused=True)
    token = b""
    for name, value in answer.headers:
        if name == b"x-csrf-token":
            token = value
    if not _TOKEN.fullmatch(token) or token.lower() in (b"required", b"fetch"):
        raise ObtainError(f"The system gave no token for writing: it answered {answer.status} without one.")
    session = Session(token)
    session.take(answer.headers)
    return session


def _expired(answer: Answer) -> bool:
    return answer.status == 403 and any(n == b"x-csrf-token" and v.lower() == b"required" for n, v in answer.headers)
