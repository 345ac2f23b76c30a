"""`contracts/<api>/<version>/overlay.yaml`: corrections to a vendor's document (OpenAPI Overlay 1.x); docs/overlays.md.

An unknown minor version is read as the newest that is known; an unknown major version is refused.
"""

import re
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, ValidationError, model_validator

from contracts.bundle import File
from contracts.diagnostic import InvalidInputError
from contracts.model import Written, fault
from contracts.wording import faults_of, instead
from contracts.written import pointer_to

NAMES: Final = ("overlay.yaml", "overlay.yml", "overlay.json")
"""What an overlay beside its document may be called."""

_VERSION: Final = re.compile(r"1\.(\d{1,3})(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?")
_REFERENCE: Final = "#/components/actions/"


class _Extensible(Written):
    """Members that begin with `x-` are for other tools."""

    model_config = ConfigDict(json_schema_extra={"patternProperties": {"^x-": {}}})

    @model_validator(mode="before")
    @classmethod
    def _without_extensions(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inner for key, inner in value.items() if not key.startswith("x-")}
        return value


class Fields(_Extensible):
    """What an action does. `remove` wins; an action has one of `update` and `copy`."""

    description: str = ""
    """Why, for the reader."""
    update: Any = None
    """What is merged into each place that is selected; added to a list."""
    remove: bool = False
    """Takes out each place that is selected."""
    copied: Annotated[str | None, Field(alias="copy")] = None
    """Since 1.1: a JSONPath of one place, which is merged into each that is selected."""

    @property
    def updates(self) -> bool:
        """Whether `update` is written, be it null."""
        return "update" in self.model_fields_set


class Action(Fields):
    """One change at every place that `target`, a JSONPath (RFC 9535), selects."""

    target: str
    """A JSONPath (RFC 9535) of the places that are changed. One that selects nothing is an error."""
    reference: Annotated[str | None, Field(alias="$ref")] = None
    """Since 1.2: a reusable action, `#/components/actions/<name>`."""

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if self.reference is not None:
            if self.updates or self.remove or self.copied is not None:
                message, remedy = "an action with `$ref` says nothing else", "keep `$ref` and `target` only"
                raise fault("overlay-action", message, remedy, "$ref")
        elif not self.remove:
            _change(self)
        return self


class Reusable(_Extensible):
    """A change without its target."""

    description: str = ""
    """Why, for the reader."""
    fields_: Annotated[Fields, Field(alias="fields")]
    """What the actions that name it do."""


class Components(_Extensible):
    """What the actions of this overlay share (since 1.2)."""

    actions: dict[str, Reusable] = Field(default_factory=dict)
    """By name: a change that actions name by `$ref`."""


class OverlayInfo(_Extensible):
    """What the overlay is."""

    title: str
    """Its name for people."""
    version: str
    """The version of the overlay itself."""
    description: str = ""
    """Why, for the reader."""


class Overlay(_Extensible):
    """Actions in the order in which they are applied. `extends` is for the reader: the document beside it is meant."""

    overlay: str
    """The version of the Overlay Specification, such as `1.1.0`."""
    info: OverlayInfo
    """What the overlay is."""
    actions: list[Action] = Field(min_length=1)
    """The changes, in the order in which they are applied."""
    extends: str | None = None
    """For the reader: the document that is meant. The one beside the overlay is used."""
    components: Components | None = None
    """Since 1.2: what its actions share."""
    itself: Annotated[str | None, Field(alias="$self")] = None
    """Since 1.2: the address of the overlay, for the reader."""

    @property
    def minor(self) -> int:
        """The feature set: 0, 1, 2."""
        match = _VERSION.fullmatch(self.overlay)
        assert match is not None
        return int(match[1])

    @model_validator(mode="after")
    def _of_its_version(self) -> Self:
        if not _VERSION.fullmatch(self.overlay):
            message = "this version of the Overlay Specification is not known here"
            raise fault("overlay-version", message, "write `overlay: 1.1.0`; 1.0 to 1.2 are known", "overlay")
        if self.minor < 1 and any(action.copied is not None for action in self.actions):
            raise fault("overlay-version", "`copy` came with 1.1", "write `overlay: 1.1.0`", "overlay")
        if self.minor < 2 and (self.components or any(action.reference is not None for action in self.actions)):
            raise fault("overlay-version", "reusable actions came with 1.2", "write `overlay: 1.2.0`", "overlay")
        for action in self.actions:
            if action.reference is not None:
                self._referred(action.reference)
        return self

    def change(self, action: Action) -> Fields:
        """What an action does, its own or that of the reusable action that it names."""
        return action if action.reference is None else self._referred(action.reference)

    def _referred(self, reference: str) -> Fields:
        known = self.components.actions if self.components is not None else {}
        name = reference.removeprefix(_REFERENCE).replace("~1", "/").replace("~0", "~")
        if not reference.startswith(_REFERENCE) or name not in known:
            remedy = instead(name, known) if known else f"write it under {_REFERENCE}"
            raise fault("overlay-action", "an action refers to no reusable action", remedy, "actions")
        fields = known[name].fields_
        if not fields.remove:
            _change(fields)
        return fields


def _change(fields: Fields) -> None:
    if fields.updates and fields.copied is not None:
        raise fault("overlay-action", "an action has both `update` and `copy`", "make two actions of it", "copy")
    if not fields.updates and fields.copied is None:
        raise fault("overlay-action", "an action changes nothing", "add `update:`, `copy:` or `remove: true`")


def read_overlay(file: File) -> Overlay:
    """The overlay in a file. Raises InvalidInputError with every fault, each at its line."""
    try:
        return Overlay.model_validate(file.tree)
    except ValidationError as error:
        found = faults_of(error, Overlay, file.tree)
        raise InvalidInputError([file.fault(pointer_to(*f.path), f.code, f.message, f.remedy) for f in found]) from None
