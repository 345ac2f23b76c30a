"""`capacity` of a system: what its vendor allows, as a list of budgets that all entities on the system share."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.model import Written, fault
from contracts.plans import PolicyName

Scope = Literal["account", "credential", "identity", "server"]
"""Whose budget it is at the vendor: the tenant's, the technical user's or client's, or one server's."""
Unit = Literal["requests", "concurrent", "bytes", "execution_seconds"]


class Queue(Written):
    """How calls wait for a budget that has no room. Each process has a queue of its own."""

    waiting: int = Field(95, ge=0, le=100_000)
    """How many may wait; 0: nobody does."""
    wait_seconds: float = Field(10, ge=0, le=600)
    """How long one may wait. A call that will not make it in that time is refused at once."""


class Budget(Written):
    """So much of a unit in a sliding window, or at once."""

    name: PolicyName
    """Its name in messages and metrics."""
    scope: Scope = "account"
    """Whose budget it is at the vendor. That of a credential or an identity is counted anew where the credential
    changes.
    """
    unit: Unit
    """What is counted: requests, calls at once, bytes, or seconds of the system's work."""
    amount: int = Field(ge=1, le=1_000_000_000_000)
    """Units in any window; calls at once for `concurrent`."""
    window_seconds: float | None = Field(None, ge=0.1, le=366 * 86_400)
    """Left out for `concurrent`, and only there."""
    at_once: int | None = Field(None, ge=1)
    """Requests of the window that may be used without a pause, a tenth where left out; the rest is spread evenly.

    So no burst leaves nothing for the others until the window ends. The sustained rate is `amount - at_once` in each
    window. With `at_once` equal to `amount` nothing is spread.
    """
    queue: Queue = Queue()
    """How calls wait for it."""

    @model_validator(mode="after")
    def _window_fits_the_unit(self) -> Self:
        if self.unit == "concurrent" and self.window_seconds is not None:
            message = f"budget {self.name} counts calls at once, which have no window"
            raise fault("wrong-value", message, "take window_seconds out", "window_seconds")
        if self.unit != "concurrent" and self.window_seconds is None:
            message = f"budget {self.name} counts {self.unit} and states no window"
            raise fault("wrong-value", message, "write window_seconds, for instance 300", "window_seconds")
        return self

    @model_validator(mode="after")
    def _burst_fits(self) -> Self:
        if self.at_once is None:
            return self
        if self.unit != "requests":
            message = f"budget {self.name} counts {self.unit}, of which nothing is spread"
            raise fault("wrong-value", message, "take at_once out", "at_once")
        if self.at_once > self.amount:
            message = f"at_once {self.at_once} is more than amount {self.amount}"
            raise fault("wrong-value", message, f"write {self.amount} or less", "at_once")
        return self


def names_differ(budgets: tuple[Budget, ...] | None) -> tuple[Budget, ...] | None:
    """For models with budgets: two of one name would share a counter."""
    names = [budget.name for budget in budgets or ()]
    for name in names:
        if names.count(name) > 1:
            raise fault("wrong-value", f"two budgets are named {name}", "give each its own name")
    return budgets
