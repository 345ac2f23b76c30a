"""What is made of a release before it is served and handed over with it: changes between versions, and clients.

The gateway compares and generates nothing itself. Each entry names the digests of its documents and counts for these
only, so that what was made of other files is never shown as if it were about this release.
"""

import hashlib
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

FILE: Final = ".tidewaiter/portal.json"
"""Where `tidewaiter serve` hands it over, in the workspace."""
CLIENTS: Final = ".tidewaiter/clients"
"""Where the archives of clients stand beside it, each under the digest of its bytes."""
FORMAT: Final = 1
_log = logging.getLogger("tidewaiter.portal")


@dataclass(frozen=True, slots=True)
class Note:
    """One change. `duty`: must, check, may or know; `word` says it to people."""

    duty: str
    word: str
    message: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the API with what changed there. `operations` share it; empty where the title says where it is."""

    title: str
    operations: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one version of an API to another."""

    api: str
    old: str
    new: str
    old_digest: str
    """Of the published document (`contracts.published_document`)."""
    new_digest: str
    summary: str
    sections: tuple[Section, ...]
    bounds: tuple[str, ...] = ()
    """What was not looked at in full."""


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file to download."""

    kind: Literal["wheel", "sources"]
    name: str
    sha256: str
    """Of its bytes, in hexadecimal digits; it stands under that name in `CLIENTS`."""
    size: int


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A first call of a client, for those who prove themselves in one way. `code`: what stands after `client`."""

    proof: Literal["token", "key", "none"]
    code: str


@dataclass(frozen=True, slots=True)
class Client:
    """A typed client of one version; without `archives` where none could be written, and `reason` says why."""

    api: str
    version: str
    digest: str
    """Of the published document."""
    base: str
    """Where its calls go: a client for another environment is none for this one."""
    made_of: str
    """A digest of all that its bytes depend on, for whoever makes it."""
    distribution: str = ""
    number: str = ""
    """The package's own version."""
    archives: tuple[ArchiveFile, ...] = ()
    calls: tuple[ClientCall, ...] = ()
    """At most one for each proof."""
    left_out: tuple[str, ...] = ()
    """Operations that it does not have."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """All that is handed over. Empty where nothing was."""

    changes: tuple[Changes, ...] = ()
    inputs: str = ""
    """A digest of the files that changes were made of, for whoever makes them; empty while some are missing."""
    clients: tuple[Client, ...] = ()
    client_inputs: str = ""
    """As `inputs`, for clients."""
    former: tuple[tuple[str, str, str], ...] = ()
    """(api, version, digest) of documents that clients were made of before, the oldest first."""
    format: int = FORMAT
    folder: Annotated[Path | None, Field(exclude=True)] = None
    """The workspace that it was read from."""

    def between(self, digests: "Digests") -> dict[tuple[str, str, str], Changes]:
        """By api, old and new version: those that are about these very documents."""
        return {
            (one.api, one.old, one.new): one
            for one in self.changes
            if digests.of(one.api, one.old) == one.old_digest and digests.of(one.api, one.new) == one.new_digest
        }

    def client_of(self, api: str, version: str, digest: str, base: str) -> Client | None:
        """The client of this very document, for calls that go there."""
        wanted = (api, version, digest, base)
        return next((one for one in self.clients if (one.api, one.version, one.digest, one.base) == wanted), None)


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of a release's published documents, by api and version."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, api: str, version: str) -> str | None:
        """None for a document that the release does not have."""
        return self.known.get((api, version))


_ADAPTER: Final = TypeAdapter(Portal)


def read_portal(workspace: Path) -> Portal:
    """What was handed over; nothing where there is no file, or one that cannot be read (that is logged)."""
    path = workspace / FILE
    try:
        found = _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Portal()
    except (OSError, ValidationError) as error:
        _log.warning("%s is passed over: it cannot be read (%s)", FILE, type(error).__name__)
        return Portal()
    return replace(found, folder=workspace) if found.format == FORMAT else Portal()


def written(portal: Portal) -> bytes:
    """The file's content."""
    return _ADAPTER.dump_json(portal, indent=1) + b"\n"


def archive_bytes(workspace: Path, archive: ArchiveFile) -> bytes | None:
    """What is downloaded; None where it is not there, or is something else than was handed over."""
    try:
        body = (workspace / CLIENTS / archive.sha256).read_bytes()
    except OSError:
        body = b""
    if hashlib.sha256(body).hexdigest() == archive.sha256:
        return body
    _log.warning("%s/%s is not what was handed over: make it again with `tidewaiter portal`", CLIENTS, archive.name)
    return None
