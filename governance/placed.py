"""A finding about a file of the workspace that is no contract: the same judgement, with the line that it stands at."""

import hashlib
from dataclasses import dataclass
from typing import Final

from contracts.written import Source
from governance.finding import Direction, Finding, Proof, Severity

_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and its place. `line` and `column` count from 1; 0 where the place is not known."""

    finding: Finding
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """As an editor opens it: `file:line`."""
        return f"{self.file}:{self.line}" if self.line else self.file


def placed(
    source: Source,
    pointer: str,
    rule: str,
    severity: Severity,
    message: str,
    *,
    about: str,
    reason: str = "",
    proof: Proof = Proof.PROVEN,
) -> Placed:
    """A finding at a place of a file. `about` tells it from others of its rule, whatever line it stands at."""
    line, column = source.place(pointer)
    digest = hashlib.sha256(f"{rule}\n{about}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    finding = Finding(
        rule=rule,
        severity=severity,
        message=message,
        direction=Direction.NONE,
        method="",
        path="",
        pointer_old=pointer,
        pointer_new=pointer,
        exposes=False,
        proof=proof,
        failing_example=None,
        fingerprint=digest,
        reach=(),
        reason=reason,
    )
    return Placed(finding, source.file, line, column)
