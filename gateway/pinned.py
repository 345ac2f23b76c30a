"""What a release knows of an operation on an offer with pins: its plan, or that it is not served there."""

from collections.abc import Sequence

from contracts.compile import CompiledOperation
from contracts.entities import Offer
from contracts.isolation import Gap, Isolation, isolate
from contracts.workspace import Workspace
from policies.access import Access
from policies.limits import Limits
from policies.select import NOT_SERVED
from policies.step import Answer, Call, Policy, Refusal, Route, Runtime, Step


def isolation_of(workspace: Workspace, offer: Offer, operation: CompiledOperation) -> Isolation | Gap | None:
    """By the contract with its pins, where the operation has the same id; None where the offer pins nothing."""
    if not offer.pins.places:
        return None
    contract = workspace.contracts[operation.api, operation.version]
    described = next(o for o in contract.operations if o.operation_id == operation.operation_id)
    return isolate(contract, described, offer.pins, workspace.systems[offer.system].protocol)


def not_gap(found: Isolation | Gap | None) -> Isolation | None:
    """The plan, if there is one."""
    return None if isinstance(found, Gap) else found


def gap_of(found: Isolation | Gap | None) -> Gap | None:
    """Why it is not served, if it is not."""
    return found if isinstance(found, Gap) else None


def unserved(route: Route, runtime: Runtime, chain: Sequence[Policy]) -> Step:
    """Limits and access as ever, then 501. `check` says why."""

    async def not_served(call: Call) -> Answer:  # noqa: ARG001 - a Step
        raise Refusal(NOT_SERVED, fault="gateway")

    step: Step = not_served
    for policy in reversed(chain):
        if isinstance(policy, Limits | Access):
            step = policy.bind(route, runtime, step)
    return step
