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
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Report every fault of a workspace at once, each with its file, line and what to write instead.

    Exit codes: 0 fine; 1 it serves, with findings or operations left out; 2 `serve` would refuse to start.
    """
    from governance.check import check
    from governance.reports.workspace_check import as_json, as_text

    progress = say if in_colour(sys.stderr) else lambda _: None
    report = check(folder, environment, progress, second_opinion=second_opinion)
    colour = output is None and in_colour(sys.stdout)
    deliver(as_json(report) if form == "json" else as_text(report, colour=colour, verbose=verbose), output)
    if output is not None:
        say(f"{report.errors} errors, {report.warnings} warnings are in {output}")
    raise typer.Exit(report.exit_code)
