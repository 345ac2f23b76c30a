"""Runs the course of calls with httpx2, waiting in a thread or on a loop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextvars import ContextVar
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, TypeVar, cast

import httpx2

from .auth import TokenReply, TokenRequest
from .errors import CredentialError, SetupError
from .flow import Authorize, Course, Lost, Outgoing, Pause, Reply, Send, course, request_of
from .operation import Operation
from .pages import AsyncPages, PagePlan, Pages
from .read import value_of
from .settings import Settings, Timeouts
from .streams import AsyncDownload, AsyncItems, Download, Items

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
P = TypeVar("P")
_MOST_OF_ERROR: Final = 1_048_576
LAST: ContextVar[list[Reply] | None] = ContextVar("tidewaiter_last_reply", default=None)
"""Where `answer` finds the head of the answer that a call got."""


def limits(timeouts: Timeouts, read_seconds: float | None = None) -> httpx2.Timeout:
    """The timeouts as httpx2 takes them; none of them is longer than what is left of the deadline."""
    most = read_seconds if read_seconds is not None else float("inf")
    return httpx2.Timeout(
        connect=min(timeouts.connect, most), read=min(timeouts.read, most), write=min(timeouts.write, most),
        pool=min(timeouts.pool, most),
    )  # fmt: skip


def _token_url(request: TokenRequest, usual: str) -> str:
    if not request.url and not usual:
        raise SetupError("say where tokens are made: ClientCredentials(..., token_url=)")
    return request.url or usual


def no_cookies() -> CookieJar:
    """A jar that keeps nothing: a session of one entity must not be sent with calls of another."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _lost(error: httpx2.HTTPError) -> Lost:
    before = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError)
    timed_out = isinstance(error, httpx2.TimeoutException)
    what = "no connection" if before else "the connection broke before an answer came"
    return Lost(
        not before,
        timed_out,
        "no connection in time" if before and timed_out else "no answer in time" if timed_out else what,
    )


def _built(client: httpx2.Client | httpx2.AsyncClient, request: Outgoing, timeout: httpx2.Timeout) -> httpx2.Request:
    return client.build_request(
        request.method, request.url, headers=request.headers, content=request.content,
        files=cast("Any", request.files), timeout=timeout,
    )  # fmt: skip


class Core:
    """What a client and its views share."""

    def __init__(self, settings: Settings, http: httpx2.Client, log: logging.Logger) -> None:
        self.settings = settings
        self.http = http
        self.log = log

    def call(self, operation: Operation[T], arguments: Sequence[Any] = (), body: Any = None) -> T:
        """Call an operation. Raises what `errors` describes."""
        request = request_of(self.settings, operation, arguments, body)
        reply = self.run(course(self.settings, operation, request, self.log))
        return cast("T", self.value(operation, reply))

    def value(self, operation: Operation[Any], reply: Reply) -> Any:
        """What an answer holds."""
        seen = LAST.get()
        if seen is not None:
            seen.append(reply)
        answer = operation.answer_for(reply.status)
        correlation = reply.headers.get("x-correlation-id", "")
        if reply.handle is not None and answer is not None:
            if answer.kind in ("lines", "events"):
                return Items(reply.handle, operation, answer, correlation)
            return Download(reply.handle, correlation)
        return value_of(operation, reply.status, reply.body, correlation)

    def pages(self, plan: PagePlan[P, I], arguments: Sequence[Any]) -> Pages[P, I]:
        """The pages of a list."""
        return Pages(plan, self.settings, arguments, self._page)

    def _page(self, operation: Operation[Any], request: Outgoing) -> Reply:
        return self.run(course(self.settings, operation, request, self.log))

    def run(self, steps: Course) -> Reply:
        """Follow a course to its end."""
        given: Any = None
        while True:
            try:
                step = steps.send(given)
            except StopIteration as end:
                return cast("Reply", end.value)
            try:
                if isinstance(step, Authorize):
                    exchange = partial(self._exchange, step.token_url)
                    given = step.auth.credential(exchange, refused=step.refused)
                elif isinstance(step, Pause):
                    self.settings.retries.sleep(step.seconds)
                    given = None
                else:
                    given = self._send(step)
            except BaseException:
                steps.close()
                raise

    def _send(self, step: Send) -> Reply | Lost:
        timeout = limits(self.settings.timeouts, step.read_seconds)
        try:
            response = self.http.send(_built(self.http, step.request, timeout), stream=True, follow_redirects=False)
        except httpx2.HTTPError as error:
            return _lost(error)
        if 200 <= response.status_code < 300 and step.streamed(response.status_code):
            return Reply(response.status_code, response.headers, b"", response)
        try:
            with contextlib.closing(response):
                body = self._body(response)
        except httpx2.HTTPError as error:
            return _lost(error)
        return Reply(response.status_code, response.headers, body)

    def _body(self, response: httpx2.Response) -> bytes:
        if response.status_code < 300:
            return response.read()
        found = bytearray()
        for piece in response.iter_bytes(65_536):
            found += piece
            if len(found) >= _MOST_OF_ERROR:
                break
        return bytes(found[:_MOST_OF_ERROR])

    def _exchange(self, usual: str, request: TokenRequest) -> TokenReply:
        timeout = limits(self.settings.timeouts)
        try:
            response = self.http.post(
                _token_url(request, usual), content=request.content, headers=list(request.headers), timeout=timeout,
                follow_redirects=False,
            )  # fmt: skip
        except httpx2.HTTPError as error:
            raise CredentialError(f"the token endpoint cannot be reached: {type(error).__name__}") from None
        return TokenReply(response.status_code, response.content)


class AsyncCore:
    """The same on a loop."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient, log: logging.Logger) -> None:
        self.settings = settings
        self.http = http
        self.log = log

    async def call(self, operation: Operation[T], arguments: Sequence[Any] = (), body: Any = None) -> T:
        """Call an operation. Raises what `errors` describes."""
        request = request_of(self.settings, operation, arguments, body)
        reply = await self.run(course(self.settings, operation, request, self.log))
        return cast("T", self.value(operation, reply))

    def value(self, operation: Operation[Any], reply: Reply) -> Any:
        """What an answer holds."""
        seen = LAST.get()
        if seen is not None:
            seen.append(reply)
        answer = operation.answer_for(reply.status)
        correlation = reply.headers.get("x-correlation-id", "")
        if reply.handle is not None and answer is not None:
            if answer.kind in ("lines", "events"):
                return AsyncItems(reply.handle, operation, answer, correlation)
            return AsyncDownload(reply.handle, correlation)
        return value_of(operation, reply.status, reply.body, correlation)

    def pages(self, plan: PagePlan[P, I], arguments: Sequence[Any]) -> AsyncPages[P, I]:
        """The pages of a list."""
        return AsyncPages(plan, self.settings, arguments, self._page)

    async def _page(self, operation: Operation[Any], request: Outgoing) -> Reply:
        return await self.run(course(self.settings, operation, request, self.log))

    async def run(self, steps: Course) -> Reply:
        """Follow a course to its end."""
        given: Any = None
        while True:
            try:
                step = steps.send(given)
            except StopIteration as end:
                return cast("Reply", end.value)
            try:
                if isinstance(step, Authorize):
                    exchange = partial(self._exchange, step.token_url)
                    given = await step.auth.async_credential(exchange, refused=step.refused)
                elif isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    given = None
                else:
                    given = await self._send(step)
            except BaseException:
                steps.close()
                raise

    async def _send(self, step: Send) -> Reply | Lost:
        timeout = limits(self.settings.timeouts, step.read_seconds)
        request = step.request
        if request.content is not None and not isinstance(request.content, bytes | AsyncIterable):
            request = Outgoing(request.method, request.url, request.headers, _pieces(request.content))
        try:
            response = await self.http.send(_built(self.http, request, timeout), stream=True, follow_redirects=False)
        except httpx2.HTTPError as error:
            return _lost(error)
        if 200 <= response.status_code < 300 and step.streamed(response.status_code):
            return Reply(response.status_code, response.headers, b"", response)
        try:
            async with contextlib.aclosing(response):
                body = await self._body(response)
        except httpx2.HTTPError as error:
            return _lost(error)
        return Reply(response.status_code, response.headers, body)

    async def _body(self, response: httpx2.Response) -> bytes:
        if response.status_code < 300:
            return await response.aread()
        found = bytearray()
        async for piece in response.aiter_bytes(65_536):
            found += piece
            if len(found) >= _MOST_OF_ERROR:
                break
        return bytes(found[:_MOST_OF_ERROR])

    async def _exchange(self, usual: str, request: TokenRequest) -> TokenReply:
        timeout = limits(self.settings.timeouts)
        try:
            response = await self.http.post(
                _token_url(request, usual), content=request.content, headers=list(request.headers), timeout=timeout,
                follow_redirects=False,
            )  # fmt: skip
        except httpx2.HTTPError as error:
            raise CredentialError(f"the token endpoint cannot be reached: {type(error).__name__}") from None
        return TokenReply(response.status_code, response.content)


async def _pieces(content: Any) -> AsyncIterator[bytes]:
    """A file or an iterator, read in a thread so that the loop goes on."""
    read = getattr(content, "read", None)
    if read is None:
        for piece in content:
            yield piece
        return
    while piece := await asyncio.to_thread(read, 65_536):
        yield piece
