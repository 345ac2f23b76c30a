"""`tidewaiter.yaml` and `environments/<name>.yaml`: settings of the gateway, and what differs by environment."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, HttpUrl

from contracts.consumers import Credentials
from contracts.issuers import KeySetUrl
from contracts.model import Id, SecretName, Written, fault
from contracts.pins import PinValues
from contracts.systems import Budgets, Timeouts, Tls


def _not_a_number(value: object) -> object:
    if isinstance(value, bool | int | float):  # ipaddress reads 8080 as 0.0.31.144
        raise fault("wrong-value", "a number is no network", "write a network such as 10.0.0.0/8 or 2001:db8::/32")
    return value


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_not_a_number)]


class Listener(Written):
    """Where a listener binds."""

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)


class AdminListener(Written):
    """Where the commands `reload`, `suspend` and their kin reach the gateway: on loopback only, with a token."""

    host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535)
    """0: any free port; the commands find it in `.tidewaiter/admin.json`."""


class Drain(Written):
    """How the gateway ends, and how a worker is replaced."""

    wait_seconds: float = Field(1, ge=0, le=300)
    """How long calls are still taken after `/readyz` says no: whoever balances load needs that long to notice."""
    calls_seconds: float = Field(20, gt=0, le=3600)
    """How long calls under way, and writes whose callers left, may take to end."""


class StoreSettings(Written):
    """Where volatile shared state lives, and what happens when it is away."""

    kind: Literal["memory", "redis"] = "memory"
    url: SecretName | None = None
    timeout_seconds: float = Field(0.05, gt=0, le=1)
    when_away: Literal["local-share", "deny", "open"] = "local-share"
    replicas: int = Field(1, ge=1)
    """How many nodes share the store: with the store away each grants its share."""


class Bounds(Written):
    """Limits on what a caller may send and a system may answer. Each has a name and a default."""

    head_bytes: int = Field(32_768, ge=1024)
    header_count: int = Field(100, ge=8)
    head_seconds: float = Field(10, gt=0)
    target_bytes: int = Field(8_192, ge=256)
    body_seconds: float = Field(60, gt=0)
    request_body_bytes: int = Field(1_048_576, ge=0)
    streamed_body_bytes: int = Field(1_073_741_824, ge=0)
    """For operations whose body the contract leaves open (files), which is passed on as it comes."""
    answer_body_bytes: int = Field(8_388_608, ge=0)
    json_depth: int = Field(64, ge=4, le=200)
    body_parts: int = Field(100, ge=1)
    """How many parts a multipart body may have."""
    part_head_bytes: int = Field(4_096, ge=128)
    """How large the head of each part may be."""
    item_bytes: int = Field(1_048_576, ge=1024)
    """How large one event or one line of a streamed answer may be: each is held until it was judged."""
    off_loop_bytes: int = Field(262_144, ge=1024)
    """A body larger than this is judged in a thread, not on the event loop."""
    connections: int = Field(2_000, ge=1)
    idle_seconds: float = Field(75, gt=0)
    """How long a connection may stay open between two calls."""
    answer_stall_seconds: float = Field(30, gt=0)
    """How long a caller may take nothing of an answer that waits for it."""


class AddressLimit(Written):
    """The limit per client address, asked before anybody is identified."""

    requests: int = Field(600, ge=1)
    window_seconds: float = Field(60, gt=0)
    failures: int = Field(60, ge=1)
    """How many refused credentials an address may present in the window."""


class Cors(Written):
    """Which browser origins may call. None by default."""

    origins: tuple[str, ...] = ()
    headers: tuple[str, ...] = ("Authorization", "Content-Type", "X-Entity", "API-Version", "X-API-Key")
    max_age_seconds: int = Field(600, ge=0)


class Settings(Written):
    """`tidewaiter.yaml`."""

    name: str
    public_url: HttpUrl
    """The address that callers use; links in answers are rewritten to it."""
    problems_url: HttpUrl | None = None
    """The base of problem types, the same in all environments; `{public_url}/-/problems/` where left out."""
    public: Listener = Listener(port=8080)
    health: Listener = Listener(port=9090)
    admin: AdminListener = AdminListener()
    drain: Drain = Drain()
    trusted_proxies: tuple[Network, ...] = ()
    store: StoreSettings = StoreSettings()
    ledger: str = ".tidewaiter/ledger.sqlite"
    bounds: Bounds = Bounds()
    address_limit: AddressLimit = AddressLimit()
    cors: Cors = Cors()
    key_prefix: str = Field("tw", pattern="^[a-z]{2,8}$")
    key_pepper: SecretName = "secret:KEY_PEPPER"
    validator_memory_bytes: int = Field(512 * 1024 * 1024, ge=1024 * 1024)


class SystemEnvironment(Written):
    """What may differ for a system."""

    url: HttpUrl | None = None
    also_known_as: tuple[HttpUrl, ...] | None = None
    query: dict[str, str] | None = None
    token_url: HttpUrl | None = None
    tls: Tls | None = None
    timeouts: Timeouts | None = None
    capacity: Budgets | None = None


class IssuerEnvironment(Written):
    """What may differ for an issuer."""

    issuer: str | None = None
    audience: str | None = None
    jwks_url: KeySetUrl | None = None
    ca: str | None = None


class ConsumerEnvironment(Written):
    """The credentials of a consumer in this environment, in place of those in its file."""

    credentials: Credentials


class EntityEnvironment(Written):
    """What may differ for an entity: the values of its pins, by the system of its offers."""

    pins: dict[Id, PinValues] = Field(default_factory=dict)


class ListenerEnvironment(Written):
    """What may differ for a listener."""

    host: str | None = None
    port: int | None = Field(None, ge=0, le=65535)


class Environment(Written):
    """`environments/<name>.yaml`: what differs there, and nothing else."""

    public_url: HttpUrl | None = None
    public: ListenerEnvironment | None = None
    health: ListenerEnvironment | None = None
    admin: AdminListener | None = None
    drain: Drain | None = None
    trusted_proxies: tuple[Network, ...] | None = None
    store: StoreSettings | None = None
    systems: dict[Id, SystemEnvironment] = Field(default_factory=dict)
    issuers: dict[Id, IssuerEnvironment] = Field(default_factory=dict)
    consumers: dict[Id, ConsumerEnvironment] = Field(default_factory=dict)
    entities: dict[Id, EntityEnvironment] = Field(default_factory=dict)
