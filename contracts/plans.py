"""`policies/plans.yaml`: named plans, the limits that a consumer buys."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.model import Id, Written

PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
Per = Literal["consumer", "operation", "entity"]
Cost = Annotated[int, Field(ge=0)]

CONCURRENCY = "concurrency"
"""The name that the limit of calls under way has in answers."""
_FASTEST_PER_SECOND = 100_000


class Rate(Written):
    """`requests` cost units in `window_seconds`, spread evenly, with a burst (GCRA).

    Bound: at most `burst + requests - 1` units in any window. With `burst: 1` that is exactly `requests`; with the
    whole of `requests` at once (the default) it is nearly twice as many, when even calls follow a burst.
    """

    name: PolicyName
    """Its name in `RateLimit` headers."""
    requests: int = Field(ge=1, le=1_000_000_000)
    """How many units of cost."""
    window_seconds: float = Field(gt=0, le=366 * 86_400)
    """In how many seconds."""
    burst: int | None = Field(None, ge=1)
    """How many at once, at most `requests`, which it is where left out."""
    per: tuple[Per, ...] = Field(("consumer",), min_length=1)
    """What has a counter of its own; without `consumer` all consumers of the plan share one."""

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.burst is not None and self.burst > self.requests:
            raise ValueError(f"burst {self.burst} is more than requests {self.requests}: write {self.requests} or less")
        if self.requests > self.window_seconds * _FASTEST_PER_SECOND:
            raise ValueError(f"a rate is at most {_FASTEST_PER_SECOND} requests a second: leave it out, or lengthen it")
        return self

    @property
    def at_once(self) -> int:
        """Units that may be used at once."""
        return self.requests if self.burst is None else self.burst

    @property
    def most_in_a_window(self) -> int:
        """The published bound: units in any window of `window_seconds`."""
        return self.at_once + self.requests - 1


class Quota(Written):
    """At most `requests` cost units in a calendar window, UTC."""

    name: PolicyName
    """Its name in `RateLimit` headers."""
    requests: int = Field(ge=1, le=1_000_000_000_000)
    """How many units of cost."""
    window: Literal["hour", "day", "month"]
    """The calendar window, in UTC."""
    per: tuple[Per, ...] = Field(("consumer",), min_length=1)
    """What has a counter of its own; without `consumer` all consumers of the plan share one."""


class Plan(Written):
    """What a consumer on this plan may use. A call must fit all of it; else nothing of it is used up."""

    rates: tuple[Rate, ...] = ()
    """Limits over sliding time."""
    quotas: tuple[Quota, ...] = ()
    """Limits over calendar windows."""
    concurrency: int | None = Field(None, ge=1, le=100_000)
    """How many calls of the consumer may be under way at once."""
    weight: int = Field(1, ge=1, le=1_000)
    """Its part of a system that has no room for all: a consumer of weight 2 gets twice what one of weight 1 gets."""
    costs: dict[str, Cost] = Field(default_factory=dict)
    """`api:operationId` -> cost; 1 where not named; 0 is free."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [*(rate.name for rate in self.rates), *(quota.name for quota in self.quotas)]
        if self.concurrency is not None:
            names.append(CONCURRENCY)
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two limits are named {name}: give each its own name, callers tell them apart by it")
        return self

    @model_validator(mode="after")
    def _costs_fit(self) -> Self:
        rooms = [(r.name, r.at_once) for r in self.rates] + [(q.name, q.requests) for q in self.quotas]
        for operation, cost in self.costs.items():
            for name, room in rooms:
                if cost > room:
                    raise ValueError(
                        f"{operation} costs {cost}, and {name} never holds more than {room}: "
                        "no call could pass; lower the cost or raise the limit"
                    )
        return self

    @property
    def limited(self) -> bool:
        """Whether it limits anything."""
        return bool(self.rates or self.quotas or self.concurrency is not None)


class Plans(Written):
    """The whole file."""

    plans: dict[Id, Plan]
    """By name: what a consumer on the plan may use."""
