"""The outcome of a recording: findings, coverage by operation, what was not tested, and the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from governance.finding import Finding, Severity
from governance.fuzz.judge.rule import FuzzRule
from governance.fuzz.plan import LeftOut
from governance.fuzz.recording import Recording


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and the calls that show it."""

    finding: Finding
    operation: str
    """`api@version operationId`."""
    operations: tuple[str, ...]
    """All that show it, this one first."""
    cause: str
    """12 hexadecimal digits that findings of one cause share."""
    calls: int
    """How many calls show it."""
    evidence: tuple[int, ...]
    """Numbers of the first of them in the recording."""
    commitments: tuple[str, ...]
    """Of these entries: they bind the report to the recording, and tell nothing of it."""
    rule: FuzzRule = field(repr=False)
    demand: tuple[str, str, Any] | None = None
    """What a contract would have to say: pointer of a schema, keyword, value."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a run did with one operation."""

    operation: str
    method: str
    path: str
    calls: int
    """Calls of the run, those through the gateway left out."""
    statuses: Mapping[int, int]
    """Answers of the system by status; 0 where there was none."""
    held_back: int
    """Calls that never reached the system: bounds, pins, what is not the run's own."""
    throttled: int
    valid: int
    """Calls that reached the system and keep to the contract."""
    invalid: int
    unchecked: int
    """Calls and answers that could not be checked."""

    @property
    def accepted(self) -> int:
        """How many were carried out."""
        return sum(number for status, number in self.statuses.items() if 200 <= status < 300)

    @property
    def tested(self) -> bool:
        """Without one success nothing is known of an operation."""
        return self.accepted > 0


@dataclass(frozen=True, slots=True)
class Tightness:
    """How well the contract fits what the system takes and refuses: see docs/fuzzing.md."""

    operation: str
    accepted_valid: int
    accepted_invalid: int
    """*Too tight*: the gateway refuses, the system accepts."""
    refused_valid: int
    """*A hole*: the gateway passes, the system fails or refuses the form."""
    refused_invalid: int

    @property
    def allows(self) -> float | None:
        """Of what the system takes, the share that the contract allows; None where it took nothing."""
        total = self.accepted_valid + self.accepted_invalid
        return self.accepted_valid / total if total else None

    @property
    def catches(self) -> float | None:
        """Of what the system refuses for its form or fails at, the share that the contract rules out."""
        total = self.refused_valid + self.refused_invalid
        return self.refused_invalid / total if total else None

    @property
    def score(self) -> float | None:
        """The mean of both, from 0 to 1; None where one of them is not known."""
        if self.allows is None or self.catches is None:
            return None
        return (self.allows + self.catches) / 2


@dataclass(frozen=True, slots=True)
class Crossing:
    """The recorded calls of one operation, made again through the whole gateway."""

    operation: str
    calls: int
    agreed: int
    """Gateway and system say the same: both carry it out, or both refuse it."""
    too_tight: int
    """The gateway refuses what the system accepted."""
    hole: int
    """The gateway passes what the system failed at or refused for its form."""
    changed: int
    """The system itself answered otherwise than the first time: no verdict."""
    kept_back: int
    """The gateway passed the call and kept the answer back."""
    by_problem: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FuzzVerdict:
    """One recording, judged."""

    recording: Recording
    findings: tuple[Judged, ...]
    """The worst first."""
    coverage: tuple[Coverage, ...]
    tightness: tuple[Tightness, ...]
    crossings: tuple[Crossing, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    fail_on: Severity = Severity.BREAKING

    @property
    def not_tested(self) -> tuple[Coverage, ...]:
        """Operations without a single success: never passed."""
        return tuple(one for one in self.coverage if not one.tested)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.recording.state == "complete"

    def fails(self, judged: Judged) -> bool:
        """Whether a finding alone makes the outcome negative."""
        return judged.finding.severity.weight >= self.fail_on.weight

    def counts(self, findings: Sequence[Judged] | None = None) -> Mapping[Severity, int]:
        """Findings by severity."""
        found = Counter(one.finding.severity for one in (self.findings if findings is None else findings))
        return {severity: found[severity] for severity in Severity}

    @property
    def exit_code(self) -> int:
        """2: the run was stopped, or nothing was tested. 1: a finding, or an operation not tested. 0: else."""
        if not self.complete or not any(one.tested for one in self.coverage):
            return 2
        return int(bool(self.not_tested) or any(self.fails(one) for one in self.findings))
