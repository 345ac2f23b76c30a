"""Changelogs for the portal: every two versions of an API that a consumer may move between, compared and written down.

What is compared are the documents that consumers get, so nothing of the inside can stand in a message. A comparison
that was made before is taken over where both documents are the same.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from contracts.published_document import PublishedDocument
from contracts.workspace import Workspace, load
from gateway.portal.documents import published
from gateway.portal.given import FILE, Changes, Note, Section, read_portal, written
from governance.diff.consumers import Changelog, changelog
from governance.diff.reporting import compare_sides, rules_by_id
from governance.diff.side import Side
from governance.portal_inputs import inputs_of
from governance.reports.changelog import details, summary, told, word_of
from governance.severities import DiffSettings


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of one API, the older first."""

    api: str
    old: str
    new: str

    def __str__(self) -> str:
        """As it is said."""
        return f"{self.api} {self.old} -> {self.new}"


def pairs_of(workspace: Workspace) -> list[Pair]:
    """Of each API: neighbours, each version with its successor, and each older one with the newest."""
    found: dict[Pair, None] = {}
    for api, described in workspace.apis.items():
        versions = [v for v in sorted(described.versions, key=_number) if _is_known(workspace, api, v)]
        live = [v for v in versions if described.versions[v].stage in ("active", "preview", "deprecated")]
        for old, new in pairwise(versions):
            found[Pair(api, old, new)] = None
        for old in versions:
            for later in {described.versions[old].successor, *live[-1:]} & set(live):
                if later is not None and _number(old) < _number(later):
                    found[Pair(api, old, later)] = None
    return [pair for pair in found if pair.new in _served(workspace, pair.api)]


def prepare(folder: Path, environment: str | None, say: Callable[[str], None]) -> int:
    """Write what is to be handed over into the workspace, and say how many changelogs there are.

    It is written after each comparison, so that none is lost. Raises InvalidInputError where the workspace cannot be
    loaded, OSError where it cannot be written to.
    """
    inputs = inputs_of(folder, environment)
    workspace = load(folder, environment)
    known = {(one.api, one.old, one.new): one for one in read_portal(folder).changes}
    documents: dict[tuple[str, str], PublishedDocument] = {}
    made: list[Changes] = []
    pairs = pairs_of(workspace)
    for pair in pairs:
        for version in (pair.old, pair.new):
            documents.setdefault((pair.api, version), published(workspace, pair.api, version))
        old, new = documents[pair.api, pair.old], documents[pair.api, pair.new]
        before = known.get((pair.api, pair.old, pair.new))
        if before is not None and (before.old_digest, before.new_digest) == (old.digest, new.digest):
            made.append(before)
            continue
        say(f"comparing {pair}")
        made.append(_compared(workspace, pair, old, new))
        _write(folder, made, "")
    _write(folder, made, inputs)
    return len(made)


def _compared(workspace: Workspace, pair: Pair, old: PublishedDocument, new: PublishedDocument) -> Changes:
    described = workspace.apis[pair.api]
    sides = [
        Side(one.document(), f"{pair.api}@{version}", api=pair.api, version=version,
             layer=described.layer, visibility=described.visibility)
        for one, version in ((old, pair.old), (new, pair.new))
    ]  # fmt: skip
    report = compare_sides(sides[0], sides[1], profile="wire", at=None, settings=DiffSettings())
    log = changelog(report, rules_by_id())
    return Changes(
        pair.api, pair.old, pair.new, old.digest, new.digest, summary(log), tuple(_sections(log)), report.limits
    )


def _sections(log: Changelog) -> Iterator[Section]:
    for section in log.sections:
        notes = tuple(Note(note.duty.value, word_of(note), told(note), tuple(details(note))) for note in section.notes)
        yield Section(section.title, section.operations, notes)


def _is_known(workspace: Workspace, api: str, version: str) -> bool:
    """Whether an entity offers it, so that its pins are known and taken out; drafts are nobody's business."""
    stage = workspace.apis[api].versions[version].stage
    return stage != "draft" and version in _offered(workspace, api)


def _offered(workspace: Workspace, api: str) -> set[str]:
    offers = (offer for one in workspace.entities.values() if one.stage != "candidate" for offer in one.offers)
    return {version for name, _, version in (offer.contract.partition("@") for offer in offers) if name == api}


def _served(workspace: Workspace, api: str) -> Mapping[str, object]:
    versions = workspace.apis[api].versions
    return {version: life for version, life in versions.items() if life.stage not in ("retired", "draft")}


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _write(folder: Path, made: list[Changes], inputs: str) -> None:
    """Whole or not at all. Raises OSError."""
    path = folder / FILE
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="portal-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(written(made, inputs))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
