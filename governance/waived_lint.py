"""Lint held against the waivers of a folder of decisions, or of the workspace whose versions are judged."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from governance.lint.report import LintReport, LintVerdict
from governance.lint.spectral.rules import PREFIX
from governance.waived_versions import Judged, held


def waive_lint(
    verdict: LintVerdict,
    *,
    decisions: Path | None,
    workspace: Path | None,
    api: str | None = None,
    at: date | None = None,
) -> LintVerdict:
    """The verdict with its waivers applied; what is meant by each name is told by `held`. Raises InvalidInputError."""
    judged = [_judged(report) for report in verdict.reports]
    pinned = [name for name in verdict.rules if name.startswith(PREFIX)]
    done = held(judged, verdict.asked, decisions=decisions, workspace=workspace, api=api, at=at, pinned=pinned)
    if done is None:
        return verdict
    reports = tuple(
        replace(report, findings=findings) for report, findings in zip(verdict.reports, done.cases, strict=True)
    )
    return replace(verdict, reports=reports, waivers=done.in_force, about=done.about)


def _judged(report: LintReport) -> Judged:
    version = report.side.version or report.side.stated_version
    return Judged(report.findings, report.side.api, version, version)
