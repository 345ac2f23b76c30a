"""`tidewaiter serve DIR`: serve a workspace until it is told to stop."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="The workspace.")],
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="environments/<NAME>.yaml")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The public listener's port, in place of the settings'. 0: any free one."),
    ] = None,
    access_log: Annotated[Path | None, typer.Option(help="Where access lines go; standard output else.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve calls.")] = 1,
    changelogs: Annotated[
        bool, typer.Option(help="Compare versions for the portal first, where that was not done.")
    ] = True,
    clients: Annotated[bool, typer.Option(help="Write the portal's clients first, where that was not done.")] = True,
) -> None:
    """Serve a workspace: one parent, and workers that it replaces when they die. SIGHUP reloads, SIGTERM drains.

    Exit codes: 0 drained, 1 work was cut off, 2 it cannot be served (every fault is named).
    """
    import json
    import os

    from governance.portal_handover import hand_over
    from governance.terminal import say

    hand_over(folder, environment, say, changelogs=changelogs, clients=clients)
    described = {
        "folder": str(folder), "environment": environment, "port": port,
        "access_log": str(access_log) if access_log else None, "workers": workers,
    }  # fmt: skip
    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    sys.stdout.flush()
    sys.stderr.flush()
    # The same process goes on as the parent, without what the command line had to load: a third of its memory.
    command = [sys.executable, "-P", "-m", "gateway.parent", json.dumps(described)]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": paths})  # noqa: S606 - a fixed program
