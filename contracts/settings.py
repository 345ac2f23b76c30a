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
    """The address to bind; `0.0.0.0` or `::` for all of this machine."""
    port: int = Field(ge=0, le=65535)
    """The TCP port; 0: any free one."""


class AdminListener(Written):
    """Where the commands `reload`, `suspend` and their kin reach the gateway: on loopback only, with a token."""

    host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    """The loopback address to bind; no other is taken."""
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
    """`memory`: each process counts for itself. `redis`: all count in one Redis or Valkey."""
    url: SecretName | None = None
    """The secret that holds the store's address, such as `redis://user:password@host:6379/0`."""
    timeout_seconds: float = Field(0.05, gt=0, le=1)
    """How long one decision may wait for the store before it counts as away."""
    when_away: Literal["local-share", "deny", "open"] = "local-share"
    """What limits then do. `local-share`: each process grants its part; `deny`: 503; `open`: all passes."""
    replicas: int = Field(1, ge=1)
    """How many nodes share the store: with the store away each grants its share."""


class Bounds(Written):
    """Limits on what a caller may send and a system may answer. Each has a name and a default."""

    head_bytes: int = Field(32_768, ge=1024)
    """How large request line and headers may be together; also the headers of a system's answer."""
    header_count: int = Field(100, ge=8)
    """How many headers a call may have."""
    head_seconds: float = Field(10, gt=0)
    """How long the head of a call may take to arrive."""
    target_bytes: int = Field(8_192, ge=256)
    """How long path and query may be together."""
    body_seconds: float = Field(60, gt=0)
    """How long the body of a call may take to arrive."""
    request_body_bytes: int = Field(1_048_576, ge=0)
    """How large a request body may be that is judged."""
    streamed_body_bytes: int = Field(1_073_741_824, ge=0)
    """For operations whose body the contract leaves open (files), which is passed on as it comes."""
    answer_body_bytes: int = Field(8_388_608, ge=0)
    """How large an answer's body may be that is judged."""
    json_depth: int = Field(64, ge=4, le=200)
    """How deep objects and lists of a JSON body may be nested."""
    body_parts: int = Field(100, ge=1)
    """How many parts a multipart body may have."""
    part_head_bytes: int = Field(4_096, ge=128)
    """How large the head of each part may be."""
    item_bytes: int = Field(1_048_576, ge=1024)
    """How large one event or one line of a streamed answer may be: each is held until it was judged."""
    off_loop_bytes: int = Field(262_144, ge=1024)
    """A body larger than this is judged in a thread, not on the event loop."""
    connections: int = Field(2_000, ge=1)
    """How many connections the public listener of a process holds at once."""
    idle_seconds: float = Field(75, gt=0)
    """How long a connection may stay open between two calls."""
    answer_stall_seconds: float = Field(30, gt=0)
    """How long a caller may take nothing of an answer that waits for it."""


class AddressLimit(Written):
    """The limit per client address, asked before anybody is identified."""

    requests: int = Field(600, ge=1)
    """How many calls an address may make in the window."""
    window_seconds: float = Field(60, gt=0)
    """The length of the window of both counts."""
    failures: int = Field(60, ge=1)
    """How many refused credentials an address may present in the window."""


class Cors(Written):
    """Which browser origins may call. None by default."""

    origins: tuple[str, ...] = ()
    """The origins that may call, such as `https://portal.example.com`."""
    headers: tuple[str, ...] = (
        "Authorization", "Content-Type", "X-Entity", "API-Version", "X-API-Key", "X-Contract-Digest",
        "X-Correlation-ID", "traceparent",
    )  # fmt: skip
    """Request headers that pages of these origins may set."""
    max_age_seconds: int = Field(600, ge=0)
    """How long a browser may remember the answer to its preflight."""


class ClientSettings(Written):
    """What `tidewaiter client` writes."""

    prefix: str | None = Field(None, pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    """How the names of generated packages begin (`acme` in `acme-orders`); the workspace's name where left out.
    Keep it for yourselves in your package index, so that nobody else can publish under it."""


class Settings(Written):
    """`tidewaiter.yaml`."""

    name: str
    """The name of the workspace; counters in a store are kept apart by it."""
    public_url: HttpUrl
    """The address that callers use; links in answers are rewritten to it."""
    problems_url: HttpUrl | None = None
    """The base of problem types, the same in all environments; `{public_url}/-/problems/` where left out."""
    public: Listener = Listener(port=8080)
    """Where calls arrive."""
    health: Listener = Listener(port=9090)
    """Where `/livez`, `/readyz` and `/metrics` are answered."""
    admin: AdminListener = AdminListener()
    """Where the commands that change a running gateway reach it."""
    drain: Drain = Drain()
    """How the gateway stops, and how a worker is replaced."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks of proxies in front, whose `Forwarded` or `X-Forwarded-For` and `-Proto` are believed."""
    store: StoreSettings = StoreSettings()
    """Where counters live that processes and nodes share."""
    ledger: str = ".tidewaiter/ledger.sqlite"
    """The SQLite file of what must last (audit, suspensions), relative to the workspace."""
    bounds: Bounds = Bounds()
    """Limits on what a caller may send and a system may answer."""
    address_limit: AddressLimit = AddressLimit()
    """The limit per client address."""
    cors: Cors = Cors()
    """Which browser origins may call."""
    key_prefix: str = Field("tw", pattern="^[a-z]{2,8}$")
    """How the API keys of this gateway begin, before an underscore."""
    key_pepper: SecretName = "secret:KEY_PEPPER"
    """The secret that API keys are hashed with. A new value makes all keys void."""
    clients: ClientSettings = ClientSettings()
    """Generated clients."""
    validator_memory_bytes: int = Field(512 * 1024 * 1024, ge=1024 * 1024)
    """How much memory the compiled schemas of a release may take in a process."""


class SystemEnvironment(Written):
    """What may differ for a system."""

    url: HttpUrl | None = None
    """Its address there."""
    also_known_as: tuple[HttpUrl, ...] | None = None
    """Other origins by which it names itself there."""
    query: dict[str, str] | None = None
    """Fixed query parameters there; those named replace the system's own."""
    token_url: HttpUrl | None = None
    """The token endpoint of its `oauth2` credential there."""
    tls: Tls | None = None
    """TLS towards it there."""
    timeouts: Timeouts | None = None
    """Its timeouts there; those left out stay as they are."""
    capacity: Budgets | None = None
    """Its budgets there, in place of all of the system's."""


class IssuerEnvironment(Written):
    """What may differ for an issuer."""

    issuer: str | None = None
    """The `iss` of its tokens there."""
    audience: str | None = None
    """The `aud` that tokens must name there."""
    jwks_url: KeySetUrl | None = None
    """Where its keys are there."""
    ca: str | None = None
    """The PEM bundle of its private authority there, a file of the workspace."""


class ConsumerEnvironment(Written):
    """The credentials of a consumer in this environment, in place of those in its file."""

    credentials: Credentials
    """All credentials that it has there."""


class EntityEnvironment(Written):
    """What may differ for an entity: the values of its pins, by the system of its offers."""

    pins: dict[Id, PinValues] = Field(default_factory=dict)
    """By id of a system: the values of the pins of the offers on it."""


class ListenerEnvironment(Written):
    """What may differ for a listener."""

    host: str | None = None
    """The address to bind there."""
    port: int | None = Field(None, ge=0, le=65535)
    """The TCP port there."""


class Environment(Written):
    """`environments/<name>.yaml`: what differs there, and nothing else."""

    purpose: Literal["test", "production"] = "production"
    """What it is for. `tidewaiter fuzz` calls systems of `test`, and of others only as the entity allows in writing."""
    public_url: HttpUrl | None = None
    """The address that callers use there."""
    public: ListenerEnvironment | None = None
    """Where calls arrive there."""
    health: ListenerEnvironment | None = None
    """Where `/livez`, `/readyz` and `/metrics` are answered there."""
    admin: AdminListener | None = None
    """Where commands reach the gateway there."""
    drain: Drain | None = None
    """How the gateway stops there."""
    trusted_proxies: tuple[Network, ...] | None = None
    """Networks of the proxies in front of it there, in place of all others."""
    store: StoreSettings | None = None
    """Where shared counters live there."""
    systems: dict[Id, SystemEnvironment] = Field(default_factory=dict)
    """By id of a system: what differs."""
    issuers: dict[Id, IssuerEnvironment] = Field(default_factory=dict)
    """By id of an issuer: what differs."""
    consumers: dict[Id, ConsumerEnvironment] = Field(default_factory=dict)
    """By id of a consumer: its credentials."""
    entities: dict[Id, EntityEnvironment] = Field(default_factory=dict)
    """By id of an entity: the values of its pins."""
