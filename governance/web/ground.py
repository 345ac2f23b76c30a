"""What the board's pages stand on: the workspace and its trust root as they are at each request, and who asks."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.requests import Request

from gateway.trust.place import Trust, find_trust
from gateway.trust.register import REGISTER, Register, read_register
from governance.web.origin import Origin
from governance.web.sessions import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """What the pages are about, and where they are."""

    workspace: Path
    trust: Path | None
    origin: Origin
    reports: tuple[Path, ...] = ()

    def ground(self) -> tuple[Trust, Register]:
        """The trust root and the register as they are now. Raises InvalidInputError."""
        found = find_trust(self.workspace, self.trust)
        register = read_register(self.workspace)
        found.hold(register, REGISTER)
        return found, register


@dataclass(slots=True)
class Asked:
    """One request: who asks, on what ground."""

    request: Request
    visit: Visit
    trust: Trust
    register: Register
    now: datetime
    form: dict[str, str]
