"""`retries` and `breaker` of a system: how often the gateway asks again, and when it stops asking."""

from typing import Self

from pydantic import Field, model_validator

from contracts.model import Written, fault


class Retries(Written):
    """Only what had no effect, or is safe, is ever sent again, and only within the call's `total_seconds`."""

    attempts: int = Field(3, ge=1, le=10)
    """Of one call, the first among them. 1: nothing is sent again."""
    share: float = Field(0.1, ge=0, le=1)
    """The retry budget: retries as a share of the system's calls, so that trouble is not answered by more load."""
    reserve: int = Field(10, ge=0, le=10_000)
    """Retries that a system with few calls has in hand."""
    first_wait_seconds: float = Field(0.1, gt=0, le=60)
    """Doubled with each retry; how long is waited is drawn between nothing and that."""
    longest_wait_seconds: float = Field(2.0, gt=0, le=60)
    """A system that asks for a longer wait (Retry-After) is not asked again: the caller is told when to come back."""


class BreakerSettings(Written):
    """The circuit breaker. Answers count, not calls; a business that says no is no failure."""

    window_seconds: float = Field(30, gt=0, le=3600)
    """The time in which calls and failures are counted."""
    least_calls: int = Field(20, ge=1, le=100_000)
    """With fewer in the window it never opens."""
    failure_share: float = Field(0.5, gt=0, le=1)
    """This share of failures in the window opens it."""
    open_seconds: float = Field(5, gt=0, le=3600)
    """How long it then stays open; doubled each time the trial call fails too."""
    longest_open_seconds: float = Field(60, gt=0, le=3600)
    """The longest that it stays open before the next trial call."""
    probes: int = Field(1, ge=1, le=100)
    """Trial calls at once after that time."""

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.longest_open_seconds < self.open_seconds:
            message = (
                f"longest_open_seconds {self.longest_open_seconds:g} is less than open_seconds {self.open_seconds:g}"
            )
            raise fault("wrong-value", message, f"write {self.open_seconds:g} or more", "longest_open_seconds")
        return self
