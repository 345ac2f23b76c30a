"""The one line by which an entity goes live: `stage` of its file, written with all else as it is."""

import re
from pathlib import Path
from typing import Final

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Entity
from contracts.written import read_entry
from gateway.trust.files import write_whole

ONBOARDED: Final = "onboarded"
CANDIDATE: Final = "candidate"
_STAGES: Final = re.compile("candidate|onboarded|suspended")


def entity_file(entity: str) -> str:
    """Its path in the workspace."""
    return f"entities/{entity}.yaml"


def stage_of(folder: Path, entity: str) -> str:
    """The stage that the file states. Raises InvalidInputError where it cannot be used."""
    entry = read_entry(folder / entity_file(entity), entity_file(entity), Entity)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value.stage


def set_stage(folder: Path, entity: str, stage: str) -> bool:
    """Write the stage; whether anything changed. Raises InvalidInputError where the line cannot be told apart."""
    path = folder / entity_file(entity)
    text = path.read_bytes()
    if stage_of(folder, entity) == stage:
        return False
    new = _edited(text, stage)
    if _without(new, entity) != {**_without(text, entity), "stage": stage}:
        message = "the line that states the stage cannot be written without changing something else"
        raise InvalidInputError([Diagnostic(entity_file(entity), "stage", message, f"write `stage: {stage}` yourself")])
    write_whole(path, new, path.stat().st_mode & 0o777)
    return True


def _edited(text: bytes, stage: str) -> bytes:
    place = yaml12.positions(text).get("/stage")
    if place is None:
        return text + (b"" if text.endswith(b"\n") else b"\n") + f"stage: {stage}\n".encode()
    lines = text.decode("utf-8").splitlines(keepends=True)
    line, column = place
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    key, colon, value = after.partition(":")
    value = _STAGES.sub(stage, value, count=1)
    return "".join((*lines[: line - 1], before + key + colon + value, *lines[line:])).encode()


def _without(text: bytes, entity: str) -> dict[str, object]:
    tree = yaml12.parse(text, entity_file(entity))
    return {**tree, "stage": tree.get("stage", CANDIDATE)} if isinstance(tree, dict) else {}
