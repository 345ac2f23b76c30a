"""Puts the calls that show one fault together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from governance.finding import Proof, Severity
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Seen

_INDEX: Final = re.compile(r"/\d+(?=/|$)")


def anywhere(pointer: str) -> str:
    """A pointer into a message, whichever item of a list it is."""
    return _INDEX.sub("/*", pointer)


@dataclass(slots=True)
class _One:
    message: str
    operation: str
    pointer: str
    severity: Severity | None
    reason: str
    proof: Proof
    demand: tuple[str, str, Any] | None
    entries: list[int] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)


class Gathered:
    """By rule and what it is about: the first message, and every call."""

    def __init__(self, rule: FuzzRule) -> None:
        self._rule = rule
        self._found: dict[str, _One] = {}

    def add(
        self, about: str, seen: Seen, message: str, *, pointer: str = "", severity: Severity | None = None,
        reason: str = "", proof: Proof = Proof.PROVEN, more: tuple[int, ...] = (),
        demand: tuple[str, str, Any] | None = None,
    ) -> None:  # fmt: skip
        """One call that shows it; of several severities the heaviest counts."""
        one = self._found.get(about)
        if one is None:
            one = self._found[about] = _One(message, seen.name, pointer, severity, reason, proof, demand)
        elif severity is not None and (one.severity is None or severity.weight > one.severity.weight):
            one.message, one.severity, one.reason, one.operation = message, severity, reason, seen.name
        if seen.name not in one.operations:
            one.operations.append(seen.name)
        one.entries += [number for number in (seen.number, *more) if number not in one.entries]

    def hits(self) -> Iterator[Hit]:
        """One hit for each."""
        for about, one in self._found.items():
            yield Hit(
                self._rule, about, one.message, one.operation, tuple(sorted(one.entries)), one.pointer, one.severity,
                one.proof, one.reason, one.demand, tuple(name for name in one.operations if name != one.operation),
            )  # fmt: skip
