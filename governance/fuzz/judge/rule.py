"""A rule of the fuzzer: what it looks for, how much that weighs, why, and what to do about it."""

from dataclasses import dataclass, field
from typing import Any

from governance.finding import Proof, Severity


@dataclass(frozen=True, slots=True)
class FuzzRule:
    """What is looked for in a recording."""

    id: str
    severity: Severity
    """Where the judge does not say otherwise; `breaking` is shown as `error`."""
    reason: str
    """Why it is a fault, for the one who reads the report."""
    do: str
    """What mends it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One root cause, with the calls that show it."""

    rule: FuzzRule
    about: str
    """What the fingerprint is made of beside the rule: the same in every run that shows the same fault."""
    message: str
    """What is wrong, on one line. Holds nothing that a system or a caller wrote but names of members and statuses."""
    operation: str
    """`api@version operationId`."""
    entries: tuple[int, ...]
    """Numbers of recorded calls."""
    pointer: str = ""
    """Into the contract document; empty: the operation."""
    severity: Severity | None = None
    proof: Proof = Proof.PROVEN
    reason: str = field(default="")
    """Why it weighs as it does, where that is not the rule's own reason."""
    demand: tuple[str, str, Any] | None = None
    """What a contract would have to say: pointer of a schema, keyword, value."""
    others: tuple[str, ...] = ()
    """Further operations that show it."""
