"""A contract as frozen views over its document: OpenAPI 3.0, 3.1 and 3.2.

`examine` says everything that is wrong and reads what can be read; `read_contract` gives a contract without errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import Document
from contracts.odata_query.remarks import remarks_on
from contracts.read import Reader
from contracts.views import (
    MediaType,
    Operation,
    Parameter,
    ParameterLocation,
    RequestBody,
    Response,
    SchemeUse,
)

__all__ = [
    "Contract",
    "MediaType",
    "Operation",
    "Parameter",
    "ParameterLocation",
    "RequestBody",
    "Response",
    "SchemeUse",
    "examine",
    "read_contract",
]


@dataclass(frozen=True, slots=True)
class Contract:
    """One OpenAPI document, read. Schemas in it keep their references; `document.resolve` follows them."""

    document: Document
    version: str
    """`3.0`, `3.1` or `3.2`."""
    title: str
    stated_version: str
    """`info.version`."""
    operations: tuple[Operation, ...]
    """In the order of the document; webhooks are not among them."""
    info: Mapping[str, Any] = field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()
    """What does not keep the contract from being served."""


def read_contract(document: Document) -> Contract:
    """Read a document as a contract. Raises InvalidInputError with every error found, each at its line."""
    contract, diagnostics = examine(document)
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    if contract is None or errors:
        raise InvalidInputError(errors)
    return contract


def examine(document: Document) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """What can be read of a document, and everything that is wrong with it; None where it is no OpenAPI 3."""
    reader = Reader(document)
    version = reader.version()
    if version is None:
        return None, tuple(reader.faults)
    info = document.tree.get("info")
    operations = reader.operations()
    reader.check_references()
    for operation in operations:
        reader.faults += remarks_on(operation, document)
    contract = Contract(
        document,
        version,
        reader.text(info, "title", "/info"),
        reader.text(info, "version", "/info"),
        operations,
        info if isinstance(info, dict) else {},
        tuple(fault for fault in reader.faults if fault.severity == "warning"),
    )
    return contract, tuple(reader.faults)
