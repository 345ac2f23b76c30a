"""`tidewaiter fuzz ENTITY`: the systems of an entity fuzzed, recorded, and judged by the recording."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import OutputOption, answering, progress_line
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.fuzz.verdict import FuzzVerdict

Formats = Literal["text", "json", "markdown", "html"]
Levels = Literal["error", "warning", "info"]


def command(
    entity: Annotated[
        str | None, typer.Argument(metavar="[ENTITY]", help="The entity whose systems are called.")
    ] = None,
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", metavar="NAME", help="One whose file says `purpose: test`."),
    ] = None,
    api: Annotated[
        list[str] | None,
        typer.Option("--api", metavar="API[@VERSION]", help="Only this; repeatable. Else the newest active versions."),
    ] = None,
    operation: Annotated[
        list[str] | None, typer.Option("--operation", metavar="ID", help="Only this operation; repeatable.")
    ] = None,
    samples: Annotated[
        Path | None, typer.Option("--samples", metavar="FILE", help="Real identifiers and bodies; kept outside git.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", metavar="ENTITY", help="Another entity on the system: is it as before?; repeatable."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="The recording; else one in .tidewaiter/fuzz/ of the workspace."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="RECORDING", help="Judge a recording again; call nothing.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="FILE", help="With --replay: as if it lay on the contract.")
    ] = None,
    propose: Annotated[
        Path | None,
        typer.Option("--propose", metavar="DIR", help="Write there what an overlay would mend, and confirm it."),
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option("--clean-up", metavar="RECORDING", help="Delete what a run that was killed has left behind."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed asks the same.")] = 1,
    examples: Annotated[int, typer.Option("--examples", min=1, help="Made-up cases an operation, at most.")] = 20,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long a run may take.")] = 1800,
    reads_only: Annotated[bool, typer.Option("--reads-only", help="Call nothing that may change something.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave what the run made where it is.")] = False,
    fail_on: Annotated[Levels, typer.Option("--fail-on", help="Exit with 1 from this severity on.")] = "error",
    form: Annotated[Formats, typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List every finding in full.")] = False,
) -> None:
    """Fuzz the systems of an entity within their capacity, record every exchange, and judge the recording.

    Exit codes: 0 every operation tested and no finding at --fail-on or above, 1 otherwise, 2 the run was stopped,
    nothing was tested, or the question could not be answered.
    """
    if (entity is not None) + (replay is not None) + (clean is not None) != 1 or (overlay and not replay):
        say("tidewaiter fuzz: name an entity, or --replay RECORDING [--overlay FILE], or --clean-up RECORDING")
        raise typer.Exit(2)
    with answering("fuzz", "judged"):
        if clean is not None:
            raise typer.Exit(_clean(clean, workspace, environment))
        if replay is not None:
            from governance.fuzz.fuzzing import replay as judged

            verdict = judged(replay, workspace, environment, fail_on, overlay)
            recorded = replay
        else:
            from governance.fuzz.asked import Asked
            from governance.fuzz.fuzzing import Files, fuzz

            asked = Asked(
                workspace, entity or "", environment, tuple(api or ()), tuple(operation or ()), seed, examples, seconds,
                writes=not reads_only, clean_up=not keep, witnesses=tuple(witness or ()),
            )  # fmt: skip
            with progress_line() as progress:
                show = progress if in_colour(sys.stderr) else None
                recorded, verdict = fuzz(asked, Files(samples, record), fail_on, say, show)
        if propose is not None:
            _propose(recorded, workspace, environment, propose)
        text = _written(verdict, form, colour=output is None and in_colour(sys.stdout), everything=everything)
    deliver(text, output)
    if output is not None:
        from governance.reports.fuzz_words import counts_of, outcome_of

        say(f"{counts_of(verdict)}: {outcome_of(verdict)}: in {output}")
    raise typer.Exit(verdict.exit_code)


def _clean(recording: Path, workspace: Path, environment: str | None) -> int:
    from governance.fuzz.fuzzing import clean_after

    left = 0
    for name, told in clean_after(recording, workspace, environment, say).items():
        left += told.left
        say(f"{name}: {told.deleted} records deleted, {told.left} left" + (f": {told.reason}" if told.reason else ""))
    return 1 if left else 0


def _propose(recording: Path, workspace: Path, environment: str | None, to: Path) -> None:
    from governance.fuzz.fuzzing import propose

    made = propose(recording, workspace, environment, to)
    for one in made:
        say(f"{one.path}: {one.actions} actions; {one.gone} findings go with it, {one.left} stay, {one.new} are new")
    if not made:
        say("no overlay is proposed: nothing that was seen can be mended in a contract")


def _written(verdict: "FuzzVerdict", form: Formats, *, colour: bool, everything: bool) -> str:
    if form == "text":
        from governance.reports.fuzz_text import as_text

        return as_text(verdict, colour=colour, everything=everything)
    if form == "markdown":
        from governance.reports.fuzz_markdown import as_markdown

        return as_markdown(verdict, everything=everything)
    form_of: Callable[[FuzzVerdict], str] = getattr(import_module(f"governance.reports.fuzz_{form}"), f"as_{form}")
    return form_of(verdict)
