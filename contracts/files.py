"""All files of a workspace as they were read, before any environment is chosen."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from contracts.apis import Api
from contracts.consumers import Consumer
from contracts.contract import Contract, read_contract
from contracts.diagnostic import Diagnostic, InvalidInputError, Severity
from contracts.document import ENTRIES, Document, load_document
from contracts.entities import Entity
from contracts.issuers import Issuers
from contracts.layout import API, SETTINGS, Survey, survey
from contracts.model import VERSION_PATTERN
from contracts.modes import Modes
from contracts.overlays import NAMES as OVERLAYS
from contracts.plans import Plans
from contracts.settings import Environment, Settings
from contracts.systems import System
from contracts.wording import nearest
from contracts.written import Entry, Source, pointer_to, read_entry

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Files:
    """What was read, by kind. An entry without a value is there but cannot be used: its faults are in `faults`."""

    folder: Path
    settings: Entry[Settings]
    environments: dict[str, Entry[Environment]] = field(default_factory=dict)
    apis: dict[str, Entry[Api]] = field(default_factory=dict)
    contracts: dict[tuple[str, str], Contract] = field(default_factory=dict)
    systems: dict[str, Entry[System]] = field(default_factory=dict)
    entities: dict[str, Entry[Entity]] = field(default_factory=dict)
    consumers: dict[str, Entry[Consumer]] = field(default_factory=dict)
    issuers: Entry[Issuers] = field(default_factory=lambda: Entry(Source("policies/issuers.yaml"), None))
    plans: Entry[Plans] = field(default_factory=lambda: Entry(Source("policies/plans.yaml"), None))
    modes: Entry[Modes] = field(default_factory=lambda: Entry(Source("policies/modes.yaml"), None))
    faults: list[Diagnostic] = field(default_factory=list)
    """All but those of environments, which count only where one is chosen."""
    document_folders: dict[tuple[str, str], str] = field(default_factory=dict)
    """The folder that each version's documents are named from, relative to the workspace."""
    digests: dict[str, str] = field(default_factory=dict)
    """By file; a contract's digest stands under its entry document."""
    strangers: list[Path] = field(default_factory=list)

    @staticmethod
    def values(entries: Mapping[str, Entry[M]]) -> dict[str, M]:
        """Those that can be used."""
        return {name: entry.value for name, entry in entries.items() if entry.value is not None}

    def at(
        self, key: tuple[str, str], pointer: str, code: str, message: str, remedy: str, severity: Severity
    ) -> Diagnostic:
        """A diagnostic at a place of the contract of (api, exact version)."""
        file, line, column = self.contracts[key].document.position(pointer)
        file = f"{self.document_folders[key]}/{file}"
        return Diagnostic(file, code, message, remedy, line, column, pointer, severity)


def read_files(folder: Path) -> Files:
    """Read everything. Raises InvalidInputError only where `folder` is no folder."""
    found = survey(folder)
    if not folder.is_dir():
        raise InvalidInputError(found.faults)
    files = Files(folder, Entry(Source(SETTINGS), None), strangers=found.strangers)
    files.faults += found.faults
    if (folder / SETTINGS).is_file():
        files.settings = _read(files, found, folder / SETTINGS, Settings)
    files.systems = _read_all(files, found, "systems", System)
    files.entities = _read_all(files, found, "entities", Entity)
    files.consumers = _read_all(files, found, "consumers", Consumer)
    for name, path in found.files["environments"].items():
        files.environments[name] = _read(files, found, path, Environment, keep=False)
    policies = found.files["policies"]
    if "issuers" in policies:
        files.issuers = _read(files, found, policies["issuers"], Issuers)
    if "plans" in policies:
        files.plans = _read(files, found, policies["plans"], Plans)
    if "modes" in policies:
        files.modes = _read(files, found, policies["modes"], Modes)
    for api, path in found.apis.items():
        if (path / API).is_file():
            files.apis[api] = _read(files, found, path / API, Api)
            _read_versions(files, found, api, path)
    return files


def _read_all(files: Files, found: Survey, folder: str, model: type[M]) -> dict[str, Entry[M]]:
    return {name: _read(files, found, path, model) for name, path in found.files[folder].items()}


def _read(files: Files, found: Survey, path: Path, model: type[M], *, keep: bool = True) -> Entry[M]:
    entry = read_entry(path, found.relative(path), model)
    files.digests[entry.source.file] = hashlib.sha256(entry.source.text).hexdigest()
    if keep:
        files.faults += entry.faults
    return entry


def _read_versions(files: Files, found: Survey, api: str, folder: Path) -> None:
    """Read the documents that the api's file names, also where something else in that file is at fault."""
    source = files.apis[api].source
    versions = source.tree.get("versions") if isinstance(source.tree, dict) else None
    if not isinstance(versions, dict):
        return
    named: set[str] = set()
    for number, version in versions.items():
        if not isinstance(version, dict) or not re.fullmatch(VERSION_PATTERN, number):
            continue
        file = version.get("file")
        named |= {number, f"{number}.yaml", f"{number}.json", str(file).split("/", maxsplit=1)[0]}
        place = _Place(found, files, folder, source, pointer_to("versions", number))
        document = _document_of(place, number, file, retired=version.get("stage") == "retired")
        if document is None:
            continue
        root = _root_of(document, folder)
        files.document_folders[api, number] = found.relative(root or folder)
        try:
            loaded = load_document(document, root)
            files.digests[found.relative(document)] = loaded.digest
            _misnamed_overlays(files, found, root, loaded)
            files.contracts[api, number] = contract = read_contract(loaded)
            told = contract.warnings
        except InvalidInputError as error:
            told = error.diagnostics
        files.faults += [replace(fault, file=f"{found.relative(root or folder)}/{fault.file}") for fault in told]
    _left_over(files, found, folder, named)


def locate(found: Survey, api: str, number: str, entry: Entry[Api]) -> tuple[Path, Path | None]:
    """The document of one version, and the folder that its references may not leave; nothing of it is read.

    `entry` is the api's own file, and the version is one of those in it. Raises InvalidInputError where the document
    is missing, whatever the version's stage.
    """
    files = Files(found.folder, Entry(Source(SETTINGS), None))
    folder = found.apis[api]
    place = _Place(found, files, folder, entry.source, pointer_to("versions", number))
    stated = entry.value.versions[number].file if entry.value is not None else None
    document = _document_of(place, number, stated, retired=False)
    if document is None:
        raise InvalidInputError(files.faults)
    return document, _root_of(document, folder)


def _root_of(document: Path, folder: Path) -> Path | None:
    """A document of its own refers to nothing; one in a folder may refer to what lies in that folder."""
    top = folder / document.relative_to(folder).parts[0]
    return top if top.is_dir() else None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a version is described: the folder of its api, and its place in the api's file."""

    found: Survey
    files: Files
    folder: Path
    source: Source
    pointer: str

    @property
    def shown(self) -> str:
        return self.found.relative(self.folder)

    def fault(self, key: str, code: str, message: str, remedy: str) -> None:
        self.files.faults.append(self.source.fault(self.pointer + key, code, message, remedy))


def _document_of(place: _Place, number: str, file: object, *, retired: bool) -> Path | None:
    """The document that a version is entered by. What is missing becomes a fault, unless the version is retired."""
    folder = place.folder
    if isinstance(file, str):
        return _stated_document(place, file)
    for name in (f"{number}.yaml", f"{number}.json"):
        if (folder / name).is_file():
            return folder / name
    if (folder / number).is_dir():
        return _entered_by(place, folder / number)
    if not retired:
        message = f"the document of version {number} is missing"
        remedy = f"put it at {place.shown}/{number}.yaml, or say where it is: `file: ...`"
        place.fault("", "missing-contract", message, remedy)
    return None


def _stated_document(place: _Place, file: str) -> Path | None:
    path = place.folder / file
    if file.startswith("/") or ".." in Path(file).parts:
        message = f"`{file}` leads out of {place.shown}"
        place.fault("/file", "file-outside", message, "put the document there")
        return None
    if path.is_file():
        return path
    if path.is_dir():
        return _entered_by(place, path)
    close = nearest(file, [other.name for other in place.folder.iterdir() if other.name != API])
    remedy = f"write `{close}`" if close else "put the document there, or name another one"
    place.fault("/file", "missing-contract", f"there is no file `{file}` in {place.shown}", remedy)
    return None


def _entered_by(place: _Place, folder: Path) -> Path | None:
    """The document that a version's folder is entered by."""
    shown = place.found.relative(folder)
    entries = [name for name in ENTRIES if (folder / name).is_file()]
    corrected = any((folder / name).exists() for name in OVERLAYS)
    if corrected and len(entries) > 1:
        message = f"which document of {shown} the overlay corrects is not said"
        remedy = f"keep one of {' and '.join(entries)}, or say `file: {folder.name}/<name>.yaml`"
        place.fault("", "missing-contract", message, remedy)
        return None
    if entries:
        return folder / entries[0]
    documents = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in (".yaml", ".json") and path.name not in OVERLAYS
    ]
    if len(documents) == 1:
        return documents[0]
    message = f"which document of {shown} is entered first is not said"
    place.fault("", "missing-contract", message, f"call it {ENTRIES[0]}, or say `file: {folder.name}/<name>.yaml`")
    return None


def _misnamed_overlays(files: Files, found: Survey, root: Path | None, document: Document) -> None:
    """Files that somebody takes for the overlay: without it the document would be served uncorrected."""
    read = {file.name for file in document.files} | set(OVERLAYS)
    for path in sorted(root.iterdir()) if root is not None else ():
        if "overlay" in path.name.lower() and path.name not in read and path.suffix not in (".md", ".txt"):
            remedy = f"call it {OVERLAYS[0]}, or take it out"
            fault = Diagnostic(found.relative(path), "unknown-file", "this overlay is not applied", remedy)
            files.faults.append(fault)


def _left_over(files: Files, found: Survey, folder: Path, named: set[str]) -> None:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == API or path.name in named or path.suffix in (".md", ".txt"):
            continue
        file = found.relative(path)
        if path.is_file() and "overlay" in path.name.lower():
            message, remedy = "this overlay is not applied", f"put it into <version>/{OVERLAYS[0]}, beside its document"
            fault = Diagnostic(file, "unknown-file", message, remedy)
        elif path.is_file() and nearest(path.name, [API]) and not path.name[0].isdigit():
            fault = Diagnostic(file, "unknown-file", "this file is not read", f"call it {API}, or take it out")
        else:
            message, remedy = f"no version in {API} names this: it is not served", "name it under `versions`"
            fault = Diagnostic(file, "unknown-file", message, f"{remedy}, or take it out", severity="warning")
        files.faults.append(fault)
