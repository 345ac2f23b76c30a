"""Lets calls meet before they leave: so many as are to be at once go out in one moment, however fast answers are."""

import asyncio
from contextlib import suppress

from contracts.systems import System
from gateway.routes import Outward
from governance.onboard.limit_around import Around
from policies.step import Answer, Exchange, Send


class Meeting(Around):
    """`gateway.routes.Outward` around another one. `expect` says for how many exchanges the next ones wait."""

    def __init__(self, inner: Outward) -> None:
        super().__init__(inner)
        self._missing = 0
        self._all = asyncio.Event()
        self._seconds = 0.0

    def expect(self, number: int, seconds: float) -> None:
        """So many exchanges are to go out at once; none waits longer than `seconds` for the others."""
        self._all, self._missing, self._seconds = asyncio.Event(), number, max(0.1, seconds)

    def give_up(self) -> None:
        """One of them does not come: the others go."""
        self._missing = 0
        self._all.set()

    def bind(self, system_id: str, system: System) -> Send:
        """See `gateway.routes.Outward`."""
        inner = self._inner.bind(system_id, system)

        async def send(exchange: Exchange) -> Answer:
            if self._missing > 0 and not exchange.own:
                self._missing -= 1
                if self._missing == 0:
                    self._all.set()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds):
                        await self._all.wait()
            return await inner(exchange)

        return send
