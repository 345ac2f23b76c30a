"""`systems/<id>.yaml`: one installed product that answers calls."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl

from contracts.budgets import Budget, names_differ
from contracts.maintenance import MaintenanceWindow
from contracts.model import SecretName, Written
from contracts.resilience import BreakerSettings, Retries

Protocol = Literal["rest", "odata-v2", "odata-v4"]
Product = Literal[
    "example",
    "generic",
    "business-central",
    "sap-s4hana",
    "dataverse",
    "dynamics-finance",
    "netsuite",
    "odoo",
    "tryton",
]
Budgets = Annotated[tuple[Budget, ...], AfterValidator(names_differ)]


class NoCredential(Written):
    """The system asks for none."""

    type: Literal["none"] = "none"
    """The kind of credential."""


class BasicCredential(Written):
    """HTTP Basic (RFC 7617)."""

    type: Literal["basic"]
    """The kind of credential."""
    username: SecretName
    """The secret that holds the user's name."""
    password: SecretName
    """The secret that holds the password."""


class ApiKeyCredential(Written):
    """A key in a header."""

    type: Literal["api_key"]
    """The kind of credential."""
    header: str = "X-API-Key"
    """The header that carries the key."""
    key: SecretName
    """The secret that holds the key."""


class OAuth2Credential(Written):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

    type: Literal["oauth2"]
    """The kind of credential."""
    token_url: HttpUrl
    """Where tokens are asked for."""
    client_id: SecretName
    """The secret that holds the client's id."""
    client_secret: SecretName
    """The secret that holds the client's secret."""
    scope: str = ""
    """The scopes asked for, with spaces between them; none where left out."""
    client_auth: Literal["header", "body"] = "header"
    """How the client shows itself to the token endpoint: by HTTP Basic, or in the form's body."""
    refresh_ahead_seconds: float = Field(60, ge=0)
    """How long before its end a token is replaced."""


Credential = Annotated[
    NoCredential | BasicCredential | ApiKeyCredential | OAuth2Credential, Field(discriminator="type")
]


class CsrfToken(Written):
    """SAP's `x-csrf-token`: fetched with `X-CSRF-Token: Fetch`, sent with *all* cookies that came with it."""

    fetch_path: str = Field(pattern="^/")
    """The path below the system's `url` from which tokens are fetched."""
    max_age_seconds: float = Field(1500, gt=0)
    """How long a token is used before a new one is fetched."""


class Tls(Written):
    """TLS towards the system. `ca` names a PEM bundle of a private authority, a file of the workspace."""

    ca: str | None = None
    """The PEM bundle; with it only the authorities in it count."""
    verify: bool = True
    """Whether the system's certificate is verified. `false` lets anybody in between read and change all."""


class Timeouts(Written):
    """`operation_seconds` is how long the system itself may go on working after we hung up."""

    connect_seconds: float = Field(5, gt=0)
    """How long connecting may take."""
    first_byte_seconds: float = Field(30, gt=0)
    """How long the system may take until its answer begins."""
    idle_seconds: float = Field(15, gt=0)
    """How long it may pause within its answer."""
    total_seconds: float = Field(60, gt=0)
    """How long a call may take in all, with its retries and waits."""
    operation_seconds: float = Field(480, gt=0)
    """How long a write may go on at the system after nobody waits for it; it holds its capacity so long."""


class System(Written):
    """One installed product: where it is, how it is spoken to, how long it may take."""

    kind: Literal["erp", "wms", "tms", "crm", "3pl", "commerce", "finance"] = "erp"
    """For the reader: what it is for."""
    product: Product = "generic"
    """Which product it is: brings its budgets and how it says that something failed (`policies/products/`). `example`
    answers from the contract's examples.
    """
    owner: str
    """Who answers for it."""
    url: HttpUrl
    """Its address; paths of offers and contracts are put behind it."""
    protocol: Protocol = "rest"
    """How its queries, links and errors are read."""
    also_known_as: tuple[HttpUrl, ...] = ()
    """Other origins by which the system names itself in links; they are rewritten like `url`."""
    query: dict[str, str] = Field(default_factory=dict)
    """Fixed query parameters put on every call (`sap-client`); a caller cannot set them."""
    credential: Credential = NoCredential()
    """How the gateway signs in to it."""
    csrf: CsrfToken | None = None
    """For SAP: where the token is fetched that writes need."""
    tls: Tls = Tls()
    """TLS towards it."""
    timeouts: Timeouts = Timeouts()
    """How long it may take."""
    max_connections: int = Field(64, ge=1)
    """How many connections each process of the gateway holds to it at most."""
    maintenance: tuple[MaintenanceWindow, ...] = ()
    """Announced times in which it is not called: 503 with the end of the window."""
    capacity: Budgets | None = None
    """Budgets that all its entities share; those of the product's profile where left out. Empty: no budget is kept."""
    retries: Retries = Retries()
    """When the gateway asks it again."""
    breaker: BreakerSettings | None = BreakerSettings()
    """Left empty (`breaker: null`), the system is always called."""
