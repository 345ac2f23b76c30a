"""What is made of a system's faults: told by its product's profile, sent again where that is safe, paused by a breaker.

Sent again is only what is safe or was proven without effect, within a retry budget of the system and the total time of
the call. State: the retry budget and the breaker of a system, in `runtime.keep`. A reload keeps both; a restart begins
with a full budget and a closed breaker; each worker has its own; no store is asked.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from contracts.resilience import BreakerSettings, Retries
from contracts.systems import System
from policies.breaker import Breaker, Outcome, Permit
from policies.discard import discard
from policies.fault_profile import Told, fault_profile
from policies.fault_refusals import refusal_of, retry_after
from policies.fault_refusals import refuses as answer_refuses
from policies.sent import note_fault
from policies.step import Answer, Effect, Exchange, Problem, Refusal, Runtime, Send, SystemPolicy
from policies.system_faults import timed_out

SYSTEM_CIRCUIT_OPEN = Problem(
    "system-circuit-open",
    503,
    "The system is not called for a while",
    "Its last answers were failures, so the gateway spares it; nothing was sent. Call again after the seconds in "
    "Retry-After.",
)

_PASSING = frozenset({"transient.capacity", "transient.network", "transient.session", "outage"})
"""Classes that may be over a moment later."""
_SYSTEM_AWAY = frozenset({"transient.network", "outage"})
"""Classes that the breaker counts as failures. An error about one call is none: one caller must not stop the others."""
_TELLS_NOTHING = frozenset({"", "auth"})
"""Classes of refusals below us that say nothing of the system's health: our own bounds, our own credential."""


class RetryBudget:
    """Each call puts in a share of a retry, each retry takes a whole one. It begins with the reserve."""

    __slots__ = ("_held",)

    def __init__(self, reserve: int) -> None:
        self._held = float(reserve)

    def called(self, settings: Retries) -> None:
        """A call came."""
        self._held = min(self._held + settings.share, float(max(settings.reserve, 1)))

    def take(self) -> bool:
        """Whether one retry is covered."""
        if self._held < 1:
            return False
        self._held -= 1
        return True


@dataclass(frozen=True, slots=True)
class _Failure:
    """One attempt that failed: what is told of it, and what may be done about it."""

    refusal: Refusal
    kind: str
    effect: Effect
    retry: bool
    wait_seconds: float | None


@dataclass(frozen=True, slots=True)
class Resilience:
    """`sleep` and `draw` (a number from 0 to 1) are given by tests."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random
    refuses: ClassVar[tuple[Problem, ...]] = (SYSTEM_CIRCUIT_OPEN, *answer_refuses)

    def bind(self, system_id: str, system: System, runtime: Runtime, inner: Send) -> Send:
        """The product's profile is made ready here. Raises ValueError where its data file is broken."""
        judge = fault_profile(system.product).judge
        retries = system.retries
        gate = _Gate(system_id, system.breaker, runtime)
        budget = runtime.keep(("retry-budget", system_id), lambda: RetryBudget(retries.reserve))
        total_seconds = system.timeouts.total_seconds

        async def attempt(exchange: Exchange, seconds: float | None) -> Answer | _Failure:
            """One exchange and its outcome for the breaker. `seconds`: what is left of the call's time on a retry."""
            permit = gate.enter(exchange)
            outcome: Outcome = "neither"
            try:
                answer = await _sent(inner, exchange, seconds, total_seconds)
                told = judge(exchange.method, answer.status, answer.headers, answer.body)
                outcome = "failed" if told is not None and told.kind in _SYSTEM_AWAY else "worked"
            except Refusal as refusal:
                outcome = _outcome(refusal)
                return _refused(refusal, exchange)
            finally:
                gate.leave(permit, outcome)
            call = exchange.call
            if told is None:
                call.fault = ""
                return answer
            note_fault(call, told.kind)
            runtime.count("system_fault", system=system_id, kind=told.kind, rule=told.rule)
            if not exchange.safe:
                call.effect = told.effect
            wait = retry_after(answer.headers, runtime.now())
            refusal_told = refusal_of(told, answer.status, wait, safe=exchange.safe, named=bool(call.values))
            if refusal_told is None:
                answer.fault = told.kind
                call.fault = "business" if told.kind == "business.rejected" else "contract"
                return answer
            await discard(answer.body)
            return _failed(refusal_told, told, wait)

        async def resilient(exchange: Exchange) -> Answer:
            budget.called(retries)
            ends_at = runtime.now() + total_seconds
            got = await attempt(exchange, None)
            for number in range(1, retries.attempts):
                if not isinstance(got, _Failure) or not _may_be_sent_again(exchange, got):
                    break
                wait = self._wait(retries, number, got.wait_seconds)
                left = ends_at - runtime.now() - wait
                if wait > retries.longest_wait_seconds or left <= 0 or not gate.lets() or not budget.take():
                    break
                await self.sleep(wait)
                runtime.count("system_retry", system=system_id, kind=got.kind)
                exchange = exchange.again()
                try:
                    got = await attempt(exchange, left)
                except _OpenError:
                    break  # what had gone wrong says more
            if isinstance(got, _Failure):
                raise got.refusal
            return got

        async def guarded(exchange: Exchange) -> Answer:
            try:
                return await resilient(exchange)
            except _OpenError as error:
                raise Refusal(
                    SYSTEM_CIRCUIT_OPEN, "", headers=((b"retry-after", error.wait),), fault="system"
                ) from None

        return guarded

    def _wait(self, retries: Retries, number: int, asked: float | None) -> float:
        """Full jitter up to a wait that doubles; on top of what the system asked for."""
        most = min(retries.first_wait_seconds * 2.0 ** (number - 1), retries.longest_wait_seconds)
        drawn = self.draw() * most
        return drawn if asked is None else asked + min(drawn, retries.first_wait_seconds)


class _OpenError(Exception):
    """The breaker is open. `wait` is the value of Retry-After."""

    def __init__(self, wait: bytes) -> None:
        super().__init__()
        self.wait = wait


class _Gate:
    """The breaker with its settings and its clock; none where there are no settings."""

    __slots__ = ("_breaker", "_runtime", "_settings", "_system_id")

    def __init__(self, system_id: str, settings: BreakerSettings | None, runtime: Runtime) -> None:
        self._system_id = system_id
        self._settings = settings
        self._runtime = runtime
        self._breaker: Breaker = runtime.keep(("breaker", system_id), Breaker)

    def enter(self, exchange: Exchange) -> Permit | None:
        """Leave to send; raises _OpenError, and nobody else ends the span then."""
        settings = self._settings
        if settings is None:
            return None
        now = self._runtime.now()
        permit = self._breaker.enter(now, settings)
        if permit is None:
            exchange.span.close("cut")
            self._runtime.count("system_circuit_refused", system=self._system_id)
            raise _OpenError(str(math.ceil(self._breaker.wait_seconds(now, settings))).encode())
        return permit

    def leave(self, permit: Permit | None, outcome: Outcome) -> None:
        """What came of it."""
        if (
            permit is not None
            and self._settings is not None
            and self._breaker.leave(permit, outcome, self._runtime.now(), self._settings)
        ):
            self._runtime.count("system_circuit_opened", system=self._system_id)

    def lets(self) -> bool:
        """Whether a retry has a chance to be let through."""
        return self._settings is None or self._breaker.state != "open"


async def _sent(inner: Send, exchange: Exchange, seconds: float | None, total_seconds: float) -> Answer:
    if seconds is None:
        return await inner(exchange)  # transport keeps to the total time itself
    try:
        async with asyncio.timeout(seconds):
            return await inner(exchange)
    except TimeoutError:
        raise timed_out("did not answer completely", total_seconds) from None


def _outcome(refusal: Refusal) -> Outcome:
    if refusal.fault_class in _TELLS_NOTHING:
        return "neither"
    return "failed" if refusal.fault_class in _SYSTEM_AWAY else "worked"


def _refused(refusal: Refusal, exchange: Exchange) -> _Failure:
    """A refusal from below: transport wrote the effect of what it sent, and of what it did not."""
    effect: Effect = "none" if exchange.safe else exchange.call.effect
    return _Failure(refusal, refusal.fault_class, effect, refusal.retry, None)


def _failed(refusal: Refusal, told: Told, wait_seconds: float | None) -> _Failure:
    return _Failure(refusal, told.kind, told.effect, told.retry, wait_seconds)


def _may_be_sent_again(exchange: Exchange, failure: _Failure) -> bool:
    if not failure.retry or failure.kind not in _PASSING or not isinstance(exchange.body, bytes):
        return False
    return exchange.safe or failure.effect == "none"


_guard: type[SystemPolicy] = Resilience
