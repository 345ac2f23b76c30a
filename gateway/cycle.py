"""One request on a connection and its answer: the ASGI `receive` and `send` of `gateway.wire`.

Differs from uvicorn's own cycle where it matters here: head and first body piece leave in one write; no traceback and
no exception text is ever logged; HTTP/1.0 is never answered in chunks; sending to a caller who left raises.
"""

import asyncio
import http
import logging
from enum import Enum
from typing import Final, Protocol

from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendEvent, HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.utils import ClientDisconnected

from gateway.head import Head
from policies.step import Header

BUFFER_BYTES: Final = 65_536
"""How much of a request's body waits for the app before reading from the socket stops."""
JOIN_BYTES: Final = 16_384
"""Up to this size, head and body are copied into one piece; above, they are handed over side by side."""

_CONTROLS: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])
_NO_BODY: Final = frozenset((204, 304))
_log = logging.getLogger("tidewaiter.wire")


class Framing(Enum):
    """How the body of an answer is framed (RFC 9112 6)."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


class Connection(Protocol):
    """What a cycle asks of its connection."""

    def default_headers(self) -> list[Header]:
        """Headers of every answer: Date."""
        ...

    def may_follow(self) -> bool:
        """Whether another request may follow this one, asked as the answer's head is written."""
        ...

    def answered(self) -> None:
        """The answer is complete."""
        ...

    def cut(self) -> None:
        """Close at once, in the midst of an answer."""
        ...

    def failed(self) -> None:
        """The app ended and nothing was written."""
        ...


class Cycle:
    """The state of one request and its answer. The connection feeds it, the app reads and writes it."""

    __slots__ = (
        "_connection", "_end_given", "_flow", "_framing", "_owed", "_pieces", "_size", "_start", "_status",
        "_transport", "_waiter", "asked_to_keep_alive", "body_ended", "complete", "continue_wanted", "gone",
        "keep_alive", "method", "scope", "started", "version",
    )  # fmt: skip

    def __init__(
        self, connection: Connection, transport: asyncio.Transport, flow: FlowControl, head: Head, scope: HTTPScope
    ) -> None:
        self.scope = scope
        self.method = head.method
        self.version = head.version
        self.asked_to_keep_alive = self.keep_alive = head.keep_alive
        self.continue_wanted = head.expects_continue
        """The caller waits for a 100 before it sends the body, and has not got it."""
        self.body_ended = head.length == 0
        self.started = False
        """Bytes of the answer were written."""
        self.complete = False
        self.gone = False
        """The caller left, or the connection was cut: nothing reaches anybody any more."""
        self._connection = connection
        self._transport = transport
        self._flow = flow
        self._pieces: list[bytes] = []
        self._size = 0
        self._end_given = False
        self._waiter: asyncio.Future[None] | None = None
        self._status = 0
        self._start: list[Header] | None = None
        self._framing = Framing.NONE
        self._owed = 0

    # The connection's side.

    def add_body(self, piece: bytes) -> None:
        """More of the request's body; dropped where nobody will read it."""
        if self.complete or self.gone:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > BUFFER_BYTES:
            self._flow.pause_reading()
        self._wake()

    def end_body(self) -> None:
        """The request's body is whole and its framing is known to be good."""
        self.body_ended = True
        self.continue_wanted = False
        self._wake()

    def leave(self) -> None:
        """Nobody is there any more."""
        self.gone = True
        self._pieces = []
        self._wake()

    @property
    def ends_by_closing(self) -> bool:
        """Whether only the closed connection tells the caller that the answer has ended."""
        return self._framing is Framing.CLOSE

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Run the app for this request. Logs at most the type of what it raised (DESIGN law 11)."""
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._connection.cut()
            raise
        except Exception as error:  # noqa: BLE001 - the last one who can answer
            fault = f"the app raised {type(error).__name__}"
        else:
            fault = "the app ended without completing its answer"
        if self.complete or self.gone:
            return
        _log.error("%s", fault)
        if self.started:
            self._connection.cut()
        else:
            self._connection.failed()

    # The app's side.

    def cut(self) -> None:
        """Close the connection in the midst of the answer; nothing happens once it is complete."""
        if not (self.complete or self.gone):
            self._connection.cut()

    async def receive(self) -> ASGIReceiveEvent:
        """The next piece of the request's body; after its end, `http.disconnect` once the caller left or has all.

        `more_body` is False only when the whole body came and its framing held: until then nothing of it should be
        forwarded, unless it streams. One reader at a time.
        """
        if self.continue_wanted and not self.started and not self.gone:
            self.continue_wanted = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not (self.gone or self.complete or self._pieces or (self.body_ended and not self._end_given)):
            if not self.body_ended:
                self._flow.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self.gone or self.complete:
            return {"type": "http.disconnect"}
        self._flow.resume_reading()
        pieces = self._pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces = []
        self._size = 0
        self._end_given = self.body_ended
        return {"type": "http.request", "body": body, "more_body": not self.body_ended}

    async def send(self, message: ASGISendEvent) -> None:
        """Take the head, or a piece of the body.

        The head waits for the first piece of body, which may be empty, and leaves in one write with it. Raises
        ClientDisconnected (an OSError) where nobody is there; ValueError or RuntimeError for what is no HTTP answer,
        of which nothing is written.
        """
        if self.gone:
            raise ClientDisconnected
        if message["type"] == "http.response.start" and not self.started:
            self._status = message["status"]
            self._start = list(message.get("headers", ()))
        elif message["type"] == "http.response.body" and self._start is not None and not self.complete:
            if self._flow.write_paused:
                await self._flow.drain()
                if self.gone:
                    raise ClientDisconnected
            self._write(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"the ASGI message {message['type']} does not belong here")

    def _write(self, body: bytes, *, more: bool) -> None:
        head = b"" if self.started else self._head(len(body), more=more)
        if self._framing is Framing.CHUNKED:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                body += b"0\r\n\r\n"
        elif self._framing is Framing.NONE:
            body = b""
        elif self._framing is Framing.LENGTH:
            self._owed -= len(body)
            if self._owed < 0 or (self._owed and not more):
                raise RuntimeError("the answer's body is not as long as its head says")
        self.started = True
        if not head or not body or len(body) <= JOIN_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        if not more:
            self.complete = True
            self._pieces = []
            self._wake()
            self._connection.answered()

    def _head(self, size: int, *, more: bool) -> bytes:
        """The bytes of the answer's head; settles how its body is framed and whether a request may follow."""
        headers = [*self._connection.default_headers(), *(self._start or ())]
        self._framing = Framing.NONE
        length: int | None = None
        closes = False
        for name, value in headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"connection" and b"close" in value.lower():
                closes = True
        if self.method != b"HEAD" and self._status not in _NO_BODY:
            if length is None and not more:
                length = size
                headers.append((b"content-length", b"%d" % size))
            if length is not None:
                self._framing = Framing.LENGTH
                self._owed = length
            elif self.version == b"1.1":
                self._framing = Framing.CHUNKED
                headers.append((b"transfer-encoding", b"chunked"))
            else:
                self._framing = Framing.CLOSE
        self.keep_alive = (
            self.keep_alive and not closes and self._framing is not Framing.CLOSE and self._connection.may_follow()
        )
        if not self.keep_alive and not closes:
            headers.append((b"connection", b"close"))
        return write_head(self._status, headers)


def _status_line(status: int) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


_STATUS_LINES: Final = {status: _status_line(status) for status in range(200, 600)}


def write_head(status: int, headers: list[Header]) -> bytes:
    """The head of an answer. Raises ValueError where a name or value would break it, KeyError for no final status."""
    parts = [_STATUS_LINES[status]]
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    parts.append(b"\r\n")
    head = b"".join(parts)
    lines = len(headers) + 2
    if head.count(b"\n") != lines or head.count(b"\r") != lines or len(head.translate(None, _CONTROLS)) != len(head):
        raise ValueError("a header of the answer holds a control character")
    return head
