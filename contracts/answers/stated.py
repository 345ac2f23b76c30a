"""Examples that a contract states of a body: by name, in their order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.contract import Contract, MediaType
from contracts.document import UnresolvedReferenceError

_IN_SCHEMA: Final = 8


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `name` is empty where it has none; `text` is true of one that is written as it is sent."""

    name: str
    value: Any
    text: bool = False


def examples_of(contract: Contract, media: MediaType) -> Iterator[Example]:
    """`example`, then `examples` of the media type, then those of its schema as a whole."""
    raw = _at(contract, {"$ref": "#" + media.pointer})
    if not isinstance(raw, dict):
        return
    if "example" in raw:
        yield Example("", raw["example"])
    named = raw.get("examples")
    for name, entry in named.items() if isinstance(named, dict) else ():
        found = _at(contract, entry)
        if not isinstance(found, dict):
            continue
        for key, text in (("dataValue", False), ("serializedValue", True), ("value", False)):
            if key in found:
                yield Example(str(name), found[key], text)
                break
    schema = media.schema
    for _ in range(_IN_SCHEMA):
        if not isinstance(schema, dict):
            return
        if "example" in schema:
            yield Example("", schema["example"])
        listed = schema.get("examples")
        yield from (Example("", value) for value in (listed if isinstance(listed, list) else ())[:1])
        if "$ref" not in schema:
            return
        schema = _at(contract, schema)


def _at(contract: Contract, entry: Any) -> Any:
    """What an entry is, or what it refers to; None where that leads nowhere."""
    if not (isinstance(entry, dict) and isinstance(entry.get("$ref"), str)):
        return entry
    try:
        return contract.document.resolve(entry["$ref"])
    except UnresolvedReferenceError:
        return None
