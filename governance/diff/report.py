"""The outcome of comparing: for each pair its findings and counts, over all pairs the exit code."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from governance.diff.side import Place, Side
from governance.finding import Finding, Proof, Severity
from governance.placed import Placed
from governance.rules import Rule
from governance.waiver_files import Decided

Profile = Literal["wire", "strict", "sdk"]


@dataclass(frozen=True, slots=True)
class DiffReport:
    """Two documents and what was found between them. Positions are read only where a report asks for a place."""

    old: Side
    new: Side
    findings: tuple[Finding, ...]
    """The worst first."""
    profile: Profile
    seconds: float
    """How long comparing took, without reading the documents."""
    operations: int
    """How many operations both documents have."""
    limits: tuple[str, ...] = ()
    """Bounds that were hit, in words; empty where everything was looked at in full."""

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity, without those that are waived."""
        found = Counter(one.severity for one in self.findings if not one.waived)
        return {severity: found[severity] for severity in Severity}

    @property
    def unproven(self) -> int:
        """How many findings could not be proven either way, without those that are waived."""
        return sum(one.proof is Proof.UNPROVEN for one in self.findings if not one.waived)

    @property
    def waived(self) -> tuple[Finding, ...]:
        """The findings that a waiver lets pass."""
        return tuple(one for one in self.findings if one.waived)

    def place_old(self, finding: Finding) -> Place:
        """Where the old document states what changed, or the nearest place around it."""
        return self.old.place(finding.pointer_old)

    def place_new(self, finding: Finding) -> Place:
        """The same in the new document."""
        return self.new.place(finding.pointer_new)


@dataclass(frozen=True, slots=True)
class DiffVerdict:
    """One comparison, or a candidate against each version in use, judged by a threshold."""

    reports: tuple[DiffReport, ...]
    fail_on: Severity = Severity.BREAKING
    allow_unproven: bool = False
    candidate: str = ""
    """Where a candidate is compared with many versions: what it is called."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Versions that the candidate was not compared with, each with the reason."""
    rules: Mapping[str, Rule] = field(default_factory=dict, repr=False)
    """By id: their reasons, and what callers do."""
    waivers: tuple[Decided, ...] = ()
    """Those by which something was let pass."""
    about: tuple[Placed, ...] = ()
    """What was found about waivers; the worst first."""

    def fails(self, finding: Finding) -> bool:
        """Whether the finding alone makes the outcome negative; one that is waived does not."""
        if finding.waived:
            return False
        at_threshold = finding.severity.weight >= self.fail_on.weight
        return at_threshold or (finding.proof is Proof.UNPROVEN and not self.allow_unproven)

    def report_fails(self, report: DiffReport) -> bool:
        """Whether one of the comparisons is negative."""
        return any(self.fails(finding) for finding in report.findings)

    @property
    def exit_code(self) -> int:
        """0: nothing at the threshold and nothing unproven, waived ones apart; 1 otherwise."""
        about_waivers = any(self.fails(told.finding) for told in self.about)
        return int(about_waivers or any(self.report_fails(report) for report in self.reports))


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """The worst first: by severity, proof, how many operations are reached, rule and place."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                -f.severity.weight, f.proof is Proof.UNPROVEN, -len(f.reach), f.rule, f.path, f.method, f.message,
                f.fingerprint,
            ),
        )
    )  # fmt: skip
