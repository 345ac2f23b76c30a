"""The private key with which a command signs: the file that is named, else the development key of a workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from contracts.plain import plain

if TYPE_CHECKING:
    from gateway.trust.keys import PrivateKey


def key_at(path: Path | None, home: Path, trust: Path | None = None) -> "PrivateKey | None":
    """The key; None where none is named and `development_key` finds none. Asks for its passphrase if it has one.

    Raises InvalidInputError where it cannot be used.
    """
    file = path or development_key(home, trust)
    return unlocked(file) if file is not None else None


def development_key(home: Path, trust: Path | None) -> Path | None:
    """The key that `init` left in a workspace, where the trust root that counts there is for development too.

    With a real root it is nobody's, so nothing is signed with it unless it is named. `trust` is a root named on the
    command line. Raises InvalidInputError where a root is named and cannot be used.
    """
    from gateway.trust.place import DEVELOPMENT_KEY, real_root

    file = home / DEVELOPMENT_KEY
    return file if file.exists() and real_root(home, trust) is None else None


def unlocked(file: Path) -> "PrivateKey":
    """The key in a file; asks for its passphrase if it has one. Raises InvalidInputError."""
    from gateway.trust.keys import PassphraseNeededError, read_private

    try:
        return read_private(file)
    except PassphraseNeededError:
        secret = typer.prompt(f"Passphrase of {plain(str(file))}", hide_input=True, err=True)
        return read_private(file, secret.encode())
