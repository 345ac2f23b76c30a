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


class BasicCredential(Written):
    """HTTP Basic (RFC 7617)."""

    type: Literal["basic"]
    username: SecretName
    password: SecretName


class ApiKeyCredential(Written):
    """A key in a header."""

    type: Literal["api_key"]
    header: str = "X-API-Key"
    key: SecretName


class OAuth2Credential(Written):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

    type: Literal["oauth2"]
    token_url: HttpUrl
    client_id: SecretName
    client_secret: SecretName
    scope: str = ""
    client_auth: Literal["header", "body"] = "header"
    refresh_ahead_seconds: float = Field(60, ge=0)


Credential = Annotated[
    NoCredential | BasicCredential | ApiKeyCredential | OAuth2Credential, Field(discriminator="type")
]


class CsrfToken(Written):
    """SAP's `x-csrf-token`: fetched with `X-CSRF-Token: Fetch`, sent with *all* cookies that came with it."""

    fetch_path: str = Field(pattern="^/")
    max_age_seconds: float = Field(1500, gt=0)


class Tls(Written):
    """TLS towards the system. `ca` names a PEM bundle of a private authority, a file of the workspace."""

    ca: str | None = None
    verify: bool = True


class Timeouts(Written):
    """`operation_seconds` is how long the system itself may go on working after we hung up."""

    connect_seconds: float = Field(5, gt=0)
    first_byte_seconds: float = Field(30, gt=0)
    idle_seconds: float = Field(15, gt=0)
    total_seconds: float = Field(60, gt=0)
    operation_seconds: float = Field(480, gt=0)


class System(Written):
    """One installed product: where it is, how it is spoken to, how long it may take."""

    kind: Literal["erp", "wms", "tms", "crm", "3pl", "commerce", "finance"] = "erp"
    product: Product = "generic"
    owner: str
    url: HttpUrl
    protocol: Protocol = "rest"
    also_known_as: tuple[HttpUrl, ...] = ()
    """Other origins by which the system names itself in links; they are rewritten like `url`."""
    query: dict[str, str] = Field(default_factory=dict)
    """Fixed query parameters put on every call (`sap-client`); a caller cannot set them."""
    credential: Credential = NoCredential()
    csrf: CsrfToken | None = None
    tls: Tls = Tls()
    timeouts: Timeouts = Timeouts()
    max_connections: int = Field(64, ge=1)
    maintenance: tuple[MaintenanceWindow, ...] = ()
    """Announced times in which it is not called: 503 with the end of the window."""
    capacity: Budgets | None = None
    """Budgets that all its entities share; those of the product's profile where left out. Empty: no budget is kept."""
    retries: Retries = Retries()
    breaker: BreakerSettings | None = BreakerSettings()
    """Left empty (`breaker: null`), the system is always called."""
