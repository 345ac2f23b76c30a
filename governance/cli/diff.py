"""`tidewaiter diff OLD NEW`: what changed between two versions of a contract, and whom it breaks."""

import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import (
    AtOption,
    OutputOption,
    ProfileOption,
    Profiles,
    UrlOption,
    WorkspaceOption,
    answering,
    compared,
    day_of,
    progress_line,
    sources_of,
)
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.diff.inputs import Sources
    from governance.diff.report import DiffVerdict

Formats = Literal["text", "json", "markdown", "html", "sarif", "junit", "github"]


def command(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="What was promised: a file, a folder, REV:path in git, api@version of a workspace, a URL, or - for "
            "standard input. With --against: the candidate.",
        ),
    ],
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="What is to be promised; written as OLD is.")] = None,
    against: Annotated[
        Literal["all-supported"] | None,
        typer.Option("--against", help="Compare the one document named with every version of its api still in use."),
    ] = None,
    api: Annotated[
        str | None, typer.Option("--api", metavar="NAME", help="Whose versions these are, where they are files.")
    ] = None,
    profile: ProfileOption = None,
    fail_on: Annotated[
        Literal["breaking", "warning", "info"],
        typer.Option("--fail-on", help="Exit with 1 from this severity on."),
    ] = "breaking",
    allow_unproven: Annotated[
        bool, typer.Option("--allow-unproven", help="Do not exit with 1 for what could not be proven.")
    ] = False,
    at: AtOption = None,
    waivers: Annotated[
        Path | None,
        typer.Option("--waivers", metavar="DIR", help="A folder of decisions; the workspace's own for api@version."),
    ] = None,
    form: Annotated[Formats, typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every finding in full, those of documentation too.")
    ] = False,
    workspace: WorkspaceOption = None,
    allow_url: UrlOption = False,
) -> None:
    """Compare two versions of a contract: what changed, whom it breaks, and what that rests on.

    Exit codes: 0 nothing at the threshold (breaking) or above and nothing unproven, waived findings apart; 1 otherwise;
    2 the question could not be answered.
    """
    from governance.diff.report import DiffVerdict
    from governance.diff.reporting import rules_by_id
    from governance.finding import Severity
    from governance.waived_diff import waive

    if (new is None) != (against is not None):
        say("tidewaiter diff: name OLD and NEW, or one candidate with --against all-supported")
        raise typer.Exit(2)
    sources = sources_of(workspace, allow_url=allow_url)
    with answering("diff"), progress_line() as progress:
        if new is None:
            verdict = _against_all(old, api, sources, profile, at, progress)
        else:
            verdict = DiffVerdict((compared(old, new, sources, profile, at, progress),))
        verdict = DiffVerdict(
            verdict.reports, Severity(fail_on), allow_unproven, verdict.candidate, verdict.left_out, rules_by_id()
        )
        verdict = waive(verdict, decisions=waivers, workspace=sources.folder, api=api, at=day_of(at))
        progress("writing")
        text = _written(verdict, form, colour=output is None and in_colour(sys.stdout), everything=everything)
    deliver(text, output)
    if output is not None:
        from governance.reports.diff_words import counts_of

        for report in verdict.reports:
            say(f"{counts_of(report)}: in {output}")
    raise typer.Exit(verdict.exit_code)


def _against_all(
    candidate: str, api: str | None, sources: "Sources", profile: Profiles | None, at: datetime | None,
    progress: Callable[[str], None],
) -> "DiffVerdict":  # fmt: skip
    from governance.diff.report import DiffVerdict
    from governance.diff.reporting import compare_sides, read_candidate, settings_of

    new, found = read_candidate(candidate, api, sources)
    settings = settings_of(sources)
    reports = []
    for old in found.sides:
        progress(f"comparing with {old.shown}")
        reports.append(compare_sides(old, new, profile=profile, at=day_of(at), settings=settings, progress=progress))
    return DiffVerdict(tuple(reports), candidate=new.shown, left_out=found.left_out)


def _written(verdict: "DiffVerdict", form: Formats, *, colour: bool, everything: bool) -> str:
    if form == "text":
        from governance.reports.diff_text import as_text

        return as_text(verdict, colour=colour, everything=everything)
    if form == "markdown":
        from governance.reports.diff_markdown import as_markdown

        return as_markdown(verdict, everything=everything)
    form_of: Callable[[DiffVerdict], str] = getattr(import_module(f"governance.reports.diff_{form}"), f"as_{form}")
    return form_of(verdict)
