"""`entities/<id>.yaml`: one legal entity and what it offers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.model import ApiVersion, Id, Written, fault
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
    shared: bool = False
    """All entities on the system may see and change the same, on purpose: `check` does not ask for pins."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.shared and self.pins.places:
            message, remedy = "what is pinned is not shared", "take out one of `shared` and `pins`"
            raise fault("wrong-value", message, remedy, "shared")
        return self


class Entity(Written):
    """A legal entity."""

    name: str
    country: str = Field(pattern="^[A-Z]{2}$")
    owner: str
    stage: Literal["candidate", "onboarded", "suspended"] = "candidate"
    offers: tuple[Offer, ...] = ()
