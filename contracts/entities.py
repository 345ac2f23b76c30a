"""`entities/<id>.yaml`: one legal entity and what it offers."""

from typing import Literal

from pydantic import Field

from contracts.model import ApiVersion, Id, Written
from contracts.pins import Pins


class Offer(Written):
    """Which contract the entity offers, on which of its systems.

    `path` is put between the system's URL and the path of the contract (`/sap/opu/odata/sap/API_SALES_ORDER_SRV`).
    """

    contract: ApiVersion
    system: Id
    path: str = Field("", pattern="^(/[^?#]*[^/?#])?$")
    pins: Pins = Pins()
    """What keeps the entity apart from others on the same system."""


class Entity(Written):
    """A legal entity."""

    name: str
    country: str = Field(pattern="^[A-Z]{2}$")
    owner: str
    stage: Literal["candidate", "onboarded", "suspended"] = "candidate"
    offers: tuple[Offer, ...] = ()
