"""A system's budgets as the store's limits: what one exchange asks, and what is charged once it is over.

Requests in a window are two limits: a sliding window, which keeps the vendor's number, and a rate, which spreads what
is beyond `at_once` evenly, so that a burst leaves something for who comes later.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.budgets import Budget
from contracts.systems import System
from policies.store import Take
from policies.windows import SECOND_US, Gcra, Hold, Limit, NodeSlots, Sliding

BUCKETS = 100
"""Parts of a window. It is kept one part longer than the vendor's: so late may a message reach the vendor."""
_MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """One limit of a budget."""

    budget: Budget
    limit: Limit
    key: str

    def lowered(self, factor: float) -> Limit:
        """The limit while the system bears less than its budget says; a window is not lowered, its rate is."""
        limit = self.limit
        if factor >= 1:
            return limit
        if isinstance(limit, NodeSlots):
            return NodeSlots(max(1, int(limit.limit * factor)), limit.node, limit.want)
        if isinstance(limit, Gcra):
            return Gcra(int(limit.emission_us / factor), max(1, int(limit.burst * factor)))
        return limit


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a system asks of each exchange. The first take is always the hold."""

    rows: tuple[Row, ...]
    hold_key: str
    waiting: int
    wait_seconds: float

    def takes(self, slot: str, node: str, want: int, factor: float, request_bytes: int) -> list[Take]:
        """What to ask the store; `want` is what waits on this node, as weights added up."""
        takes = [Take(Hold(), self.hold_key, 1)]
        for row in self.rows:
            limit = row.lowered(factor)
            if isinstance(limit, NodeSlots):
                takes.append(Take(NodeSlots(limit.limit, node, want), row.key, 1, f"{node}:{slot}"))
            else:
                cost = max(1, request_bytes) if row.budget.unit == "bytes" else 1
                takes.append(Take(limit, row.key, cost))
        return takes

    def hold(self, seconds: float) -> Take:
        """Nobody sends for so long."""
        return Take(Hold(), self.hold_key, round(seconds * SECOND_US))

    def charge(self, unit: str, amount: float) -> list[Take]:
        """What is known only when the answer is there: seconds for `execution_seconds`, else bytes."""
        units = round(amount * _MILLISECONDS) - 1 if unit == "execution_seconds" else round(amount)
        if units <= 0:
            return []
        return [Take(row.limit, row.key, units) for row in self.rows if row.budget.unit == unit]

    def counts(self, unit: str) -> bool:
        """Whether any budget is of this unit."""
        return any(row.budget.unit == unit for row in self.rows)


def bind_budgets(namespace: str, system_id: str, system: System, budgets: Sequence[Budget]) -> Asked:
    """Budgets are counted for each system; those of a credential or identity for each credential of it."""
    credential = hashlib.blake2b(repr(system.credential).encode(), digest_size=8).hexdigest()
    rows: list[Row] = []
    for budget in budgets:
        whose = f"{budget.scope}.{credential}" if budget.scope in ("credential", "identity") else budget.scope
        key = f"tw:{{{namespace}.{system_id}}}:{budget.name}:{whose}"
        rows += [Row(budget, limit, f"{key}:{kind}") for kind, limit in _limits(budget)]
    return Asked(
        tuple(rows),
        f"tw:{{{namespace}.{system_id}}}:hold",
        min(budget.queue.waiting for budget in budgets),
        min(system.timeouts.total_seconds, *(budget.queue.wait_seconds for budget in budgets)),
    )


def _limits(budget: Budget) -> list[tuple[str, Limit]]:
    """A window's length is part of its key: another length begins to count anew."""
    if budget.unit == "concurrent":
        return [("slots", NodeSlots(budget.amount, "", 0))]
    assert budget.window_seconds is not None  # the model says so
    window = round(budget.window_seconds * SECOND_US)
    bucket = -(-window // BUCKETS)
    amount = budget.amount * (_MILLISECONDS if budget.unit == "execution_seconds" else 1)
    limits: list[tuple[str, Limit]] = [(f"w{window}", Sliding(amount, window + bucket, bucket))]
    if budget.unit == "requests":
        at_once = budget.at_once or max(1, amount // 10)
        if at_once < amount:
            limits.append(("rate", Gcra(-(-(window + 2 * bucket) // (amount - at_once)), at_once)))
    return limits
