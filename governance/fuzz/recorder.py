"""Gathers what belongs to one call from both ends of the chain, and writes it down when the call has ended.

Left out are credentials, cookies and session tokens by their headers; where the value of a secret stands in anything
else, its name takes its place.
"""

import base64
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from gateway.telemetry import Served
from governance.fuzz.entry import Entry, Exchanged, Failure, Headers, Kind, Part, Received, Sent
from policies.step import Exchange, Header, Route

Application = Callable[[Any, Any, Any], Awaitable[None]]
_NEVER_KEPT: Final = frozenset({
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token", "traceparent", "tracestate",
    "x-correlation-id", "host", "connection", "user-agent", "accept-encoding",
})  # fmt: skip
_CREDENTIALS: Final = (b"authorization", b"x-csrf-token")
_CASE: Final = "x-schemathesis-testcaseid"
_LEFT_OUT: Final = "[left out]"
_TOLD: Final = frozenset({"set-cookie"})
"""That the header was there is kept, its value not."""
_LEAST_SECRET: Final = 6
"""A shorter secret would be found in half of all texts."""


class Masks:
    """Values of secrets as they could stand in a text, each with the name that takes its place."""

    def __init__(self) -> None:
        self._found: list[tuple[bytes, bytes]] = []

    def secret(self, name: str, value: str) -> None:
        """A secret of the node, also as it stands in Base64."""
        self.add(name, value.encode())
        self.add(name, base64.b64encode(value.encode()))

    def add(self, name: str, value: bytes) -> None:
        """One more value, such as the credential as it goes over the wire."""
        if len(value) >= _LEAST_SECRET and all(value != known for known, _ in self._found):
            self._found.append((value, f"[secret:{name}]".encode()))

    def over(self, data: bytes) -> bytes:
        """The text with names in place of values."""
        for value, name in self._found:
            data = data.replace(value, name)
        return data


@dataclass(slots=True)
class _Open:
    """A call under way."""

    part: Part
    about: Mapping[str, Any]
    exchanges: list[Exchanged] = field(default_factory=list)
    served: Served | None = None
    status: int = 0
    headers: list[Header] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    proofs: set[bytes] = field(default_factory=set)


_OPEN: ContextVar[_Open | None] = ContextVar("tidewaiter_fuzz_open", default=None)
ABOUT: ContextVar[tuple[Part, Mapping[str, Any]]] = ContextVar("tidewaiter_fuzz_about", default=("fuzz", {}))
"""What the calls of this task are made for."""


class Note:
    """One exchange under way."""

    __slots__ = ("_began", "_exchange", "_kind", "_open", "_recorder")

    def __init__(self, recorder: "Recorder", exchange: Exchange, kind: Kind, held: _Open | None) -> None:
        self._recorder, self._exchange, self._kind, self._open = recorder, exchange, kind, held
        self._began = time.perf_counter()

    def end(self, failure: Failure, status: int, headers: Iterable[Header], body: bytes | None) -> None:
        """It has ended; for a failure, with what came of the answer."""
        recorder, exchange = self._recorder, self._exchange
        kept = self._kind != "own"
        sent = Sent(
            exchange.method, recorder.text(exchange.target), recorder.headers(exchange.headers) if kept else (),
            _whole(recorder, exchange.body) if kept else None,
        )  # fmt: skip
        received = None
        if status and failure in ("", "too-large"):
            held = body if kept and body is not None else None
            received = Received(status, recorder.headers(headers) if kept else (),
                                None if held is None else recorder.masked(held))  # fmt: skip
        made = Exchanged(self._kind, sent, received, failure, time.perf_counter() - self._began)
        if self._open is not None:
            self._open.exchanges.append(made)
        recorder.told(made)


def _whole(recorder: "Recorder", body: Any) -> bytes | None:
    return recorder.masked(body) if isinstance(body, bytes) else None


class Keeps(Protocol):
    """Where calls are written down: a recording, or nowhere."""

    count: int

    def add(self, entry: Entry) -> None:
        """One call."""
        ...


class Recorder:
    """`names` of operations by pointer are `api@version operationId`; `secret_headers` are the system's own."""

    def __init__(
        self,
        writer: Keeps,
        masks: Masks,
        secret_headers: Iterable[str],
        on_entry: Callable[[Entry], None],
        on_exchange: Callable[[Exchanged], None],
    ) -> None:
        self._writer = writer
        self._masks = masks
        self._never = _NEVER_KEPT | {name.lower() for name in secret_headers}
        self._on_entry, self.told = on_entry, on_exchange
        self._began = time.monotonic()

    def application(self, gateway: Application) -> Application:
        """The same application; each of its calls that came to a route is written down."""

        async def recorded(scope: Any, receive: Any, send: Any) -> None:
            part, about = ABOUT.get()
            held = _Open(part, about)

            async def sending(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    held.status, held.headers = message["status"], list(message["headers"])
                elif message["type"] == "http.response.body":
                    held.body += message.get("body", b"")
                await send(message)

            token = _OPEN.set(held)
            try:
                await gateway(scope, receive, sending)
            finally:
                _OPEN.reset(token)
                self._write(scope, held)

        return recorded

    def listen(self, served: Served) -> None:
        """`gateway.telemetry.Listener`."""
        held = _OPEN.get()
        if held is not None:
            held.served = served

    def begin(self, exchange: Exchange) -> Note:
        """An exchange is about to be made."""
        held = _OPEN.get()
        for name, value in exchange.headers:
            if name in _CREDENTIALS:
                self._masks.add("credential", value.rpartition(b" ")[2])
        return Note(self, exchange, _kind(exchange, held), held)

    def masked(self, data: bytes) -> bytes:
        """Without values of secrets."""
        return self._masks.over(data)

    def text(self, data: bytes) -> str:
        """Of a head."""
        return self.masked(data).decode("utf-8", "backslashreplace")

    def headers(self, given: Iterable[Header]) -> Headers:
        """Without credentials."""
        kept = []
        for name, value in given:
            shown = name.decode("latin-1").lower()
            if shown in _TOLD:
                kept.append((shown, _LEFT_OUT))
            elif shown not in self._never:
                kept.append((shown, self.text(value)))
        return tuple(kept)

    def _write(self, scope: Any, held: _Open) -> None:
        served = held.served
        route: Route | None = None if served is None else served.call.route
        if served is None or route is None or scope["type"] != "http":
            return
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        case = next((v.decode("latin-1") for n, v in scope["headers"] if n.decode("latin-1") == _CASE), "")
        asked = Sent(
            scope["method"], self.text(target), tuple(h for h in self.headers(scope["headers"]) if h[0] != _CASE),
            _whole(self, served.call.body),
        )  # fmt: skip
        entry = Entry(
            self._writer.count + 1, held.part, name_of(route), asked, tuple(held.exchanges),
            Received(held.status, self.headers(held.headers), self.masked(bytes(held.body))), served.problem,
            time.monotonic() - self._began, case, held.about,
        )  # fmt: skip
        self._writer.add(entry)
        self._on_entry(entry)


def name_of(route: Route) -> str:
    """What an operation is called in a recording."""
    operation = route.operation
    return f"{operation.api}@{operation.version} {operation.operation_id}"


def _kind(exchange: Exchange, held: _Open | None) -> Kind:
    route = exchange.call.route
    if exchange.own:
        return "own"
    if held is None or route is None or exchange.method != "GET":
        return "main"
    if not route.operation.safe:
        return "proof"
    # Whose a record is, is asked before the operation itself, once: again only with another token.
    first = not any(one.kind != "own" for one in held.exchanges)
    if route.isolation is not None and route.isolation.parent and (first or exchange.target in held.proofs):
        held.proofs.add(exchange.target)
        return "proof"
    return "main"
