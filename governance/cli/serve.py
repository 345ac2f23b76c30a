"""`tidewaiter serve DIR`: serve a workspace until it is told to stop."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="The workspace; with --releases: whose node settings count.")] = Path(),
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="environments/<NAME>.yaml")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The public listener's port, in place of the settings'. 0: any free one."),
    ] = None,
    access_log: Annotated[Path | None, typer.Option(help="Where access lines go; standard output else.")] = None,
    releases: Annotated[
        bool, typer.Option("--releases", help="Serve what was activated on this node: tidewaiter release activate.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve calls.")] = 1,
    changelogs: Annotated[
        bool, typer.Option(help="Compare versions for the portal first, where that was not done.")
    ] = True,
    clients: Annotated[bool, typer.Option(help="Write the portal's clients first, where that was not done.")] = True,
) -> None:
    """Serve: one parent, and workers that it replaces when they die. SIGHUP reloads, SIGTERM drains.

    A workspace is served for development, and every answer says so. With --releases it is the release that was
    activated last on this node, verified at each start; a node with a real trust root serves nothing else.

    Exit codes: 0 drained, 1 work was cut off, 2 it cannot be served (every fault is named).
    """
    import json
    import os

    from governance.portal_handover import hand_over
    from governance.portal_of_release import hand_over_live
    from governance.terminal import say

    store, memory = None, None
    if releases:
        store, memory = _places(folder)
        hand_over_live(folder, Path(store), environment or "", say, changelogs=changelogs, clients=clients)
    else:
        hand_over(folder, environment, say, changelogs=changelogs, clients=clients)
    described = {
        "folder": str(folder), "environment": environment, "port": port,
        "access_log": str(access_log) if access_log else None, "workers": workers, "store": store,
        "memory": memory,
    }  # fmt: skip
    root = str(Path(__file__).resolve().parent.parent.parent)
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    sys.stdout.flush()
    sys.stderr.flush()
    # The same process goes on as the parent, without what the command line had to load: a third of its memory.
    command = [sys.executable, "-P", "-m", "gateway.parent", json.dumps(described)]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": paths})  # noqa: S606 - a fixed program


def _places(folder: Path) -> tuple[str, str]:
    """Where the node keeps its releases, by its settings, and what it has seen."""
    from contracts.diagnostic import InvalidInputError
    from gateway.node import load_node, node_folder
    from governance.terminal import say

    try:
        return str(load_node(folder).releases.resolve()), str(node_folder(folder).resolve())
    except InvalidInputError as error:
        say(f"tidewaiter serve: {error}")
        raise typer.Exit(2) from None
