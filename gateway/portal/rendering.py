"""Renders pages in one thread apart and keeps them, within a bound, by what is shown to whom."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from gateway.portal.pages import Page
from policies.overrides import kept_overrides
from policies.step import Runtime

T = TypeVar("T")
KEPT_BYTES: Final = 16 * 1024 * 1024
"""So much HTML of a release is kept; the longest unasked goes first."""


class PortalThread:
    """The one thread of the process: many who look at pages take no more than that from those who call."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tidewaiter-portal")

    async def aclose(self) -> None:
        """For the end of the process."""
        self.pool.shutdown(wait=False, cancel_futures=True)


class Rendering:
    """Pages of one release. What is kept is a copy of what can be made again, so it goes with its release."""

    def __init__(self, runtime: Runtime, kept_bytes: int = KEPT_BYTES) -> None:
        self._thread: PortalThread = runtime.keep(("portal", "thread"), PortalThread)
        self._overrides = kept_overrides(runtime)
        self._most = kept_bytes
        self._held = 0
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()

    async def run(self, make: Callable[[], T]) -> T:
        """Something costly, in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread.pool, make)

    async def page(self, key: Hashable, make: Callable[[], Page | None]) -> Page | None:
        """The page of a key: as it was made before, or made now."""
        key = (key, *(one.sequence for one in self._overrides.in_force()))
        known = self._pages.get(key)
        if known is not None:
            self._pages.move_to_end(key)
            return known
        made = await self.run(make)
        if made is not None and key not in self._pages:
            self._pages[key] = made
            self._held += len(made.html)
            while self._held > self._most:
                _, gone = self._pages.popitem(last=False)
                self._held -= len(gone.html)
        return made
