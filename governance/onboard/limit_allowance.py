"""The most messages that a system's owner agreed to: counted as each leaves, and none leaves beyond them."""

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.systems import System
from gateway.routes import Outward
from governance.onboard.limit_around import Around
from policies.capacity import SYSTEM_AT_CAPACITY
from policies.step import Answer, Exchange, Refusal, Send


class Allowance:
    """The count of one system. `most` is what is agreed."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._left, self._ended, self._held = 0, 0, 0

    def take(self) -> bool:
        """One message leaves; False where it may not."""
        if self._left >= self.most:
            return False
        self._left += 1
        return True

    def ended(self, messages: int) -> None:
        """A call is over that took so many messages."""
        self._ended += messages

    @contextmanager
    def call(self, messages: int) -> Iterator[None]:
        """A call is under way that takes so many, as far as is known."""
        self._held += messages
        try:
            yield
        finally:
            self._held -= messages

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return self._held == 0

    def has_room(self, messages: int) -> bool:
        """Whether so many may be sent beside those that were sent and those of calls under way."""
        return max(self._ended + self._held, self._left) + messages <= self.most


class Allowed(Around):
    """`gateway.routes.Outward` around another one: what the allowance has no room for does not leave."""

    def __init__(self, inner: Outward, allowance: Allowance) -> None:
        super().__init__(inner)
        self._allowance = allowance

    def bind(self, system_id: str, system: System) -> Send:
        """See `gateway.routes.Outward`."""
        inner = self._inner.bind(system_id, system)

        async def send(exchange: Exchange) -> Answer:
            if not self._allowance.take():
                said = "The messages that are agreed were used up"
                raise Refusal(SYSTEM_AT_CAPACITY, said, headers=((b"retry-after", b"1"),), fault="gateway")
            return await inner(exchange)

        return send
