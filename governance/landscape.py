"""The people's side of a workspace: apis and their versions, who offers and who calls them; no document is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from contracts.apis import Api
from contracts.consumers import Consumer
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Entity
from contracts.layout import API, SETTINGS, survey
from contracts.written import Entry, Source, read_entry
from governance.diff.from_files import before, refused
from governance.lifecycle.terms import FILE as TERMS_FILE
from governance.lifecycle.terms import Terms

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Landscape:
    """Files by the name of what they describe, each with its places."""

    apis: Mapping[str, tuple[Api, Source]]
    entities: Mapping[str, tuple[Entity, Source]]
    consumers: Mapping[str, tuple[Consumer, Source]]
    terms: Terms
    terms_source: Source
    offering: Mapping[str, tuple[str, ...]] = field(init=False)
    """By `api@version` the entities that offer it and are served, or would be were they not suspended; sorted."""
    pinning: Mapping[str, tuple[str, ...]] = field(init=False)
    """By `api@version` the consumers that were promised it; sorted."""

    def __post_init__(self) -> None:
        """Looked up once: a calendar asks for each version of each api."""
        offering: dict[str, list[str]] = {}
        for name, (entity, _) in sorted(self.entities.items()):
            for offer in entity.offers if entity.stage != "candidate" else ():
                offering.setdefault(offer.contract, []).append(name)
        pinning: dict[str, list[str]] = {}
        for name, (consumer, _) in sorted(self.consumers.items()):
            for reference in dict.fromkeys(consumer.pinned):
                pinning.setdefault(reference, []).append(name)
        object.__setattr__(self, "offering", {one: tuple(dict.fromkeys(names)) for one, names in offering.items()})
        object.__setattr__(self, "pinning", {one: tuple(names) for one, names in pinning.items()})


def read_landscape(folder: Path) -> Landscape:
    """Read it from a workspace. Raises InvalidInputError with every fault of these files."""
    found = survey(folder)
    shown = before(folder)
    if not folder.is_dir() or not (folder / SETTINGS).is_file():
        remedy = "name the folder of a workspace"
        raise refused(shown.rstrip("/") or ".", "no-workspace", f"this is no workspace: it has no {SETTINGS}", remedy)
    faults = [
        fault for fault in found.faults
        if fault.severity == "error" and fault.file.startswith(("contracts/", "entities/", "consumers/"))
    ]  # fmt: skip
    apis = {
        name: read_entry(path / API, found.relative(path / API), Api)
        for name, path in found.apis.items()
        if (path / API).is_file()
    }
    entities = {n: read_entry(p, found.relative(p), Entity) for n, p in found.files["entities"].items()}
    consumers = {n: read_entry(p, found.relative(p), Consumer) for n, p in found.files["consumers"].items()}
    path = folder / TERMS_FILE
    terms = read_entry(path, TERMS_FILE, Terms) if path.exists() else Entry(Source(TERMS_FILE), Terms())
    for entries in (apis, entities, consumers, {"": terms}):
        for entry in entries.values():
            faults += entry.faults
    if faults or terms.value is None:
        raise InvalidInputError(_at(shown, fault) for fault in faults)
    return Landscape(_known(apis), _known(entities), _known(consumers), terms.value, terms.source)


def _known(entries: Mapping[str, Entry[M]]) -> dict[str, tuple[M, Source]]:
    return {name: (entry.value, entry.source) for name, entry in entries.items() if entry.value is not None}


def _at(shown: str, fault: Diagnostic) -> Diagnostic:
    return replace(fault, file=shown + fault.file)
