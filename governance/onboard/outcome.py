"""What a step came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

State = Literal["done", "negative", "waiting", "unanswered"]
STATES: Final = ("done", "negative", "waiting", "unanswered")
"""`negative`: it was judged so. `waiting`: somebody must do something. `unanswered`: it could not be said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a step. `told` are lines for people, `next` what to do, commands among it."""

    state: State
    told: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What later steps rest on; JSON values."""

    @property
    def exit_code(self) -> int:
        """0 goes on, 1 the judgement is negative or somebody is waited for, 2 it could not be said."""
        return {"done": 0, "negative": 1, "waiting": 1, "unanswered": 2}[self.state]
