"""Something costly that many calls need and one of them gets: single flight, refreshed ahead, failures remembered.

State: one `Flight` is kept by its user in `runtime.keep`. A reload keeps it; a restart and a second worker get their
own value. Nothing is stored outside the process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from policies.step import Exchange, Fault, Refusal, Runtime

T = TypeVar("T")

_FAILURE_SECONDS = 1.0
"""How long a failure is answered from memory: a system that is down is not asked once for each waiting call."""


class ObtainError(Exception):
    """What was to be got is not to be had. `detail` is for callers: no secret, no host, nothing the system wrote.

    `refused` is set where the system turned down the credential that stood behind the question.
    """

    def __init__(self, detail: str, *, fault: Fault = "system", refused: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fault: Fault = fault
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Fresh(Generic[T]):
    """A value with the times, in seconds since the epoch, when to renew it and when it must not be used any more."""

    value: T
    renew_at: float
    expires_at: float


class Flight(Generic[T]):
    """Holds one value. `get` waits for at most one fetch at a time, whoever started it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._fresh: Fresh[T] | None = None
        self._failure: Exception | None = None
        self._failed_at = 0.0
        self._task: asyncio.Task[Fresh[T] | Exception] | None = None

    async def get(self, obtain: Callable[[], Awaitable[Fresh[T]]]) -> T:
        """The value; raises ObtainError or Refusal where it cannot be had."""
        now = self._runtime.now()
        fresh = self._fresh
        if fresh is not None and now < fresh.expires_at:
            if now >= fresh.renew_at and not self._failed_lately(now):
                self._start(obtain)
            return fresh.value
        if self._task is None and self._failed_lately(now):
            raise _again(self._failure)
        got = await asyncio.shield(self._start(obtain))
        if isinstance(got, Fresh):
            return got.value
        raise _again(got)

    def drop(self, value: T) -> None:
        """Forget `value`, unless it was replaced in the meantime."""
        if self._fresh is not None and self._fresh.value is value:
            self._fresh = None

    def _failed_lately(self, now: float) -> bool:
        return self._failure is not None and 0 <= now - self._failed_at < _FAILURE_SECONDS

    def _start(self, obtain: Callable[[], Awaitable[Fresh[T]]]) -> "asyncio.Task[Fresh[T] | Exception]":
        """The fetch under way, or a new one; it ends whether or not the call that started it stays."""
        if self._task is None:
            self._task = asyncio.create_task(self._fetch(obtain))
            self._runtime.detach(self._task)
        return self._task

    async def _fetch(self, obtain: Callable[[], Awaitable[Fresh[T]]]) -> Fresh[T] | Exception:
        try:
            self._fresh = await obtain()
        except (ObtainError, Refusal) as error:
            # A refused credential is replaced and asked with again at once, so that failure is not remembered.
            if not (isinstance(error, ObtainError) and error.refused):
                self._failure, self._failed_at = error, self._runtime.now()
            return error
        finally:
            self._task = None
        self._failure = None
        return self._fresh


async def before_sending(exchange: Exchange, getting: Awaitable[T]) -> T:
    """Await what an exchange needs before it can be sent; where that fails, nobody else will end its span."""
    try:
        return await getting
    except BaseException:
        exchange.span.close("cut")
        raise


def _again(failure: Exception | None) -> Exception:
    """The same failure as an exception of its own: many calls raise it, each with its own trace."""
    if isinstance(failure, Refusal):
        return Refusal(
            failure.problem, failure.detail, headers=failure.headers, fault=failure.fault,
            fault_class=failure.fault_class, retry=failure.retry,
        )  # fmt: skip
    assert isinstance(failure, ObtainError)
    return ObtainError(failure.detail, fault=failure.fault, refused=failure.refused)
