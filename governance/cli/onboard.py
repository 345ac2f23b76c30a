"""`tidewaiter onboard ENTITY`: from candidate to live; `tidewaiter onboard status` says how far each is."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import answering, progress_line
from governance.cli.login import login
from governance.cli.signing_key import key_at
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.onboard.asked import Asked

STATUS = "status"


def command(
    entity: Annotated[str, typer.Argument(metavar="ENTITY|status", help="Who goes live; `status`: how far each is.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="Where it goes live.")
    ] = None,
    test_environment: Annotated[
        str | None,
        typer.Option(
            "--test-environment", metavar="NAME", help="Where its systems are fuzzed; where it goes live else."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="release:FILE", help="The release that is live there.")
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none."),
    ] = None,
    samples: Annotated[
        Path | None, typer.Option("--samples", metavar="FILE", help="Real identifiers and bodies; kept outside git.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", metavar="ENTITY", help="Another entity on the system: is it as before?; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed asks the same.")] = 1,
    examples: Annotated[int, typer.Option("--examples", min=1, help="Made-up cases an operation, at most.")] = 20,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long fuzzing may take.")] = 1800,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=1, max=3650, help="How long recordings are kept, encrypted.")
    ] = 90,
    prefix: Annotated[
        str | None, typer.Option(help="How names of clients begin; `clients.prefix` of the workspace else.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            envvar="TIDEWAITER_BOARD_KEY",
            help="Your key, which signs the release's activation.",
        ),
    ] = None,
    submitter: Annotated[str | None, typer.Option(help="Who asks the board; your login name without.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long the board's decision counts.")] = None,
    on_expiry: Annotated[
        Literal["block", "stop"],
        typer.Option("--on-expiry", help="Its end blocks the next build; or stops, too, what it let, in the gateway."),
    ] = "block",
    redo: Annotated[
        list[str] | None, typer.Option("--redo", metavar="STEP", help="Do this step anew; repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How `status` is printed.")] = "text",
) -> None:
    """Take an entity live: check, lint, diff, fuzz, client, limits, report, board, release, live.

    A step that was done for the same is not done again, so a run that was stopped or killed goes on where it was.

    Exit codes: 0 live; 1 a judgement is negative, or somebody is waited for; 2 a step could not be answered. Of
    `status`: 0 told; 2 this is no workspace, or a journal cannot be read.
    """
    with answering("onboard", "onboarded"):
        if entity == STATUS:
            _status(workspace, form)
            return
        from contracts.diagnostic import Diagnostic, InvalidInputError
        from governance.onboard.asked import Asked

        if on_expiry == "stop" and days is None:
            message, remedy = "what never ends stops nothing", "say how long it counts: --days N"
            raise InvalidInputError([Diagnostic("--on-expiry", "no-end", message, remedy)])
        asked = Asked(
            workspace, entity, environment, test_environment, base, trust, key_at(key, workspace, trust), samples,
            tuple(witness or ()), seed, examples, seconds, keep_days, prefix, submitter or login(), tuple(redo or ()),
            days, on_expiry,
        )  # fmt: skip
        if dry_run:
            _plan(asked)
            return
        raise typer.Exit(_go(asked))


def _go(asked: "Asked") -> int:
    from governance.onboard.walk import onboard
    from governance.reports.onboarding import next_lines, taken_line

    code = 0
    colour = in_colour(sys.stdout)
    with progress_line() as progress:
        for taken in onboard(asked, say, progress if in_colour(sys.stderr) else None):
            outcome = taken.outcome
            deliver(taken_line(taken.step.name, outcome.state, outcome.told, again=taken.again, colour=colour), None)
            sys.stdout.flush()
            code = outcome.exit_code
            if outcome.next and outcome.state != "done":
                deliver(next_lines(outcome.next), None)
    return code


def _plan(asked: "Asked") -> None:
    from contracts.plain import plain
    from governance.onboard.walk import planned

    for step, would, faults in planned(asked):
        deliver(f"{step.name:8} {would}: {step.what}\n", None)
        for fault in faults:
            deliver(f"         {plain(fault.file)}: {plain(fault.message)}\n", None)
            deliver(f"         next: {plain(fault.remedy)}\n" * bool(fault.remedy), None)


def _status(workspace: Path, form: str) -> None:
    from governance.onboard.standing import standings
    from governance.reports.onboarding import status_json, status_text

    found = standings(workspace)
    deliver(status_json(found) if form == "json" else status_text(found), None)
    if any(one.broken for one in found):
        raise typer.Exit(2)
