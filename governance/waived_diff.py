"""A diff held against the waivers of a folder of decisions, or of the workspace whose versions are compared."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from governance.diff.report import DiffReport, DiffVerdict
from governance.diff.rules.table import BY_ID
from governance.severities import UNJUDGED
from governance.waived_versions import Judged, held


def waive(
    verdict: DiffVerdict,
    *,
    decisions: Path | None,
    workspace: Path | None,
    api: str | None = None,
    at: date | None = None,
) -> DiffVerdict:
    """The verdict with its waivers applied; what is meant by each name is told by `held`. Raises InvalidInputError."""
    judged = [_judged(report) for report in verdict.reports]
    done = held(judged, (*BY_ID, UNJUDGED), decisions=decisions, workspace=workspace, api=api, at=at)
    if done is None:
        return verdict
    reports = tuple(
        replace(report, findings=findings) for report, findings in zip(verdict.reports, done.cases, strict=True)
    )
    return replace(verdict, reports=reports, waivers=done.in_force, about=done.about)


def _judged(report: DiffReport) -> Judged:
    """A change concerns those that may call the old version."""
    old, new = report.old, report.new
    return Judged(
        report.findings, new.api or old.api, new.version or new.stated_version, old.version or old.stated_version
    )
