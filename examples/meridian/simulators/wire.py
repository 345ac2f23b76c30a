"""The connection under a request, for faults that no web framework lets happen."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

from message import Headers
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_numbers = count(1)
open_connections: set[int] = set()
"""Numbers of the connections that are open now."""


class Line:
    """One connection: write what you like, end it how you like."""

    def __init__(self, transport: asyncio.Transport, receive: Callable[[], Awaitable[Any]]) -> None:
        self._transport = transport
        self._receive = receive

    @property
    def closing(self) -> bool:
        """Whether it has ended."""
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End it after what was written."""
        self._transport.close()

    def reset(self) -> None:
        """End it at once, with a TCP reset."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def gone(self, seconds: float | None = None) -> None:
        """Until the other side is gone, for at most `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with the connection within the application's reach."""

    number = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection."""
        self.number = next(_numbers)
        open_connections.add(self.number)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        open_connections.discard(self.number)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins: its scope learns of the connection."""
        super().on_message_begin()
        self.scope["extensions"] = {"line": {"transport": self.transport, "number": self.number}}


def head(status: int, headers: Headers) -> bytes:
    """An answer's head as bytes."""
    lines = [f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}", *(f"{k}: {v}" for k, v in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")
