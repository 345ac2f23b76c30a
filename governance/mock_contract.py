"""Which contract `tidewaiter mock` is asked for: a file, a folder, or an exact version of a workspace."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from contracts.contract import Contract, examine
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import ENTRIES, Document, load_document
from contracts.systems import Protocol
from contracts.wording import instead
from contracts.workspace import load


@dataclass(frozen=True, slots=True)
class Chosen:
    """A contract, what its system speaks, and what is wrong with it but does not keep it from being mocked."""

    contract: Contract
    protocol: Protocol = "rest"
    faults: tuple[Diagnostic, ...] = ()


def contract_of(source: Path) -> Chosen:
    """Read a document; one with faults as a vendor's, so that only what is at fault is left out.

    Raises InvalidInputError.
    """
    root = source.parent if source.is_file() and source.name in ENTRIES else None
    document = load_document(source, root)
    contract, faults = examine(document)
    errors = tuple(fault for fault in faults if fault.severity == "error")
    if contract is not None and not errors:
        return Chosen(contract)
    lenient, left = _as_vendors(document)
    if lenient is None or any(fault.severity == "error" for fault in left):
        raise InvalidInputError(errors)
    return Chosen(lenient, faults=errors)


def _as_vendors(document: Document) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    return examine(dataclasses.replace(document, name="vendor.yaml"))


def version_of(name: str, folder: Path) -> Chosen:
    """`api@version` of a workspace, as consumers see it. Raises InvalidInputError."""
    workspace = load(folder)
    api, _, version = name.partition("@")
    contract = workspace.published.get((api, version)) or workspace.contracts.get((api, version))
    if contract is None:
        known = [f"{known}@{exact}" for known, exact in workspace.contracts]
        message = "the workspace has no contract of that name"
        raise InvalidInputError([Diagnostic(str(folder), "no-contract", message, instead(name, known))])
    systems = [
        workspace.systems[offer.system]
        for entity in workspace.entities.values()
        for offer in entity.offers
        if offer.contract == name
    ]
    return Chosen(contract, systems[0].protocol if systems else "rest")
