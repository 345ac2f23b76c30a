"""The contracts that a recording is judged by: as the workspace has them now, or as an overlay would make them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contracts import bundle, overlay
from contracts.contract import Contract, examine
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import read_files
from contracts.overlays import read_overlay
from contracts.published import published
from contracts.workspace import Workspace, assemble
from gateway.release import make_release
from governance.fuzz.plan import Target, narrowed
from governance.fuzz.recording import Recording


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a recording is judged by."""

    targets: tuple[Target, ...]
    notes: tuple[str, ...]
    """What differs from when it was recorded, in words."""
    places: Mapping[str, str]
    """By `api@version`: the folder that its documents are named from, relative to the workspace."""


def subjects_of(
    recording: Recording, folder: Path, environment: str | None, corrections: Path | None = None
) -> Subjects:
    """Raises InvalidInputError where the workspace no longer offers what was recorded, or the overlay does not fit."""
    files = read_files(folder)
    workspace = assemble(files, environment)
    name = str(recording.head["entity"])
    entity = workspace.entities.get(name)
    wanted = {str(one["name"]): one for one in recording.head["targets"]}
    offers = tuple(o for o in entity.offers if o.contract in wanted) if entity is not None else ()
    if entity is None or {offer.contract for offer in offers} != set(wanted):
        message = f"the workspace does not offer {', '.join(sorted(wanted))} for {name}, which was recorded"
        remedy = "name the workspace that was fuzzed with --workspace, and its environment"
        raise InvalidInputError([Diagnostic(recording.path, "other-workspace", message, remedy)])
    notes: list[str] = []
    for contract in wanted:
        api, _, version = contract.partition("@")
        if workspace.contracts[api, version].document.digest != wanted[contract]["contract"]:
            notes.append(f"{contract} is another document than the one that was recorded")
    if corrections is not None:
        workspace = _corrected(workspace, tuple(wanted), corrections)
        notes.append(f"judged with the overlay {corrections.name}")
    alone = narrowed(workspace, name, entity, offers)
    release = make_release(alone)
    targets = []
    for offer in offers:
        api, _, version = offer.contract.partition("@")
        described = workspace.contracts[api, version]
        called = set(wanted[offer.contract]["operations"])
        targets.append(
            Target(
                api, version, offer, workspace.systems[offer.system],
                workspace.published.get((api, version)) or described, described,
                tuple(one for one in release.contracts[api, version].operations if one.operation_id in called),
            )
        )  # fmt: skip
    places = {f"{api}@{version}": place for (api, version), place in files.document_folders.items()}
    return Subjects(tuple(targets), tuple(notes), places)


def _corrected(workspace: Workspace, names: tuple[str, ...], path: Path) -> Workspace:
    """The workspace with the overlay over the one contract that it is for."""
    file = bundle.read_file(path.absolute().parent, path.name)
    actions = read_overlay(file)
    stated = actions.extends or ""
    fitting = [name for name in names if name == stated.partition("#")[0]] or list(names)
    if len(fitting) > 1:
        message = f"the recording is of {' and '.join(names)}, and the overlay does not say which it is for"
        raise InvalidInputError([file.fault("/extends", "overlay-document", message, f"write `extends: {names[0]}`")])
    api, _, version = fitting[0].partition("@")
    before = workspace.contracts[api, version]
    tree: dict[str, Any] = bundle.unshared(before.document.tree)
    overlay.apply(tree, actions, file)
    made, faults = examine(replace(before.document, tree=tree))
    errors = [fault for fault in faults if fault.severity == "error"]
    if made is None or (errors and not before.document.is_vendors):
        raise InvalidInputError(errors)
    contracts = {**workspace.contracts, (api, version): made}
    shown = dict(workspace.published)
    if (api, version) in shown:
        shown[api, version] = _published(workspace, (api, version), made)
    return replace(workspace, contracts=contracts, published=shown)


def _published(workspace: Workspace, key: tuple[str, str], contract: Contract) -> Contract:
    offers = [(o, workspace.systems[o.system]) for e in workspace.entities.values() for o in e.offers
              if o.contract == f"{key[0]}@{key[1]}"]  # fmt: skip
    places = next((offer.pins.places for offer, _ in offers if offer.pins.places), None)
    if places is None:
        return contract
    return published(contract, places, odata=any(system.protocol != "rest" for _, system in offers))
