"""What the portal knows of a release, made when it is loaded: documents, what there is to read, an index of words.

Each visibility has a catalogue of its own, so that nothing of an API is at hand where it may not be seen.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from contracts.apis import Stage, Version, Visibility
from contracts.contract import Contract, Operation, examine
from contracts.document import Document, UnresolvedReferenceError
from contracts.workspace import Workspace
from gateway.portal.documents import Download, base_url, download, published
from gateway.portal.given import Changes, Client, Digests, Portal
from gateway.portal.words import Index, Worded, worded
from gateway.problems import PROBLEMS
from policies.lifecycle import lifecycle_headers
from policies.select import VISIBILITY_RANK
from policies.step import Header

_SLUG: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}")
_TEXT_CHARACTERS: Final = 4_000
_MEMBER_DEPTH: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation, as lists show it."""

    slug: str
    """Its name in the portal's addresses."""
    id: str
    method: str
    path: str
    summary: str
    tags: tuple[str, ...]
    deprecated: bool
    pointer: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of an API that is served, or that was: then it has no download and no operations."""

    api: str
    version: str
    title: str
    stage: Stage
    deprecated: date | None
    sunset: date | None
    successor: str | None
    info: str
    base: str
    """Where its calls go."""
    headers: tuple[Header, ...]
    """Of its life, as answers of it carry them."""
    entities: tuple[str, ...]
    """Those that offer it."""
    download: Download | None = None
    client: Client | None = None
    """What was handed over as its client; None where nothing was."""
    operations: Mapping[str, Entry] = field(default_factory=dict)
    """By slug, in the order of the document."""
    schemas: Mapping[str, str] = field(default_factory=dict)
    """Slug -> name, of the schemas under `components`."""

    @property
    def name(self) -> str:
        """`api@version`."""
        return f"{self.api}@{self.version}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One API with its versions, the newest first."""

    id: str
    title: str
    owner: str
    layer: str
    visibility: Visibility
    editions: Mapping[str, Edition]

    @property
    def newest(self) -> Edition:
        """The newest that is active; else the newest that is served, else the newest of all."""
        served = [one for one in self.editions.values() if one.download is not None]
        active = [one for one in served if one.stage == "active"]
        return next(iter([*active, *served, *self.editions.values()]))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search can lead to."""

    href: str
    title: str
    place: str
    about: str
    """Of which API and version it is."""


Text = tuple[Found, Worded]
"""What can be found, and by which words."""
_FIRST: Final = 3
_LATER: Final = -4


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that one visibility sees."""

    apis: Mapping[str, Listed]
    index: Index
    found: tuple[Found, ...]
    """What the numbers of the index stand for."""

    def edition(self, api: str, version: str) -> Edition | None:
        """None where there is none, or none for this visibility."""
        listed = self.apis.get(api)
        return None if listed is None else listed.editions.get(version)


@dataclass(frozen=True, slots=True)
class Content:
    """The catalogues of a release, by what a visitor may see."""

    catalogues: Mapping[Visibility, Catalogue]
    changes: Mapping[tuple[str, str, str], Changes]
    """By api, old and new version."""
    digests: Mapping[tuple[str, str], str]
    """Of published documents, by api and version."""
    former: tuple[tuple[str, str, str], ...]
    """(api, version, digest) of what documents were before, as far as that was handed over."""
    folder: Path | None
    """Where archives of clients stand, below `given.CLIENTS`."""


def make_content(workspace: Workspace, given: Portal | None = None) -> Content:
    """Everything for one release. Takes about half a second for each megabyte of contracts: call it off the loop."""
    given = given or Portal()
    known: dict[tuple[str, str], str] = {}
    texts: dict[str, list[Text]] = {}
    listed: dict[str, Listed] = {}
    for api, described in workspace.apis.items():
        editions: dict[str, Edition] = {}
        ordered = sorted(described.versions.items(), key=lambda item: _number(item[0]), reverse=True)
        for version, life in ordered:
            made = _edition(workspace, api, version, life, known, texts.setdefault(api, []), given)
            if made is not None:
                editions[version] = made
        if any(one.download is not None for one in editions.values()):
            listed[api] = Listed(
                api, described.title, described.owner, described.layer, described.visibility, editions
            )  # fmt: skip
    catalogues = {rank: _catalogue(listed, texts, rank) for rank in VISIBILITY_RANK}
    return Content(catalogues, given.between(Digests(known)), known, given.former, given.folder)


def _catalogue(listed: Mapping[str, Listed], texts: Mapping[str, list[Text]], rank: Visibility) -> Catalogue:
    seen = {api: one for api, one in listed.items() if VISIBILITY_RANK[one.visibility] <= VISIBILITY_RANK[rank]}
    entries = [*(entry for api in seen for entry in texts[api]), *_problems()]
    return Catalogue(seen, Index(words for _, words in entries), tuple(found for found, _ in entries))


def _problems() -> Iterator[Text]:
    for problem in PROBLEMS.values():
        found = Found(f"/-/problems/{problem.name}", problem.title, f"{problem.status} {problem.name}", "problem type")
        yield found, worded(f"{problem.title} {problem.name}", f"{problem.status} {problem.remedy}", _LATER)


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _edition(
    workspace: Workspace, api: str, version: str, life: Version, known: dict[tuple[str, str], str],
    texts: list[Text], given: Portal,
) -> Edition | None:  # fmt: skip
    """None for a draft, and for a version that no entity offers."""
    entities = tuple(
        name
        for name, entity in workspace.entities.items()
        if entity.stage != "candidate" and any(offer.contract == f"{api}@{version}" for offer in entity.offers)
    )
    if life.stage == "draft" or (not entities and life.stage != "retired"):
        return None
    title = workspace.apis[api].title
    public_url = str(workspace.settings.public_url).rstrip("/")
    edition = Edition(
        api, version, title, life.stage, life.deprecated, life.sunset, life.successor, life.info or "",
        base_url(workspace, api, version), lifecycle_headers(version, life, api, public_url), entities,
    )  # fmt: skip
    if not entities:
        return edition
    document = published(workspace, api, version)
    known[api, version] = document.digest
    if life.stage == "retired":
        return edition
    contract = read(document.document())
    operations = {entry.slug: entry for entry in _entries(contract)}
    page = f"/-/apis/{api}/{version}"
    first = _LATER if texts else 0  # the newest version comes first
    whole = Found(page, f"{title} {version}", api, life.stage)
    texts.append((whole, worded(f"{title} {api}", _text(contract.info.get("description")), _FIRST + first)))
    members = _Members(contract.document)
    for operation, entry in zip(contract.operations, operations.values(), strict=True):
        place = f"{entry.method} {entry.path}"
        found = Found(f"{page}/operations/{entry.slug}", entry.summary or entry.id, place, f"{api} {version}")
        said = " ".join(_texts(contract, operation, entry, members))
        texts.append((found, worded(f"{entry.id} {entry.summary}", said, first)))
    return dataclasses.replace(
        edition, download=download(document), operations=operations, schemas=_schemas(contract.document),
        client=given.client_of(api, version, document.digest, edition.base),
    )  # fmt: skip


def read(document: Document) -> Contract:
    """A published document as a contract. What is at fault in it was told when the workspace was loaded."""
    contract, _ = examine(document)
    assert contract is not None
    return contract


def _entries(contract: Contract) -> Iterator[Entry]:
    taken: set[str] = set()
    for operation in contract.operations:
        stated = stated_of(contract, operation)
        slug = slug_of(operation.operation_id, operation.pointer)
        slug = slug if slug not in taken else _hashed(operation.pointer)
        taken.add(slug)
        tags = stated.get("tags")
        yield Entry(
            slug, operation.operation_id, operation.method, operation.path, _text(stated.get("summary")).strip(),
            tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
            operation.deprecated, operation.pointer,
        )  # fmt: skip


def stated_of(contract: Contract, operation: Operation) -> Mapping[str, object]:
    """The operation as the document has it."""
    found = contract.document.resolve(operation.pointer)
    return found if isinstance(found, dict) else {}


def slug_of(name: str, pointer: str) -> str:
    """A name that can stand in an address: the thing's own where it can, else one made of its place."""
    return name if _SLUG.fullmatch(name) else _hashed(pointer)


def _hashed(pointer: str) -> str:
    return f"at-{hashlib.sha256(pointer.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _schemas(document: Document) -> dict[str, str]:
    components = document.tree.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    found: dict[str, str] = {}
    for name in schemas if isinstance(schemas, dict) else ():
        slug = slug_of(str(name), str(name))
        found.setdefault(slug if slug not in found else _hashed(str(name)), str(name))
    return found


def _texts(contract: Contract, operation: Operation, entry: Entry, members: "_Members") -> Iterator[str]:
    """What else may be asked for: path, tags, description, names of parameters and of members."""
    yield entry.path
    yield " ".join(entry.tags)
    yield _text(stated_of(contract, operation).get("description"))
    yield " ".join(parameter.name for parameter in operation.parameters)
    media = [*(operation.request_body.content.values() if operation.request_body else ())]
    media += [one for response in operation.responses.values() for one in response.content.values()]
    for one in media:
        yield from members.of(one.schema)


class _Members:
    """Names of referred schemas and of members, down to those of an item; each named schema is read once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[tuple[str, int], tuple[str, ...]] = {}

    def of(self, schema: object, depth: int = 0) -> tuple[str, ...]:
        """All names of a schema."""
        if not isinstance(schema, dict) or depth > _MEMBER_DEPTH:
            return ()
        reference = schema.get("$ref")
        if isinstance(reference, str):
            key = reference, depth
            if key not in self._known:
                self._known[key] = ()  # a circle ends here
                self._known[key] = (reference.rpartition("/")[2], *self.of(self._followed(schema), depth))
            return self._known[key]
        found: dict[str, None] = {}
        properties = schema.get("properties")
        for name, child in properties.items() if isinstance(properties, dict) else ():
            found.update(dict.fromkeys((str(name), *self.of(child, depth + 1))))
        found.update(dict.fromkeys(self.of(schema.get("items"), depth)))
        return tuple(found)

    def _followed(self, schema: dict[str, object]) -> object:
        try:
            found, _ = self._document.follow(schema, "")
        except UnresolvedReferenceError:
            return None
        return found


def _text(value: object) -> str:
    return value[:_TEXT_CHARACTERS] if isinstance(value, str) else ""
