"""A streamed answer passed on item by item: each event or line goes out once it was looked at."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from contracts.item_judge import ItemJudge
from contracts.items import Cutter, ItemKind
from contracts.judgement import CONFORMS, Judgement
from policies.discard import discard
from policies.step import Answer

Judge = Callable[[int, Callable[[], Judgement]], Awaitable[Judgement]]
"""A judgement of so many bytes, made off the loop where they are many."""
Check = Callable[[bytes], Awaitable[bytes]]
"""The bytes of one item -> those that go out. A Refusal cuts the connection: the head is out."""


class ItemStream:
    """A class, so that closing works before reading. `too_long` is asked where an item grows past `most` bytes.

    Where it raises nothing, the rest goes out as it comes.
    """

    __slots__ = ("_body", "_check", "_cutter", "_ended", "_first", "_loose", "_most", "_ready", "_too_long")

    def __init__(
        self,
        body: AsyncIterator[bytes],
        kind: ItemKind,
        most: int,
        check: Check,
        too_long: Callable[[], Awaitable[None]],
    ) -> None:
        self._body = body
        self._cutter = Cutter(kind)
        self._most = most
        self._check = check
        self._too_long = too_long
        self._first = b""
        self._ready: deque[bytes] = deque()
        self._ended = self._loose = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def begin(self) -> None:
        """Wait for the first item and look at it: while the head is not out, a Refusal is answered."""
        try:
            self._first = await self._next()
        except StopAsyncIteration:
            self._ended = True

    async def __anext__(self) -> bytes:
        first, self._first = self._first, b""
        return first or await self._next()

    async def _next(self) -> bytes:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            if self._cutter.held_bytes > self._most:
                await self._too_long()
                self._loose = True
                return self._cutter.rest()
            try:
                chunk = await anext(self._body)
            except StopAsyncIteration:
                self._ended = True
                rest = self._cutter.rest()
                if rest:
                    self._ready.append(rest)
                continue
            if self._loose:
                return chunk
            self._ready.extend(self._cutter.feed(chunk))
        return await self._check(self._ready.popleft())

    async def aclose(self) -> None:
        """Give the rest up."""
        self._ended = True
        self._first = b""
        self._ready.clear()
        await discard(self._body)


async def watch_items(
    answer: Answer, items: ItemJudge, most: int, judge: Judge, told: Callable[[Judgement], Awaitable[None]]
) -> None:
    """Judge what streams one by one. `told` is asked where one does not conform, and raises where that refuses it.

    The first is judged before the head goes out, so that a stream that begins badly is answered and not cut.
    """
    body = answer.body
    if isinstance(body, bytes):
        return

    async def check(piece: bytes) -> bytes:
        judgement = await judge(len(piece), lambda: items.judge(piece))
        if judgement is not CONFORMS:
            await told(judgement)
        return piece

    async def too_long() -> None:
        await told(Judgement("could_not_check", reason=f"an item of the answer is larger than {most} bytes"))

    answer.body = stream = ItemStream(body, items.kind, most, check, too_long)
    await stream.begin()
