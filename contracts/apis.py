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
    """`draft`: not served. `preview`: to those who ask for it. `active`, `deprecated`: served. `retired`: 410."""
    file: str | None = None
    """The document: a file or a folder (`vendor.yaml` and `overlay.yaml`), relative to the api's folder."""
    deprecated: date | None = None
    """Since when it is deprecated; callers are told by `Deprecation`."""
    sunset: date | None = None
    """When it is meant to end; callers are told by `Sunset`. The date alone ends nothing: `stage: retired` does."""
    successor: VersionNumber | None = None
    """The version to move to; callers are told by `Link: rel="successor-version"`."""
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
    """Its name for people."""
    owner: str
    """Who answers for it."""
    layer: Literal["experience", "process", "system"] = "system"
    """For the reader: who it is made for. `system` is one product's own view."""
    visibility: Visibility = "internal"
    """Who may see it: consumers of `audience: internal`, also `partner`, or also `public`."""
    versions: dict[VersionNumber, Version] = Field(min_length=1)
    """By exact version: its document and its stage."""
