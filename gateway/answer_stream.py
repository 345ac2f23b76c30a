"""The rest of an answer that is longer than its buffer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from gateway.attempt import Attempt
from policies.step import End, Refusal


class AnswerStream:
    """Reads on while somebody asks; ends with its call at the latest. A class, so that closing works before reading.

    `more` gives the next bytes, none at the end, and raises Refusal where they do not come: all that is left then is
    to cut. `over` is told once how it ended.
    """

    __slots__ = ("_attempt", "_ended", "_first", "_more", "_over")

    def __init__(
        self, attempt: Attempt, first: bytes, more: Callable[[], Awaitable[bytes]], over: Callable[[End], None]
    ) -> None:
        self._attempt = attempt
        self._first = first
        self._more = more
        self._over = over
        self._ended = False
        attempt.exchange.call.span.on_close(lambda end: self._end("left" if end == "left" else "cut"))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        first, self._first = self._first, b""
        chunk = first or await self._next()
        if not chunk:
            self._end("complete")
            raise StopAsyncIteration
        return chunk

    async def _next(self) -> bytes:
        attempt = self._attempt
        try:
            async with asyncio.timeout(None) as watch:
                attempt.reading()
                attempt.lend(watch)
                return await self._more()
        except TimeoutError:
            self._end("cut")
            raise attempt.late() from None
        except Refusal:
            self._end("cut")
            raise
        except asyncio.CancelledError:
            self._end("left")
            raise
        finally:
            attempt.take_back()

    async def aclose(self) -> None:
        """Give the rest up."""
        self._end("cut")

    def _end(self, end: End) -> None:
        if not self._ended:
            self._ended = True
            self._over(end)
