"""One finding a cause, with the operations that it holds for: how every form of a fuzzing run tells it.

Works on what is told of findings, by the verdict or by an onboarding report's evidence.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from contracts.counted import counted
from contracts.plain import plain
from governance.fuzz.causes import by_cause
from governance.fuzz.verdict import Judged

T = TypeVar("T")
_ENTRIES: Final = 5


def causes_of(findings: Iterable[Judged]) -> list[list[Judged]]:
    """The findings of a verdict, those of one cause together; the worst first, of a rule those that reach widest."""
    found = by_cause(findings, lambda one: one.cause)
    return _widest_first(found, lambda one: (one.finding.severity, one.finding.rule))


def told_causes(findings: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The same of a report for machines; one of an earlier version knows no causes, and tells each by itself."""
    found = by_cause(findings, lambda one: str(one.get("cause", one["fingerprint"])))
    return _widest_first(found, lambda one: (one["severity"], one.get("rule")))


def _widest_first(causes: Sequence[list[T]], kind: Callable[[T], object]) -> list[list[T]]:
    places: dict[object, int] = {}
    for found in causes:
        places.setdefault(kind(found[0]), len(places))
    return sorted(causes, key=lambda found: (places[kind(found[0])], -len(found)))


def told_counts(findings: Sequence[Mapping[str, Any]]) -> str:
    """`0 errors, 24 warnings found (108 by operation)`: each cause once; what is for information is not counted."""
    heavy = [one for one in findings if one["severity"] != "info"]
    counts = Counter(found[0]["severity"] for found in told_causes(heavy))
    told = f"{counted(counts['error'], 'error')}, {counted(counts['warning'], 'warning')} found"
    return told + (f" ({len(heavy)} by operation)" if len(heavy) > counts.total() else "")


def operations_of(found: Sequence[Judged]) -> list[str]:
    """`api@version operationId` of all that show it."""
    return list(dict.fromkeys(name for one in found for name in one.operations))


def told_operations(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The same of a report for machines."""
    return list(dict.fromkeys(name for one in found for name in one.get("operations", (one["operation"],))))


def title_of_cause(message: str, operations: Sequence[str], alone: str) -> str:
    """What is wrong, behind `alone` (the one operation) or how many operations it holds for."""
    return plain(f"{alone}: {message}" if len(operations) == 1 else f"{len(operations)} operations: {message}")


def places_of(operations: Sequence[str]) -> list[str]:
    """`api@version: operationId, operationId`, a line a contract; none where there is one operation only."""
    if len(operations) == 1:
        return []
    by_contract: dict[str, list[str]] = {}
    for name in operations:
        contract, _, operation_id = name.partition(" ")
        by_contract.setdefault(contract, []).append(operation_id)
    return [plain(f"{contract}: {', '.join(names)}") for contract, names in by_contract.items()]


def evidence_of(calls: int, entries: Sequence[int]) -> str:
    """Where the recording shows it: `31 calls: 4, 7, 12 and more`."""
    shown = sorted(set(entries))[:_ENTRIES]
    more = " and more" if calls > len(shown) else ""
    return f"{counted(calls, 'call')}: {', '.join(map(str, shown))}{more}"
