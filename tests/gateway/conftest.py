"""A real uvicorn on a real loopback socket, with the wire in front of an app that records what it saw."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn


async def record(server: "WireServer", scope, receive, send) -> None:
    """Read the whole body, note the request, and answer with what was seen."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            server.left += 1
            return
        body += message["body"]
        if not message["more_body"]:
            break
    server.seen.append((scope, body))
    answer = json.dumps([scope["method"], scope["raw_path"].decode("latin-1"), len(body)]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


@dataclass
class WireServer:
    """What was seen, what was refused, and how to reach it."""

    bounds: dict[str, Any] = field(default_factory=dict)
    handler: Any = record
    seen: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    left: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    address: tuple[str, int] = ("127.0.0.1", 0)
    server: uvicorn.Server | None = None

    async def app(self, scope, receive, send):
        await self.handler(self, scope, receive, send)

    def connect(self, *, timeout: float = 5.0, receive_buffer: int = 0) -> socket.socket:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(timeout)
        sock.connect(self.address)
        return sock

    @contextlib.contextmanager
    def running(self):
        from contracts.settings import Bounds
        from gateway.wire import make_protocol

        config = uvicorn.Config(
            self.app, http=make_protocol(Bounds(**self.bounds), render, lambda *told: self.refused.append(told)),
            loop="uvloop", ws="none", lifespan="off", interface="asgi3", proxy_headers=False, server_header=False, access_log=False,
            log_config=None, timeout_graceful_shutdown=1,
        )  # fmt: skip
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        self.address = listener.getsockname()
        self.server = uvicorn.Server(config)
        self.server.capture_signals = contextlib.nullcontext

        def run() -> None:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(self.server.serve(sockets=[listener]))

        thread = threading.Thread(target=run)
        thread.start()
        try:
            until = time.monotonic() + 5
            while not self.server.started:
                assert time.monotonic() < until
                time.sleep(0.005)
            yield self
        finally:
            self.server.should_exit = True
            thread.join(10)
            listener.close()
            assert not thread.is_alive()


def render(problem, detail, instance, correlation) -> bytes:
    assert instance.startswith("urn:uuid:")
    return json.dumps(
        {"type": f"https://example.com/-/problems/{problem.name}", "status": problem.status, "detail": detail}
    ).encode()


@dataclass
class Reply:
    """One answer read from a socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        return json.loads(self.body)["type"].rpartition("/")[2]


class Reader:
    """Reads answers off a socket as a strict client does."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def more(self) -> bool:
        """Receive once; False at the end of the connection."""
        data = self.sock.recv(65_536)
        self.buffer += data
        return bool(data)

    def line(self) -> bytes:
        """Up to and without CRLF."""
        while b"\r\n" not in self.buffer:
            assert self.more(), "the connection ended in the midst of a line"
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        assert b"\n" not in line
        return line

    def exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            assert self.more(), f"{size - len(self.buffer)} bytes are missing"
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def rest(self) -> bytes:
        while self.more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def reply(self, method: str = "GET") -> Reply | None:
        """The next answer; None at the end of the connection."""
        if not self.buffer and not self.more():
            return None
        version, status, _ = self.line().decode().split(" ", 2)
        assert version == "HTTP/1.1"
        headers: dict[str, str] = {}
        for raw in iter(self.line, b""):
            name, value = raw.decode("latin-1").split(": ", 1)
            assert name not in headers
            headers[name] = value
        if method == "HEAD" or status in {"100", "204", "304"}:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.line(), 16):
                body += self.exactly(size)
                assert self.line() == b""
            assert self.line() == b""
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            body = self.rest()
        return Reply(int(status), headers, body)


async def drain(receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += message["body"]
        if not message["more_body"]:
            return body


def answering(status=200, headers=(), pieces=(b"hello",), *, read=True):
    """An app that answers so, after it has read the request's body."""

    async def handler(server, scope, receive, send):
        if read:
            await drain(receive)
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for piece in pieces[:-1]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": pieces[-1]})

    return handler


@pytest.fixture(name="answering")
def answering_fixture():
    return answering


@pytest.fixture
def wire_server():
    """Start a server: `wire_server(bounds={...}, handler=...)`; all are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(bounds=None, handler=record) -> WireServer:
            server = WireServer(bounds or {}, handler)
            return stack.enter_context(server.running())

        yield start


@pytest.fixture(scope="module")
def recording_server():
    """One server for the tests of a module, with default bounds."""
    with WireServer().running() as server:
        yield server


@pytest.fixture
def reader():
    return Reader
