"""Release: an immutable, digested snapshot of all that is live: a workspace with every operation compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import Operation
from contracts.selftest import Proof
from contracts.servable import unservable
from contracts.workspace import Workspace
from gateway.ending import Ending
from gateway.portal.content import Content


@dataclass(frozen=True, slots=True)
class NotServed:
    """An operation of the contract that answers 501, and why."""

    operation: Operation
    reason: str
    pointer: str


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """One exact version: what is served of it and what is not."""

    api: str
    version: str
    operations: tuple[CompiledOperation, ...]
    not_served: tuple[NotServed, ...]
    proofs: Mapping[str, Proof]
    """The self-test of each operation, by its pointer; run before the operation's first call."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the gateway serves. `contracts` by (api, exact version): those that an entity offers."""

    workspace: Workspace
    digest: str
    contracts: Mapping[tuple[str, str], CompiledContract]
    content: Content | None = None
    """What the portal shows; made by whoever serves the release."""
    development: bool = True
    """Whether nobody is known to have decided on it: a workspace, or what rests on a development trust root."""
    revoked: tuple[Mapping[str, Any], ...] = ()
    """Credentials and keys of issuers that count no more on this node, whatever the release says."""
    key_sets: Mapping[str, bytes] = field(default_factory=dict)
    """Last good key sets by issuer."""
    ends: tuple[Ending, ...] = ()
    """What was let until a moment."""
    withdrawn: str = ""
    """Why it was withdrawn, where it was: it serves until another one is activated."""
    notes: tuple[str, ...] = ()
    """What whoever starts it is told."""


def make_release(workspace: Workspace) -> Release:
    """Compile every operation of every offered contract. Raises InvalidInputError for a broken document."""
    offered = {tuple(offer.contract.split("@", 1)) for entity in workspace.entities.values() for offer in entity.offers}
    compiled = {(api, version): _compile(workspace, api, version) for api, version in sorted(offered)}
    return Release(workspace, workspace.digest, compiled)


def _compile(workspace: Workspace, api: str, version: str) -> CompiledContract:
    contract = workspace.published.get((api, version)) or workspace.contracts[api, version]
    served: list[CompiledOperation] = []
    left_out: list[NotServed] = []
    for operation in contract.operations:
        why = unservable(operation)
        if why is not None:
            left_out.append(NotServed(operation, why.reason, operation.pointer))
            continue
        try:
            served.append(compile_operation(contract, operation, api, version, workspace.settings.bounds))
        except Declined as declined:
            left_out.append(NotServed(operation, declined.reason, declined.pointer))
    tree = contract.document.tree
    proofs = {
        one.pointer: Proof(tree, contract.version, one, f"{one.method} {one.template} of {api}@{version}")
        for one in served
    }
    return CompiledContract(api, version, tuple(served), tuple(left_out), proofs)
