"""`governance/lifecycle.yaml`: how long callers are told before a version ends, and how long it must be quiet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from contracts.apis import Visibility
from contracts.diagnostic import Diagnostic
from contracts.model import Written
from contracts.written import read_entry

FILE: Final = "governance/lifecycle.yaml"

Days = Annotated[int, Field(ge=0, le=3650)]


class Notice(Written):
    """Days between `deprecated` and `sunset`, at least."""

    internal: Days = 30
    """Of apis that only the group itself may see."""
    partner: Days = 180
    """Of apis that partners may see."""
    public: Days = 365
    """Of apis that everybody may see."""

    def of(self, visibility: Visibility) -> int:
        """Of apis of this visibility."""
        return {"internal": self.internal, "partner": self.partner, "public": self.public}[visibility]


class Terms(Written):
    """The whole file."""

    notice_days: Notice = Notice()
    """How long before its end a version is deprecated, by who may see the api."""
    quiet_days: Days = 30
    """So long nobody may have called a version before it is retired."""
    gone_days: Days = 365
    """So long after its sunset a retired version keeps answering 410 before it may be taken out of the file."""


def terms_faults(workspace: Path) -> Iterator[Diagnostic]:
    """Faults of the file, as warnings: a gateway does not read it."""
    path = workspace / FILE
    if path.is_file():
        yield from (replace(fault, severity="warning") for fault in read_entry(path, FILE, Terms).faults)
