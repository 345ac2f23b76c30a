"""The compiled plan compared with openapi-core, over the self-test's messages: every difference with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.compile import CompiledOperation
from contracts.contract import Contract
from contracts.known_holes import held_by, holes
from contracts.second_opinion import SecondOpinion
from contracts.selftest import MOST, judged, probes_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One message of which the two say different things. `hole` is empty where no known hole explains it."""

    keyword: str
    where: str
    pointer: str
    ours: str
    theirs: str
    hole: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome for one operation."""

    messages: int
    differences: tuple[Difference, ...]


def compare(contract: Contract, operation: CompiledOperation, most: int = MOST) -> Compared:
    """Ask both. Raises ModuleNotFoundError where openapi-core is not installed."""
    found = list(_asked(contract, operation, most))
    return Compared(len(found), tuple(one for one in found if one is not None))


def _asked(contract: Contract, operation: CompiledOperation, most: int) -> Iterator[Difference | None]:
    tree = contract.document.tree
    oracle = SecondOpinion(tree, operation.pointer)
    holds = held_by(tree, operation.pointer)
    sides = probes_of(tree, contract.version, operation.pointer, most)
    request = sides[0].good.message if sides[0].good is not None else None
    for side in sides:
        for probe in (*([side.good] if side.good is not None else []), *side.bad):
            ours = judged(operation, probe.message).outcome
            opinion = oracle.of(probe.message, request)
            if ours == opinion.outcome:
                yield None
                continue
            hole = next((h for h in holes() if h.explains(probe, contract.version, ours, opinion, holds)), None)
            yield Difference(
                probe.keyword, probe.where, probe.pointer, ours,
                opinion.outcome + (f" ({opinion.error})" if opinion.error else ""),
                hole.hole if hole is not None else "", hole.reason if hole is not None else "",
            )  # fmt: skip
