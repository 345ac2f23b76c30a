"""What an entity is made of: its properties, their types, and who may set them when."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Kind = Literal["string", "decimal", "date", "datetime", "guid", "boolean", "integer", "enum"]
Writable = Literal["always", "create", "never"]


class InvalidValueError(ValueError):
    """A value does not fit its property. The message names the property and never the value."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property. Rows hold decimals as text, dates as `2026-01-31`, times as `2026-01-31T08:15:00.000Z`."""

    name: str
    kind: Kind = "string"
    length: int = 0
    scale: int = 2
    writable: Writable = "never"
    choices: tuple[str, ...] = ()
    default: Any = None

    def comparable(self, held: Any) -> Any:
        """A held value as `$filter` and `$orderby` compare it."""
        if held is None:
            return None
        return Decimal(str(held)) if self.kind in ("decimal", "integer") else held

    def checked(self, value: Any) -> Any:
        """A value that came in JSON, as it is held. Raises InvalidValueError."""
        if value is None:
            return None
        match self.kind:
            case "decimal":
                return self._decimal(value)
            case "integer":
                if isinstance(value, bool) or not isinstance(value, int):
                    raise InvalidValueError(f"{self.name} must be a whole number")
            case "boolean":
                if not isinstance(value, bool):
                    raise InvalidValueError(f"{self.name} must be true or false")
            case "enum":
                if value not in self.choices:
                    raise InvalidValueError(f"{self.name} has a value that is not known")
            case _:
                if not isinstance(value, str):
                    raise InvalidValueError(f"{self.name} must be text")
                if self.length and len(value) > self.length:
                    raise InvalidValueError(f"{self.name} is longer than {self.length} characters")
        return value

    def _decimal(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidValueError(f"{self.name} must be a number")
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise InvalidValueError(f"{self.name} must be a number") from error
        if not number.is_finite():
            raise InvalidValueError(f"{self.name} must be a number")
        return str(number.quantize(Decimal(1).scaleb(-self.scale)))


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity set and the type of its members."""

    name: str
    properties: tuple[Property, ...]

    def named(self, name: str) -> Property | None:
        """By its name, whose case counts."""
        return next((p for p in self.properties if p.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all properties."""
        return tuple(p.name for p in self.properties)
