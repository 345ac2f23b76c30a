"""`policies/plans.yaml`: named plans, the limits that a consumer buys."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.model import Id, Written

PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Per = Literal["consumer", "operation", "entity"]


class Rate(Written):
    """At most `requests` cost units in any `window_seconds`, spread smoothly with a burst (GCRA)."""

    name: PolicyName
    requests: int = Field(ge=1)
    window_seconds: float = Field(gt=0)
    burst: int | None = Field(None, ge=1)
    """How many at once; the whole of `requests` where left out."""
    per: tuple[Per, ...] = ("consumer",)
    """What has a counter of its own."""


class Quota(Written):
    """At most `requests` in a calendar window, UTC."""

    name: PolicyName
    requests: int = Field(ge=1)
    window: Literal["hour", "day", "month"]
    per: tuple[Per, ...] = ("consumer",)


class Plan(Written):
    """What a consumer on this plan may use."""

    rates: tuple[Rate, ...] = ()
    quotas: tuple[Quota, ...] = ()
    concurrency: int | None = Field(None, ge=1)
    """How many calls of the consumer may be under way at once."""
    costs: dict[str, int] = Field(default_factory=dict)
    """`api:operationId` -> cost; 1 where not named."""


class Plans(Written):
    """The whole file."""

    plans: dict[Id, Plan]
