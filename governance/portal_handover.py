"""Before a gateway is started or reloaded: see to it that the portal's changelogs are of the files as they are now.

A gateway that has no changelog serves all the same, so nothing here keeps it from starting: comparing is done by a
process apart, which is ended when it takes too long. Imports the standard library only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from governance.portal_inputs import has_versions, inputs_of, is_current

SECONDS: Final = 10.0
"""So long starting waits for it; what is made by then is kept, and shown."""
_FILE: Final = ".tidewaiter/portal.json"
_SERVED: Final = ".tidewaiter/served.json"
_ROOT: Final = Path(__file__).resolve().parent.parent


def hand_over(folder: Path, environment: str | None, say: Callable[[str], None], seconds: float = SECONDS) -> None:
    """Make the changelogs where they are not there, or not of these files. Never raises for what it meets there."""
    try:
        if not has_versions(folder) or is_current(folder / _FILE, inputs_of(folder, environment)):
            return
    except OSError:
        return  # whoever serves the workspace says what is wrong with it
    say("comparing versions for the portal's changelogs; --no-changelogs leaves that out")
    chosen = [] if environment is None else ["--environment", environment]
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(  # noqa: S603 - a fixed program
        [sys.executable, "-P", "-m", "governance.cli.main", "portal", str(folder), *chosen],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        say(f"that is not done after {seconds:g} seconds: `tidewaiter portal {folder}` does the rest; then reload")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def environment_served(folder: Path) -> str | None:
    """The environment of the gateway that was started last in a workspace."""
    try:
        stated = json.loads((folder / _SERVED).read_bytes())
    except (OSError, ValueError):
        return None
    found = stated.get("environment") if isinstance(stated, dict) else None
    return found if isinstance(found, str) else None
