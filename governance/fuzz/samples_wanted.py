"""Why an operation was not tested, and which sample would do it: names of the contract, no value of a system."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from contracts.contract import Contract, Operation
from contracts.counted import counted
from governance.fuzz.variants import required_of
from governance.fuzz.verdict import Coverage

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """One operation that had no success. `sample` is what to write into the file of samples."""

    operation: str
    reason: str
    sample: str

    def line(self) -> str:
        """For a terminal."""
        return f"{self.operation}: not tested: {self.reason}; {self.sample}"


def wanted(coverage: Coverage, contract: Contract, untested: Collection[str]) -> Wanted:
    """`untested` are the ids of all operations of this version that had no success."""
    name = coverage.operation.partition(" ")[2]
    operation = next((one for one in contract.operations if one.operation_id == name), None)
    if operation is None:
        return Wanted(coverage.operation, _reason(coverage), "the contract has it no more")
    maker = _maker(contract, operation, untested)
    sample = f"a sample of {maker} is enough" if maker else f"--samples: {_sample(contract, operation)}"
    return Wanted(coverage.operation, _reason(coverage), sample)


def _reason(coverage: Coverage) -> str:
    if not coverage.calls:
        return "nothing names a record that it is about"
    if coverage.held_back == coverage.calls:
        if coverage.method in _SAFE:
            return f"all {counted(coverage.calls, 'call')} were held back by bounds or pins"
        return f"all {counted(coverage.calls, 'call')} were held back: no record of the run was there to change"
    if coverage.throttled and coverage.throttled == sum(coverage.statuses.values()):
        return "the system refused every call for load"
    told = ", ".join(f"{number} {status or 'without an answer'}" for status, number in coverage.statuses.items())
    return f"the system never took it ({told})"


def _maker(contract: Contract, operation: Operation, untested: Collection[str]) -> str:
    """What would make the record that a change or deletion needs, and was not taken either."""
    if operation.method in _SAFE or "{" not in operation.path:
        return ""
    makers = [one for one in contract.operations if one.method == "POST" and one is not operation
              and operation.path.startswith(one.path) and one.operation_id in untested]  # fmt: skip
    makers += [one for one in contract.operations if one.method == "POST" and "{" not in one.path
               and one.operation_id in untested]  # fmt: skip
    return makers[0].operation_id if makers else ""


def _sample(contract: Contract, operation: Operation) -> str:
    parts = []
    names = [one.name for one in operation.parameters if one.required]
    if names:
        parts.append(f"parameters: {{{_blanks(names)}}}")
    if operation.request_body is not None:
        members = sorted(required_of(contract.document, operation))
        parts.append(f"body: {{{_blanks(members)}}}")
    return f"{{operations: {{{operation.operation_id}: [{{{', '.join(parts)}}}]}}}}"


def _blanks(names: list[str]) -> str:
    shown = [f"{name}: ..." for name in names[:_MOST]]
    return ", ".join([*shown, "..."] if len(names) > _MOST or not names else shown)
