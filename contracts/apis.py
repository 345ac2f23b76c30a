"""`contracts/<api>/api.yaml`: who owns an api, who may see it, and the life of its versions."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.model import VersionNumber, Written, fault

Visibility = Literal["internal", "partner", "public"]
Stage = Literal["draft", "preview", "active", "deprecated", "retired"]


class Version(Written):
    """One version. `file` is relative to the api's folder and defaults to `<version>.yaml`."""

    stage: Stage
    file: str | None = None
    deprecated: date | None = None
    sunset: date | None = None
    successor: VersionNumber | None = None
    info: str | None = None
    """A page about the deprecation, for `Link: rel="deprecation"`."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.sunset and self.deprecated and self.sunset < self.deprecated:
            message = f"sunset ({self.sunset}) comes before deprecated ({self.deprecated})"
            remedy = "the sunset is the same day or later (RFC 8594, RFC 9745)"
            raise fault("sunset-before-deprecated", message, remedy, "sunset")
        if self.stage == "deprecated" and not self.deprecated:
            raise fault("date-missing", "a deprecated version needs its date", "add `deprecated: YYYY-MM-DD`", "stage")
        return self


class Api(Written):
    """One api with its versions."""

    title: str
    owner: str
    layer: Literal["experience", "process", "system"] = "system"
    visibility: Visibility = "internal"
    versions: dict[VersionNumber, Version] = Field(min_length=1)
