"""What is made of a release before it is served and handed over with it: changes between versions, in words.

The gateway compares nothing itself. Each entry names the digests of both documents and counts for these only, so that
what was made of other files is never shown as if it were about this release.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

FILE: Final = ".tidewaiter/portal.json"
"""Where `tidewaiter serve` hands it over, in the workspace."""
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
class Portal:
    """All that is handed over. Empty where nothing was."""

    changes: tuple[Changes, ...] = ()
    inputs: str = ""
    """A digest of the files that it was made of, for whoever makes it."""
    format: int = FORMAT

    def between(self, digests: "Digests") -> dict[tuple[str, str, str], Changes]:
        """By api, old and new version: those that are about these very documents."""
        return {
            (one.api, one.old, one.new): one
            for one in self.changes
            if digests.of(one.api, one.old) == one.old_digest and digests.of(one.api, one.new) == one.new_digest
        }


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
    return found if found.format == FORMAT else Portal()


def written(changes: Iterable[Changes], inputs: str) -> bytes:
    """The file's content."""
    return _ADAPTER.dump_json(Portal(tuple(changes), inputs), indent=1) + b"\n"
