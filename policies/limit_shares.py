"""What one process grants where each counts for itself (`store.kind: memory`, or the store is away): in words."""

from collections.abc import Mapping

from contracts.counted import counted
from contracts.plans import Plan
from contracts.settings import Settings


def parts_of(settings: Settings, workers: int) -> int:
    """How many processes share a limit: the workers of every replica."""
    return settings.store.replicas * workers


def share_of(amount: int, parts: int, unit: str) -> str:
    """One process's share, for the caller who met it; empty where there is one process only."""
    return f"counted by each of {parts} processes, this one grants {amount // parts} {unit}" if parts > 1 else ""


def share_lines(settings: Settings, plans: Mapping[str, Plan], workers: int) -> list[str]:
    """For whoever starts the gateway: what of each plan one process grants; empty where nothing is divided."""
    parts = parts_of(settings, workers)
    limited = {name: plan for name, plan in plans.items() if plan.limited}
    if settings.store.kind != "memory" or parts == 1 or not limited:
        return []
    each = counted(workers, "worker")
    if settings.store.replicas > 1:
        each = f"{parts} processes ({each} x {settings.store.replicas} replicas)"
    head = (
        f"limits are counted in memory: each of {each} grants its share, 1/{parts} of "
        "every limit, rounded down, and one connection meets one of them; `store.kind: redis` counts them together"
    )
    return [
        head,
        *(f"  plan {name}: {', '.join(_shares(plan, parts))}" for name, plan in sorted(limited.items())),
    ]


def _shares(plan: Plan, parts: int) -> list[str]:
    shares = [(rate.name, rate.at_once, "at once") for rate in plan.rates]
    shares += [(quota.name, quota.requests, f"in each {quota.window}") for quota in plan.quotas]
    if plan.concurrency is not None:
        shares.append(("concurrency", plan.concurrency, "under way"))
    return [
        f"{name} {amount // parts} of {amount} {unit}" + ("" if amount >= parts else " (every call is refused)")
        for name, amount, unit in shares
    ]
