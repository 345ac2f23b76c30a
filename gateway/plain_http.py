"""The little HTTP/1.1 that the parent's listeners need: one request a connection, small, strict, quick to end.

Not for calls: those meet `gateway.wire`. Imports the standard library only: the parent stays light.
"""

import asyncio
import contextlib
import http
import json
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

HEAD_BYTES = 8_192
BODY_BYTES = 65_536
SECONDS = 10.0
"""For the whole of a request to come."""
_LINE = re.compile(rb"([A-Z]{3,7}) (/[!-~]{0,2000}) HTTP/1\.[01]")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~]*?)[ \t]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Names of headers are in lower case; one that came twice is refused before."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What is answered."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


def told_json(status: int, content: Any, *headers: tuple[str, str]) -> Told:
    """A JSON answer."""
    return Told(status, json.dumps(content, indent=1).encode() + b"\n", "application/json", headers)


Handle = Callable[[Asked], Awaitable[Told]]


class _BadRequestError(Exception):
    pass


async def listen(sock: socket.socket, handle: Handle) -> asyncio.Server:
    """Serve on a bound socket until the server is closed. What `handle` raises is answered with 500."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                async with asyncio.timeout(SECONDS):
                    asked = await _read(reader)
                told = await handle(asked)
            except _BadRequestError as error:
                told = told_json(400, {"error": str(error)})
            writer.write(_bytes_of(told))
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    return await asyncio.start_server(connected, sock=sock, limit=HEAD_BYTES)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head[:-4].split(b"\r\n")
    first = _LINE.fullmatch(lines[0])
    if first is None:
        raise _BadRequestError("the request line cannot be read")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        field = _FIELD.fullmatch(line)
        name = field[1].decode().lower() if field else ""
        if field is None or name in headers:
            raise _BadRequestError("a header cannot be read, or comes twice")
        headers[name] = field[2].decode()
    if "transfer-encoding" in headers:
        raise _BadRequestError("a body needs Content-Length")
    length = headers.get("content-length", "0")
    if not re.fullmatch(r"\d{1,6}", length) or int(length) > BODY_BYTES:
        raise _BadRequestError(f"a body may have {BODY_BYTES} bytes")
    body = await reader.readexactly(int(length)) if int(length) else b""
    return Asked(first[1].decode(), first[2].decode(), headers, body)


def _bytes_of(told: Told) -> bytes:
    fields = (
        ("content-type", told.media_type),
        ("content-length", str(len(told.body))),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("connection", "close"),
        *told.headers,
    )
    lines = [f"HTTP/1.1 {told.status} {http.HTTPStatus(told.status).phrase}", *(f"{n}: {v}" for n, v in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + told.body
