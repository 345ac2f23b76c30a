"""The private key with which a command signs: the file that is named, else the development key of a workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from contracts.plain import plain

if TYPE_CHECKING:
    from gateway.trust.keys import PrivateKey


def key_at(path: Path | None, home: Path) -> "PrivateKey | None":
    """The key; None where none is named and `home` has no development key. Asks for its passphrase if it has one.

    Raises InvalidInputError where it cannot be used.
    """
    from gateway.trust.keys import PassphraseNeededError, read_private
    from gateway.trust.place import DEVELOPMENT_KEY

    file = path or home / DEVELOPMENT_KEY
    if path is None and not file.exists():
        return None
    try:
        return read_private(file)
    except PassphraseNeededError:
        secret = typer.prompt(f"Passphrase of {plain(str(file))}", hide_input=True, err=True)
        return read_private(file, secret.encode())
