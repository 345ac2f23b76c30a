"""The innermost step of a run: one exchange with the system on a connection of its own, kept as it came.

The gateway's own transport refuses pages, redirects and broken answers before anybody sees them; here they are what is
looked for. No connection is used twice, so no answer can be taken for that of another call.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httptools

from contracts.systems import OAuth2Credential, System
from gateway import authorities
from gateway.transport import origin_of
from governance.fuzz.entry import Failure
from governance.fuzz.recorder import Recorder
from policies.step import Answer, Exchange, Fetch, Fetched, Header, Refusal, Runtime, Send
from policies.system_faults import broken, lost, timed_out, unreachable

_HEAD_BYTES: Final = 262_144
_CLOSE_SECONDS: Final = 1.0


class SystemWire:
    """`gateway.routes.Outward`: what leaves the process, each exchange told to the recorder."""

    def __init__(self, runtime: Runtime, folder: Path, recorder: Recorder, most_bytes: int) -> None:
        """`folder` is the workspace's, where private authorities are read from; `most_bytes` is kept of an answer."""
        self._runtime, self._folder, self._recorder, self._most = runtime, folder, recorder, most_bytes

    def bind(self, system_id: str, system: System) -> Send:
        """The innermost send of a system. Raises InvalidInputError where its authority cannot be used."""
        file = f"systems/{system_id}.yaml"
        authority = authorities.read_authority(self._folder, system.tls.ca, file) if system.tls.ca else ""
        own = origin_of(str(system.url))
        contexts = {own: authorities.context(system.tls, authority)}
        if isinstance(system.credential, OAuth2Credential):
            contexts.setdefault(origin_of(str(system.credential.token_url)), authorities.wider_context(authority))
        times = system.timeouts

        async def send(exchange: Exchange) -> Answer:
            origin = exchange.origin or own
            note = self._recorder.begin(exchange)
            one = _Conversation(exchange, origin, contexts.get(origin), self._most, times.connect_seconds)
            task = asyncio.create_task(one.run(times.operation_seconds))
            try:
                async with asyncio.timeout(times.total_seconds):
                    await _until_answered(task, one, times.first_byte_seconds)
            except TimeoutError:
                one.failure = "timeout"
            finally:
                note.end(one.failure, one.status, one.headers, one.body)
                if task.done():
                    exchange.span.close("complete" if not one.failure else "cut")
                else:
                    # Hanging up does not stop a system: what it works on holds its place until it is done.
                    task.add_done_callback(lambda _: exchange.span.close("cut"))
                    self._runtime.detach(task)
            if one.failure:
                raise _refusal(one.failure, times.first_byte_seconds)
            return Answer(one.status, one.headers, one.body or b"")

        return send

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:  # noqa: ARG002 - one signature
        """Nothing is fetched: nobody presents a token to a run."""
        raise OSError("nothing is fetched")

    def fetch_with(self, ca: str = "", file: str = "") -> Fetch:  # noqa: ARG002 - one signature
        """As `fetch`."""
        return self.fetch


async def _until_answered(task: "asyncio.Task[None]", one: "_Conversation", first_byte_seconds: float) -> None:
    begun = asyncio.create_task(one.begun.wait())
    try:
        done, _ = await asyncio.wait({task, begun}, timeout=first_byte_seconds, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise TimeoutError
        await asyncio.shield(task)
    finally:
        begun.cancel()


def _refusal(failure: Failure, seconds: float) -> Refusal:
    if failure == "unreachable":
        return unreachable("it took no connection")
    if failure == "timeout":
        return timed_out("sent no whole answer", seconds)
    if failure == "closed":
        return lost("The system closed the connection before its answer was whole")
    if failure == "too-large":
        return broken("The system's answer is larger than what is kept")
    return broken("The system's answer is not HTTP")


class _Conversation:
    """One request and its answer, as far as it came. It is also the parser's protocol."""

    def __init__(
        self, exchange: Exchange, origin: str, context: ssl.SSLContext | None, most: int, connect_seconds: float
    ) -> None:
        self._exchange, self._origin, self._context = exchange, origin, context
        self._most, self._connect_seconds = most, connect_seconds
        self.begun = asyncio.Event()
        self.status = 0
        self.headers: list[Header] = []
        self.body: bytes | None = None
        self.failure: Failure = "unreachable"
        self._parser = httptools.HttpResponseParser(self)
        self._held = bytearray()
        self._head_bytes = 0
        self._whole = False
        self._in_body = False

    async def run(self, operation_seconds: float) -> None:
        """Never raises: `failure` says how it ended."""
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(self._connect_seconds):
                parts = urlsplit(self._origin)
                secure = parts.scheme == "https"
                reader, writer = await asyncio.open_connection(
                    parts.hostname, parts.port or (443 if secure else 80),
                    ssl=(self._context or ssl.create_default_context()) if secure else None,
                )  # fmt: skip
        except (OSError, TimeoutError, ssl.SSLError):
            return
        try:
            self.failure = "closed"
            async with asyncio.timeout(operation_seconds):
                writer.write(await self._request())
                await writer.drain()
                await self._read(reader)
        except TimeoutError:
            self.failure = "timeout"
        except (OSError, ssl.SSLError):
            self.failure = "closed"
        except httptools.HttpParserError:
            self.failure = "not-http"
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await writer.wait_closed()

    async def _request(self) -> bytes:
        exchange = self._exchange
        body = exchange.body
        if not isinstance(body, bytes):
            body = b"".join([piece async for piece in body])
        host = urlsplit(self._origin).netloc.rpartition("@")[2].encode()
        line = exchange.method.encode() + b" " + exchange.target + b" HTTP/1.1"
        head = [line, b"host: " + host, b"connection: close"]
        head += [name + b": " + value for name, value in exchange.headers if name != b"content-length"]
        if body or exchange.method in ("POST", "PUT", "PATCH", "MERGE"):
            head.append(b"content-length: " + str(len(body)).encode())
        return b"\r\n".join([*head, b"", b""]) + body

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while not self._whole:
            chunk = await reader.read(65_536)
            if not chunk:
                break
            self.begun.set()
            if not self._in_body:
                self._head_bytes += len(chunk)
                if self._head_bytes > _HEAD_BYTES + self._most:
                    self.failure = "not-http"
                    return
            self._parser.feed_data(chunk)
            if len(self._held) > self._most:
                self.failure = "too-large"
                return
        names = {name for name, _ in self.headers}
        ends_with_connection = self._in_body and not names & {b"content-length", b"transfer-encoding"}
        if self._whole or ends_with_connection:
            self.body, self.failure = bytes(self._held), ""

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Another answer begins: the one before was an interim one."""
        if not self._whole:
            self.headers, self._in_body = [], False
            self._held.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if not self._whole:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if not self._whole:
            self.status, self._in_body = self._parser.get_status_code(), True

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        if not self._whole:
            self._held += data

    def on_message_complete(self) -> None:
        """An answer is whole; a second one that nobody asked for is left alone."""
        if self.status >= 200:
            self._whole = True
