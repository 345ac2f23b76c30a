"""Schemas that no value satisfies, found by algebra over the lowered schemas: each a finding."""

from collections.abc import Iterator
from typing import Any, Final

from contracts.algebra import unsatisfiable
from contracts.contract import Contract
from contracts.diagnostic import Diagnostic
from contracts.direction import Members
from contracts.document import UnresolvedReferenceError
from contracts.references import References
from contracts.schema import Lowering
from contracts.sites import objects, steps_to
from contracts.written import pointer_to

LARGEST: Final = 40_000
"""So many schemas of one contract are looked at, which takes seconds; that a larger one is not is told."""
_NOT_MEANT: Final = frozenset(("not", "if", "then", "else", "dependentSchemas", "contains"))
"""Below these a schema that nothing satisfies says something."""


def unsatisfied(contract: Contract) -> Iterator[Diagnostic]:
    """A warning for each schema that nothing satisfies, at its innermost place."""
    document = contract.document
    old = contract.version == "3.0"
    lowering = Lowering(document, contract.version, "answer")
    # As written, for no direction: what only one of them forbids can be satisfied in the other.
    lowering.members = Members(document.tree, References(document, named=not old), "", old)
    for node, link in objects(document.tree):
        if isinstance(node.get("schema"), dict):
            lowering.root(node["schema"], pointer_to(*steps_to(link), "schema"))
    components = document.tree.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name, schema in schemas.items() if isinstance(schemas, dict) else ():
        lowering.root(schema, pointer_to("components", "schemas", name))
    definitions = lowering.definitions
    if sum(definition.nodes for definition in definitions.values()) > LARGEST:
        words = f"the contract has more than {LARGEST} schemas: whether all can be satisfied was not looked at"
        yield document.fault("", "not-looked-at", words, "", "warning")
        return
    # What cannot be checked may be satisfied by anything.
    plain = {key: True if found.faults else found.schema for key, found in definitions.items()}
    told = set()
    for way in _found(plain):
        if len(way) < 2 or way[0] != "$defs" or not _NOT_MEANT.isdisjoint(way[2:]):
            continue
        definition = definitions[way[1]]
        pointer = definition.pointer + pointer_to(*way[2:])
        try:
            pointer = document.step(pointer)[1]
        except UnresolvedReferenceError:
            pointer = definition.pointer
        if pointer not in told:
            told.add(pointer)
            words = "no value satisfies this schema: its keywords exclude each other"
            yield document.fault(pointer, "unsatisfiable", words, "widen one of them", "warning")


def _found(plain: dict[str, Any]) -> Iterator[list[str]]:
    """The ways to schemas that nothing satisfies, without those that only name or hold another one."""
    roots = {key: {"$ref": f"#/$defs/{key}"} for key in plain}
    found = unsatisfiable({"properties": roots, "$defs": plain})
    ways = {pointer: [_token(part) for part in pointer.split("/")[1:]] for pointer in found}
    for pointer, (literal, keywords) in found.items():
        holds = any(other != pointer and other.startswith(pointer + "/") for other in found)
        if not literal and not keywords <= {"$ref"} and not holds:
            yield ways[pointer]


def _token(text: str) -> str:
    return text.replace("~1", "/").replace("~0", "~")
