"""The table of faults: what each is called, what it does, and what it has at hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from message import Ask, Reply, json_reply
from wire import Line


@dataclass(slots=True)
class Given:
    """What a fault has at hand. `work` makes the true answer, and with it the effect of a write."""

    ask: Ask
    options: dict[str, Any]
    origin: str
    line: Line
    work: Callable[[], Awaitable[Reply]]

    async def true_reply(self) -> Reply:
        """The true answer, or where the work shall not be done, one that looks like it."""
        if self.options.get("applied", True):
            return await self.work()
        return json_reply(200, {"value": [], "d": {"results": []}})


Deliver = Callable[[Given], Awaitable[Reply | None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave. `deliver` gives a reply, or None where it wrote to the connection itself."""

    name: str
    summary: str
    applied: bool
    deliver: Deliver


FAULTS: dict[str, Fault] = {}


def fault(name: str, summary: str, *, applied: bool = False) -> Callable[[Deliver], Deliver]:
    """Put a fault into the table."""

    def put(deliver: Deliver) -> Deliver:
        FAULTS[name] = Fault(name, summary, applied, deliver)
        return deliver

    return put
