"""`tidewaiter semver OLD NEW`: the next version of a contract, and whether the one that is stated fits."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import (
    AtOption,
    NewArgument,
    OldArgument,
    OutputOption,
    ProfileOption,
    UrlOption,
    WorkspaceOption,
    answering,
    compared,
    progress_line,
    sources_of,
)
from governance.json_output import json_output
from governance.terminal import deliver

if TYPE_CHECKING:
    from governance.diff.report import DiffReport
    from governance.diff.versioning import Recommendation

_MOST = 5


def command(
    old: OldArgument,
    new: NewArgument,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    allow_unproven: Annotated[
        bool, typer.Option("--allow-unproven", help="Do not count what could not be proven as breaking.")
    ] = False,
    profile: ProfileOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    allow_url: UrlOption = False,
) -> None:
    """Tell the next version by Semantic Versioning: breaking is major, new is minor, documentation only is patch.

    Exit codes: 0 the version that NEW states is high enough, 1 it is too low, 2 the question could not be answered
    (a document cannot be read, or `info.version` is no semantic version).
    """
    from governance.diff.reporting import rules_by_id
    from governance.diff.versioning import recommend

    with answering("semver"), progress_line() as progress:
        report = compared(old, new, sources_of(workspace, allow_url=allow_url), profile, at, progress)
        found = recommend(report, rules_by_id(), allow_unproven=allow_unproven)
    deliver(_json(report, found) if form == "json" else _text(report, found), output)
    raise typer.Exit(2 if found.fits is None else int(not found.fits))


def _text(report: "DiffReport", found: "Recommendation") -> str:
    from contracts.plain import plain
    from governance.reports.diff_words import operation_of, title_of

    lines = [f"{found.step.value}: {found.reason}"]
    for finding in found.because[:_MOST]:
        where = operation_of(finding)
        lines.append(f"  {plain(finding.rule)}: {where + ': ' if where else ''}{plain(finding.message)}")
    if len(found.because) > _MOST:
        lines.append(f"  and {len(found.because) - _MOST} more: tidewaiter diff lists them")
    lines += [f"  {found.convention}"] if found.convention else []
    stated_old, stated_new = (plain(text) or "(none)" for text in (found.stated_old, found.stated_new))
    if found.next is None:
        lines.append(f"{title_of(report)}: info.version of OLD is {stated_old}, no semantic version: write 1.0.0")
    elif found.fits is None:
        lines.append(f"next: {found.next}; info.version of NEW is {stated_new}, no semantic version")
    elif found.fits:
        lines.append(f"next: {found.next} or higher, after {stated_old}; NEW says {stated_new}: it fits")
    else:
        lines.append(f"next: {found.next} or higher, after {stated_old}; NEW says {stated_new}: too low")
    return "".join(line + "\n" for line in lines)


def _json(report: "DiffReport", found: "Recommendation") -> str:

    from governance.reports.diff_json import document_of

    content = {
        "old": document_of(report.old).model_dump(),
        "new": document_of(report.new).model_dump(),
        "step": found.step.value,
        "next": None if found.next is None else str(found.next),
        "fits": found.fits,
        "reason": found.reason,
        "convention": found.convention,
        "because": [
            {"rule": f.rule, "severity": f.severity.value, "message": f.message, "fingerprint": f.fingerprint}
            for f in found.because
        ],
        "limits": list(report.limits),
    }
    return json_output(content)
