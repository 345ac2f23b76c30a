"""What the parent and a worker say to each other: JSON with its length before it, over a pair of sockets.

Either side may ask and is answered under the question's number. The end of the stream means that the other process is
gone, however it went. Before a worker has an event loop it speaks by `tell_now` and `hear_now`. Imports the standard
library only: the parent stays light.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Handler = Callable[[Message], Awaitable[Message]]

_LENGTH = struct.Struct(">I")
MOST_BYTES = 64 * 1024 * 1024
"""Of one message. Both ends are ours: the bound only keeps a defect from eating the memory."""

LAST_WORDS_SECONDS = 1.0


class ChannelClosedError(ConnectionError):
    """The other process is gone."""


def _framed(message: Message) -> bytes:
    body = json.dumps(message, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def _length(head: bytes) -> int:
    (size,) = _LENGTH.unpack(head)
    if size > MOST_BYTES:
        raise ChannelClosedError("a message is too long")
    return int(size)


def tell_now(sock: socket.socket, message: Message) -> None:
    """Send, waiting as long as it takes. Raises OSError where nobody is there."""
    sock.sendall(_framed(message))


def hear_now(sock: socket.socket) -> Message:
    """The next message, waiting as long as it takes. Raises ChannelClosedError at the end of the stream."""
    message: Message = json.loads(_exactly(sock, _length(_exactly(sock, _LENGTH.size))))
    return message


def _exactly(sock: socket.socket, size: int) -> bytes:
    held = bytearray()
    while len(held) < size:
        piece = sock.recv(size - len(held))
        if not piece:
            raise ChannelClosedError("the other process is gone")
        held += piece
    return bytes(held)


class Channel:
    """One end, on an event loop. `answer` is awaited for each question of the other side, each in a task of its own."""

    def __init__(self, sock: socket.socket, answer: Handler) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._answer = answer
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._number = 0
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.closed = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def ask(self, message: Message, seconds: float) -> Message:
        """Ask and wait for the answer. Raises ChannelClosedError or TimeoutError."""
        if self.closed.is_set():
            raise ChannelClosedError("the other process is gone")
        self._number += 1
        number = self._number
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._send({**message, "number": number})
                told: Message = await answer
                return told
        finally:
            self._asked.pop(number, None)

    async def tell(self, message: Message) -> None:
        """Say something that is not answered. Raises ChannelClosedError."""
        await self._send(message)

    async def heard(self, seconds: float) -> Message:
        """The next thing that the other side said unasked. Raises ChannelClosedError or TimeoutError."""
        told = asyncio.create_task(self._told.get())
        closed = asyncio.create_task(self.closed.wait())
        try:
            await asyncio.wait([told, closed], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                return told.result()
            if closed.done():
                raise ChannelClosedError("the other process is gone")
            raise TimeoutError
        finally:
            told.cancel()
            closed.cancel()

    async def aclose(self) -> None:
        """Send the answers that are nearly there, and close this end: the other side sees the end of the stream."""
        self._reader.cancel()
        if self._tasks and not self.closed.is_set():
            await asyncio.wait(self._tasks, timeout=LAST_WORDS_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._reader, *self._tasks, return_exceptions=True)
        self._end()

    async def _send(self, message: Message) -> None:
        async with self._writing:
            try:
                await asyncio.get_running_loop().sock_sendall(self.sock, _framed(message))
            except OSError:
                raise ChannelClosedError("the other process is gone") from None

    async def _read(self) -> None:
        try:
            while True:
                message = json.loads(await self._take(_length(await self._take(_LENGTH.size))))
                if "reply_to" in message:
                    asked = self._asked.get(message["reply_to"])
                    if asked is not None and not asked.done():
                        asked.set_result(message)
                elif "number" not in message:
                    self._told.put_nowait(message)
                else:
                    task = asyncio.create_task(self._reply(message))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        except (OSError, ValueError):
            pass  # told below: whoever waits is told, and so is the owner
        self._end()  # not where `aclose` cancels: it has last words to wait for

    async def _reply(self, message: Message) -> None:
        answer = await self._answer(message)
        if not self.closed.is_set():
            try:
                await self._send({**answer, "reply_to": message["number"]})
            except ChannelClosedError:
                return

    async def _take(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        held = bytearray()
        while len(held) < size:
            piece = await loop.sock_recv(self.sock, size - len(held))
            if not piece:
                raise ChannelClosedError("the other process is gone")
            held += piece
        return bytes(held)

    def _end(self) -> None:
        if self.closed.is_set():
            return
        self.closed.set()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(ChannelClosedError("the other process is gone"))
        self.sock.close()
