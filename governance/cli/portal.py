"""`tidewaiter portal DIR`: make the changelogs and clients that the portal shows, before or while a gateway serves."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.terminal import say


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")],
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="environments/<NAME>.yaml")] = None,
    changelogs: Annotated[bool, typer.Option(help="Compare the versions of each API.")] = True,
    clients: Annotated[bool, typer.Option(help="Write a client of each version.")] = True,
) -> None:
    """Compare the versions of each API as consumers see them, write clients, and hand both over to the gateway.

    `serve` and `reload` do the same where it is not done, for a limited time. A gateway that serves already shows them
    after its next reload. Exit codes: 0 all are there, 2 the workspace cannot be read or written to.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.portal.given import FILE
    from governance.portal_prepared import prepare

    try:
        made = prepare(folder, environment, lambda text: say(plain(text)), changelogs=changelogs, clients=clients)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        say("tidewaiter portal: nothing was made")
        raise typer.Exit(2) from None
    except OSError as error:
        say(f"tidewaiter portal: {folder / FILE} cannot be written: {error.strerror or error}")
        raise typer.Exit(2) from None
    say(f"{counted(made.changelogs, 'changelog')} and {counted(made.clients, 'client')} in {folder / FILE}")
