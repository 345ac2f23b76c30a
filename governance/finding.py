"""What a judgement comes to: a finding at a place, with its severity, its proof and its reach."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs. Ordered: `breaking` is above `warning`, `warning` above `info`."""

    BREAKING = "breaking"
    WARNING = "warning"
    INFO = "info"

    @property
    def weight(self) -> int:
        """Larger is worse."""
        return {"breaking": 2, "warning": 1, "info": 0}[self.value]


class Proof(StrEnum):
    """What a finding rests on."""

    PROVEN = "proven"
    """A failing example was found and checked, or set reasoning or the specification decides it."""
    STRUCTURAL = "structural"
    """The rule of the keyword decides it; no example was found and no proof either way."""
    UNPROVEN = "unproven"
    """Could not be proven either way: a person decides."""


class Direction(StrEnum):
    """Who sends what changed."""

    REQUEST = "request"
    """The caller sends it: parameters, request bodies; for a callback or webhook its answers."""
    RESPONSE = "response"
    """The caller receives it: answers and their headers; for a callback or webhook its requests."""
    NONE = ""
    """It travels in no message: paths, security, tags."""


@dataclass(frozen=True, slots=True)
class FailingExample:
    """A concrete message that one version accepts and the other refuses, checked by an independent validator."""

    value: Any
    """The message (a body, or the value of a parameter or header), as JSON."""
    where: str
    """Which message: `request body application/json`, `response 200 application/json`, `query parameter limit`."""
    valid_in: str
    """`old` or `new`: the version whose correct sender may send it."""
    refused_by: str
    """`old` or `new`: the version under which it is refused."""
    error: str
    """What the refusing side says: the place inside the message and the keyword."""
    instance_pointer: str
    """JSON pointer (RFC 6901) of the place inside the message."""


@dataclass(frozen=True, slots=True)
class Use:
    """One operation that a change reaches."""

    method: str
    """In capitals; empty for what belongs to no operation."""
    path: str
    """The path template of the newer document where it has one; `webhook NAME` for a webhook."""
    direction: Direction
    where: str
    """`request body application/json`, `response 200 header ETag`, `query parameter limit`..."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement about one change. One changed component that many operations use is one finding."""

    rule: str
    severity: Severity
    message: str
    direction: Direction
    method: str
    """Of the first operation that it reaches; empty where it reaches none."""
    path: str
    pointer_old: str
    """JSON pointer into the old document of what changed, or of the nearest place around it."""
    pointer_new: str
    exposes: bool
    """Whether more is shown or allowed than before, whatever it breaks."""
    proof: Proof
    failing_example: FailingExample | None
    fingerprint: str
    """12 hexadecimal digits; survives reordering, moved files and unrelated edits."""
    reach: tuple[Use, ...]
    reason: str = ""
    """Why it could not be proven, or what keeps a change from breaking anybody."""
    before: Any = None
    """What the old document states there, where that is short."""
    after: Any = None
    waived: tuple[str, ...] = ()
    """Names of the waivers that let it pass wherever it reaches; empty where it counts."""
