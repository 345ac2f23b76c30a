"""What is wrong with something that a person wrote, where, and what to write instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from contracts.plain import plain

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of one file.

    `line` and `column` count from 1; 0 means that the place in the file is not known. `pointer` is a JSON pointer
    (RFC 6901) into the file's tree. An `error` keeps the gateway from serving; a `warning` does not. `suggestion` is
    what an overlay may hold under `actions`, in YAML, where that mends it.
    """

    file: str
    code: str
    message: str
    remedy: str = ""
    line: int = 0
    column: int = 0
    pointer: str = ""
    severity: Severity = "error"
    suggestion: str = ""

    def __str__(self) -> str:
        """Print as `file:line:column: error[code] message; remedy`, on one line whatever the file says."""
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        remedy = f"; {self.remedy}" if self.remedy else ""
        return plain(f"{place}: {self.severity}[{self.code}] {self.message}{remedy}")


class InvalidInputError(Exception):
    """Files that cannot be used; carries every diagnostic found, not only the first."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(d) for d in self.diagnostics))
