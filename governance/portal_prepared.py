"""What is handed over to the portal, made and written into the workspace: changelogs and clients."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from contracts.published_document import PublishedDocument
from contracts.workspace import load
from gateway.portal.documents import published
from gateway.portal.given import CLIENTS, FILE, Client, Portal, archive_bytes, read_portal, written
from gateway.trust.files import write_whole
from governance.portal_changes import changes_of, pairs_of
from governance.portal_clients import clients_of
from governance.portal_inputs import inputs_of

_KEPT_SECONDS: Final = 86_400
"""So long an archive stays that is handed over no more: a gateway may still serve what was handed over before."""

_FORMER: Final = 1_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """How many there are."""

    changelogs: int
    clients: int


def prepare(
    folder: Path, environment: str | None, say: Callable[[str], None], *, changelogs: bool = True, clients: bool = True
) -> Prepared:
    """Make what is to be handed over; what was made before of the same stays.

    It is written after each piece, so that none is lost. Raises InvalidInputError where the workspace cannot be loaded,
    OSError where it cannot be written to.
    """
    inputs = inputs_of(folder, environment)
    workspace = load(folder, environment)

    @cache
    def document(api: str, version: str) -> PublishedDocument:
        return published(workspace, api, version)

    before = portal = read_portal(folder)
    if changelogs:
        portal = replace(portal, changes=(), inputs="")
        for change in changes_of(workspace, document, before.changes, say):
            portal = replace(portal, changes=(*portal.changes, change))
            if change not in before.changes:
                _write(folder, portal)
        portal = replace(portal, inputs=inputs)
    if clients:
        portal = replace(portal, clients=(), client_inputs="")
        at_hand = [one for one in before.clients if _is_whole(folder, one)]
        for made in clients_of(workspace, document, at_hand, say):
            for name, body in made.bodies:
                _put(folder / CLIENTS / name, body)
            portal = replace(portal, clients=(*portal.clients, made.told))
            if made.told not in at_hand:
                _write(folder, portal)
        portal = replace(portal, client_inputs=inputs, former=_former(before, portal))
    _write(folder, portal)
    if clients:
        _sweep(folder, portal)
    return Prepared(len(pairs_of(workspace)), sum(1 for one in portal.clients if one.archives))


def _former(before: Portal, now: Portal) -> tuple[tuple[str, str, str], ...]:
    """What documents were, so that clients made of them are known: the last ones."""
    current = {(one.api, one.version, one.digest) for one in now.clients}
    known = dict.fromkeys([*before.former, *((one.api, one.version, one.digest) for one in before.clients)])
    return tuple(one for one in known if one not in current)[-_FORMER:]


def _is_whole(folder: Path, client: Client) -> bool:
    return all(archive_bytes(folder, archive) is not None for archive in client.archives)


def _write(folder: Path, portal: Portal) -> None:
    _put(folder / FILE, written(portal))


def _put(path: Path, body: bytes) -> None:
    """Whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, body, 0o600)


def _sweep(folder: Path, portal: Portal) -> None:
    """Take away what nobody is led to any more."""
    wanted = {archive.sha256 for client in portal.clients for archive in client.archives}
    for path in (folder / CLIENTS).glob("*"):
        if path.name not in wanted and time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            path.unlink(missing_ok=True)
