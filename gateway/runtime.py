"""What outlives a release: state by key, work that goes on after its caller left, threads for costly work."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from gateway.node import Node

T = TypeVar("T")


class GatewayRuntime:
    """The one `policies.step.Runtime` of a process."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: dict[tuple[str, ...], Any] = {}
        self._detached: set[asyncio.Future[Any]] = set()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="tidewaiter-judge")
        self.events: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def keep(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """State by key, made once, kept across reloads."""
        try:
            kept: T = self._kept[key]
        except KeyError:
            kept = self._kept[key] = make()
        return kept

    def detach(self, work: Awaitable[Any]) -> None:
        """Go on with `work` though its caller has gone; `drain` waits for it."""
        future = asyncio.ensure_future(work)
        self._detached.add(future)
        future.add_done_callback(self._finished)

    def _finished(self, future: asyncio.Future[Any]) -> None:
        self._detached.discard(future)
        if not future.cancelled() and future.exception() is not None:
            self.count("detached_failed", kind=type(future.exception()).__name__)

    async def offload(self, fn: Callable[..., T], *args: Any) -> T:
        """Run costly work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, fn, *args)

    def secret(self, name: str, origin: str) -> str:
        """See `gateway.node.Node.secret`."""
        return self._node.secret(name, origin)

    def count(self, event: str, **labels: str) -> None:
        """Count an event for the metrics page."""
        self.events[event, tuple(sorted(labels.items()))] += 1

    async def drain(self, seconds: float) -> int:
        """Wait for detached work; returns how much of it was still under way at the end."""
        if self._detached:
            await asyncio.wait(set(self._detached), timeout=seconds)
        left = len(self._detached)
        for future in tuple(self._detached):
            future.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await future
        return left

    async def aclose(self) -> None:
        """Close what is kept (pools, the store) and the threads."""
        for kept in self._kept.values():
            close = getattr(kept, "aclose", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    await close()
        self._threads.shutdown(wait=False, cancel_futures=True)
