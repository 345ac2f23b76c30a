"""What pins name, held against the contract: names that are not there, values that it does not take."""

from collections.abc import Iterator
from typing import Any

from contracts.contract import Contract, Parameter
from contracts.diagnostic import Diagnostic
from contracts.document import UnresolvedReferenceError
from contracts.entities import Offer
from contracts.files import Files
from contracts.isolation import Gap
from contracts.pin_values import value_fault
from contracts.systems import System
from contracts.wording import instead, nearest
from contracts.written import Source, pointer_to


def name_faults(source: Source, at: str, offer: Offer, contract: Contract) -> Iterator[Diagnostic]:
    """Errors of names, by which nothing would be kept apart."""
    pins, named = offer.pins, offer.contract
    known = names_of(contract, "path")
    for name in pins.path:
        if name not in known:
            bare = next((part for part in known if f"{{{part}}}" in name), None)
            message = f"{named} has no path parameter `{name}`"
            remedy = f"write `{bare}`, the parameter's name alone" if bare else instead(name, known)
            yield source.fault(f"{at}/path{pointer_to(name)}", "dangling-reference", message, remedy)
    for place, stated in (("query", pins.query), ("header", pins.header)):
        for name, value in stated.items():
            if name in known and name not in names_of(contract, place):
                message = f"`{name}` is a path parameter of {named}: consumers would name it themselves"
                remedy = f"write `path: {{{name}: {value}}}`"
                yield source.fault(f"{at}/{place}{pointer_to(name)}", "wrong-value", message, remedy)


def misspelt_field(source: Source, at: str, offer: Offer, contract: Contract, gaps: list[Gap]) -> Diagnostic | None:
    """The error where records cannot be proven, and all that is wrong is the spelling of their field."""
    record = offer.pins.record
    if record is None or not any(f"`{record.field}`" in gap.reason for gap in gaps):
        return None
    members = declared_members(contract)
    close = None if record.field in members else nearest(record.field, members)
    if close is None:
        return None
    message = f"no record of {offer.contract} has a member `{record.field}`"
    return source.fault(f"{at}/record/field", "dangling-reference", message, f"write `{close}`")


def nested_faults(source: Source, at: str, offer: Offer, contract: Contract, system: System) -> Iterator[Diagnostic]:
    """Warnings: a misspelt name in `nested`, and what a contract lets `$expand` bring that is refused all the same."""
    members, nested = declared_members(contract), offer.pins.nested
    for name in nested:
        # A contract need not declare all that records hold: only what looks misspelt is told.
        close = None if name in members else nearest(name, members)
        if close is not None:
            message = f"nothing in {offer.contract} has a member `{name}`"
            at_name = f"{at}/nested{pointer_to(name)}"
            yield source.fault(at_name, "dangling-reference", message, f"write `{close}`", "warning")
    if system.protocol == "rest":
        return
    refused: dict[str, str] = {}
    for operation in contract.operations:
        for parameter in operation.parameters:
            if parameter.location == "query" and parameter.name == "$expand":
                refused.update((word, operation.operation_id) for word in _words(contract, parameter))
    how = "address" if offer.pins.in_address else "own"
    for word, operation_id in refused.items():
        if nested.get(word, "part") == "part":
            message = f"{offer.contract} lets `$expand` bring `{word}` ({operation_id}), which is refused here (403)"
            remedy = f"say how it is proven: `nested: {{{word}: {how}}}`, or take it out of the contract"
            yield source.fault(at, "expand-not-proven", message, remedy, "warning")


def value_faults(
    files: Files, environment: str | None, entity: str, index: int, offer: Offer, contract: Contract
) -> Iterator[Diagnostic]:
    """Values that the contract's own parameter does not take, each in the file that says them."""
    pins = offer.pins
    for place, stated in (("path", pins.path), ("query", pins.query), ("header", pins.header)):
        for name, value in stated.items():
            expected = value_fault(contract, place, name, value)
            if expected:
                source, at = _said(files, environment, entity, offer.system, place, name)
                at = at or pointer_to("offers", index, "pins", place, name)
                message = f"the value of `{name}` is none that {offer.contract} takes: {expected}"
                yield source.fault(at, "wrong-value", message, "write it as the contract states it")


def _said(files: Files, environment: str | None, entity: str, system: str, place: str, name: str) -> tuple[Source, str]:
    """The file that says the value, and where; an empty place for the entity's own."""
    entry = files.environments.get(environment or "")
    if entry is not None and entry.value is not None and entity in entry.value.entities:
        values = entry.value.entities[entity].pins.get(system)
        if values is not None and name in getattr(values, place):
            return entry.source, pointer_to("entities", entity, "pins", system, place, name)
    return files.entities[entity].source, ""


def declared_members(contract: Contract) -> dict[str, None]:
    """Every member that a schema of the document declares, in its order."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    level: list[Any] = [contract.document.tree]
    while level:
        following: list[Any] = []
        for node in level:
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, dict):
                properties = node.get("properties")
                if isinstance(properties, dict):
                    found.update(dict.fromkeys(name for name in properties if isinstance(name, str)))
                following += node.values()
            elif isinstance(node, list):
                following += node
        level = [node for node in following if isinstance(node, dict | list)]
    return found


def names_of(contract: Contract, place: str) -> set[str]:
    """Of all parameters of a place."""
    return {p.name for o in contract.operations for p in o.parameters if p.location == place}


def _words(contract: Contract, parameter: Parameter) -> list[str]:
    """The only words that a list parameter may hold; none where the contract leaves it open."""
    try:
        schema, _ = contract.document.follow(parameter.schema, "")
        items, _ = contract.document.follow(schema.get("items"), "") if isinstance(schema, dict) else (None, "")
    except UnresolvedReferenceError:
        return []
    stated = items.get("enum") if isinstance(items, dict) else None
    return [word for word in stated if isinstance(word, str)] if isinstance(stated, list) else []
