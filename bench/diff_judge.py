"""What a worker of `bench/diff_scores.py` does: one case compared, its findings as plain data, its examples checked."""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from diff_cases import Case  # noqa: E402
from diff_examples import Checked, Opinion, check  # noqa: E402
from diff_rename import Renaming  # noqa: E402

from contracts.document import Document, load_document, parse_document  # noqa: E402
from governance.finding import Finding, Proof, Severity  # noqa: E402


@dataclass(frozen=True, slots=True)
class Job:
    """A case, as it is or with its names replaced; `seed` empty for as it is."""

    case: Case
    seed: str = ""


@dataclass(slots=True)
class Outcome:
    """What was said of a case. `crash` and `hang` are empty where there was none."""

    case: Case
    findings: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    kept: list[str] = field(default_factory=list)
    """Kinds of names that were not replaced."""
    crash: str = ""
    hang: bool = False

    @property
    def breaking(self) -> bool:
        """Whether one finding is `breaking`."""
        return any(one["severity"] == Severity.BREAKING for one in self.findings)

    @property
    def only_unproven(self) -> bool:
        """Nothing is breaking, and something could not be proven."""
        return not self.breaking and any(one["proof"] == Proof.UNPROVEN for one in self.findings)

    def verdicts(self) -> Counter[tuple[str, str, str, str]]:
        """What must be the same under other names."""
        return Counter((one["rule"], one["severity"], one["direction"], one["proof"]) for one in self.findings)


def document(source: Path | str) -> Document:
    """A file of the corpus, or a JSON text."""
    return load_document(source) if isinstance(source, Path) else parse_document(source.encode(), "openapi.json")


def told(finding: Finding, checked: Checked | None) -> dict[str, Any]:
    """A finding as plain data."""
    example = finding.failing_example
    return {
        "rule": finding.rule, "severity": str(finding.severity), "proof": str(finding.proof),
        "direction": str(finding.direction), "method": finding.method, "path": finding.path,
        "pointer_old": finding.pointer_old, "pointer_new": finding.pointer_new, "message": finding.message,
        "exposes": finding.exposes, "reason": finding.reason, "fingerprint": finding.fingerprint,
        "reach": len(finding.reach),
        "operations": sorted({f"{use.method} {use.path}".strip() for use in finding.reach}),
        "example": None if example is None else {
            "where": example.where, "value": repr(example.value)[:300], "valid_in": example.valid_in,
            "refused_by": example.refused_by, "error": example.error[:300],
        },
        "checked": None if checked is None else {"outcome": checked.outcome, "detail": checked.detail},
    }  # fmt: skip


def checked(findings: list[Finding], old: dict[str, Any], new: dict[str, Any]) -> list[Checked | None]:
    """Each failing example put to the validators; None where a finding has none."""
    if not any(finding.failing_example for finding in findings):
        return [None] * len(findings)
    sides = Opinion(old), Opinion(new)
    return [check(finding, *sides) if finding.failing_example else None for finding in findings]


def judge(job: Job) -> Outcome:
    """Compare; what is wrong is raised."""
    from governance.diff import compare  # noqa: PLC0415 - the time to import is no part of a case's

    case = job.case
    kept: list[str] = []
    old, new = case.old, case.new
    if job.seed:
        trees = [document(source).tree for source in (old, new)]
        renaming = Renaming(f"{job.seed} {case.name}", trees)
        old, new = (json.dumps(renaming.document(tree)) for tree in trees)
        kept = sorted(renaming.kept)
    began = time.perf_counter()
    sides = [source if isinstance(source, Path) else document(source) for source in (old, new)]
    findings = compare(*sides, profile="wire", at=case.at)
    seconds = time.perf_counter() - began
    trees = [document(source).tree for source in (old, new)]
    notes = checked(findings, *trees)
    return Outcome(case, [told(f, c) for f, c in zip(findings, notes, strict=True)], seconds, kept)


def peak_bytes() -> int:
    """Most memory that this process held; what its parent held before does not count."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def alone(old: Path, new: Path) -> dict[str, Any]:
    """One real pair in this process: seconds to read and to compare, peak bytes, limits, findings."""
    from governance.diff.comparison import compare_documents  # noqa: PLC0415 - as above

    began = time.perf_counter()
    sides = document(old), document(new)
    read = time.perf_counter()
    comparison = compare_documents(*sides, profile="wire", at=None)
    done = time.perf_counter()
    figures = {
        "read_seconds": read - began, "compare_seconds": done - read, "peak_bytes": peak_bytes(),
        "limits": [str(limit) for limit in comparison.limits],
    }  # fmt: skip
    notes = checked(comparison.findings, sides[0].tree, sides[1].tree)
    return {**figures, "findings": [told(f, c) for f, c in zip(comparison.findings, notes, strict=True)]}


def main() -> int:
    """Print the figures of one pair as JSON."""
    parser = argparse.ArgumentParser(description=alone.__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    chosen = parser.parse_args()
    json.dump(alone(chosen.old, chosen.new), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
