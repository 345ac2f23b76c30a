"""What a plan lets a consumer do, held against another plan: where it lets through less, and where more.

A limit is lower where calls that kept all limits of the older plan can break it; higher the other way about. So a plan
that says the same in other numbers is neither, and one whose limits cannot be told apart this way is called lower.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.counted import counted
from contracts.plans import CONCURRENCY, Per, Plan, Quota, Rate

LOWERED: Final = "limit-lowered"
RAISED: Final = "limit-raised"
_LONGEST_SECONDS: Final = {"hour": 3_600, "day": 86_400, "month": 31 * 86_400}
_PARTS: Final[Mapping[str, Mapping[str, int]]] = {"hour": {}, "day": {"hour": 24}, "month": {"day": 31, "hour": 744}}
"""How many shorter calendar windows lie in one, at most."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a plan. `key` is where it stands in the plan."""

    name: str
    key: tuple[str | int, ...]
    said: str
    """In words: `120 in 60 s, 20 at once`."""
    of: Rate | Quota | int
    """An int: so many calls under way."""
    per: frozenset[Per]


@dataclass(frozen=True, slots=True)
class Shift:
    """Where one plan lets through less or more than the other."""

    rule: str
    """`limit-lowered` or `limit-raised`."""
    key: tuple[str | int, ...]
    """Where it stands in the newer plan; in the older one where the newer has no such limit."""
    in_new: bool
    about: str
    """What it is about, whatever the numbers: the limit's name, an operation's cost."""
    said: str
    """In words, with what it was and what it is."""


def shifts(old: Plan, new: Plan) -> Iterator[Shift]:
    """What differs for a consumer that moves from one plan to the other; nothing where both let through the same."""
    was, now = tuple(_limits(old)), tuple(_limits(new))
    for limit in now:
        if not any(_implied(limit, one) for one in was):
            before = next((one for one in was if one.name == limit.name), None)
            said = f"was {before.said}, is {limit.said}" if before else f"is new: {limit.said}"
            yield Shift(LOWERED, limit.key, True, limit.name, f"{limit.name} {said}")
    for limit in was:
        if not any(_implied(limit, one) for one in now):
            after = next((one for one in now if one.name == limit.name), None)
            said = f"was {limit.said}, is {after.said}" if after else f"is gone: {limit.said}"
            yield Shift(RAISED, (after or limit).key, after is not None, limit.name, f"{limit.name} {said}")
    yield from _costs(old, new)
    if old.weight != new.weight:
        rule = LOWERED if new.weight < old.weight else RAISED
        yield Shift(rule, ("weight",), True, "weight", f"weight was {old.weight}, is {new.weight}")


def _limits(plan: Plan) -> Iterator[Limit]:
    for index, rate in enumerate(plan.rates):
        said = f"{rate.requests} in {rate.window_seconds:g} s, {rate.at_once} at once{_each(rate.per)}"
        yield Limit(rate.name, ("rates", index), said, rate, frozenset(rate.per))
    for index, quota in enumerate(plan.quotas):
        said = f"{quota.requests} in a calendar {quota.window}{_each(quota.per)}"
        yield Limit(quota.name, ("quotas", index), said, quota, frozenset(quota.per))
    if plan.concurrency is not None:
        said = f"{counted(plan.concurrency, 'call')} under way"
        yield Limit(CONCURRENCY, ("concurrency",), said, plan.concurrency, frozenset(("consumer",)))


def _each(per: Sequence[Per]) -> str:
    return "" if tuple(per) == ("consumer",) else f" per {' and '.join(per)}"


def _implied(limit: Limit, by: Limit) -> bool:
    """Whether calls that keep the second limit keep the first one, too."""
    wanted, kept = limit.of, by.of
    if isinstance(wanted, int) or isinstance(kept, int):
        return isinstance(wanted, int) and isinstance(kept, int) and wanted >= kept
    if not by.per <= limit.per:
        # What is counted apart by the one is counted together by the other.
        return False
    if isinstance(wanted, Rate):
        return isinstance(kept, Rate) and wanted.at_once >= kept.at_once and not _is_slower(wanted, kept)
    if isinstance(kept, Rate):
        most = kept.at_once + kept.requests * _LONGEST_SECONDS[wanted.window] / kept.window_seconds
        return wanted.requests >= most
    # A shorter calendar window lies within one longer one.
    return wanted.requests >= kept.requests * _PARTS[wanted.window].get(kept.window, 1)


def _is_slower(one: Rate, other: Rate) -> bool:
    """Multiplied out: shares of seconds are not exact."""
    return one.requests * other.window_seconds < other.requests * one.window_seconds


def _costs(old: Plan, new: Plan) -> Iterator[Shift]:
    if not all(plan.rates or plan.quotas for plan in (old, new)):
        # Nothing is counted in one of them, which is told of its limits.
        return
    for operation in sorted(old.costs.keys() | new.costs.keys()):
        before, after = old.costs.get(operation, 1), new.costs.get(operation, 1)
        if before == after:
            continue
        rule = LOWERED if after > before else RAISED
        said = f"a call of {operation} cost {before}, costs {after}"
        yield Shift(rule, ("costs", operation), operation in new.costs, f"costs {operation}", said)
