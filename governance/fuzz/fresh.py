"""Bodies that do not collide with what was made before: what names a record is given another value each time."""

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.contract import Contract, Operation
from governance.fuzz.variants import properties_of

_NAMES: Final = ("number", "code", "key", "id", "no", "sku", "reference", "externalid", "customerreference", "name",
                 "email", "gtin", "barcode", "vat", "registration")  # fmt: skip
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_DIGITS: Final = re.compile(r"\d+(?=\D*$)")


def fresh_body(contract: Contract, operation: Operation, body: Any, turn: int) -> Any:
    """The body for the `turn`-th try, the first as it is: texts that seem to name the record are counted up.

    Not those that are called as other records are in their paths: there must be such a record.
    """
    if turn == 0 or not isinstance(body, Mapping):
        return body
    schemas = properties_of(contract.document, operation)
    others = {
        name for other in contract.operations if not other.path.startswith(operation.path)
        for name in _PARAMETER.findall(other.path)
    }  # fmt: skip
    made = dict(body)
    for name, value in body.items():
        plain = name.casefold().replace("_", "").replace("-", "")
        schema = schemas.get(name, {})
        if (
            isinstance(value, str)
            and name not in others
            and plain.endswith(_NAMES)
            and not {"enum", "const"} & schema.keys()
        ):
            made[name] = _counted(value, turn, schema)
    return made


def _counted(value: str, turn: int, schema: Mapping[str, Any]) -> str:
    """Its last number counted up, else one added; no longer than it may be."""
    found = _DIGITS.search(value)
    if found is not None:
        width = len(found[0])
        number = str((int(found[0]) + 7919 * turn) % 10**width).zfill(width)
        made = value[: found.start()] + number + value[found.end() :]
    else:
        made = f"{value}{turn}"
    most = schema.get("maxLength")
    return made[-most:] if isinstance(most, int) and len(made) > most else made
