"""A diff held against the waivers of a folder of decisions, or of the workspace whose versions are compared."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS, survey
from governance.callers import callers
from governance.diff.from_files import before
from governance.diff.report import DiffReport, DiffVerdict
from governance.diff.rules.table import BY_ID
from governance.landscape import Landscape, read_landscape
from governance.severities import UNJUDGED
from governance.waiver_files import FOLDER, Decided, dangling_names, read_waivers
from governance.waivers import Case, Subject, apply


def waive(
    verdict: DiffVerdict,
    *,
    decisions: Path | None,
    workspace: Path | None,
    api: str | None = None,
    at: date | None = None,
) -> DiffVerdict:
    """The verdict with its waivers applied.

    `decisions` is a folder that was named; without it, that of the `workspace` counts where one of its versions is
    compared. `api` says whose versions documents are that are none of a workspace. Raises InvalidInputError where a
    waiver cannot be read, names an api or a consumer that is not there, or nobody says which api this is.
    """
    folder = decisions or _own(verdict, workspace)
    if folder is None:
        return verdict
    waivers = read_waivers(folder)
    if not waivers:
        return verdict
    named = [_api(report, api) for report in verdict.reports]
    if not all(named):
        message = "which api these documents are versions of is not said, and every waiver names one"
        raise InvalidInputError([Diagnostic(before(folder).rstrip("/"), "no-api", message, "add --api NAME")])
    landscape = _landscape(waivers, workspace)
    _judge_names(waivers, workspace, landscape)
    cases = [
        Case(report.findings, _subject(report, name, landscape))
        for report, name in zip(verdict.reports, named, strict=True)
    ]
    done = apply(cases, waivers, at or datetime.now(tz=UTC).date(), judged=(*BY_ID, UNJUDGED))
    reports = tuple(
        replace(report, findings=findings) for report, findings in zip(verdict.reports, done.cases, strict=True)
    )
    return replace(verdict, reports=reports, waivers=done.in_force, about=done.about)


def _own(verdict: DiffVerdict, workspace: Path | None) -> Path | None:
    """The decisions of the workspace, where a version of it is compared."""
    compared = any(side.api for report in verdict.reports for side in (report.old, report.new))
    folder = workspace / FOLDER if workspace is not None else None
    return folder if compared and folder is not None and folder.is_dir() else None


def _api(report: DiffReport, api: str | None) -> str:
    return report.new.api or report.old.api or api or ""


def _subject(report: DiffReport, api: str, landscape: Landscape | None) -> Subject:
    version = report.new.version or report.new.stated_version
    if landscape is None:
        return Subject(api, version)
    # Whom a change of the old version concerns: those that may call it.
    old = report.old.version or report.old.stated_version
    if api not in landscape.apis or old not in landscape.apis[api][0].versions:
        return Subject(api, version)
    return Subject(api, version, frozenset(caller.consumer for caller in callers(api, old, landscape)))


def _landscape(waivers: tuple[Decided, ...], workspace: Path | None) -> Landscape | None:
    """Who may call what; read only where a waiver names consumers."""
    if workspace is None or not any(one.waiver.consumers for one in waivers):
        return None
    return read_landscape(workspace)


def _judge_names(waivers: tuple[Decided, ...], workspace: Path | None, landscape: Landscape | None) -> None:
    """Raises InvalidInputError for names of the workspace that are misspelt: such a waiver would never match."""
    if workspace is None or not (workspace / SETTINGS).is_file():
        return
    apis, people = survey(workspace).apis, landscape.consumers if landscape is not None else {}
    faults = list(dangling_names(waivers, apis, people))
    if faults:
        raise InvalidInputError(faults)
