"""Business Central's limits for one identity: five requests at work, 95 waiting, 6,000 in five minutes."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class TooManyError(Exception):
    """429. `retry_after` is in seconds; None where the real one says nothing."""

    def __init__(self, text: str, retry_after: int | None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class TooLongError(Exception):
    """408: the time for an operation is over, and what it did is rolled back."""


@dataclass(slots=True)
class Capacity:
    """The requests of one identity. Nothing is freed by a caller that hangs up: the work goes on."""

    at_work: int = 0
    most_at_work: int = 0
    most_waiting: int = 0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    _times: deque[float] = field(default_factory=deque)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def count(self, requests: int, window_seconds: float) -> None:
        """Count a request in the sliding window. Raises TooManyError; a refused request is not counted."""
        now = time.monotonic()
        while self._times and self._times[0] <= now - window_seconds:
            self._times.popleft()
        if len(self._times) >= requests:
            wait = self._times[0] + window_seconds - now
            raise TooManyError("Too many requests in the time window", max(1, math.ceil(wait)))
        self._times.append(now)

    @asynccontextmanager
    async def turn(self, at_once: int, queue: int, seconds: float) -> AsyncIterator[float]:
        """A place at work, in order of arrival; gives the time that is left. Raises TooManyError, TooLongError."""
        deadline = time.monotonic() + seconds
        if self.at_work >= at_once or self._waiting:
            if len(self._waiting) >= queue:
                raise TooManyError("The queue of waiting requests is full", None)
            await self._wait(seconds)
        else:
            self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        try:
            yield deadline - time.monotonic()
        finally:
            self._leave()

    async def _wait(self, seconds: float) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        try:
            await asyncio.wait_for(asyncio.shield(place), seconds)
        except TimeoutError as error:
            self._give_up(place)
            raise TooLongError from error
        except asyncio.CancelledError:
            self._give_up(place)
            raise

    def _give_up(self, place: asyncio.Future[None]) -> None:
        if place.done():
            self._leave()
        else:
            self._waiting.remove(place)

    def _leave(self) -> None:
        # The place goes to who waits longest; `at_work` stays as it is then.
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self.at_work -= 1
