"""A command line of `tidewaiter`, told to somebody who pastes it: each word as a shell takes it."""

import shlex
from pathlib import Path

from contracts.plain import plain


def typed(*words: str, workspace: Path | None = None, environment: str | None = None, trust: Path | None = None) -> str:
    """The line. Options are named only where they need be given: not for the folder where one is, for instance."""
    where = ["-w", str(workspace)] if workspace is not None and workspace != Path() else []
    where += ["-e", environment] if environment else []
    where += ["--trust", str(trust)] if trust is not None else []
    return plain(shlex.join(["tidewaiter", *words, *where]))
