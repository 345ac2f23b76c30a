"""What a system bears: its vendor's budgets, shared by all entities on it, fair between consumers.

Every exchange takes: each attempt, a proof's read, a token's or session's fetch. Requests count in a true sliding
window and are spread over it; calls at once wait in a line that is fair by the plans' weights and has deadlines. A call
that will not make it is refused at once, and was not sent. What the system itself refuses lowers its budgets for a
while. Bytes and execution seconds are charged once they are known: a window can hold more of them by what was under
way.
"""

import hashlib
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from contracts.budgets import Budget
from contracts.plans import Plan
from contracts.settings import Settings
from contracts.systems import System
from policies.budget_takes import Asked, bind_budgets
from policies.capacity_gate import Gate
from policies.discard import discard
from policies.fault_profile import fault_profile
from policies.fault_refusals import retry_after
from policies.products import profile
from policies.sent import note_waited
from policies.step import Answer, Body, Exchange, Problem, Refusal, Runtime, Send, SystemPolicy
from policies.store import kept_store

SYSTEM_AT_CAPACITY = Problem(
    "system-at-capacity",
    503,
    "The system has no room for the call",
    "Nothing was sent to the system. Call again after `Retry-After`. All who use the system share what its vendor "
    "allows, each according to the plan: fewer calls at once wait less.",
)
_SAID = {
    "line-full": "Too many calls wait for the system already.",
    "too-long": "The system's budget will not have room for the call in time.",
    "waited": "The call waited for the system as long as it may.",
    "store-away": "The gateway cannot look at the system's budget.",
}
_UNSAID_SECONDS = 1.0
_LONGEST_HOLD_SECONDS = 600.0
_GATEWAY = "\x00gateway"
_GATEWAY_WEIGHT = 1_000
"""Every consumer waits for a token, so its fetch goes first."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The innermost step before transport. `weights` by plan; `namespace` keeps workspaces on one store apart.

    State: counters and slots in the store (`policies/store.py`), by system and budget; in each process the line and
    what the system said, in `runtime.keep(("capacity", system))`. A reload forgets nothing. In memory a restart forgets
    the windows, and each worker of each replica has its share; on Redis or Valkey all share one budget, and a process
    that is killed keeps its slots for 30 seconds. While the store is away the setting `store.when_away` says what
    happens.
    """

    weights: Mapping[str, int]
    namespace: str
    refuses: ClassVar[tuple[Problem, ...]] = (SYSTEM_AT_CAPACITY,)

    @classmethod
    def of(cls, plans: Mapping[str, Plan], settings: Settings) -> "Capacity":
        """The policy of a workspace."""
        text = f"{settings.name}\n{settings.public_url}"
        namespace = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        return cls({name: plan.weight for name, plan in plans.items()}, namespace)

    def bind(self, system_id: str, system: System, runtime: Runtime, inner: Send) -> Send:
        """`inner` itself where the system has no budget."""
        budgets = budgets_of(system)
        if not budgets:
            return inner
        asked = bind_budgets(self.namespace, system_id, system, budgets)
        store = kept_store(runtime)
        gate: Gate = runtime.keep(("capacity", system_id), lambda: Gate(system_id, runtime, store))
        holds = asked.counts("concurrent") or asked.counts("execution_seconds")
        weights, counts_bytes, said_no = self.weights, asked.counts("bytes"), _said_no(system.product)

        async def capacity(exchange: Exchange) -> Answer:
            identity = exchange.call.identity
            flow, weight = identity.consumer, weights.get(identity.plan, 1)
            if exchange.own:
                flow, weight = _GATEWAY, _GATEWAY_WEIGHT
            known = len(exchange.body) if isinstance(exchange.body, bytes) else 0
            began = time.perf_counter()
            try:
                held = await gate.enter(asked, flow, weight, known, _refusal)
            finally:
                note_waited(exchange, began)
            exchange.span.on_close(held.close)
            exchange.holds = holds
            if counts_bytes and not isinstance(exchange.body, bytes):
                exchange = replace(exchange, body=_counted(exchange.body, gate, asked))
            answer = await inner(exchange)
            seconds = said_no(exchange, answer, runtime.now())
            if seconds is not None:
                runtime.count("system_capacity_lowered", system=system_id, status=str(answer.status))
                gate.lower(asked, seconds)
            if counts_bytes:
                answer.body = _counted(answer.body, gate, asked)
            return answer

        return capacity


def budgets_of(system: System) -> tuple[Budget, ...]:
    """Those that the system states, else those of its product."""
    return profile(system.product).budgets if system.capacity is None else system.capacity


def _refusal(why: str, seconds: float) -> Refusal:
    retry = str(max(1, math.ceil(seconds))).encode("ascii")
    return Refusal(SYSTEM_AT_CAPACITY, _SAID[why], headers=((b"retry-after", retry),), fault="gateway")


def _said_no(product: str) -> Callable[[Exchange, Answer, float], float | None]:
    """For how many seconds the system wants nothing, by its product's profile; None where it has room."""
    faults = fault_profile(product)
    statuses = faults.statuses("transient.capacity") | {503}

    def said(exchange: Exchange, answer: Answer, now: float) -> float | None:
        if answer.status not in statuses:
            return None
        told = faults.judge(exchange.method, answer.status, answer.headers, answer.body)
        wait = retry_after(answer.headers, now)
        if told is None or told.kind != "transient.capacity":
            return None if wait is None or answer.status != 503 else min(wait, _LONGEST_HOLD_SECONDS)
        return _UNSAID_SECONDS if wait is None else min(wait, _LONGEST_HOLD_SECONDS)

    return said


def _counted(body: Body, gate: Gate, asked: Asked) -> Body:
    """The body, counted: a whole one at once, a stream as it passes."""
    if isinstance(body, bytes):
        gate.charge_bytes(asked, len(body))
        return body
    return _Counted(body, gate, asked)


class _Counted:
    """A stream that charges each piece. A class, so that closing works before reading."""

    __slots__ = ("_asked", "_gate", "_inner")

    def __init__(self, inner: AsyncIterator[bytes], gate: Gate, asked: Asked) -> None:
        self._inner = inner
        self._gate = gate
        self._asked = asked

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._inner.__anext__()
        self._gate.charge_bytes(self._asked, len(piece))
        return piece

    async def aclose(self) -> None:
        """Give the rest up."""
        await discard(self._inner)


_guard: type[SystemPolicy] = Capacity
