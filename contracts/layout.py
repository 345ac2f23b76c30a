"""Which files a workspace is made of, and which of those that lie there are none of it."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from contracts.apis import Api
from contracts.consumers import Consumer
from contracts.diagnostic import Diagnostic
from contracts.entities import Entity
from contracts.issuers import Issuers
from contracts.model import ID_PATTERN
from contracts.modes import Modes
from contracts.overlays import Overlay
from contracts.plans import Plans
from contracts.settings import Environment, Settings
from contracts.systems import System
from contracts.wording import instead, nearest

SETTINGS = "tidewaiter.yaml"
API = "api.yaml"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its model, and where such files lie."""

    model: type[BaseModel]
    where: str


KINDS: Mapping[str, Kind] = {
    "tidewaiter": Kind(Settings, SETTINGS),
    "environment": Kind(Environment, "environments/<name>.yaml"),
    "api": Kind(Api, "contracts/<api>/api.yaml"),
    "overlay": Kind(Overlay, "contracts/<api>/<version>/overlay.yaml"),
    "system": Kind(System, "systems/<id>.yaml"),
    "entity": Kind(Entity, "entities/<id>.yaml"),
    "consumer": Kind(Consumer, "consumers/<id>.yaml"),
    "plans": Kind(Plans, "policies/plans.yaml"),
    "issuers": Kind(Issuers, "policies/issuers.yaml"),
    "modes": Kind(Modes, "policies/modes.yaml"),
}
"""Every kind of file that the gateway reads, by the name that `tidewaiter schema` gives it."""

FOLDERS = ("environments", "systems", "entities", "consumers")
"""Folders that hold one YAML file for each thing, named after it."""
POLICIES = ("issuers.yaml", "plans.yaml", "modes.yaml")
OTHER_FOLDERS = ("contracts", "policies", "governance", "decisions", "mappings")


_SAME_WORD = 0.85
"""How like two names are that differ by a slip of the hand."""


@dataclass(slots=True)
class Survey:
    """What lies in the workspace: paths by folder and name, the apis' folders, and what is not understood."""

    folder: Path
    files: dict[str, dict[str, Path]] = field(default_factory=dict)
    apis: dict[str, Path] = field(default_factory=dict)
    strangers: list[Path] = field(default_factory=list)
    """Files beside the workspace's own: fine where a file of the workspace names them (a CA bundle)."""
    faults: list[Diagnostic] = field(default_factory=list)

    def relative(self, path: Path) -> str:
        """The path as messages show it: inside the workspace, with slashes."""
        return path.relative_to(self.folder).as_posix()


def survey(folder: Path) -> Survey:
    """Look through the workspace. Raises nothing: what is misplaced stands in `faults`."""
    found = Survey(folder)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "there is no such folder"
        remedy = "name the folder of a workspace, or make one: tidewaiter init DIR"
        found.faults.append(Diagnostic(str(folder), "no-workspace", what, remedy))
        return found
    _root(found)
    for name in FOLDERS:
        found.files[name] = _named(found, folder / name)
    found.files["policies"] = _policies(found)
    found.apis = _apis(found)
    return found


def _listing(folder: Path) -> Iterator[Path]:
    """Entries that count: hidden ones and notes to readers do not."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".") and path.suffix.lower() not in (".md", ".txt", ".rst"):
                yield path


def _misnamed(found: Survey, path: Path, message: str, remedy: str) -> None:
    found.faults.append(Diagnostic(found.relative(path), "unknown-file", message, remedy))


def _root(found: Survey) -> None:
    if not (found.folder / SETTINGS).is_file():
        remedy = "write it (`name` and `public_url` are needed), or make a workspace: tidewaiter init DIR"
        found.faults.append(Diagnostic(SETTINGS, "missing-file", f"{SETTINGS} is missing: not a workspace", remedy))
    folders = (*FOLDERS, *OTHER_FOLDERS)
    for path in _listing(found.folder):
        if path.is_dir() and path.name not in folders:
            _stray(found, path, folders)
        elif path.is_file() and path.name != SETTINGS and path.suffix in (".yaml", ".yml"):
            close = nearest(path.name, [SETTINGS])
            if close:
                _misnamed(found, path, "this file is not read", f"call it {close}")
        elif path.is_file() and path.name in folders:
            _misnamed(found, path, "this is a file where a folder belongs", f"make {path.name}/ a folder")


def _stray(found: Survey, path: Path, folders: tuple[str, ...]) -> None:
    """A folder whose name is nearly one of the workspace's; others may lie there."""
    close = nearest(path.name, folders)
    if close is None:
        return
    if not (found.folder / close).exists() or path.name.lower() == close:
        _misnamed(found, path, "this folder is not read", f"call it {close}/")
    elif difflib.SequenceMatcher(None, path.name.lower(), close).ratio() >= _SAME_WORD:
        message, remedy = (
            f"this folder is not read, {close}/ is",
            f"move its files to {close}/, or give it another name",
        )
        found.faults.append(Diagnostic(found.relative(path), "unknown-file", message, remedy, severity="warning"))


def _named(found: Survey, folder: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in _listing(folder):
        if path.is_dir():
            _misnamed(found, path, "folders are not read here", f"put the files into {folder.name}/ itself")
        elif path.suffix != ".yaml":
            if path.suffix.lower() in (".yaml", ".yml", ".json"):
                _misnamed(found, path, "only files that end in .yaml are read", f"call it {path.stem}.yaml")
            else:
                found.strangers.append(path)
        elif not re.fullmatch(ID_PATTERN, path.stem):
            _misnamed(found, path, *_bad_id(path.stem, ".yaml"))
        else:
            files[path.stem] = path
    return files


def _policies(found: Survey) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in _listing(found.folder / "policies"):
        if path.name in POLICIES and path.is_file():
            files[path.stem] = path
        elif path.is_dir() or path.suffix.lower() in (".yaml", ".yml", ".json"):
            _misnamed(found, path, "this is no policy file: what it says would not be applied", _call(path, POLICIES))
        else:
            found.strangers.append(path)
    return files


def _call(path: Path, names: tuple[str, ...]) -> str:
    close = nearest(f"{path.stem}.yaml", names)
    return f"call it {close}" if close else instead(path.name, names)


def _apis(found: Survey) -> dict[str, Path]:
    apis: dict[str, Path] = {}
    for path in _listing(found.folder / "contracts"):
        if not path.is_dir():
            remedy = f"put it into a folder named after its api: contracts/<api>/{path.name}"
            _misnamed(found, path, "a contract lies outside the folder of an api", remedy)
            continue
        if not re.fullmatch(ID_PATTERN, path.name):
            _misnamed(found, path, *_bad_id(path.name, ""))
            continue
        apis[path.name] = path
        if not (path / API).is_file():
            documents = (other for other in _listing(path) if other.is_file() and not other.name[0].isdigit())
            near = [other for other in documents if nearest(other.name, [API])]
            remedy = f"call {near[0].name} {API}" if near else "write it: `title`, `owner`, `versions`"
            message = f"the api {path.name} has no {API}"
            found.faults.append(Diagnostic(found.relative(path / API), "missing-file", message, remedy))
    return apis


def _bad_id(name: str, ending: str) -> tuple[str, str]:
    if name == "-":
        return "the name - is reserved: the gateway's own pages live under /-/", "give it another name"
    proposal = re.sub(r"-+", "-", re.sub(r"[^a-z0-9]+", "-", name.lower())).strip("-")[:64].rstrip("-")
    good = f"such as {proposal}{ending}" if re.fullmatch(ID_PATTERN, proposal) else "such as bc-us" + ending
    return "a name here is small letters, digits and hyphens, at most 64, a letter first", "rename it, " + good
