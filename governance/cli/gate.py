"""`tidewaiter gate --base REV`: what a change of the workspace does, and whether somebody decided on it."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import OutputOption, answering, day_of, progress_line
from governance.cli.gating import BASE_HELP, DayOption, EnvironmentOption, FolderOption, TrustOption, context_of
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.gate.verdict import GateVerdict
    from governance.reports.gate_context import Context

Formats = Literal["text", "json", "markdown", "html", "sarif", "junit", "github"]


def command(
    base: Annotated[str, typer.Option("--base", metavar="BASE", help=BASE_HELP)],
    workspace: FolderOption = Path(),
    environment: EnvironmentOption = None,
    trust: TrustOption = None,
    at: DayOption = None,
    form: Annotated[Formats, typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every finding in full, those that nobody must decide on too.")
    ] = False,
) -> None:
    """Say for each change since BASE whether it breaks, whether it exposes, who decides on it, and who did.

    It is judged by the rules of BASE: what is made weaker in the same change is a finding itself. The gate advises;
    `tidewaiter release build` decides.

    Exit codes: 0 every change is automatic or decided; 1 one lacks its decision; 2 the question could not be answered.
    """
    from governance.gate.judge import judge

    with answering("gate", "judged"), progress_line() as progress:
        verdict = judge(workspace, base, environment=environment, trust_file=trust, at=day_of(at), progress=progress)
        progress("writing")
        context = context_of(verdict, base, workspace, environment, trust, at, history=form == "html")
        colour = output is None and in_colour(sys.stdout)
        text = written(verdict, context, form, colour=colour, everything=everything)
    deliver(text, output)
    if output is not None:
        from governance.reports.gate_words import outcome

        say(f"{outcome(verdict)}: in {output}")
    raise typer.Exit(verdict.exit_code)


def written(
    verdict: "GateVerdict", context: "Context", form: Formats, *, colour: bool, everything: bool
) -> str:  # fmt: skip
    """The verdict in a form."""
    if form == "text":
        from governance.reports.gate_text import as_text

        return as_text(verdict, context, colour=colour, everything=everything)
    form_of: Callable[[GateVerdict, Context], str] = getattr(
        import_module(f"governance.reports.gate_{form}"), f"as_{form}"
    )
    return form_of(verdict, context)
