"""`tidewaiter init DIR`: a small working workspace, ready to be served."""

import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from contracts.plain import plain
from governance.terminal import say


def command(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")]) -> None:
    """Write a small working workspace: one contract, a sample system, one consumer with an API key.

    Exit codes: 0 written, 2 the folder is not empty or cannot be written.
    """
    from governance.starter import NotEmptyError, write_workspace

    try:
        started = write_workspace(folder, time.time())
    except NotEmptyError:
        say(f"tidewaiter init: {plain(str(folder))} is not an empty folder: nothing was written; name a new one")
        raise typer.Exit(2) from None
    where = shlex.quote(plain(str(folder)))
    say(f"{len(started.files)} files are in {where}:")
    for file in started.files:
        say(f"  {file}")
    sys.stdout.write(
        f"The API key of the consumer first-app; it is shown this once and lives for {started.days} days:\n"
        f"\n"
        f"  {started.key}\n"
        f"\n"
        f"Next:\n"
        f"\n"
        f"  tidewaiter check {where}\n"
        f"  tidewaiter serve {where}\n"
        f"\n"
        f"and in another terminal:\n"
        f"\n"
        f"  curl -i -H 'X-API-Key: {started.key}' http://127.0.0.1:8080/sales/v1/orders\n"
    )
