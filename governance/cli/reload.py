"""`tidewaiter reload DIR`: serve the workspace as it is now, or change nothing."""

from pathlib import Path
from typing import Annotated

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.terminal import say


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace served.")],
    admin: Annotated[
        str | None, typer.Option("--admin", metavar="URL", help="The admin listener, where the workspace does not say.")
    ] = None,
    rolling: Annotated[
        bool, typer.Option("--rolling", help="Then replace the workers too, one after the other, without a pause.")
    ] = False,
    changelogs: Annotated[
        bool, typer.Option(help="Compare versions for the portal first, where that was not done.")
    ] = True,
    clients: Annotated[bool, typer.Option(help="Write the portal's clients first, where that was not done.")] = True,
) -> None:
    """Activate the workspace in all workers at once; counters, connections and tokens are kept.

    Exit codes: 0 served, 1 refused (every fault is named) and the old release serves on, 2 the gateway was not reached.
    """
    from governance.admin_client import RELOAD_SECONDS, NotReachedError, ask
    from governance.portal_handover import environment_served, hand_over

    hand_over(folder, environment_served(folder), say, changelogs=changelogs, clients=clients)
    try:
        status, told = ask(folder, admin, "POST", "/reload", {}, RELOAD_SECONDS)
        if status == 200 and rolling:
            replaced, said = ask(folder, admin, "POST", "/restart", {}, RELOAD_SECONDS)
            if replaced != 200:
                say(f"reloaded, but {plain(said['error'])}")
                raise typer.Exit(1)
    except NotReachedError as error:
        say(f"tidewaiter reload: {error}")
        raise typer.Exit(2) from None
    if status != 200:
        for line in (told.get("text") or told["error"]).splitlines():
            say(plain(line))
        say("not reloaded: the old release serves on")
        raise typer.Exit(1)
    for warning in told["warnings"]:
        say(plain(warning))
    same = " (the same as before)" if told["before"] == told["release"] else ""
    say(f"{told['release']} is served by {counted(told['workers'], 'worker')}{same}")
