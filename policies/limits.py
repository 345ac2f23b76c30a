"""How much a consumer may use: rates, quotas and calls under way, by its plan.

A call is charged when it comes in, before the contract is looked at: one that is refused later, by access, by the
contract or by the system, has been charged. One that is refused here has not: either every limit has room, or nothing
is taken from any.
"""

import functools
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from contracts.counted import counted
from contracts.plans import CONCURRENCY, Per, Plan, Quota, Rate
from contracts.settings import Settings
from policies.address_limit import ADDRESS_LIMITED, AddressGate, bind_address_limit
from policies.address_limit import refuses as address_refuses
from policies.away import RETRY_SECONDS
from policies.limit_shares import parts_of, share_of
from policies.ratelimit_fields import item_name, policy_field, retry_after, state_field
from policies.step import ANONYMOUS, Answer, Call, Header, Policy, Problem, Refusal, Route, Runtime, Step
from policies.store import Decision, Take, kept_store
from policies.windows import Calendar, Gcra, Limit, Slots, emission_us

__all__ = ["ADDRESS_LIMITED", "AddressGate", "Limits", "address_refuses", "bind_address_limit"]

RATE_LIMITED = Problem(
    "rate-limited",
    429,
    "Too many calls",
    "Wait as long as `Retry-After` says, then call again. `RateLimit-Policy` names the limits of the plan, "
    "`RateLimit` what is left of each; `violated-policies` names the ones that had no room.",
)
QUOTA_EXCEEDED = Problem(
    "quota-exceeded",
    429,
    "The quota is used up",
    "It is there again when its hour, day or month of UTC ends: `Retry-After` says when. "
    "Ask the owner of the gateway for another plan if this happens often.",
)
TOO_MANY_CONCURRENT = Problem(
    "too-many-concurrent",
    429,
    "Too many calls at once",
    "Wait for an answer before sending the next call. The item `concurrency` of `RateLimit-Policy` says how many may "
    "be under way at once.",
)
LIMITS_UNAVAILABLE = Problem(
    "limits-unavailable",
    503,
    "The limits of the plan cannot be looked at",
    "Nothing was done. Call again after `Retry-After`. If it stays so, report it with the correlation id.",
)
AWAY_HEADER = b"tidewaiter-limits"
"""On answers given while the store of limits is away: `local-share`, `deny` or `open`."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One limit of a plan, as a route asks for it."""

    limit: Limit
    before: str
    """The key up to the consumer."""
    after: str
    shared: str
    """Stands in the place of the consumer where all consumers of the plan share the counter; else empty."""
    problem: Problem
    name: str
    said: str
    share: str
    """What one process grants of it where each counts for itself; empty where there is one process only."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a plan asks of a route's calls."""

    rows: tuple[_Row, ...]
    cost: int
    names: tuple[str, ...]
    header: Header
    slots: int
    """Where among the rows the calls under way stand; -1: nowhere."""
    namespace: str
    memory: bool = False
    """Whether each process counts for itself."""

    def takes(self, call: Call, cost: int) -> list[Take]:
        """What to ask the store; `cost` 0 only looks."""
        consumer = _digest(self.namespace, call.identity.consumer)
        return [
            Take(
                row.limit,
                f"{row.before}{row.shared or consumer}{row.after}",
                cost,
                call.uuid if i == self.slots else "",
            )
            for i, row in enumerate(self.rows)
        ]


class Limits:
    """Rates, quotas and calls under way of the consumer's plan.

    State: counters in the store (`runtime.keep(("store",))`), by workspace and public URL, policy, consumer, and where
    the plan says so operation and entity. A reload forgets nothing; a smaller limit counts at once. In memory a restart
    forgets all, and each worker of each replica has its share; on Redis or Valkey all share one counter. What the loss
    of the store does is the setting `store.when_away` (`policies/away.py`).
    """

    refuses: ClassVar[tuple[Problem, ...]] = (RATE_LIMITED, QUOTA_EXCEEDED, TOO_MANY_CONCURRENT, LIMITS_UNAVAILABLE)

    def __init__(self, plans: Mapping[str, Plan], settings: Settings, workers: int = 1) -> None:
        self._plans = plans
        self._parts = parts_of(settings, workers)
        self._memory = settings.store.kind == "memory"
        # Environments that share a server have public URLs of their own. One hash tag: one slot of a cluster.
        self._namespace = _digest("", f"{settings.name}\n{settings.public_url}")[:12]

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """A table by plan. Callers of open operations who named nobody pass: the limit per address covers them."""
        if not any(plan.limited for plan in self._plans.values()):
            return inner
        store = kept_store(runtime)
        table = self._table(route)

        async def limits(call: Call) -> Answer:
            identity = call.identity
            if identity.scheme == "none":
                return await inner(call)
            asked = table.get(identity.plan, _UNKNOWN)
            if asked is None:
                return await inner(call)
            takes = asked.takes(call, asked.cost)
            _say_policy(call, asked)
            decision = await store.take(takes) if takes else Decision(allowed=False, each=())
            _say_state(call, asked, decision)
            if not decision.allowed:
                raise _refusal(asked, decision)
            if asked.slots >= 0:
                held = takes[asked.slots]
                call.span.on_close(lambda _end: store.release(held, decision))
            return await inner(call)

        return limits

    def bind_statement(self, runtime: Runtime) -> Callable[[Call], Awaitable[None]]:
        """For answers to identified consumers that are given before a route's chain (404, 405, 410).

        Puts RateLimit-Policy and RateLimit on the answer, and charges nothing. Limits that an operation or an entity
        has to itself are named in the policy only.
        """
        if not any(plan.limited for plan in self._plans.values()):
            return _say_nothing
        store = kept_store(runtime)
        table = {name: self._asked(name, plan, None) if plan.limited else None for name, plan in self._plans.items()}

        async def state(call: Call) -> None:
            asked = table.get(call.identity.plan)
            if call.identity is ANONYMOUS or asked is None:
                return
            _say_policy(call, asked)
            if asked.rows:
                looks = [take._replace(slot="") for take in asked.takes(call, 0)]
                _say_state(call, asked, await store.take(looks))

        return state

    def _table(self, route: Route) -> dict[str, "_Asked | None"]:
        return {name: self._asked(name, plan, route) if plan.limited else None for name, plan in self._plans.items()}

    def _asked(self, plan_name: str, plan: Plan, route: Route | None) -> _Asked:
        """What a plan asks on a route; on no route, that which it asks everywhere."""
        written: tuple[Rate | Quota, ...] = (*plan.rates, *plan.quotas)
        rows = [
            self._row(plan_name, limit, route)
            for limit in written
            if route is not None or set(limit.per) == {"consumer"}
        ]
        slots = -1
        if plan.concurrency is not None:
            slots = len(rows)
            said = f"at most {counted(plan.concurrency, 'call')} may be under way at once"
            before = f"tw:{{{self._namespace}}}:{CONCURRENCY}:"
            limit, share = Slots(plan.concurrency), share_of(plan.concurrency, self._parts, "at once")
            rows.append(_Row(limit, before, "", "", TOO_MANY_CONCURRENT, CONCURRENCY, said, share))
        cost = 1
        if route is not None:
            cost = plan.costs.get(f"{route.operation.api}:{route.operation.operation_id}", 1)
        names = tuple(item_name(row.name) for row in rows)
        header = (b"ratelimit-policy", policy_field(plan))
        return _Asked(tuple(rows), cost, names, header, slots, self._namespace, self._memory)

    def _row(self, plan_name: str, written: Rate | Quota, route: Route | None) -> _Row:
        limit: Limit
        if isinstance(written, Rate):
            limit = Gcra(emission_us(written.requests, written.window_seconds), written.at_once)
            problem, said = RATE_LIMITED, f"{written.requests} in {counted(written.window_seconds, 'second')}"
            if written.at_once < written.requests:
                said += f", {written.at_once} at once"
            share = share_of(written.at_once, self._parts, "at once")
        else:
            limit = Calendar(written.requests, written.window)
            problem, said = QUOTA_EXCEEDED, f"{written.requests} in each {written.window}"
            share = share_of(written.requests, self._parts, f"in each {written.window}")
        shared = "" if "consumer" in written.per else f"plan.{plan_name}"
        return _Row(
            limit,
            f"tw:{{{self._namespace}}}:{written.name}:",
            "" if route is None else _scope(written.per, route),
            shared,
            problem,
            written.name,
            said,
            share,
        )


_UNKNOWN = _Asked((), 0, (), (b"ratelimit-policy", b""), -1, "")
"""A plan that this release does not have, on an identity that an older release made: nobody knows its limits."""


@functools.lru_cache(maxsize=16_384)
def _digest(namespace: str, text: str) -> str:
    """A name that does not tell the consumer, the operation or the entity to who reads the store's keys."""
    return hashlib.blake2b(text.encode(), digest_size=12, salt=namespace.encode()[:16]).hexdigest()


def _scope(per: tuple[Per, ...], route: Route) -> str:
    """The end of the key: versions of one operation share a counter."""
    parts = ""
    if "operation" in per:
        parts += ":" + _digest("operation", f"{route.operation.api}:{route.operation.operation_id}")
    if "entity" in per:
        parts += ":" + _digest("entity", route.entity_id)
    return parts


def _say_policy(call: Call, asked: _Asked) -> None:
    if asked.header[1]:
        call.answer_headers.append(asked.header)


def _say_state(call: Call, asked: _Asked, decision: Decision) -> None:
    if decision.each:
        call.answer_headers.append((b"ratelimit", state_field(asked.names, decision.each)))
    if decision.away:
        call.answer_headers.append((AWAY_HEADER, decision.away.encode("ascii")))


def _refusal(asked: _Asked, decision: Decision) -> Refusal:
    """The problem of the limit that keeps the call away longest."""
    violated = [(taken, row) for taken, row in zip(decision.each, asked.rows, strict=False) if not taken.allowed]
    if decision.nought or not violated:
        detail = ""
        if decision.nought:
            detail = "One process's share of a limit is nought."
        elif asked is _UNKNOWN:
            detail = "The consumer's plan is not part of this release; a new sign-in or the next minute settles it."
        elif decision.away:
            detail = "The store of limits is away, and the gateway is set to let nobody pass without it."
        retry = (b"retry-after", str(RETRY_SECONDS).encode("ascii"))
        return Refusal(LIMITS_UNAVAILABLE, detail, headers=(retry,), fault="gateway")
    longest, row = max(violated, key=lambda pair: pair[0].retry_us)
    seconds = retry_after(longest.retry_us)
    detail = f"{row.name}: {row.said}"
    if row.share and (asked.memory or decision.away):
        detail += f"; {row.share}"
    if asked.cost > 1 and not isinstance(row.limit, Slots):
        detail += f"; this call costs {asked.cost}"
    return Refusal(
        row.problem,
        f"{detail}.",
        headers=((b"retry-after", seconds),),
        fault="gateway",
        members={"violated-policies": [row.name for _, row in violated]},
    )


async def _say_nothing(call: Call) -> None:
    """No plan limits anything."""


_guard: type[Policy] = Limits
