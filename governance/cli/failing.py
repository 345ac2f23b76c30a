"""How a command that asks a node or its gateway ends where that could not be answered."""

from typing import NoReturn

import typer

from contracts.plain import plain
from governance.terminal import say


def fail(command: str, error: Exception) -> NoReturn:
    """Tell what is wrong and exit with 2; what is a defect of ours is raised as it came."""
    from contracts.diagnostic import InvalidInputError
    from governance.admin_client import NotReachedError

    if isinstance(error, OSError):
        say(f"tidewaiter {command}: {plain(str(error.filename or ''))} {plain(error.strerror or str(error))}")
    elif isinstance(error, InvalidInputError | NotReachedError):
        say("".join(f"tidewaiter {command}: {line}\n" for line in str(error).splitlines()).rstrip("\n"))
    else:
        raise error
    raise typer.Exit(2) from None
