"""Versions of a workspace: one by its name `api@version`, and all of an api that somebody may still call.

Only the files of that api are read: what is wrong elsewhere in the workspace keeps nobody from comparing.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contracts.apis import Api
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import locate
from contracts.layout import API, SETTINGS, Survey, survey
from contracts.wording import instead
from contracts.written import Entry, read_entry
from governance.diff.from_files import before, loaded, refused
from governance.diff.side import Side

VERSION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9_.-]*")
"""What is read as `api@version`, misspelt ones too."""
NOT_IN_USE: Final = {"retired": "it is retired", "draft": "it is a draft: nobody is served it"}
"""Stages whose versions nobody calls, with the reason."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The versions of an api that somebody may call, and those that nobody can, with the reason."""

    sides: tuple[Side, ...]
    left_out: tuple[tuple[str, str], ...]


def version_of(name: str, folder: Path) -> Side:
    """The version `api@version` of a workspace, at any stage. Raises InvalidInputError."""
    api, _, version = name.partition("@")
    found, entry, value = _api(folder, api, name)
    if version not in value.versions:
        remedy = instead(name, [f"{api}@{known}" for known in value.versions])
        raise refused(name, "unknown-version", f"the api {api} has no version {version}", remedy)
    return _side(found, api, version, entry)


def in_use(api: str, folder: Path, *, besides: str = "") -> InUse:
    """Every version of an api that somebody may call, oldest first, without `besides`. Raises InvalidInputError."""
    found, entry, value = _api(folder, api, api)
    sides: list[Side] = []
    left_out: list[tuple[str, str]] = []
    faults: list[Diagnostic] = []
    for version in sorted(value.versions, key=lambda number: tuple(int(part) for part in number.split("."))):
        stage = value.versions[version].stage
        if version == besides:
            continue
        if stage in NOT_IN_USE:
            left_out.append((f"{api}@{version}", NOT_IN_USE[stage]))
            continue
        try:
            sides.append(_side(found, api, version, entry))
        except InvalidInputError as error:
            faults += error.diagnostics
    if faults:
        raise InvalidInputError(faults)
    return InUse(tuple(sides), tuple(left_out))


def _api(folder: Path, api: str, name: str) -> tuple[Survey, Entry[Api], Api]:
    found = survey(folder)
    if not folder.is_dir() or not (folder / SETTINGS).is_file():
        shown = before(folder).rstrip("/") or "."
        raise refused(shown, "no-workspace", f"this is no workspace: it has no {SETTINGS}", "name one: --workspace DIR")
    if api not in found.apis:
        known = [f"{other}{name[len(api) :]}" for other in found.apis]
        raise refused(name, "unknown-api", "the workspace has no api of that name", instead(name, known))
    path = found.apis[api] / API
    if not path.is_file():
        raise InvalidInputError(_named(folder, fault) for fault in found.faults if fault.file == found.relative(path))
    entry = read_entry(path, found.relative(path), Api)
    if entry.value is None:
        raise InvalidInputError(_named(folder, fault) for fault in entry.faults)
    return found, entry, entry.value


def _side(found: Survey, api: str, version: str, entry: Entry[Api]) -> Side:
    try:
        document, root = locate(found, api, version, entry)
    except InvalidInputError as error:
        raise InvalidInputError(_named(found.folder, fault) for fault in error.diagnostics) from None
    shown = before(root or document.parent)
    assert entry.value is not None
    return Side(
        loaded(document, shown, root), f"{api}@{version}", shown, in_tree=True, api=api, version=version,
        layer=entry.value.layer, visibility=entry.value.visibility,
    )  # fmt: skip


def _named(folder: Path, fault: Diagnostic) -> Diagnostic:
    return replace(fault, file=before(folder) + fault.file)
