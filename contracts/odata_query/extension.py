"""`x-odata` on an operation: narrows what its query options may name.

    x-odata:
      filterable: [status, orderDate, customer/name]   # $filter, also nested and in lambdas
      sortable: [orderDate]                            # $orderby
      expandable: [salesOrderLines, customer]          # $expand
      maxExpandDepth: 1                                # 1 to 5; how many levels $expand may go down
      maxPageSize: 500                                 # rows a page at most; the gateway asks for no more

Paths begin at a row of the answer. It never widens: what the answer's schema does not state stays refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import Document
from contracts.references import escape
from contracts.wording import instead

NAME: Final = "x-odata"
Paths = frozenset[tuple[str, ...]]
_LISTS: Final = ("filterable", "sortable", "expandable")
_NUMBERS: Final = {"maxExpandDepth": 5, "maxPageSize": 1_000_000}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """None where the extension says nothing."""

    filterable: Paths | None = None
    sortable: Paths | None = None
    expandable: Paths | None = None
    max_expand_depth: int | None = None
    max_page_size: int | None = None


def read_extension(extensions: Mapping[str, Any], document: Document, operation: str) -> Narrowed:
    """The extension among those of the operation at a pointer. Raises InvalidInputError with every fault."""
    narrowed, faults = read(extensions, document, operation)
    if faults:
        raise InvalidInputError(faults)
    return narrowed


def read(extensions: Mapping[str, Any], document: Document, operation: str) -> tuple[Narrowed, list[Diagnostic]]:
    """As `read_extension`, with the faults beside what could be read."""
    value, pointer = extensions.get(NAME), f"{operation}/{NAME}"
    if value is None:
        return Narrowed(), []
    if not isinstance(value, Mapping):
        return Narrowed(), [document.fault(pointer, NAME, f"`{NAME}` is not a mapping")]
    faults: list[Diagnostic] = []
    found: dict[str, Any] = {}
    for key, member in value.items():
        at = f"{pointer}/{escape(key)}"
        if key in _LISTS:
            if not isinstance(member, list) or not all(isinstance(one, str) and one for one in member):
                faults.append(document.fault(at, NAME, f"`{key}` is not a list of paths", "write `[name, other/name]`"))
                continue
            found[key] = frozenset(tuple(one.split("/")) for one in member)
        elif key in _NUMBERS:
            if not isinstance(member, int) or isinstance(member, bool) or not 1 <= member <= _NUMBERS[key]:
                message = f"`{key}` is not a whole number from 1 to {_NUMBERS[key]}"
                faults.append(document.fault(at, NAME, message))
                continue
            found[key] = member
        else:
            message = f"`{NAME}` has no member of this name"
            faults.append(document.fault(at, NAME, message, instead(str(key), (*_LISTS, *_NUMBERS))))
    narrowed = Narrowed(
        found.get("filterable"), found.get("sortable"), found.get("expandable"),
        found.get("maxExpandDepth"), found.get("maxPageSize"),
    )  # fmt: skip
    return narrowed, faults
