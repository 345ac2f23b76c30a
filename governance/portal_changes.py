"""Changelogs for the portal: every two versions of an API that a consumer may move between, compared.

What is compared are the documents that consumers get, so nothing of the inside can stand in a message. A comparison
that was made before is taken over where both documents are the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from contracts.published_document import PublishedDocument
from contracts.workspace import Workspace
from gateway.portal.given import Changes, Note, Section
from governance.diff.consumers import Changelog, changelog
from governance.diff.reporting import compare_sides, rules_by_id
from governance.diff.side import Side
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


def changes_of(
    workspace: Workspace, published: Callable[[str, str], PublishedDocument], known: Iterable[Changes],
    say: Callable[[str], None],
) -> Iterator[Changes]:  # fmt: skip
    """One after the other, as each is made. `known`: what was made before."""
    before = {(one.api, one.old, one.new): one for one in known}
    for pair in pairs_of(workspace):
        old, new = published(pair.api, pair.old), published(pair.api, pair.new)
        found = before.get((pair.api, pair.old, pair.new))
        if found is None or (found.old_digest, found.new_digest) != (old.digest, new.digest):
            say(f"comparing {pair}")
            found = _compared(workspace, pair, old, new)
        yield found


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
