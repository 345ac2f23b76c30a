"""Names that nothing has yet: in bodies, so that a second record is not refused for the first, and in paths.

What names a record is given another value of the same form each time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.contract import Contract, Operation, Parameter
from contracts.document import Document
from contracts.engine import EngineRefusedError, make_engine
from governance.fuzz.calling import text_of
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


def fresh_keys(
    document: Document, operation: Operation, known: Mapping[str, Sequence[Any]], most: int
) -> list[dict[str, str]]:
    """Values for its path that name nothing that is known, in the form of what is; fewer or none where that fails.

    `known` holds values of parameters by name; the contract's own examples come after them.
    """
    named = [one for one in operation.parameters if one.location == "path"]
    by_name = {one.name: list(_others(document, one, known.get(one.name, ()), most)) for one in named}
    return [
        {name: values[i] for name, values in by_name.items()}
        for i in range(min((len(values) for values in by_name.values()), default=0))
    ]


def _others(document: Document, parameter: Parameter, known: Iterable[Any], most: int) -> Iterator[str]:
    schema = {} if parameter.schema is None else document.follow(parameter.schema, "")[0]
    held = schema if isinstance(schema, dict) else {}
    stated = held.get("examples", [held["example"]] if "example" in held else [])
    texts = list(dict.fromkeys(text_of(one) for one in [*known, *(stated if isinstance(stated, list) else [])]))
    if "enum" in held or not texts:
        return
    try:
        fits = make_engine(held).is_valid
    except EngineRefusedError:
        return
    for turn in range(1, most + 1):
        for text in texts:
            other = next((made for made in _like(text, turn) if made not in texts and fits(_typed(made, held))), None)
            if other is not None:
                yield other
                break


def _like(text: str, turn: int) -> Iterator[str]:
    """Texts of the same form: a number counted up, or one put before the last sign that divides, or at the end."""
    if _DIGITS.search(text) is not None:
        yield _counted(text, turn, {})
    at = max(text.rfind(sign) for sign in ".-_/")
    if at > 0:
        yield f"{text[:at]}{turn}{text[at:]}"
    yield f"{text}{turn}"


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    return int(text) if schema.get("type") == "integer" and text.isdecimal() else text
