"""A caller on raw sockets: it pipelines, uploads slowly, hangs up where it likes, and reads answers strictly."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

ANSWER_SECONDS = 40
"""A caller's patience: longer than every timeout of the gateway together."""


class CutError(Exception):
    """The connection ended before the answer was whole. `begun`: some of it came."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the answer was cut")
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer. `headers` have lower-case names, the last of a name counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    raw_head: bytes


def message(method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """A request as bytes."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Line:
    """One connection to the gateway, kept for as long as both sides like."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_open(self) -> bool:
        """Whether the next request goes over a connection that was used before."""
        return self._writer is not None

    async def write(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Send pieces, with a pause in seconds between them. Raises OSError."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer = self._writer
        for number, piece in enumerate(pieces):
            if number and pause:
                await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()

    async def read(self, method: str) -> Answered:
        """The next answer. Raises CutError, TimeoutError, OSError."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._read(method)

    async def read_some(self, count: int) -> bytes:
        """At most `count` bytes of what came. Raises TimeoutError, OSError."""
        assert self._reader is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._reader.read(count)

    async def hang_up(self) -> None:
        """Close."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await writer.wait_closed()

    async def _read(self, method: str) -> Answered:
        reader = self._reader
        assert reader is not None
        begun = False
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                begun = True
                status = int(head[9:12])
                if status >= 200:
                    break
            headers = _headers(head)
            body = b""
            if method != "HEAD" and status not in (204, 304):
                if headers.get("transfer-encoding") == "chunked":
                    body = b"".join([chunk async for chunk in _chunks(reader)])
                else:
                    body = await reader.readexactly(int(headers["content-length"]))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            begun = begun or bool(getattr(error, "partial", b""))
            await self.hang_up()
            raise CutError(begun=begun) from None
        if headers.get("connection", "").lower() == "close":
            await self.hang_up()
        return Answered(status, headers, body, head)


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line)
    return {name.lower(): value.strip() for name, _, value in pairs}


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
