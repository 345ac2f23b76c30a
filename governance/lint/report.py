"""The outcome of lint: for each document its findings, over all of them the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from governance.diff.side import Place, Side
from governance.finding import Finding, Severity
from governance.lint.rule import LintRule


@dataclass(frozen=True, slots=True)
class LintReport:
    """One document and what was found in it. Positions are read only where a report asks for a place."""

    side: Side
    findings: tuple[Finding, ...]
    """The worst first."""
    rule_set: str
    seconds: float
    """How long judging took, without reading the document."""
    operations: int
    limits: tuple[str, ...] = ()
    """Bounds that were hit, in words; empty where everything was looked at in full."""

    def place(self, finding: Finding) -> Place:
        """Where the document states it, or the nearest place around it."""
        return self.side.place(finding.pointer_new)


@dataclass(frozen=True, slots=True)
class Stale:
    """An entry of the baseline that no finding has any more."""

    document: str
    rule: str
    place: str
    fingerprint: str
    owner: str


@dataclass(frozen=True, slots=True)
class LintVerdict:
    """One document or many, judged by a threshold and, where one is held against them, a baseline."""

    reports: tuple[LintReport, ...]
    fail_on: Severity = Severity.BREAKING
    rules: Mapping[str, LintRule] = field(default_factory=dict, repr=False)
    left_out: tuple[tuple[str, str], ...] = ()
    """Versions that were not judged, each with the reason."""
    baseline: str = ""
    """The file of the baseline; empty without one."""
    accepted: frozenset[tuple[str, str]] = frozenset()
    """Document and fingerprint of the findings that the baseline knows."""
    stale: tuple[Stale, ...] = ()

    def is_accepted(self, report: LintReport, finding: Finding) -> bool:
        """Whether the baseline knows the finding."""
        return (report.side.shown, finding.fingerprint) in self.accepted

    def fails(self, report: LintReport, finding: Finding) -> bool:
        """Whether the finding alone makes the outcome negative."""
        return finding.severity.weight >= self.fail_on.weight and not self.is_accepted(report, finding)

    def new(self, report: LintReport) -> tuple[Finding, ...]:
        """The findings that no baseline knows."""
        return tuple(one for one in report.findings if not self.is_accepted(report, one))

    def counts(self, findings: Sequence[Finding]) -> Mapping[Severity, int]:
        """How many findings there are of each severity."""
        found = Counter(one.severity for one in findings)
        return {severity: found[severity] for severity in Severity}

    def report_fails(self, report: LintReport) -> bool:
        """Whether one of the documents is judged negatively."""
        return any(self.fails(report, finding) for finding in report.findings)

    @property
    def stale_fails(self) -> bool:
        """Whether entries that no finding has make the outcome negative: each weighs as a warning."""
        return bool(self.stale) and Severity.WARNING.weight >= self.fail_on.weight

    @property
    def exit_code(self) -> int:
        """0: nothing at the threshold that the baseline does not know; 1 otherwise."""
        return int(self.stale_fails or any(self.report_fails(report) for report in self.reports))
