"""`tidewaiter gate --base REV`: what a change of the workspace does, and whether somebody decided on it."""

import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import OutputOption, answering, day_of, progress_line
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.gate.verdict import GateVerdict

Formats = Literal["text", "json"]


def command(
    base: Annotated[
        str,
        typer.Option(
            "--base",
            metavar="BASE",
            help="What it is held against: a branch, tag or commit; live:URL, the admin listener of a gateway; "
            "release:FILE.",
        ),
    ],
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace; the current folder else.")
    ] = Path(),
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", help="Judge it as it is there; without, every environment's file."),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none."),
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at", metavar="DATE", formats=["%Y-%m-%d"], help="The day held against sunsets and waivers; today else."
        ),
    ] = None,
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
        text = _written(verdict, form, colour=output is None and in_colour(sys.stdout), everything=everything)
    deliver(text, output)
    if output is not None:
        from governance.reports.gate_words import outcome

        say(f"{outcome(verdict)}: in {output}")
    raise typer.Exit(verdict.exit_code)


def _written(verdict: "GateVerdict", form: Formats, *, colour: bool, everything: bool) -> str:
    if form == "text":
        from governance.reports.gate_text import as_text

        return as_text(verdict, colour=colour, everything=everything)
    form_of: Callable[[GateVerdict], str] = getattr(import_module(f"governance.reports.gate_{form}"), f"as_{form}")
    return form_of(verdict)
