"""The caller's end of a call: the only owner of ASGI `receive` and `send`, and the one that notices who has left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from gateway.problems import BODY_TIMEOUT
from policies.step import Answer, Body, CallerLeft, Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_WATCH_AFTER_SECONDS = 0.05
"""A call that is answered sooner needs no watcher: starting one costs more than most calls take."""


class Caller:
    """Reads the body, watches for a disconnect once the body is drained, sends the answer."""

    __slots__ = ("_receive", "_seconds", "_send", "_task", "_timer", "_watcher", "drained", "left", "received", "sent")

    def __init__(self, receive: Receive, send: Send, body_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._seconds = body_seconds
        # Here, not where the body ends: a streamed upload is read by a task of the client library.
        self._task = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.drained = False
        self.left = False
        self.received = 0
        self.sent = 0

    async def read(self, bound: int) -> Body:
        """The whole body where it fits `bound` bytes, else a stream that begins with what was read.

        Raises CallerLeft where the caller hangs up, Refusal(BODY_TIMEOUT) where the body takes too long.
        """
        chunks: list[bytes] = []
        size = 0
        deadline = asyncio.get_running_loop().time() + self._seconds
        while not self.drained and size <= bound:
            chunk = await self._chunk(deadline)
            if chunk:
                chunks.append(chunk)
                size += len(chunk)
                if bound == 0:
                    break
        if self.drained and size <= bound:
            return b"".join(chunks)
        if self.drained and not chunks:
            return b""
        return self._stream(chunks, deadline)

    async def _stream(self, first: list[bytes], deadline: float) -> AsyncIterator[bytes]:
        for chunk in first:
            yield chunk
        while not self.drained:
            chunk = await self._chunk(deadline)
            if chunk:
                yield chunk

    async def _chunk(self, deadline: float) -> bytes:
        try:
            async with asyncio.timeout_at(deadline):
                message = await self._receive()
        except TimeoutError:
            raise Refusal(BODY_TIMEOUT, fault="gateway", headers=((b"connection", b"close"),)) from None
        if message["type"] == "http.disconnect":
            self.left = True
            self.drained = True
            raise CallerLeft
        chunk: bytes = message.get("body", b"")
        self.received += len(chunk)
        if not message.get("more_body", False):
            self.drained = True
            self._watch_soon()
        return chunk

    def _watch_soon(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, self._watch)

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait_for_leaving())

    async def _wait_for_leaving(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
        self.left = True
        if self._task is not None and self._timer is not None:
            self._task.cancel()

    def stop_watching(self) -> None:
        """From here on a disconnect cancels nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    async def answer(self, answer: Answer, headers: list[tuple[bytes, bytes]], *, head: bool) -> bool:
        """Send it. False where it was cut after its head was sent."""
        body = answer.body
        if isinstance(body, bytes):
            self.stop_watching()
            if answer.status not in (204, 304) and not (head and not body):
                headers.append((b"content-length", str(len(body)).encode()))
            await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await self._send({"type": "http.response.body", "body": b"" if head else body})
            self.sent = 0 if head else len(body)
            return True
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
        try:
            async for chunk in body:
                self.sent += len(chunk)
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except OSError:
            self.left = True  # raised by sending: what a system does wrong is a Refusal
            self.stop_watching()
            return False
        except Exception:  # noqa: BLE001 - the head is out; all that is left is to cut, quietly
            self.stop_watching()
            return False
        self.stop_watching()
        await self._send({"type": "http.response.body", "body": b""})
        return True
