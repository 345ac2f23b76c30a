"""What a client is set to; views of it differ in some of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .auth import Auth
from .errors import StatusError
from .operation import Scheme
from .retry import Retries


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `whole` counts from the first try to the end of the last one, waits and all."""

    connect: float = 5.0
    read: float = 60.0
    """How long nothing may arrive."""
    write: float = 60.0
    pool: float = 60.0
    """How long a call may wait for a free connection."""
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One try of a call, for logs and metrics. It holds no address, header, credential or body."""

    operation: str
    """Method and path of the contract, with its parameters as they are named there."""
    attempt: int
    """From 1."""
    status: int | None
    """None: no answer came."""
    seconds: float
    correlation_id: str
    problem: str
    """The name of the problem that was answered; empty where there was none."""
    waits_seconds: float | None
    """How long the client waits before it tries again; None: this was the last try."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a generated package says of itself."""

    name: str
    version: str
    contract: str
    """The digest of its contract."""
    schemes: tuple[Scheme, ...]
    problems: Mapping[str, type[StatusError]]


@dataclass(frozen=True, slots=True)
class Settings:
    """What all calls of a client, or of one view of it, have in common."""

    package: Package
    base_url: str
    auths: tuple[Auth, ...] = field(repr=False)
    entity: str | None = None
    api_version: str | None = None
    timeouts: Timeouts = Timeouts()
    retries: Retries = field(default_factory=Retries)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    on_event: Callable[[Event], None] | None = None
    trace: Callable[[], Mapping[str, str]] | None = None
    """Gives `traceparent` and its kin for each call."""
    correlation_id: str | None = None
