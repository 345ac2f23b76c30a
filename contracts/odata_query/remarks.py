"""What is wrong with what an operation says about query options: `x-odata`, and options that are never taken."""

from contracts.diagnostic import Diagnostic
from contracts.document import Document
from contracts.odata_query.extension import NAME, read
from contracts.odata_query.names import REFUSED, option_of
from contracts.views import Operation


def remarks_on(operation: Operation, document: Document) -> list[Diagnostic]:
    """Errors keep the contract from being served, warnings do not."""
    at = f"{operation.pointer}/{NAME}"
    narrowed, found = read(operation.extensions, document, operation.pointer)
    declared = [parameter for parameter in operation.parameters if parameter.location == "query"]
    if narrowed.max_page_size is not None and not _can_be_asked(operation):
        message = "`maxPageSize` cannot be asked for: neither `$top` nor the header `Prefer` is declared"
        found.append(document.fault(at, NAME, message, "declare one of them", severity="warning"))
    for parameter in declared:
        if parameter.name.startswith("$") and option_of(parameter.name) in REFUSED:
            message = f"`{parameter.name}` is never taken where the system speaks OData: it cannot be judged"
            remedy = "take it out of the contract"
            found.append(document.fault(parameter.pointer, "odata-option", message, remedy, severity="warning"))
    return found


def _can_be_asked(operation: Operation) -> bool:
    return any(
        (p.location == "query" and option_of(p.name) == "$top")
        or (p.location == "header" and p.name.lower() == "prefer")
        for p in operation.parameters
    )
