"""`tidewaiter routes DIR`: what a workspace serves, and what not and why."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from contracts.plain import plain
from governance.json_output import json_output
from governance.terminal import deliver, say, table

_HEAD = ("METHOD", "PATH", "OPERATION", "ENTITY", "SYSTEM", "VERSION", "STAGE", "SECURITY", "SERVED")


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace.")],
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="As environments/NAME.yaml makes it.")
    ] = None,
    api: Annotated[str | None, typer.Option("--api", metavar="API", help="Only the routes of this api.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", metavar="ID", help="Only those of this entity.")] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """List each operation on each offer: where it is called, what a caller needs, and whether it is served.

    Exit codes: 0 listed, 2 the workspace cannot be loaded (every fault is named).
    """
    from contracts.counted import counted
    from contracts.diagnostic import InvalidInputError
    from contracts.wording import instead
    from contracts.workspace import load
    from governance.reports.not_told import as_json, of_options
    from governance.routes import maintenance_lines, route_rows

    try:
        workspace = load(folder, environment)
        rows = route_rows(workspace)
    except InvalidInputError as error:
        if form == "json":
            deliver(as_json(error.diagnostics), output)
        for fault in error.diagnostics if form == "text" else ():
            say(plain(str(fault)))
        raise typer.Exit(2) from None
    for option, name, known in (("--api", api, workspace.apis), ("--entity", entity, workspace.entities)):
        if name is not None and name not in known:
            message, remedy = f"{option} names nothing in this workspace", instead(name, known)
            if form == "json":
                deliver(as_json([of_options(message, remedy)]), output)
            else:
                say(f"tidewaiter routes: {message}; {remedy}")
            raise typer.Exit(2)
    rows = tuple(row for row in rows if api in (None, row.api) and entity in (None, row.entity))
    if form == "json":
        listed = [{**asdict(row), "served": not row.why_not} for row in rows]
        deliver(json_output(listed), output)
        return
    cells = [
        (
            row.method, row.path, row.operation, row.entity, row.system, row.version, row.stage, row.security,
            f"no: {row.why_not}" if row.why_not else "yes",
        )
        for row in rows
    ]  # fmt: skip
    deliver(table(_HEAD, cells), output)
    left_out = sum(bool(row.why_not) for row in rows)
    say(f"{counted(len(rows), 'route')}, {len(rows) - left_out} served, {left_out} not")
    for line in maintenance_lines(workspace, {row.system for row in rows}):
        say(plain(line))
