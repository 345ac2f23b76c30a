"""Builds the validators of operations in the background, within a budget of memory.

State: one thread, and which operations are built; lost at a restart, kept across reloads where the gateway keeps the
builder. An operation that is not built is built by the first call that needs it (`CompiledOperation.build`, off the
event loop); over the budget the one that was used least recently is dropped.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

_log = logging.getLogger("tidewaiter.validators")


class Buildable(Protocol):
    """What is built here: a compiled operation."""

    keeper: "Keeper | None"

    @property
    def weight(self) -> int:
        """Estimated bytes of its validators."""
        ...

    @property
    def last_used(self) -> int:
        """A number that grows with every use of any operation."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it is built."""
        ...

    def build(self) -> None:
        """Build it. Thread-safe and idempotent."""
        ...

    def drop(self) -> None:
        """Give the validators up. A judgement under way keeps those that it holds."""
        ...


def _nothing(_: Buildable) -> None:
    """Nothing comes after building."""


class Keeper(Protocol):
    """Who is told that an operation was built."""

    def built(self, operation: Buildable) -> None:
        """Called by the thread that built it."""
        ...


@dataclass(frozen=True, slots=True)
class BuilderStats:
    """For metrics: operations that are built and that wait, estimated bytes held, operations dropped so far."""

    built: int
    waiting: int
    bytes: int
    dropped: int


class ValidatorBuilder:
    """One thread that builds operations in the order given, as long as they fit the budget."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._waiting: deque[tuple[Buildable, Callable[[Buildable], object]]] = deque()
        self._held: dict[int, Buildable] = {}
        self._bytes = 0
        self._dropped = 0
        self._busy = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def schedule(self, operations: Iterable[Buildable], then: Callable[[Buildable], object] = _nothing) -> None:
        """Build these in the background, after those that wait already; `then` is done with each that was built.

        Does nothing after `close`.
        """
        with self._lock:
            if self._closed:
                return
            for operation in operations:
                operation.keeper = self
                self._waiting.append((operation, then))
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tidewaiter-validators", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def built(self, operation: Buildable) -> None:
        """Take note of an operation that is built now, and drop others while the budget is exceeded."""
        with self._lock:
            if not operation.ready:
                return  # dropped again by another thread in between
            if id(operation) not in self._held:
                self._held[id(operation)] = operation
                self._bytes += operation.weight
            self._keep_to_budget(operation)

    def forget(self, operations: Iterable[Buildable]) -> None:
        """Give up operations of a release that is served no more, those that wait too."""
        gone = {id(operation): operation for operation in operations}
        with self._lock:
            self._waiting = deque(one for one in self._waiting if id(one[0]) not in gone)
            for key, operation in gone.items():
                operation.keeper = None
                if self._held.pop(key, None) is not None:
                    self._bytes -= operation.weight
                operation.drop()

    def stats(self) -> BuilderStats:
        """Where it stands."""
        with self._lock:
            return BuilderStats(len(self._held), len(self._waiting) + self._busy, self._bytes, self._dropped)

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until nothing waits any more; False where that took too long."""
        with self._lock:
            return self._wake.wait_for(lambda: self._closed or not (self._waiting or self._busy), timeout_seconds)

    def close(self) -> None:
        """Stop. What is built stays built; no thread is left."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._wake.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._wake.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                operation, then = self._waiting.popleft()
                self._busy = True
                fits = self._bytes + operation.weight <= self.budget_bytes
            try:
                if fits and not operation.ready:
                    operation.build()
                if fits:
                    then(operation)
            except Exception as error:  # noqa: BLE001 - the other operations have to be built
                _log.error("a validator was not built or not tested: %s", type(error).__name__)
            finally:
                with self._lock:
                    self._busy = False
                    self._wake.notify_all()

    def _keep_to_budget(self, newest: Buildable) -> None:
        if self._bytes <= self.budget_bytes:
            return
        for operation in sorted(self._held.values(), key=lambda held: held.last_used):
            if self._bytes <= self.budget_bytes:
                return
            if operation is not newest:
                del self._held[id(operation)]
                self._bytes -= operation.weight
                self._dropped += 1
                operation.drop()
