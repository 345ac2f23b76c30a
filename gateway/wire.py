"""The HTTP/1.1 protocol class for uvicorn (`http=`): what must be refused before a scope exists, and every deadline.

A head is read whole and strictly (`gateway.head`), a chunked body likewise (`gateway.chunks`); the same bytes then go
through httptools, and where the two do not agree on the end of a message, it is refused. Requests on a connection
are read one after the other: the next head is looked at when the last answer is complete, so pipelined requests keep
their order and cost one buffer. A refusal is a problem detail, after which the connection is closed.
"""

import asyncio
import socket
import struct
import urllib.parse
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from contracts.settings import Bounds
from gateway.chunks import ChunkReader
from gateway.clocks import Deadline, StallWatch
from gateway.cycle import Cycle
from gateway.head import BAD_FRAMING, CHUNKED, Head, check_partial, read_head, without_upgrade
from gateway.headers import single_valued
from gateway.refused import (
    HEAD_TIMEOUT,
    NO_ANSWER,
    SLOW_READER,
    TOO_MANY_CONNECTIONS,
    OnRefused,
    Render,
    refusal_bytes,
    refuses,
)
from policies.step import Header, Refusal

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

__all__ = ["BODY_BYTES", "CUT", "OnRefused", "Render", "Wire", "make_protocol", "refuses", "single_valued"]

CUT: Final = "tidewaiter.cut"
"""Scope extension: a callable that closes the connection in the midst of the answer, without a word in the log."""
BODY_BYTES: Final = "tidewaiter.body_bytes"
"""Scope extension: how long the body says it is; 0 for none, -1 where only its chunks tell."""

LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 1_048_576
"""After a last answer, what still comes is read and dropped up to these bounds, so that the caller gets to read the
answer: closing with unread bytes makes the kernel throw it away (RFC 9112 9.6)."""
SPARE_CONNECTIONS: Final = 64
"""Past the bound, so many connections at a time are told so; further ones are closed without a word."""
DROP_BYTES: Final = 65_536
"""The rest of a body that nobody reads is dropped, and the connection kept, where it is known to be no longer."""

_HEAD, _LENGTH, _CHUNKS = range(3)


class _Witness:
    """Counts the messages that httptools saw end."""

    __slots__ = ("ended",)

    def __init__(self) -> None:
        self.ended = 0

    def on_message_complete(self) -> None:
        self.ended += 1


class Wire(HttpToolsProtocol):
    """One connection. Made by `make_protocol`, which binds what is configured."""

    bounds: ClassVar[Bounds]
    render: ClassVar[Render]
    on_refused: ClassVar[OnRefused]
    last_answers: ClassVar[bool] = False
    """Whether each answer ends its connection: the process is about to end."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._witness = _Witness()
        self.parser = httptools.HttpRequestParser(self._witness)
        self._phase = _HEAD
        self._buffer = b""
        self._scanned = 0
        self._head_begun = self._empty_line = False
        self._left = 0
        self._chunks = ChunkReader(0)
        self._answering: Cycle | None = None
        self._reading: Cycle | None = None
        """The request whose body is being read: the one being answered, or one answered before its body ended."""
        self._closing = False
        """The last answer is written, or the connection lost: nothing more is taken for a request."""
        self._dropped = 0
        self._wait = Deadline(self.loop, self._late)

    # What asyncio and uvicorn call.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock of the first head, unless there are connections enough."""
        self.connections.add(self)
        self.transport = transport
        self.flow = FlowControl(transport)
        self.server = get_local_addr(transport)
        self.client = get_remote_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self._unsent = StallWatch(self.loop, transport, self.bounds.answer_stall_seconds, self._stalled)
        if len(self.connections) > self.bounds.connections and not self._make_room():
            if len(self.connections) > self.bounds.connections + SPARE_CONNECTIONS:
                type(self).on_refused(TOO_MANY_CONNECTIONS.name, self._address(), "")
                transport.abort()
                return
            retry = (b"retry-after", b"1")
            self._refuse(Refusal(TOO_MANY_CONNECTIONS, "All connections are in use.", headers=(retry,)))
        else:
            self._wait.set(self.bounds.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Tell the app that its caller has left."""
        self.connections.discard(self)
        self._wait.cancel()
        self._unsent.stop()
        self._closing = True
        self._buffer = b""
        self._let_go()
        self.flow.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read on: heads, bodies, or what is dropped on a connection that is being closed."""
        if not self._closing:
            self._buffer = self._buffer + data if self._buffer else data
            self._read()
            return
        self._dropped += len(data)
        if self._dropped > LINGER_BYTES:
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        """The answer comes faster than the caller takes it: from now on it is watched."""
        super().pause_writing()
        self._unsent.start()

    def resume_writing(self) -> None:
        """The caller took most of what waited."""
        super().resume_writing()
        if not self._closing:
            self._unsent.stop()

    def shutdown(self) -> None:
        """End the connection after the answer under way, at once where there is none."""
        if self._answering is None:
            self.transport.close()
        else:
            self._answering.keep_alive = False

    # Reading.

    def _read(self) -> None:
        try:
            while self._buffer and not self._closing and self._read_some():
                pass
        except Refusal as refusal:
            self._refuse(refusal)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(Refusal(BAD_FRAMING, "Two readers of this message do not agree on it."))

    def _read_some(self) -> bool:
        """Read a head or some of a body; False where more must come first. Raises what `_read` catches."""
        if self._phase == _HEAD:
            return self._read_head()
        buffer = self._buffer
        if self._phase == _LENGTH:
            raw = buffer[: self._left]
            self._left -= len(raw)
            pieces, taken, done = [raw], len(raw), not self._left
        else:
            pieces, taken = self._chunks.feed(buffer)
            raw, done = buffer[:taken], self._chunks.done
        self._buffer = buffer[taken:]
        self._confirm(raw, ends=done)
        cycle = self._reading
        assert cycle is not None
        for piece in pieces:
            cycle.add_body(piece)
        if done:
            self._phase = _HEAD
            self._reading = None
            cycle.end_body()
            if self._answering is None and not self._buffer:
                self._wait.set(self.bounds.idle_seconds)
        return done

    def _read_head(self) -> bool:
        if self._answering is not None:
            if len(self._buffer) > self.bounds.head_bytes:
                self.flow.pause_reading()
            return False
        if not self._empty_line and self._buffer.startswith(b"\r\n"):
            self._empty_line = True
            self._buffer = self._buffer[2:]  # RFC 9112 2.2: one empty line before the request line is passed over
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", self._scanned)
        if end < 0:
            if not self._head_begun:
                self._head_begun = True
                self._wait.set(self.bounds.head_seconds)
            if buffer not in (b"", b"\r"):
                check_partial(buffer, self.bounds)
            self._scanned = max(0, len(buffer) - 3)
            return False
        raw = buffer[: end + 4]
        self._buffer = buffer[end + 4 :]
        self._scanned = 0
        self._head_begun = self._empty_line = False
        try:
            head = read_head(raw, self.bounds)
        except Refusal as refusal:
            self._refuse(refusal, bodiless=raw.startswith(b"HEAD "))
            return False
        self._confirm(without_upgrade(raw) if head.upgrade_ignored else raw, ends=not head.length)
        self._begin(head)
        return True

    def _confirm(self, raw: bytes, *, ends: bool) -> None:
        """Give the same bytes to httptools. Raises Refusal where it sees another end of the message."""
        before = self._witness.ended
        self.parser.feed_data(raw)
        if self._witness.ended - before != ends:
            raise Refusal(BAD_FRAMING, "Two readers of this message do not agree on where it ends.")

    def _begin(self, head: Head) -> None:
        path = head.path.decode("ascii")
        scope: HTTPScope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": head.version.decode("ascii"),
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": head.method.decode("ascii"),
            "root_path": "",
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": head.path,
            "query_string": head.query,
            "headers": head.fields,
            "state": self.app_state.copy(),
        }
        cycle = Cycle(self, self.transport, self.flow, head, scope)
        scope["extensions"] = {CUT: cycle.cut, BODY_BYTES: head.length}  # type: ignore[dict-item]
        self._wait.clear()
        self._answering = cycle
        if head.length == CHUNKED:
            self._phase = _CHUNKS
            self._chunks = ChunkReader(self.bounds.head_bytes)
        elif head.length:
            self._phase = _LENGTH
            self._left = head.length
        if self._phase != _HEAD:
            self._reading = cycle
        self._start_asgi_task(cycle, self.app)  # type: ignore[arg-type]

    # What a cycle asks.

    def default_headers(self) -> list[Header]:
        """Date, as uvicorn keeps it."""
        return self.server_state.default_headers

    def may_follow(self) -> bool:
        """Another request may follow unless much of this one's body is still to come, or may never come."""
        if type(self).last_answers:
            return False
        cycle = self._reading
        return cycle is None or (self._phase == _LENGTH and self._left <= DROP_BYTES and not cycle.continue_wanted)

    def answered(self) -> None:
        """Go on with the next request, or close."""
        cycle = self._answering
        self._answering = None
        self.server_state.total_requests += 1
        if cycle is None or self.transport.is_closing():
            return
        if not cycle.keep_alive:
            self._close(linger=cycle.asked_to_keep_alive or self._reading is not None or bool(self._buffer))
            return
        self.flow.resume_reading()
        self._wait.set(self.bounds.idle_seconds if self._reading is None else self.bounds.head_seconds)
        self._read()

    def cut(self) -> None:
        """Close in the midst of an answer, so that no caller can take it for a whole one."""
        cycle = self._answering
        if cycle is not None and cycle.ends_by_closing:
            sock = self.transport.get_extra_info("socket")
            if sock is not None:  # closing in order would look like the end: a reset does not
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._closing = True
        self._let_go()
        self.transport.abort()

    def failed(self) -> None:
        """Answer in the app's place."""
        cycle = self._answering
        self._refuse(Refusal(NO_ANSWER), bodiless=cycle is not None and cycle.method == b"HEAD")

    # Ends.

    def _refuse(self, refusal: Refusal, *, bodiless: bool = False) -> None:
        """Answer with a problem detail and close; cut where another answer has begun."""
        correlation = str(uuid.uuid4())
        type(self).on_refused(refusal.problem.name, self._address(), correlation)
        if self._answering is None and self._phase != _HEAD:
            self.cut()  # the answer of this message is written already
            return
        if self._answering is not None and self._answering.started:
            self.cut()
            return
        self._let_go()
        render, defaults = type(self).render, self.default_headers()
        self.transport.write(refusal_bytes(refusal, render, defaults, correlation, bodiless=bodiless))
        self._close(linger=True)

    def _let_go(self) -> None:
        """The request under way, if any, has nobody to be answered to."""
        cycle = self._answering
        self._answering = None
        if cycle is not None:
            cycle.leave()

    def _close(self, *, linger: bool) -> None:
        """Close after what was written is taken; with `linger`, so that the caller gets to read it."""
        self._closing = True
        self._buffer = b""
        if self.transport.get_write_buffer_size():
            self._unsent.start()
        if not linger:
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._wait.set(LINGER_SECONDS)

    def _make_room(self) -> bool:
        """Close a connection that waits for a request, rather one that has sent nothing of it; False without any."""
        found: Wire | None = None
        for other in self.connections:
            if other is not self and isinstance(other, Wire) and other.is_waiting():
                found = other
                if not other._buffer:  # noqa: SLF001 - of the same class
                    break
        if found is not None:
            found.transport.close()
        return found is not None

    def is_waiting(self) -> bool:
        """Whether no request is under way: none has come, or its head has not ended."""
        return not (self._answering or self._reading or self._closing or self.transport.is_closing())

    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _late(self) -> None:
        """What was waited for did not come: the rest of a head or body, another request, the caller's farewell."""
        if self._phase == _HEAD and self._buffer and not self._closing:
            self._refuse(Refusal(HEAD_TIMEOUT, f"The head may take {self.bounds.head_seconds:g} seconds."))
        elif self.transport.get_write_buffer_size():
            self._unsent.start()
            self._wait.set(LINGER_SECONDS if self._closing else self.bounds.idle_seconds)
        elif self._closing:
            self.transport.abort()
        else:
            self.transport.close()

    def _stalled(self) -> None:
        type(self).on_refused(SLOW_READER, self._address(), "")
        self.cut()


def make_protocol(bounds: Bounds, render: Render, on_refused: OnRefused) -> type[Wire]:
    """The class to give to `uvicorn.Config(http=...)`.

    To be used with `loop="uvloop", ws="none", interface="asgi3", proxy_headers=False, server_header=False,
    access_log=False`; uvicorn's own `limit_concurrency`, `timeout_keep_alive` and `root_path` have no effect. `bounds`
    are kept by each worker for itself. `render` and `on_refused` must not raise.
    """
    bound = {"bounds": bounds, "render": staticmethod(render), "on_refused": staticmethod(on_refused)}
    return type("BoundWire", (Wire,), bound)
