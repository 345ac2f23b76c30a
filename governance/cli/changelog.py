"""`tidewaiter changelog OLD NEW`: what consumers must do, what they should check, and what they may use."""

import sys
from typing import Annotated, Literal

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
from governance.terminal import deliver, in_colour


def command(
    old: OldArgument,
    new: NewArgument,
    form: Annotated[
        Literal["text", "markdown", "json", "html"], typer.Option("--format", help="How to print.")
    ] = "text",
    output: OutputOption = None,
    profile: ProfileOption = None,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    allow_url: UrlOption = False,
) -> None:
    """Write for consumers what changed between two versions: by operation, shared parts once, the most urgent first.

    Exit codes: 0 written, 2 the question could not be answered.
    """
    from governance.diff.consumers import changelog
    from governance.diff.reporting import rules_by_id
    from governance.reports.changelog import as_html, as_json, as_markdown, as_text

    with answering("changelog"), progress_line() as progress:
        report = compared(old, new, sources_of(workspace, allow_url=allow_url), profile, at, progress)
        log = changelog(report, rules_by_id())
        if form == "text":
            text = as_text(log, colour=output is None and in_colour(sys.stdout))
        else:
            text = {"markdown": as_markdown, "json": as_json, "html": as_html}[form](log)
    deliver(text, output)
