"""`entities/<id>.yaml`: one legal entity and what it offers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.fuzzing import Fuzzing
from contracts.model import ApiVersion, Id, Written, fault
from contracts.pins import Pins


class Offer(Written):
    """Which contract the entity offers, on which of its systems.

    `path` is put between the system's URL and the path of the contract (`/sap/opu/odata/sap/API_SALES_ORDER_SRV`).
    """

    contract: ApiVersion
    """Which contract, at which exact version: `sales@1.0`."""
    system: Id
    """The id of the system that answers it."""
    path: str = Field("", pattern="^(/[^?#]*[^/?#])?$")
    """Put between the system's `url` and the path of the contract."""
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
    """Its name for people."""
    country: str = Field(pattern="^[A-Z]{2}$")
    """Two capitals (ISO 3166-1)."""
    owner: str
    """Who answers for it."""
    stage: Literal["candidate", "onboarded", "suspended"] = "candidate"
    """`candidate`: its offers are checked, not served; where it is stated, `check` only notes it. `onboarded`: served.
    `suspended`: answered with 503."""
    offers: tuple[Offer, ...] = ()
    """What it offers, each at most once."""
    fuzzing: Fuzzing = Fuzzing()
    """What `tidewaiter fuzz` may do with its systems."""
