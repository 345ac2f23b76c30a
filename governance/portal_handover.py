"""Before a gateway is started or reloaded: see to it that the portal's changelogs and clients are of the files now.

A gateway that has none serves all the same, so nothing here keeps it from starting: they are made by a process apart,
which is ended when it takes too long. Imports the standard library only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from governance.portal_inputs import has_contracts, has_versions, inputs_of, is_current

SECONDS: Final = 30.0
"""So long starting waits for it; what is made by then is kept, and shown."""
_FILE: Final = ".tidewaiter/portal.json"
_WRITER: Final = "datamodel_code_generator"
"""What a client cannot be written without; of an extra that a gateway's node need not have."""
_SERVED: Final = ".tidewaiter/served.json"
_ROOT: Final = Path(__file__).resolve().parent.parent


def hand_over(
    folder: Path, environment: str | None, say: Callable[[str], None], seconds: float = SECONDS, *,
    changelogs: bool = True, clients: bool = True,
) -> None:  # fmt: skip
    """Make what is not there, or not of these files. Never raises for what it meets there."""
    try:
        changelogs = changelogs and has_versions(folder)
        clients = clients and find_spec(_WRITER) is not None and has_contracts(folder)
        if not changelogs and not clients:
            return
        inputs = inputs_of(folder, environment)
        changelogs = changelogs and not is_current(folder / _FILE, inputs)
        clients = clients and not is_current(folder / _FILE, inputs, "client_inputs")
    except OSError:
        return  # whoever serves the workspace says what is wrong with it
    if not changelogs and not clients:
        return
    made = " and ".join(filter(None, ("changelogs" if changelogs else "", "clients" if clients else "")))
    leave = " ".join(filter(None, ("--no-changelogs" if changelogs else "", "--no-clients" if clients else "")))
    say(f"making the portal's {made} first; {leave} leaves that out")
    chosen = [] if environment is None else ["--environment", environment]
    chosen += ["--changelogs" if changelogs else "--no-changelogs", "--clients" if clients else "--no-clients"]
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
