"""Real identifiers and bodies to start from, written by people who know the system; kept outside git."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import Field

from contracts.diagnostic import InvalidInputError
from contracts.model import Written
from contracts.written import read_entry
from governance.fuzz.kept_outside import outside_git

Scalar = str | int | float | bool


class Sample(Written):
    """One call that the system accepts."""

    parameters: dict[str, Scalar] = Field(default_factory=dict)
    """By name of a parameter: its value. They belong together."""
    body: Any = None
    """The JSON body, as the published contract has it: without what the entity pins."""


class Samples(Written):
    """`--samples FILE`."""

    parameters: dict[str, list[Scalar]] = Field(default_factory=dict)
    """By name of a parameter, for all operations that have one of that name: values that are there."""
    operations: dict[str, list[Sample]] = Field(default_factory=dict)
    """By operation id: whole calls."""
    foreign: dict[str, list[Scalar]] = Field(default_factory=dict)
    """By name of a parameter: keys of other entities' records, which no read may find."""
    canaries: list[str] = Field(default_factory=list)
    """Texts that only the records of other entities hold: where one is answered, something leaks."""


def read_samples(path: Path | None, workspace: Path, operations: Collection[str]) -> Samples:
    """The samples; none where no file is named. Raises InvalidInputError for a file that cannot be used.

    `operations` are the ids of those that the entity offers: a sample for any other is a slip of the pen.
    """
    if path is None:
        return Samples()
    outside_git(path, workspace, "a file of samples")
    entry = read_entry(path, str(path), Samples)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    strange = [name for name in entry.value.operations if name not in operations]
    if strange:
        from contracts.wording import instead  # noqa: PLC0415 - only where something is wrong

        raise InvalidInputError([
            entry.source.fault(f"/operations/{name}", "no-operation", "the entity offers no operation of this name",
                               instead(name, operations)) for name in strange
        ])  # fmt: skip
    return entry.value
