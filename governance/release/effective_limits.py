"""The limits of a consumer before and from then on, each by its name, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.plans import CONCURRENCY, Plan
from contracts.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Limit:
    words: str
    room: tuple[float, ...]
    """What it lets through, each number more where it is larger."""
    per: tuple[str, ...] = ()
    """What has a counter of its own."""


def limit_effects(old: Workspace, new: Workspace) -> Iterator[tuple[Literal["loses", "differs", "gains"], str, str]]:
    """For each consumer that both states have: how the limit turns, whose it is, and the words."""
    for name in sorted(old.consumers.keys() & new.consumers.keys()):
        was, plan = old.plans[old.consumers[name].plan], new.plans[new.consumers[name].plan]
        if was == plan:
            continue
        before, now = _limits(was), _limits(plan)
        for limit in sorted(before.keys() | now.keys()):
            if limit not in now:
                yield "gains", name, f"{limit}: no limit any more, and was {before[limit].words}"
            elif limit not in before:
                yield "loses", name, f"{limit}: {now[limit].words}, and was not limited"
            elif before[limit] != now[limit]:
                yield (
                    _turn(before[limit], now[limit]),
                    name,
                    (f"{limit}: {now[limit].words}, and was {before[limit].words}"),
                )
        yield from ((turn, name, words) for turn, words in _costs(was, plan))
        if was.weight != plan.weight:
            turn: Literal["loses", "gains"] = "gains" if plan.weight > was.weight else "loses"
            yield turn, name, f"its part of a system that is full: weight {plan.weight}, and was {was.weight}"


def _limits(plan: Plan) -> Mapping[str, _Limit]:
    found: dict[str, _Limit] = {}
    for rate in plan.rates:
        words = f"{rate.requests} in {rate.window_seconds:g} s, {rate.at_once} of them at once{_per(rate.per)}"
        found[rate.name] = _Limit(words, (rate.requests / rate.window_seconds, rate.at_once), rate.per)
    for quota in plan.quotas:
        hours = {"hour": 1, "day": 24, "month": 720}[quota.window]
        words = f"{quota.requests} a {quota.window}{_per(quota.per)}"
        found[quota.name] = _Limit(words, (quota.requests / hours,), quota.per)
    if plan.concurrency is not None:
        found[CONCURRENCY] = _Limit(f"{plan.concurrency} calls under way at once", (plan.concurrency,))
    return found


def _per(counted_by: tuple[str, ...]) -> str:
    return "" if counted_by == ("consumer",) else f" for each {' and '.join(counted_by)}"


def _turn(was: _Limit, now: _Limit) -> Literal["loses", "differs", "gains"]:
    """Clear only where every number goes one way and it is counted by the same."""
    if was.per != now.per or len(was.room) != len(now.room):
        return "differs"
    pairs = list(zip(was.room, now.room, strict=True))
    if all(b >= a for a, b in pairs):
        return "gains"
    return "loses" if all(b <= a for a, b in pairs) else "differs"


def _costs(was: Plan, plan: Plan) -> Iterator[tuple[Literal["loses", "gains"], str]]:
    for operation in sorted(was.costs.keys() | plan.costs.keys()):
        before, now = was.costs.get(operation, 1), plan.costs.get(operation, 1)
        if before != now:
            yield ("loses" if now > before else "gains"), f"a call of {operation} costs {now}, and cost {before}"
