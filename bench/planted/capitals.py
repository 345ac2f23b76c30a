"""Names of headers in capitals, which ASGI cannot say: the head is changed on its way to the socket."""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_NAME = re.compile(rb"(?m)^[A-Za-z0-9-]+(?=: )")


class _Capitals:
    """A transport that writes the names in the head of an answer in capitals."""

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, data: bytes) -> None:
        """uvicorn writes a head at once, alone or before the body."""
        head, end, body = data.partition(b"\r\n\r\n")
        if data.startswith(b"HTTP/1.1 ") and end:
            data = _NAME.sub(lambda found: found[0].upper(), head) + end + body
        self._inner.write(data)


class CapitalsProtocol(HttpToolsProtocol):
    """uvicorn's protocol behind such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection."""
        super().connection_made(_Capitals(transport))  # type: ignore[arg-type]
