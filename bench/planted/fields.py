"""What the system takes: kinds of fields, each says of a value which rule it breaks.

`rule(value)` gives the name of the broken rule, or an empty text; `from_text` reads what stands in a query.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from asked import not_as_agreed, shown

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])Z")


class Kind(Protocol):
    """A kind of field."""

    def rule(self, value: Any) -> str:
        """The rule that a value breaks, or an empty text."""
        ...

    def from_text(self, text: str) -> Any:
        """What a text of a query stands for; the text itself where it stands for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text of at least and at most so many characters."""

    least: int = 0
    most: int = 10_000
    pattern: str = ""
    nullable: bool = False

    def rule(self, value: Any) -> str:
        if value is None and self.nullable:
            return ""
        if not isinstance(value, str):
            return "type"
        if len(value) < self.least:
            return "minLength"
        if len(value) > self.most:
            return "maxLength"
        return "" if not self.pattern or re.fullmatch(self.pattern, value) else "pattern"

    def from_text(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these texts."""

    of: tuple[str, ...]

    def rule(self, value: Any) -> str:
        return "" if isinstance(value, str) and value in self.of else "enum"

    def from_text(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds, a multiple of `step`. `above`: `least` itself is too small."""

    least: str
    most: str
    step: str
    above: bool = False

    def rule(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return "type"
        number = Decimal(value)
        if number < Decimal(self.least) or (self.above and number == Decimal(self.least)):
            return "minimum"
        if number > Decimal(self.most):
            return "maximum"
        try:
            return "" if number % Decimal(self.step) == 0 else "multipleOf"
        except InvalidOperation:
            return "multipleOf"

    def from_text(self, text: str) -> Any:
        return int(text) if _WHOLE.fullmatch(text) else text


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def rule(self, value: Any) -> str:
        return "" if isinstance(value, bool) else "type"

    def from_text(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the calendar."""

    def rule(self, value: Any) -> str:
        return "" if isinstance(value, str) and is_day(value) else "format"

    def from_text(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC, in whole seconds."""

    def rule(self, value: Any) -> str:
        found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        return "" if found is not None and is_day(found[1]) else "format"

    def from_text(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Form:
    """The members of an object."""

    members: dict[str, Kind]
    required: tuple[str, ...] = ()

    def check(self, value: Any, at: str = "") -> None:
        """Raise RefusedError for the first thing that is wrong."""
        if not isinstance(value, dict):
            raise not_as_agreed(at or "body", "type")
        for name in self.required:
            if name not in value:
                raise not_as_agreed(f"{at}{name}", "required")
        if not self.required and not value:
            raise not_as_agreed(at or "body", "minProperties")
        for name, held in value.items():
            kind = self.members.get(name)
            if kind is None:
                raise not_as_agreed(f"{at}{shown(name)}", "additionalProperties")
            rule = kind.rule(held)
            if rule:
                raise not_as_agreed(f"{at}{name}", rule)

    def from_query(self, query: dict[str, str]) -> dict[str, Any]:
        """What a query says. Raises RefusedError."""
        found: dict[str, Any] = {}
        for name, text in query.items():
            kind = self.members.get(name)
            if kind is None:
                raise not_as_agreed(shown(name), "undeclared")
            value = kind.from_text(text)
            rule = kind.rule(value)
            if rule:
                raise not_as_agreed(name, rule)
            found[name] = value
        for name in self.required:
            if name not in found:
                raise not_as_agreed(name, "required")
        return found


def is_day(text: str) -> bool:
    """Whether a text is a date; the year 0000 is one, too."""
    found = _DAY.fullmatch(text)
    if found is None:
        return False
    year, month, day = (int(part) for part in found.groups())
    try:
        date(year or 2000, month, day)  # as a leap year, 0000 has the days of 2000
    except ValueError:
        return False
    return True
