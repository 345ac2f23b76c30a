"""A YAML file that a person wrote -> a model, with every fault at its line.

Values stay out of messages: only keys, and words compared with a fixed list, are repeated. What was written in the
place of a secret is never shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError, Severity
from contracts.wording import Fault, faults_of

M = TypeVar("M", bound=BaseModel)

FILE_BYTES = 4_194_304
"""The largest file of this kind that is read."""


def pointer_to(*names: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)


@dataclass(slots=True)
class Source:
    """One file as it was read. `file` is relative to the workspace; places are looked up when first asked for."""

    file: str
    text: bytes = b""
    tree: Any = None
    _places: Mapping[str, tuple[int, int]] | None = None

    def place(self, pointer: str) -> tuple[int, int]:
        """Line and column of the pointer, else of the nearest place around it; (0, 0) where nothing is known."""
        if self._places is None:
            try:
                self._places = yaml12.positions(self.text)
            except InvalidInputError:
                self._places = {}
        while pointer not in self._places and pointer:
            pointer = pointer.rpartition("/")[0]
        return self._places.get(pointer, (1, 1) if self._places else (0, 0))

    def fault(
        self, pointer: str, code: str, message: str, remedy: str = "", severity: Severity = "error"
    ) -> Diagnostic:
        """A diagnostic at a place of this file."""
        line, column = self.place(pointer)
        return Diagnostic(self.file, code, message, remedy, line, column, pointer, severity)


@dataclass(slots=True)
class Entry(Generic[M]):
    """A file and what it says; `value` is None where the file could not be used (its faults are told apart)."""

    source: Source
    value: M | None
    faults: list[Diagnostic] = field(default_factory=list)


def read_entry(path: Path, file: str, model: type[M]) -> Entry[M]:
    """Read one file as `model`. Raises nothing: what is wrong stands in the entry's `faults`."""
    source = Source(file)
    try:
        with path.open("rb") as opened:
            source.text = opened.read(FILE_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        remedy = "see to it that it is there, is a file, and may be read"
        return Entry(source, None, [Diagnostic(file, "unreadable", f"the file cannot be read: {reason}", remedy)])
    if len(source.text) > FILE_BYTES:
        return Entry(source, None, [Diagnostic(file, "too-large", f"the file is larger than {FILE_BYTES} bytes")])
    try:
        source.tree = yaml12.parse(source.text, file)
    except InvalidInputError as error:
        return Entry(source, None, list(error.diagnostics))
    if source.tree is None:
        return Entry(source, None, [_empty(file, model)])
    try:
        return Entry(source, model.model_validate(source.tree))
    except ValidationError as error:
        return Entry(source, None, [_at(source, fault) for fault in faults_of(error, model, source.tree)])


def _empty(file: str, model: type[BaseModel]) -> Diagnostic:
    needed = [name for name, info in model.model_fields.items() if info.is_required()]
    keys = ", ".join(f"`{name}`" for name in needed or model.model_fields)
    remedy = f"it needs {keys}" if needed else f"write {keys}, or take the file out"
    return Diagnostic(file, "empty-file", "the file is empty", remedy)


def _at(source: Source, fault: Fault) -> Diagnostic:
    return source.fault(pointer_to(*fault.path), fault.code, fault.message, fault.remedy)
