"""`tidewaiter release diff`: two releases side by side, by their files or by what they do to those who call."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from governance.terminal import deliver, in_colour, say


def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A release's file, or a workspace's folder.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, the later one.")],
    effective: Annotated[
        bool, typer.Option("--effective", help="Say who gains or loses what, in place of which files differ.")
    ] = False,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", help="Where a workspace would run; a release says it itself.")
    ] = None,
    form: Annotated[Literal["text", "json", "markdown"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where it goes.")] = None,
) -> None:
    """Compare two releases: files, or with --effective consumers, operations, entities, limits and fields in words.

    Exit codes: 0 compared, whatever differs; 2 it could not be compared.
    """
    from contextlib import ExitStack

    from contracts.diagnostic import Diagnostic, InvalidInputError
    from governance.release.effective import effects_of
    from governance.release.opened import opened
    from governance.reports import effective as report

    try:
        with ExitStack() as stack:
            before = stack.enter_context(opened(old, environment))
            now = stack.enter_context(opened(new, environment))
            if before.workspace.environment != now.workspace.environment:
                there, here = (one.workspace.environment or "no environment" for one in (before, now))
                message = f"one is for {there}, the other for {here}: what differs would not be a change"
                raise InvalidInputError([Diagnostic(new, "wrong-environment", message, "name two of one environment")])
            known = before.ends is not None and now.ends is not None
            ends = (before.ends or (), now.ends or ()) if known else ((), ())
            found = effects_of(before.workspace, now.workspace, say, ends) if effective else None
            if form == "json":
                text = report.as_json(before, now, found)
            elif found is None:
                text = report.files_as_text(before, now)
            elif form == "markdown":
                text = report.effects_as_markdown(before, now, found)
            else:
                text = report.effects_as_text(before, now, found, colour=output is None and in_colour(sys.stdout))
    except InvalidInputError as error:
        say("".join(f"tidewaiter release: {line}\n" for line in str(error).splitlines()).rstrip("\n"))
        raise typer.Exit(2) from None
    deliver(text, output)
