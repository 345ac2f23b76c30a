"""Recorded calls, made again through the whole gateway: what it refuses and what it lets pass, beside the system."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from contracts.plans import Plan as CallerPlan
from contracts.settings import AddressLimit, Cors
from gateway.routes import Live, Outward, bind
from governance.fuzz.calling import Caller, path_of
from governance.fuzz.conditions import condition
from governance.fuzz.entry import Entry
from governance.fuzz.guard import Guard
from governance.fuzz.plan import Plan
from governance.fuzz.prepared import Preparing
from governance.fuzz.profile import CONSUMER
from policies.step import Call, Identity, Runtime

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_FRESH: Final = 8
"""So many records are made anew for calls of one operation that changed another one."""


def bind_through(plan: Plan, runtime: Runtime, outward: Outward, guard: Guard) -> Live:
    """The gateway's own routes, all steps in their order. In one place something else stands: who calls is assumed.

    The caller is one that may use every operation, on a plan without limits.
    """
    settings = plan.workspace.settings.model_copy(
        update={"address_limit": AddressLimit(requests=1_000_000, failures=1_000_000), "cors": Cors()}
    )
    workspace = replace(
        plan.workspace, settings=settings, consumers={}, issuers={},
        plans={**plan.workspace.plans, CONSUMER: CallerPlan()},
    )  # fmt: skip
    live = bind(replace(plan.release, workspace=workspace), runtime, outward)
    operations = guard.paths.operations
    routes = {
        key: (route, guard.around(operations[route.operation.operation_id], step))
        for key, (route, step) in live.selection.routes.items()
        if route.operation.operation_id in operations
    }
    selection = replace(live.selection, routes={**live.selection.routes, **routes})
    return replace(live, selection=selection, identify=_assumed(plan, live))


def _assumed(plan: Plan, live: Live) -> Callable[[Call], Awaitable[Identity]]:
    """Whatever credential the operation asks for first."""
    entity = plan.asked.entity

    async def identify(call: Call) -> Identity:
        kinds: frozenset[str] = frozenset()
        scopes: frozenset[str] = frozenset()
        for candidate in live.match(call.path):
            operation = candidate.first.methods.get("GET" if call.method == "HEAD" else call.method)
            if operation is not None and operation.security:
                kinds = frozenset(use.kind for use in operation.security[0])
                scopes = frozenset().union(*(use.scopes for use in operation.security[0]))
        scheme = "api_key" if kinds == {"api_key"} else "jwt"
        return Identity(
            CONSUMER, CONSUMER, "internal", (entity,), entity, None, {}, "api_key" if scheme == "api_key" else "jwt",
            scopes, "assumed for this run",
        )  # fmt: skip

    return identify


def chosen(entries: Sequence[Entry], most: int) -> list[Entry]:
    """Calls to make again: each kind of answer of each operation in turn, until there are enough of the operation."""
    by_operation: dict[str, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    seen: set[tuple[str, str, bytes | None]] = set()
    for entry in entries:
        key = (entry.call.method, entry.call.target, entry.call.body)
        if entry.part in ("learn", "fuzz") and entry.main is not None and entry.status and key not in seen:
            seen.add(key)
            by_operation[entry.operation][entry.status].append(entry)
    found: list[Entry] = []
    for by_status in by_operation.values():
        rows = [list(reversed(row)) for row in by_status.values()]
        taken = 0
        while taken < most and any(rows):
            for row in rows:
                if row and taken < most:
                    found.append(row.pop())
                    taken += 1
    return found


async def make_again(
    caller: Caller, preparing: Preparing, entries: Sequence[Entry], show: Callable[[int], None] = lambda _: None
) -> None:
    """Make the calls, each recorded with the number of the one that it repeats. Raises RunStoppedError."""
    operations = {op.operation_id: op for op in caller.target.published.operations}
    made: dict[str, int] = defaultdict(int)
    for number, entry in enumerate(entries, 1):
        operation = operations[entry.operation.partition(" ")[2]]
        call = entry.call
        headers = {**dict(call.headers), "api-version": caller.target.version}
        path, body = call.path, call.body or b""
        if operation.method not in _SAFE and 200 <= entry.status < 300 and "{" in operation.path:
            if made[entry.operation] >= _FRESH:
                continue
            made[entry.operation] += 1
            record = await preparing.record(operation)
            if record is None:
                continue
            path = caller.target.base + path_of(operation, record.values)
            tags = condition(caller.target.published.document, operation)
            headers |= {name.lower(): str(tag) for name, tag in tags.items()} if "if-match" in headers else {}
        await caller.send(call.method, path, call.query, headers, body, "gateway", {"of": entry.number})
        show(number)
