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
