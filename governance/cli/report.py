"""`tidewaiter report ...`: what the ledger has kept for people to look into."""

import json
import sqlite3
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from contracts.plain import plain
from governance.terminal import deliver, say, table

app = typer.Typer(
    help="Print what the ledger has kept for people.", add_completion=False, rich_markup_mode=None, no_args_is_help=True
)  # fmt: skip

_HEAD = (
    "AT", "CORRELATION", "CONSUMER", "ENTITY", "SYSTEM", "OPERATION", "METHOD", "PROBLEM", "STATUS", "ATTEMPTS", "END",
)  # fmt: skip


@app.callback()
def reports() -> None:
    """Print what the ledger has kept for people to look into."""


@app.command("unknown-effects")
def list_unknown_effects(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="As environments/NAME.yaml makes it.")
    ] = None,
    system: Annotated[str | None, typer.Option("--system", metavar="ID", help="Only those of this system.")] = None,
    hours: Annotated[float | None, typer.Option("--hours", min=0, help="Only those of so many hours.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 1_000,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """List the writes of which nobody knows whether the system carried them out, the newest first.

    Look each up in the system by its correlation id before it is sent again.

    Exit codes: 0 there are none, 1 there are some, 2 workspace or ledger cannot be read.
    """
    from contracts.diagnostic import InvalidInputError
    from contracts.workspace import load
    from policies.unknown_effects import unknown_effects

    try:
        loaded = load(workspace, environment)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        raise typer.Exit(2) from None
    since = 0.0 if hours is None else time.time() - hours * 3600
    try:
        found = unknown_effects(workspace / loaded.settings.ledger, system=system, since=since, limit=limit)
    except sqlite3.Error as error:
        say(f"tidewaiter report: the ledger {plain(loaded.settings.ledger)} cannot be read: {plain(str(error))}")
        raise typer.Exit(2) from None
    if form == "json":
        deliver(json.dumps([asdict(one) for one in found], indent=2) + "\n", output)
    else:
        cells = [
            (
                datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"), one.correlation, one.consumer,
                one.entity, one.system, f"{one.api}@{one.version} {one.operation}", one.method, one.problem,
                str(one.status), str(one.attempts), one.end,
            )
            for one in found
        ]  # fmt: skip
        deliver(table(_HEAD, cells), output)
    say(f"{len(found)} writes of unknown effect")
    raise typer.Exit(1 if found else 0)
