"""All files of a workspace as they were read, before any environment is chosen."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from contracts.apis import Api, Version
from contracts.consumers import Consumer
from contracts.contract import Contract, read_contract
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import load_document
from contracts.entities import Entity
from contracts.issuers import Issuers
from contracts.layout import API, SETTINGS, Survey, survey
from contracts.modes import Modes
from contracts.plans import Plans
from contracts.settings import Environment, Settings
from contracts.systems import System
from contracts.wording import nearest
from contracts.written import Entry, Source, pointer_to, read_entry

M = TypeVar("M", bound=BaseModel)

ROOTS = ("openapi.yaml", "openapi.json", "vendor.yaml", "vendor.json")
"""Names of the document that a version's folder is entered by."""


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
    digests: dict[str, str] = field(default_factory=dict)
    """By file; a contract's digest stands under its entry document."""
    strangers: list[Path] = field(default_factory=list)

    @staticmethod
    def values(entries: Mapping[str, Entry[M]]) -> dict[str, M]:
        """Those that can be used."""
        return {name: entry.value for name, entry in entries.items() if entry.value is not None}


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
    entry = files.apis[api]
    if entry.value is None:
        return
    named: set[str] = set()
    for number, version in entry.value.versions.items():
        document = _document_of(number, version, folder, found, files)
        if document is None:
            continue
        root = document.relative_to(folder).parts[0]
        named.add(root)
        try:
            loaded = load_document(document, folder / root if (folder / root).is_dir() else None)
            files.digests[found.relative(document)] = loaded.digest
            files.contracts[api, number] = read_contract(loaded)
        except InvalidInputError as error:
            files.faults += [_inside(fault, found, document) for fault in error.diagnostics]
    _left_over(files, found, api, folder, named)


def _document_of(number: str, version: Version, folder: Path, found: Survey, files: Files) -> Path | None:
    """The document that a version is entered by. What is missing becomes a fault, unless the version is retired."""
    source = files.apis[folder.name].source
    pointer = pointer_to("versions", number)
    if version.file is not None:
        path = folder / version.file
        inside = not version.file.startswith("/") and ".." not in Path(version.file).parts
        if inside and path.is_file():
            return path
        if not inside:
            message = f"`{version.file}` leads out of {found.relative(folder)}"
            files.faults.append(source.fault(f"{pointer}/file", "file-outside", message, "put the document there"))
        elif inside and path.is_dir():
            return _entered_by(path, source, pointer, found, files)
        else:
            close = nearest(version.file, [p.name for p in folder.iterdir() if p.name != API])
            remedy = f"write `{close}`" if close else "put the document there, or name another one"
            message = f"there is no file `{version.file}` in {found.relative(folder)}"
            files.faults.append(source.fault(f"{pointer}/file", "missing-contract", message, remedy))
        return None
    for name in (f"{number}.yaml", f"{number}.json"):
        if (folder / name).is_file():
            return folder / name
    if (folder / number).is_dir():
        return _entered_by(folder / number, source, pointer, found, files)
    if version.stage != "retired":
        message = f"the document of version {number} is missing"
        remedy = f"put it at {found.relative(folder)}/{number}.yaml, or say where it is: `file: ...`"
        files.faults.append(source.fault(pointer, "missing-contract", message, remedy))
    return None


def _entered_by(folder: Path, source: Source, pointer: str, found: Survey, files: Files) -> Path | None:
    overlay = folder / "overlay.yaml"
    if overlay.exists():
        # Serving the vendor's document as it is would leave out the corrections that somebody decided on.
        message = "an overlay is not applied to the document beside it"
        remedy = "write its changes into a document of your own: openapi.yaml, without the overlay"
        files.faults.append(Diagnostic(found.relative(overlay), "overlay-not-applied", message, remedy))
        return None
    for name in ROOTS:
        if (folder / name).is_file():
            return folder / name
    documents = [p for p in sorted(folder.iterdir()) if p.is_file() and p.suffix in (".yaml", ".json")]
    if len(documents) == 1:
        return documents[0]
    message = f"which document of {found.relative(folder)} is entered first is not said"
    remedy = f"call it {ROOTS[0]}, or say `file: {folder.name}/<name>.yaml`"
    files.faults.append(source.fault(pointer, "missing-contract", message, remedy))
    return None


def _inside(fault: Diagnostic, found: Survey, document: Path) -> Diagnostic:
    """A document's own diagnostics name its file in their own way; here it is named from the workspace."""
    name = fault.file
    for base in (document.parent, document.parent.parent):
        if (base / name).is_file():
            name = found.relative((base / name).absolute()) if (base / name).is_absolute() else name
            break
    path = Path(name)
    file = found.relative(path) if path.is_relative_to(found.folder) else found.relative(document.parent / path.name)
    return Diagnostic(
        file, fault.code, fault.message, fault.remedy, fault.line, fault.column, fault.pointer, fault.severity
    )  # fmt: skip


def _left_over(files: Files, found: Survey, api: str, folder: Path, named: set[str]) -> None:
    assert files.apis[api].value is not None
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == API or path.name in named or path.suffix in (".md", ".txt"):
            continue
        if path.is_file() and nearest(path.name, [API]) and not re.match(r"\d", path.name):
            message, remedy, severity = "this file is not read", f"call it {API}, or take it out", "error"
        else:
            message = f"no version in {API} names this: it is not served"
            remedy, severity = "name it under `versions`, or take it out", "warning"
        files.faults.append(
            Diagnostic(found.relative(path), "unknown-file", message, remedy, severity=severity)  # type: ignore[arg-type]
        )
