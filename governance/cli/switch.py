"""What `tidewaiter suspend` and `tidewaiter resume` have in common."""

from pathlib import Path

import typer

from contracts.counted import counted
from governance.terminal import say


def switch(path: str, kind: str, name: str, reason: str, workspace: Path, admin: str | None) -> None:
    """Ask the gateway, and tell what came of it. Raises typer.Exit."""
    from governance.admin_client import NotReachedError, ask, somebody

    body = {"kind": kind, "name": name, "reason": reason, "by": somebody()}
    try:
        status, told = ask(workspace, admin, "POST", path, body)
    except NotReachedError as error:
        say(f"tidewaiter {path[1:]}: {error}")
        raise typer.Exit(2) from None
    if status == 404:
        say(f"no {kind} {name} is suspended")
        raise typer.Exit(1)
    if status not in (200, 507):
        say(f"tidewaiter {path[1:]}: {told.get('error', status)}")
        raise typer.Exit(2)
    workers = counted(told["workers"], "worker")
    if not told["in_force"]:
        say(f"{kind} {name} is taken again in {workers}")
        return
    say(f"{kind} {name} is suspended in {workers}, until somebody resumes it")
    if not told["kept"]:
        say("but the ledger could not be written: a restart would forget it; mend the disk and suspend it again")
    if not told["known"]:
        say(f"but the release served has no {kind} of that name: is it spelt right?")
    if not (told["kept"] and told["known"]):
        raise typer.Exit(1)
