"""The outcome of lint: for each document its findings, over all of them the exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from governance.diff.side import Place, Side
from governance.finding import Finding, Severity
from governance.lint.rule import Check
from governance.placed import Placed
from governance.waiver_files import Decided


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

    @property
    def waived(self) -> tuple[Finding, ...]:
        """The findings that a waiver lets pass."""
        return tuple(one for one in self.findings if one.waived)


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
    """One document or many, judged by a threshold; waivers and a baseline are what findings are held against."""

    reports: tuple[LintReport, ...]
    fail_on: Severity = Severity.BREAKING
    rules: Mapping[str, Check] = field(default_factory=dict, repr=False)
    left_out: tuple[tuple[str, str], ...] = ()
    """Versions that were not judged, each with the reason."""
    baseline: str = ""
    """The file of the baseline; empty without one."""
    accepted: frozenset[tuple[str, str]] = frozenset()
    """Document and fingerprint of the findings that the baseline knows."""
    stale: tuple[Stale, ...] = ()
    asked: tuple[str, ...] = ()
    """The rules that were asked."""
    waivers: tuple[Decided, ...] = ()
    """Those by which something was let pass."""
    about: tuple[Placed, ...] = ()
    """What was found about waivers; the worst first."""

    def is_accepted(self, report: LintReport, finding: Finding) -> bool:
        """Whether the baseline knows the finding. What a waiver lets pass is waived, whatever the baseline knows."""
        return not finding.waived and (report.side.shown, finding.fingerprint) in self.accepted

    def fails(self, report: LintReport, finding: Finding) -> bool:
        """Whether the finding alone makes the outcome negative."""
        passes = bool(finding.waived) or self.is_accepted(report, finding)
        return finding.severity.weight >= self.fail_on.weight and not passes

    def about_fails(self, told: Placed) -> bool:
        """Whether what was found about a waiver makes the outcome negative."""
        return told.finding.severity.weight >= self.fail_on.weight

    def new(self, report: LintReport) -> tuple[Finding, ...]:
        """The findings that no baseline knows and no waiver lets pass."""
        return tuple(one for one in report.findings if not one.waived and not self.is_accepted(report, one))

    def known(self, report: LintReport) -> tuple[Finding, ...]:
        """The findings that the baseline knows."""
        return tuple(one for one in report.findings if self.is_accepted(report, one))

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
        """0: nothing at the threshold that the baseline does not know and no waiver lets pass; 1 otherwise."""
        about_waivers = any(map(self.about_fails, self.about))
        return int(self.stale_fails or about_waivers or any(map(self.report_fails, self.reports)))
