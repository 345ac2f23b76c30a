"""`tidewaiter resume KIND NAME`: switch something on again."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from governance.cli.switch import switch


def command(
    kind: Annotated[
        Literal["consumer", "key", "issuer", "entity", "system", "operation"], typer.Argument(help="What it is.")
    ],
    name: Annotated[str, typer.Argument(help="Its name.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the ledger.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace served.")] = Path(),
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="URL", help="The admin listener, where the workspace does not say.")
    ] = None,
) -> None:
    """Take again what was suspended.

    Exit codes: 0 done, 1 it was not suspended, 2 the gateway was not reached or could not write it down.
    """
    switch("/resume", kind, name, reason, workspace, admin)
