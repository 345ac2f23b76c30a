"""One run at a time on a system: two would take its share of capacity twice, and each see the other's records.

The system's own file is what is locked: nothing is left behind, and the lock ends with the process, however that ends.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError


@contextmanager
def alone(folder: Path, systems: Iterable[str]) -> Iterator[None]:
    """Raises InvalidInputError where another run of this workspace is under way on one of the systems."""
    with ExitStack() as held:
        for system in sorted(set(systems)):
            file = f"systems/{system}.yaml"
            try:
                handle = os.open(folder / file, os.O_RDONLY | os.O_CLOEXEC)
                held.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise _refused(file, error) from None
        yield


def _refused(file: str, error: OSError) -> InvalidInputError:
    if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
        message = "another run is under way on this system, and two at once would take its share of capacity twice"
        remedy = "wait until it has ended; nothing was called"
    else:
        message = f"the file cannot be locked against a second run: {(error.strerror or '').lower()}"
        remedy = "keep the workspace on a file system that has locks"
    return InvalidInputError([Diagnostic(file, "run-under-way", message, remedy)])
