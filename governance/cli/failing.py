"""How a command ends where something could not be read, written or answered."""

import errno
from typing import NoReturn

import typer

from contracts.diagnostic import Diagnostic
from governance.terminal import say

_REMEDIES = {
    errno.ENOENT: "is the place spelt right? make its folder, or name another place",
    errno.ENOTDIR: "a file lies where a folder is meant: name a folder",
    errno.EISDIR: "a folder lies where a file is meant: name a file",
    errno.EEXIST: "something lies there already: name another place",
    errno.ENOSPC: "make room there, or name another place",
}
_REMEDY = "let this command's user read and write there, or name another place"


def fail(command: str, error: Exception) -> NoReturn:
    """Tell what is wrong and exit with 2; what is a defect of ours is raised as it came."""
    from contracts.diagnostic import InvalidInputError
    from governance.admin_client import NotReachedError

    if isinstance(error, OSError):
        say(f"tidewaiter {command}: {no_access(error)}")
    elif isinstance(error, InvalidInputError | NotReachedError):
        say("".join(f"tidewaiter {command}: {line}\n" for line in str(error).splitlines()).rstrip("\n"))
    else:
        raise error
    raise typer.Exit(2) from None


def no_access(error: OSError) -> Diagnostic:
    """What the operating system refused, where, and what to do."""
    reason = (error.strerror or type(error).__name__).lower()
    place = str(error.filename) if error.filename is not None else "the operating system"
    return Diagnostic(place, "no-access", reason, _REMEDIES.get(error.errno or 0, _REMEDY))
