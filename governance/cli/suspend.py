"""`tidewaiter suspend KIND NAME`: switch something off in an emergency."""

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
    """Switch off at once, in every worker, without a release. It stays off through restarts and reloads.

    KIND is consumer, key (by its id), issuer, entity, system or operation (`api/operationId` or
    `api@version/operationId`). Exit codes: 0 in force, 1 in force with a doubt that is told, 2 the gateway was not
    reached.
    """
    switch("/suspend", kind, name, reason, workspace, admin)
