"""`fuzzing` of an entity: what `tidewaiter fuzz` may do with its systems, in the entity's own words."""

import datetime as dt

from pydantic import Field

from contracts.model import Written


class ProductionFuzzing(Written):
    """The entity allows in writing that its systems in production are fuzzed."""

    by: str = Field(min_length=1)
    """Who allows it."""
    until: dt.date
    """The last day on which it is allowed."""
    reason: str = Field(min_length=3)
    """Why no environment for tests will do."""
    writes: bool = False
    """Whether anything may be created, changed or deleted there."""


class LimitProbes(Written):
    """The entity's owner agrees in writing that onboarding tries the stated limits of its systems, and how far.

    Only reads are made that the system has answered before, on each system in turn; at the first sign that it has no
    room they end.
    """

    by: str = Field(min_length=1)
    """Who agreed."""
    until: dt.date
    """The last day on which it is agreed."""
    at_once: int = Field(ge=1, le=1_000)
    """The most calls at once; never more than the system's stated budget."""
    requests: int = Field(ge=1, le=100_000)
    """The most messages to each system in one run."""
    seconds: float = Field(60, gt=0, le=3_600)
    """How long each system may be asked in one run, in seconds."""
    bodies: bool = False
    """Whether bodies that are no JSON, or of another media type, are sent to operations that create. A sound system
    refuses both; what one makes of them all the same is deleted by the contract.
    """
    production: bool = False
    """Whether it is agreed for production too."""


class Fuzzing(Written):
    """Left out: in environments for tests all operations are called, in production none."""

    writes: bool = True
    """Whether operations that may change something are called in environments for tests."""
    leave_out: tuple[str, ...] = ()
    """Ids of operations that are never called: those that start what cannot be taken back."""
    share: float = Field(0.5, gt=0, le=1)
    """How much of the system's capacity a run may take, from 0 to 1: the rest is for others."""
    production: ProductionFuzzing | None = None
    """Without it, nothing is called in production."""
    limits: LimitProbes | None = None
    """Without it, onboarding asks nothing to find limits, and its report says *not probed*."""
