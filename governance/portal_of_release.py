"""The portal's changelogs and clients for a release of a node: made from its files, handed over where the node serves.

What is handed over names the documents that it was made of and is shown for these only, so a release that is returned
to has its own or none.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contracts.diagnostic import InvalidInputError
from gateway.releases.staged import live_in, unpack_into
from governance.portal_handover import hand_over

_OWN: Final = ".tidewaiter"
_FILE: Final = "portal.json"
_CLIENTS: Final = "clients"


def hand_over_live(
    home: Path, store: Path, environment: str, say: Callable[[str], None], *, changelogs: bool, clients: bool
) -> None:
    """As `hand_over_release`, for what is active. Never raises: whoever serves says what is wrong."""
    try:
        release = live_in(store, environment).release
    except InvalidInputError:
        return
    hand_over_release(home, store, release, environment, say, changelogs=changelogs, clients=clients)


def hand_over_release(
    home: Path, store: Path, release: str, environment: str, say: Callable[[str], None] = lambda _: None, *,
    changelogs: bool = True, clients: bool = True,
) -> None:  # fmt: skip
    """Make what is not there. Never raises: without it the pages show less, and everything is served all the same."""
    own = home / _OWN
    try:
        with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
            folder, kept = Path(made) / "release", Path(made) / "release" / _OWN
            folder.mkdir()
            unpack_into(store, release, folder)
            kept.mkdir()
            _copy(own, kept)

            def told(line: str) -> None:
                say("not done in time; the next start or reload goes on" if str(folder) in line else line)

            hand_over(folder, environment or None, told, changelogs=changelogs, clients=clients)
            if (kept / _FILE).is_file() and _differs(kept / _FILE, own / _FILE):
                _copy(kept, own)
    except (OSError, InvalidInputError):
        return


def _differs(one: Path, other: Path) -> bool:
    return not other.is_file() or one.read_bytes() != other.read_bytes()


def _copy(source: Path, target: Path) -> None:
    """The archives first: the file names them."""
    if (source / _CLIENTS).is_dir():
        shutil.copytree(source / _CLIENTS, target / _CLIENTS, dirs_exist_ok=True)
    if (source / _FILE).is_file():
        handle = target / f".{_FILE}.new"
        shutil.copyfile(source / _FILE, handle)
        handle.replace(target / _FILE)
