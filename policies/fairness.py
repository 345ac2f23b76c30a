"""Who is next: a queue that is fair between flows by their weights, however many items each has waiting.

Start-time fair queueing: each flow's next item has a virtual start; the least is next; an item moves its flow on by
1 / weight. A flow that begins to wait starts at the time of the queue: it neither overtakes for having been away, nor
pays for what it got while nobody waited. Bound: between two grants to a flow that waits, another waiting flow gets at
most one and its weight over the first one's.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
_ROUNDING = 1e-6
"""Thirds added up are not whole."""


@dataclass(slots=True)
class _Flow(Generic[T]):
    name: str
    weight: int
    start: float
    """The virtual start of its first item."""
    items: deque[T] = field(default_factory=deque)


class FairQueue(Generic[T]):
    """Items by flow, first in first out within a flow. Items are told apart by identity."""

    def __init__(self) -> None:
        self._flows: dict[str, _Flow[T]] = {}
        """Flows that wait."""
        self._ahead: dict[str, float] = {}
        """Flows that do not wait, and have had more than others: where they go on."""
        self._time = 0.0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, name: str, weight: int, item: T) -> None:
        """Line up. A flow's weight is that of its last item."""
        flow = self._flows.get(name)
        if flow is None:
            flow = self._flows[name] = _Flow(name, weight, max(self._time, self._ahead.pop(name, 0.0)))
        flow.weight = weight
        flow.items.append(item)
        self._count += 1

    def head(self) -> T | None:
        """Who is next; None where nobody waits."""
        flow = self._next()
        return None if flow is None else flow.items[0]

    def grant(self, name: str, item: T) -> None:
        """`item` got what it waited for: its flow moves on."""
        flow = self._flows[name]
        self._time = max(self._time, flow.start)
        flow.start += 1 / flow.weight
        self.remove(name, item)

    def remove(self, name: str, item: T) -> None:
        """`item` waits no more; nothing happens where it does not wait."""
        flow = self._flows.get(name)
        if flow is None:
            return
        try:
            flow.items.remove(item)
        except ValueError:
            return
        self._count -= 1
        if not flow.items:
            del self._flows[name]
            if self._count == 0:
                self._ahead.clear()
                self._time = 0.0
            elif flow.start > self._time:
                self._ahead = {n: start for n, start in self._ahead.items() if start > self._time}
                self._ahead[name] = flow.start

    def ahead_of(self, name: str, weight: int) -> int:
        """How many that wait now would be granted before a new item of this flow."""
        flow = self._flows.get(name)
        own = 0 if flow is None else len(flow.items)
        start = max(self._time, self._ahead.get(name, 0.0)) if flow is None else flow.start
        start += own / weight
        before = own
        for other in self._flows.values():
            if other is not flow:
                turns = int(max(0.0, start - other.start) * other.weight + _ROUNDING) + 1
                before += min(len(other.items), turns)
        return before

    def weight(self, name: str, weight: int) -> int:
        """The weights of all that wait, and of this flow, added up."""
        waiting = sum(flow.weight for flow in self._flows.values() if flow.name != name)
        return waiting + weight

    def newest_of_longest(self, name: str, weight: int) -> tuple[str, T] | None:
        """Who gives way to a new item of this flow where the queue is full; None where the new item itself must.

        The only item of a flow never gives way.
        """
        own = self._flows.get(name)
        most, longest = ((0 if own is None else len(own.items)) + 1) / weight, None
        for flow in self._flows.values():
            if flow is not own and len(flow.items) > 1 and len(flow.items) / flow.weight > most:
                most, longest = len(flow.items) / flow.weight, flow
        return None if longest is None else (longest.name, longest.items[-1])

    def items(self) -> list[T]:
        """All that wait."""
        return [item for flow in self._flows.values() for item in flow.items]

    def _next(self) -> _Flow[T] | None:
        return min(self._flows.values(), key=lambda flow: flow.start, default=None)
