"""What an onboarding is about: the workspace as it will be, and which of its files the entity rests on."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import instead
from contracts.workspace import Workspace
from governance.changes.state import State, read_state
from governance.onboard.asked import Asked
from governance.onboard.stage import ONBOARDED, entity_file, set_stage, stage_of
from governance.waiver_files import FOLDER as DECISIONS

_LEFT_OUT = shutil.ignore_patterns(".git", ".tidewaiter", "__pycache__", "node_modules", ".venv")


@dataclass(frozen=True, slots=True)
class Subject:
    """A copy of the workspace in which the entity is onboarded, and what of it is the entity's own."""

    folder: Path
    """The copy."""
    state: State
    """As it will be where it goes live."""
    tested: Workspace
    """As it is where systems are fuzzed, the stage apart."""
    entity: str
    contracts: tuple[str, ...]
    """`api@version` of what it offers, on a system that can be asked or not."""
    files: frozenset[str]
    """Paths of all files that the entity rests on."""

    @property
    def workspace_digest(self) -> str:
        """Of all that a gateway loads where it goes live."""
        return self.state.workspace.digest

    def document_digest(self, contract: str) -> str:
        """Of a contract's document with its overlay and all its files."""
        api, _, version = contract.partition("@")
        return self.state.workspace.contracts[api, version].document.digest


@contextmanager
def subject_of(asked: Asked) -> Iterator[Subject]:
    """The subject, for as long as the context lasts.

    Raises InvalidInputError where the workspace does not load, or has no such entity, or it may not be onboarded.
    """
    if not (asked.folder / entity_file(asked.entity)).is_file():
        known = [path.stem for path in sorted((asked.folder / "entities").glob("*.yaml"))]
        message = "there is no entity of this name"
        raise InvalidInputError(
            [Diagnostic(entity_file(asked.entity), "no-entity", message, instead(asked.entity, known))]
        )
    stage = stage_of(asked.folder, asked.entity)
    if stage == "suspended":
        message = "the entity is suspended: who suspended it takes that back first"
        raise InvalidInputError([Diagnostic(entity_file(asked.entity), "suspended", message, "set its stage")])
    with tempfile.TemporaryDirectory(prefix="tidewaiter-onboard-") as made:
        folder = Path(made) / asked.folder.resolve().name
        shutil.copytree(asked.folder, folder, symlinks=True, ignore=_LEFT_OUT)
        set_stage(folder, asked.entity, ONBOARDED)
        state = read_state(folder, asked.environment)
        tested = _tested(state, folder, asked)
        entity = state.workspace.entities[asked.entity]
        if not entity.offers:
            message = "the entity offers nothing"
            raise InvalidInputError([Diagnostic(entity_file(asked.entity), "no-offers", message, "write `offers`")])
        contracts = tuple(dict.fromkeys(offer.contract for offer in entity.offers))
        systems = {offer.system for offer in entity.offers}
        yield Subject(folder, state, tested, asked.entity, contracts, _files(state, asked, contracts, systems))


def _tested(state: State, folder: Path, asked: Asked) -> Workspace:
    if asked.fuzzed_in == asked.environment:
        return state.workspace
    return read_state(folder, asked.fuzzed_in).workspace


def _files(state: State, asked: Asked, contracts: tuple[str, ...], systems: set[str]) -> frozenset[str]:
    found = {entity_file(asked.entity), "tidewaiter.yaml"}
    found |= {f"systems/{name}.yaml" for name in systems}
    found |= {f"environments/{name}.yaml" for name in (asked.environment, asked.fuzzed_in) if name}
    for contract in contracts:
        api, _, version = contract.partition("@")
        found |= {f"contracts/{api}/api.yaml", *state.documents_of((api, version))}
    found |= {path for path in state.files if path.startswith(("policies/", "governance/", f"{DECISIONS}/"))}
    return frozenset(found)


def digest_of(*values: Any) -> str:
    """`sha256:...` over JSON values, the same for the same ones."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def asked_of_systems(subject: Subject) -> Mapping[str, Any]:
    """All that decides what a system is asked and how its answers are judged; a change of it is fuzzed anew."""
    workspace = subject.tested
    entity = workspace.entities[subject.entity]
    systems = sorted({offer.system for offer in entity.offers})
    return {
        "entity": entity.model_dump(
            mode="json", exclude={"stage": True, "name": True, "owner": True, "fuzzing": {"limits"}}
        ),
        "systems": {name: workspace.systems[name].model_dump(mode="json", exclude={"owner"}) for name in systems},
        "contracts": {name: subject.document_digest(name) for name in subject.contracts},
        "apis": {
            api: workspace.apis[api].model_dump(mode="json", include={"versions"})
            for api in sorted({name.partition("@")[0] for name in subject.contracts})
        },
        "bounds": workspace.settings.bounds.model_dump(mode="json"),
        "modes": [rule.model_dump(mode="json") for rule in workspace.modes],
        "unknown": [rule.model_dump(mode="json") for rule in workspace.unknown],
    }
