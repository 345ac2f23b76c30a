"""`tidewaiter suspended`: what is switched off, since when, by whom and why."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from governance.json_output import json_output
from governance.terminal import deliver, say, table


def command(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace served.")] = Path(),
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="URL", help="The admin listener, where the workspace does not say.")
    ] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
) -> None:
    """List what is suspended, and what was withdrawn for good. Exit codes: 0 listed, 2 the gateway was not reached."""
    from governance.admin_client import NotReachedError, ask

    try:
        status, told = ask(workspace, admin, "GET", "/suspended")
    except NotReachedError as error:
        say(f"tidewaiter suspended: {error}")
        raise typer.Exit(2) from None
    if status != 200:
        say(f"tidewaiter suspended: {told.get('error', status)}")
        raise typer.Exit(2)
    if form == "json":
        turns = [
            {**turn, "at": _when(turn["at"]), "suspended": bool(turn["suspended"]), "for_good": "for_good" in turn}
            for turn in told["suspended"]
        ]
        deliver(json_output(turns), None)
        return
    rows = [
        (turn["kind"], turn["name"], _when(turn["at"]), "for good" if turn.get("for_good") else "resumed", turn["by"],
         turn["reason"])
        for turn in told["suspended"]
    ]  # fmt: skip
    deliver(table(("KIND", "NAME", "SINCE", "UNTIL", "BY", "REASON"), rows), None)


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
