"""`tidewaiter serve DIR`: serve a workspace until it is told to stop."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="The workspace.")],
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="environments/<NAME>.yaml")] = None,
    port: Annotated[int | None, typer.Option(help="The public listener's port, in place of the settings'.")] = None,
    access_log: Annotated[Path | None, typer.Option(help="Where access lines go; standard output else.")] = None,
) -> None:
    """Serve a workspace. Exit codes: 0 drained, 1 work was cut off, 2 it cannot be served (every fault is named)."""
    from contracts.diagnostic import InvalidInputError
    from contracts.workspace import load
    from gateway.node import load_node
    from gateway.server import Ready, serve

    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")

    def ready(where: Ready) -> None:
        print(f"tidewaiter serves {workspace.settings.name} at {where.public}", file=sys.stderr)
        print(f"health and metrics at {where.health}", file=sys.stderr, flush=True)

    try:
        workspace = load(folder, environment, **({"public_port": port} if port is not None else {}))
        for warning in workspace.warnings:
            print(warning, file=sys.stderr)
        if access_log is None:
            raise typer.Exit(serve(workspace, load_node(folder), ready))
        with access_log.open("a", encoding="utf-8", buffering=1) as file:
            raise typer.Exit(serve(workspace, load_node(folder), ready, file))
    except InvalidInputError as error:
        print(error, file=sys.stderr)
        print(f"tidewaiter does not serve: {len(error.diagnostics)} faults; `tidewaiter check {folder}` lists them too",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(2) from None
    except OSError as error:
        print(f"tidewaiter does not serve: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
