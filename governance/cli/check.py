"""`tidewaiter check DIR`: a workspace judged whole."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from governance.terminal import deliver, in_colour, say


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")],
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", metavar="NAME", help="Judge this environment only; all of them else."),
    ] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    verbose: Annotated[bool, typer.Option("--verbose", help="Say also what was not self-tested, and why.")] = False,
    second_opinion: Annotated[
        bool,
        typer.Option("--second-opinion", help="Ask openapi-core too, and list every difference with its reason."),
    ] = False,
    files_only: Annotated[
        bool,
        typer.Option("--files-only", help="Judge the files, not whether this machine has the secrets to serve them."),
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Report every fault of a workspace at once, each with its file, line and what to write instead.

    The secrets that `serve` would need on this machine are asked for too, in the environment named or in none.

    Exit codes: 0 fine; 1 it serves, with findings or operations left out; 2 `serve` would refuse to start.
    """
    from contracts.counted import counted
    from governance.check import check
    from governance.reports.workspace_check import as_json, as_text

    progress = say if in_colour(sys.stderr) else lambda _: None
    report = check(folder, environment, progress, second_opinion=second_opinion, node=not files_only)
    colour = output is None and in_colour(sys.stdout)
    deliver(as_json(report) if form == "json" else as_text(report, colour=colour, verbose=verbose), output)
    if output is not None:
        counts = f"{counted(report.errors, 'error')}, {counted(report.warnings, 'warning')}"
        say(f"{counts}: in {output}")
    raise typer.Exit(report.exit_code)
