"""`tidewaiter report ...`: what the ledger has kept for people to look into."""

import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.json_output import json_output
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
    from policies.unknown_effects import unknown_effects

    since = 0.0 if hours is None else time.time() - hours * 3600
    found = _read(
        workspace, environment, lambda ledger: unknown_effects(ledger, system=system, since=since, limit=limit)
    )
    if form == "json":
        told = [{**asdict(one), "at": _second(one.at)} for one in found]
        deliver(json_output(told), output)
    else:
        cells = [
            (
                _second(one.at), one.correlation, one.consumer,
                one.entity, one.system, f"{one.api}@{one.version} {one.operation}", one.method, one.problem,
                str(one.status), str(one.attempts), one.end,
            )
            for one in found
        ]  # fmt: skip
        deliver(table(_HEAD, cells), output)
    say(counted(len(found), "write of unknown effect", "writes of unknown effect"))
    raise typer.Exit(1 if found else 0)


@app.command("would-refuse")
def list_would_refuse(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="As environments/NAME.yaml makes it.")
    ] = None,
    consumer: Annotated[str | None, typer.Option("--consumer", metavar="ID", help="Only of this consumer.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="From then on: a date, a time, or 7d, 12h."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, those of the most calls.")] = 1_000,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """List what was let through and would be refused under `enforce`, by consumer, operation and rule.

    Kept by the hour. What is `off`, and answers that were not in a sample, were never judged and are not in it.

    Exit codes: 0 there is none, 1 there is some, 2 workspace or ledger cannot be read.
    """
    from policies.would_refuse import would_refuse

    begin = 0.0 if since is None else _when(since)
    found = _read(
        workspace, environment, lambda ledger: would_refuse(ledger, since=begin, consumer=consumer, limit=limit)
    )
    if form == "json":
        told = [{**asdict(one), "hour": _hour(one.hour)} for one in found]
        deliver(json_output(told), output)
    else:
        cells = [
            (
                str(one.calls), one.consumer, f"{one.api}@{one.version} {one.operation}", one.direction, one.rule,
                _hour(one.hour),
            )
            for one in found
        ]  # fmt: skip
        deliver(table(("CALLS", "CONSUMER", "OPERATION", "DIRECTION", "RULE", "LAST HOUR"), cells), output)
    combinations = counted(len(found), "combination")
    say(f"{combinations} of consumer, operation, direction and rule would be refused")
    raise typer.Exit(1 if found else 0)


def _second(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _hour(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes")


def _when(text: str) -> float:
    """Seconds since the epoch. A time without a zone is UTC."""
    ago = re.fullmatch(r"([0-9]{1,5})([hd])", text)
    if ago is not None:
        return time.time() - int(ago[1]) * (3600 if ago[2] == "h" else 86_400)
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        say("tidewaiter report: --since takes a date, a time, or how long ago: 2026-01-31, 2026-01-31T08:00Z, 7d, 12h")
        raise typer.Exit(2) from None
    return (stated if stated.tzinfo is not None else stated.replace(tzinfo=UTC)).timestamp()


def _read(workspace: Path, environment: str | None, ask: Callable[[Path], list[Any]]) -> list[Any]:
    """What the workspace's ledger says; exit code 2 where either cannot be read."""
    from contracts.diagnostic import InvalidInputError
    from contracts.workspace import load

    try:
        loaded = load(workspace, environment)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        raise typer.Exit(2) from None
    ledger = workspace / loaded.settings.ledger
    if not ledger.exists():
        say(f"nothing yet: there is no ledger {plain(loaded.settings.ledger)}, so this workspace was not served here")
        return []
    try:
        return ask(ledger)
    except sqlite3.Error as error:
        say(f"tidewaiter report: the ledger {plain(loaded.settings.ledger)} cannot be read: {plain(str(error))}")
        raise typer.Exit(2) from None
