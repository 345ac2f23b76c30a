"""What somebody calls first: an operation that only reads, with what it needs, for each way to say who calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from codegen.description import ClientDescription, Operation
from codegen.samples import Samples
from contracts.contract import Contract

Proof = Literal["token", "key", "none"]
_TRIED: Final = 20
"""So many operations are looked at for each proof."""


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A call of a client's method. `code` such as `client.stock.list_stock(material='PUMP-40')`."""

    proof: Proof
    code: str


def first_calls(contract: Contract, description: ClientDescription) -> tuple[ClientCall, ...]:
    """At most one for each proof."""
    samples = Samples(contract)
    declared = {(one.method, one.path): one for one in contract.operations}
    kinds = {scheme.name: scheme.kind for scheme in description.schemes}
    reading = [one for one in description.operations if one.method == "GET" and one.payload is None]
    found: dict[Proof, ClientCall] = {}
    tried: dict[Proof, int] = {}
    for operation in sorted(reading, key=ease):
        proofs = [proof for proof in _proofs(operation, kinds) if proof not in found and tried.get(proof, 0) < _TRIED]
        if not proofs:
            continue
        arguments = samples.arguments(declared[operation.method, operation.path], operation)
        for proof in proofs:
            tried[proof] = tried.get(proof, 0) + 1
            if arguments is not None:
                code = f"client.{operation.resource}.{operation.name}({given(arguments)})"
                found[proof] = ClientCall(proof, code)
    return tuple(found.values())


def ease(operation: Operation) -> tuple[int, int, bool, bool, str, str]:
    """Sorts what needs no record that has to be there before what does, and lists before the rest."""
    needed = [argument for argument in operation.arguments if argument.required]
    keys = sum(argument.location == "path" for argument in needed)
    named = operation.name.startswith(("list", "get"))
    return keys, len(needed), operation.paging is None, not named, operation.resource, operation.name


def given(arguments: Mapping[str, Any]) -> str:
    """Arguments as Python writes them."""
    return ", ".join(f"{name}={value!a}" for name, value in arguments.items())


def _proofs(operation: Operation, kinds: Mapping[str, str]) -> Iterator[Proof]:
    if operation.security == ():
        yield "none"
    for group in operation.security or ():
        stated = {kinds.get(name) for name in group}
        if stated <= {"bearer"}:
            yield "token" if group else "none"
        elif stated == {"key"}:
            yield "key"
