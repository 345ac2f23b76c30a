"""What models are made of: tolerant of what a newer server adds, exact about numbers, strict about what is sent."""

import base64
import enum
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, InstanceOf, PlainSerializer, model_serializer
from pydantic_core.core_schema import SerializerFunctionWrapHandler


class StrEnum(enum.StrEnum):
    """An enumeration of texts. A value that this package does not know yet is a member of its own."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return str.__hash__(self)

    @property
    def is_known(self) -> bool:
        """Whether the contract that this package was made from has this value."""
        return self._name_ in type(self).__members__


class IntEnum(enum.IntEnum):
    """An enumeration of whole numbers, as tolerant as `StrEnum`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"VALUE_{value}"
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the contract that this package was made from has this value."""
        return self._name_ in type(self).__members__


class Received(BaseModel):
    """An object of an answer. Members that this package does not know yet stand in `model_extra`."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, protected_namespaces=(), defer_build=True)


class UnknownAlternative(Received):
    """One of several objects that may be answered, and none that this package knows: all of it is in `model_extra`."""


class Sent(BaseModel):
    """An object of a request. What is not set is not sent; None is sent where the contract takes null."""

    model_config = ConfigDict(
        extra="allow", populate_by_name=True, protected_namespaces=(), defer_build=True, arbitrary_types_allowed=True
    )
    _may_be_null: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_on_complete__(cls) -> None:
        """Notes which members may be null although they may be left out."""
        cls._may_be_null = frozenset(
            name
            for name, described in cls.model_fields.items()
            if described.is_required()
            or (isinstance(described.json_schema_extra, dict) and described.json_schema_extra.get("x-null"))
        )

    @model_serializer(mode="wrap")
    def _leave_out(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        for name in self.model_fields_set - self._may_be_null:
            if name in fields and getattr(self, name) is None:
                written.pop(fields[name].alias or name, None)
                written.pop(name, None)
        return written


def _exact(value: object) -> object:
    """Numbers that came as binary floats are read as they are written, not as they are stored."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _decoded(value: object) -> object:
    return base64.b64decode(value) if isinstance(value, str) else value


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _as_text(value: Decimal | int) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


Number: TypeAlias = Annotated[Decimal, BeforeValidator(_exact)]
"""A JSON number, every digit of it."""
DecimalText: TypeAlias = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(_as_text)]
"""A decimal number that is sent as text."""
SentNumber: TypeAlias = Annotated[Decimal, BeforeValidator(_exact)] | int
"""The same, to be sent: a Decimal, or a whole number."""
SentDecimalText: TypeAlias = Annotated[Decimal | int, BeforeValidator(_exact), PlainSerializer(_as_text)]
"""The same as text."""
Base64: TypeAlias = Annotated[bytes, BeforeValidator(_decoded), PlainSerializer(_encoded)]
"""Bytes that are sent as base64."""
Day: TypeAlias = date
"""A day without a time."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a form."""

    content: bytes | IO[bytes]
    name: str = "file"
    media_type: str = "application/octet-stream"


Upload: TypeAlias = bytes | InstanceOf[File]
"""A file of a form: its bytes, or a `File` that has a name and a media type too."""
Content: TypeAlias = bytes | IO[bytes] | Iterable[bytes]
"""A body that is sent as it is; a file or an iterator is sent piece by piece."""
AsyncContent: TypeAlias = bytes | AsyncIterable[bytes]
"""The same for an asynchronous client."""
