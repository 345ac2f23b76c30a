"""The innermost `Send`: one exchange with a system over a pool of connections. The only file that imports aiohttp.

Nothing is added, followed, stored, unpacked or sent again behind the caller's back: no cookies, no redirects, no
proxies of the environment, no decompression, no retries (but see `_Pool._converse`). A write whose first byte was
sent is never cancelled: it goes on detached until the system answers or `operation_seconds` are over.

State: the pools, in `runtime.keep`, under the system and a fingerprint of what shapes them. A reload keeps them; a
restart and a second worker have their own.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from yarl import URL

from contracts.systems import OAuth2Credential, System, Timeouts
from gateway import authorities
from gateway.answer_reader import SNIFF_BYTES, read_head, refuse_html
from gateway.answer_stream import AnswerStream
from gateway.attempt import Attempt, streams
from gateway.leftover import LeftoverError, refuse_leftover
from gateway.own_pages import OwnPages
from policies.sent import note_ended, note_sent
from policies.step import Answer, CallerLeft, End, Exchange, Fetch, Fetched, Refusal, Runtime, Send
from policies.system_faults import broken, busy, effect_of, lost, unreachable

_FETCH_SECONDS = 5.0
_FETCH_CONNECTIONS = 8
_KEEP_ALIVE_SECONDS = 4.0
"""How long an idle connection may be used again. Short, because a system that closes one in the moment we write to it
leaves a write's effect unknown; common servers close idle connections after 5 seconds or more."""
_HEAD_BYTES = 32_768
_LINE_BYTES = 8_190
_HEADER_COUNT = 128
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp would add by itself."""


class _GoneError(Exception):
    """The connection was lost after it got our message. None of aiohttp's own, so that aiohttp sends nothing again."""


_Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]


async def _once(request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
    """Client middleware. By itself aiohttp sends GET, PUT and DELETE again where the connection was lost."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _GoneError from error


class _Request(aiohttp.ClientRequest):
    """Tells its attempt that a connection is there and the first byte is about to be written."""

    sending: Callable[[Any], None]

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        self.sending(conn.protocol)
        return await super().send(conn)


class _Pool:
    """The connections to one system, and to the token endpoint that its credential names."""

    def __init__(self, system: System, authority: str, runtime: Runtime) -> None:
        self._runtime = runtime
        self._origin = origin_of(str(system.url))
        self._connections = system.max_connections
        self._pages = OwnPages(system.product)
        self._contexts = {"": authorities.context(system.tls, authority)}
        if isinstance(system.credential, OAuth2Credential):
            token_origin = origin_of(str(system.credential.token_url))
            same = token_origin == self._origin
            self._contexts[token_origin] = self._contexts[""] if same else authorities.wider_context(authority)
        self._session: aiohttp.ClientSession | None = None
        self._seen: WeakSet[Any] = WeakSet()
        self._open = 0

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _over(self, attempt: Attempt, end: End) -> None:
        """The exchange has ended."""
        self._open -= 1
        attempt.exchange.span.close(end)

    async def read(self, attempt: Attempt) -> Answer:
        """A safe exchange: it ends with its caller."""
        try:
            async with asyncio.timeout(None) as watch:
                attempt.lend(watch)
                return await self._run(attempt, watch)
        except TimeoutError:
            raise self._late(attempt) from None
        finally:
            attempt.take_back()

    async def write(self, attempt: Attempt) -> Answer:
        """A write, or a read that holds a slot: once its first byte was sent, it outlives its caller's patience."""
        task = asyncio.create_task(self._operation(attempt))
        try:
            async with asyncio.timeout(None) as watch:
                attempt.lend(watch)
                return await asyncio.shield(task)
        except (TimeoutError, asyncio.CancelledError) as error:
            if not task.done():
                if not attempt.sent:
                    task.cancel()
                self._runtime.detach(self._after_the_caller(task, "read" if attempt.exchange.safe else "write"))
            if isinstance(error, TimeoutError):
                raise self._late(attempt) from None
            raise
        finally:
            attempt.take_back()

    async def _operation(self, attempt: Attempt) -> Answer:
        async with asyncio.timeout_at(attempt.operation_at) as watch:
            return await self._run(attempt, watch)

    async def _after_the_caller(self, task: "asyncio.Task[Answer]", kind: str) -> None:
        """How an exchange ended that nobody waited for any more."""
        try:
            answer = await task
        except TimeoutError:
            ended = "operation-timeout"
        except (Refusal, CallerLeft):
            ended = "failed"
        except asyncio.CancelledError:
            ended = "cancelled"
        else:
            ended = f"{answer.status // 100}xx"
            if isinstance(answer.body, AnswerStream):
                await answer.body.aclose()
        self._runtime.count(f"{kind}_ended_without_its_caller", ended=ended)

    def _late(self, attempt: Attempt) -> Refusal:
        if not attempt.sent and self._open >= self._connections:
            return busy(self._connections, attempt.waiting_for[1])
        return attempt.late()

    async def _run(self, attempt: Attempt, watch: asyncio.Timeout) -> Answer:
        """One exchange from its connection to its answer; ends its span unless the answer streams."""
        self._open += 1
        end: End | None = "cut"
        try:
            answer = await self._converse(attempt)
            end = "complete" if isinstance(answer.body, bytes) else None
        except asyncio.CancelledError:
            end = "cut" if watch.expired() else "left"
            raise
        except CallerLeft:
            end = "left"
            raise
        finally:
            if end is not None:
                self._over(attempt, end)
        return answer

    async def _converse(self, attempt: Attempt) -> Answer:
        """Send, and read the answer.

        A read that fell on an idle connection which the system closed in the same moment, before anything was answered,
        is sent once more (RFC 9112, section 9.3.1), and counted. A write never.
        """
        exchange, retried = attempt.exchange, False
        try:
            while True:
                try:
                    return await self._once(attempt)
                except LeftoverError as error:
                    self._runtime.count(error.event)  # that connection is closed, and nothing was sent
                except _GoneError:
                    again = exchange.safe and attempt.reused and not (attempt.answered or retried)
                    if not (again and isinstance(exchange.body, bytes)):
                        raise
                    retried = True
                    self._runtime.count("stale_connection")
                    attempt.connecting()
        except _GoneError:
            raise _or_source(attempt, lost("The system closed the connection before it answered")) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _or_source(attempt, _translated(error, attempt)) from None

    async def _once(self, attempt: Attempt) -> Answer:
        exchange = attempt.exchange
        response = await self._open_response(attempt)
        try:
            attempt.reading()
            headers = read_head(response.status, response.raw_headers, _HEAD_BYTES, self._pages.statuses)
            content = response.content
            if (told := await self._pages.told(response.status, headers, content.readany)) is not None:
                response.close()
                return told
            bound = exchange.held_of(response.status, headers)
            held = bytearray()
            while chunk := await content.readany():
                attempt.reading()
                held += chunk
                if len(held) > bound and len(held) >= min(SNIFF_BYTES, bound or 1):
                    refuse_html(bytes(held[:SNIFF_BYTES]))
                    return Answer(response.status, headers, self._stream(attempt, response, bytes(held)))
            refuse_html(bytes(held[:SNIFF_BYTES]))
        except BaseException:
            response.close()
            raise
        if not attempt.uploaded:
            response.close()
        return Answer(response.status, headers, bytes(held))

    def _stream(self, attempt: Attempt, response: aiohttp.ClientResponse, first: bytes) -> AnswerStream:
        async def more() -> bytes:
            try:
                return await response.content.readany()
            except (aiohttp.ClientError, OSError):
                raise broken("The system cut its answer short") from None

        def over(end: End) -> None:
            if end != "complete" or not attempt.uploaded:
                response.close()
            self._over(attempt, end)

        return AnswerStream(attempt, first, more, over)

    async def _open_response(self, attempt: Attempt) -> aiohttp.ClientResponse:
        exchange = attempt.exchange
        if self._session is None:
            self._session = _session(self._connections, _Request)
        headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in exchange.headers]
        data: Any = exchange.body or None
        if streams(exchange.body):
            data = attempt.pieces(exchange.body)
            if isinstance(exchange.body, bytes):
                headers.append(("content-length", str(len(exchange.body))))

        def sending(protocol: Any) -> None:
            refuse_leftover(protocol, self._seen)
            attempt.sending(reused=protocol in self._seen)
            self._seen.add(protocol)

        async def told(request: aiohttp.ClientRequest, handler: _Handler) -> aiohttp.ClientResponse:
            request.sending = sending  # type: ignore[attr-defined]
            return await _once(request, handler)

        return await self._session.request(
            exchange.method,
            URL((exchange.origin or self._origin) + exchange.target.decode("ascii"), encoded=True),
            headers=headers,
            data=data,
            allow_redirects=False,
            ssl=self._contexts[exchange.origin],
            middlewares=(told,),
        )


class Transport:
    """Binds systems to their pools. `folder` is the workspace's, where private authorities are read from."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self._runtime = runtime
        self._folder = folder

    def bind(self, system_id: str, system: System) -> Send:
        """The innermost send of a system. Raises InvalidInputError where its authority cannot be used."""
        file = f"systems/{system_id}.yaml"
        authority = authorities.read_authority(self._folder, system.tls.ca, file) if system.tls.ca else ""
        token_url = getattr(system.credential, "token_url", "")
        shaping = (system.url, token_url, authority, system.tls.verify, system.max_connections, system.product)
        shape = authorities.fingerprint(*shaping)
        pool = self._runtime.keep(("transport", system_id, shape), lambda: _Pool(system, authority, self._runtime))

        async def transport(exchange: Exchange) -> Answer:
            return await _send(pool, exchange, system.timeouts)

        return transport

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:
        """Get a document for the gateway itself; see `policies.step.Fetch`."""
        return await self.fetch_with()(url, headers, most)

    def fetch_with(self, ca: str = "", file: str = "") -> Fetch:
        """A `Fetch` that trusts a private authority of the workspace too; `file` is who names it."""
        authority = authorities.read_authority(self._folder, ca, file) if ca else ""
        key = ("transport", "fetch", authorities.fingerprint(authority) if authority else "")
        return self._runtime.keep(key, lambda: _Fetcher(authority)).fetch


async def _send(pool: _Pool, exchange: Exchange, timeouts: Timeouts) -> Answer:
    """One exchange, and what is told of it: attempts, time, and for writes the effect."""
    call, sent = exchange.call, note_sent(exchange)
    attempt = Attempt(exchange, timeouts)
    try:
        if exchange.safe:
            answer = await (pool.write(attempt) if exchange.holds else pool.read(attempt))
        else:
            try:
                answer = await pool.write(attempt)
            except BaseException:
                call.effect = "unknown" if attempt.sent else "none"
                raise
            call.effect = effect_of(answer.status)
        sent.status = answer.status
    except Refusal as refusal:
        sent.problem = refusal.problem.name
        raise
    finally:
        note_ended(call, sent)
    return answer


def _or_source(attempt: Attempt, refusal: Refusal) -> BaseException:
    """What went wrong while the caller's body was read is the caller's affair, not the system's."""
    return attempt.source_error or refusal


def _translated(error: Exception, attempt: Attempt) -> Refusal:
    """The errors of aiohttp in our words. None of its texts: they name hosts and quote what the system wrote."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return unreachable("its TLS certificate is not trusted or is for another name", "tls_certificate_error")
    if isinstance(error, (aiohttp.ClientConnectorSSLError, ssl.SSLError)):
        return unreachable("TLS could not be agreed on", "tls_protocol_error")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return unreachable("its name is not known", "dns_error")
    if not attempt.sent:
        return unreachable("it took no connection")
    if attempt.answered:
        return lost("The system cut its answer short, or its length is not the stated one")
    return broken("The system's answer is not HTTP")


class _Fetcher:
    """Documents for the gateway itself: key sets."""

    def __init__(self, authority: str) -> None:
        self._context = authorities.wider_context(authority)
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:
        """GET `url`. Raises TimeoutError after 5 seconds in all, OSError for anything else that goes wrong."""
        if self._session is None:
            self._session = _session(_FETCH_CONNECTIONS, aiohttp.ClientRequest)
        sent = {"user-agent": "tidewaiter", "accept": "application/json", "accept-encoding": "identity", **headers}
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                target = URL(url, encoded=True)
                async with self._session.request(
                    "GET", target, headers=sent, allow_redirects=False, ssl=self._context, middlewares=(_once,)
                ) as response:
                    head = read_head(response.status, response.raw_headers, _HEAD_BYTES)
                    held = bytearray()
                    async for chunk in response.content.iter_any():
                        held += chunk
                        if len(held) > most:
                            raise OSError(f"the document is larger than {most} bytes")
        except Refusal as refusal:
            raise OSError(refusal.detail) from None
        except TimeoutError:
            raise TimeoutError(f"no answer within {_FETCH_SECONDS:g} seconds") from None
        except (aiohttp.ClientError, _GoneError, ValueError) as error:
            raise OSError(f"the document could not be fetched: {type(error).__name__}") from None
        return Fetched(response.status, {n.decode("latin-1"): v.decode("latin-1") for n, v in head}, bytes(held))


def origin_of(url: str) -> str:
    """`scheme://host[:port]` of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _session(connections: int, request: type[aiohttp.ClientRequest]) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=_KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=request,
        skip_auto_headers=_OWN_HEADERS,
        timeout=_NO_TIMEOUT,
        auto_decompress=False,
        trust_env=False,
        max_line_size=_LINE_BYTES,
        max_field_size=_LINE_BYTES,
        max_headers=_HEADER_COUNT,
    )
