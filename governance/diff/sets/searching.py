"""What the process apart does with schemas that nobody vouches for: run them, and search for messages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from contracts import algebra
from governance.diff.examples.places import around
from governance.diff.examples.search import NOT_FOUND, failing
from governance.diff.examples.values import Maker

SEARCH_SECONDS: Final = 1.0
"""So long one search for a failing example may take."""
_LINE_BREAKS: Final = "\n\r\u2028\u2029"
"""What `.` of a regular expression does not take. Nobody who writes `.+` for "not empty" means that."""

Found = tuple[str, Any]
"""`found` with a value, `lines` where only texts with line breaks fail, `none`, or `cannot` with the reason."""


def attempt(sender: Any, receiver: Any, demand: Any, text: bool, first: Found) -> Found:
    """A message of the sender that breaks the demand and that the receiver refuses; `first` is tried first."""
    try:
        valid, takes = algebra.validator(sender), algebra.validator(receiver)
        fits = takes if demand is None else algebra.validator(demand)
    except algebra.NoAnswerError as error:
        return "cannot", str(error)

    def accepted(value: Any) -> bool:
        # As a text it must suit the whole: a text keeps to every bound of numbers.
        return fits(value) or any(takes(one) for one in (as_text(value) if text else (value,)))

    def search(keeps: Callable[[Any], bool]) -> Any:
        aim = receiver if demand is None else demand
        return failing(sender, aim, valid=keeps, accepted=accepted, deadline_seconds=SEARCH_SECONDS)

    given = first[0] == "found" and valid(first[1]) and not accepted(first[1])
    found = first[1] if given else search(valid)
    if found is not NOT_FOUND and _breaks_lines(found):
        found = search(lambda value: not _breaks_lines(value) and valid(value))
        if found is NOT_FOUND:
            return "lines", None
    return ("none", None) if found is NOT_FOUND else ("found", found)


def any_value(schema: Any) -> bool:
    """Whether any valid value is found. Raises NoAnswerError."""
    return next(Maker(schema, valid=algebra.validator(schema)).values(), NOT_FOUND) is not NOT_FOUND


def kept(schema: Any, values: list[Any]) -> list[bool]:
    """Which values are valid. Raises NoAnswerError."""
    valid = algebra.validator(schema)
    return [valid(value) for value in values]


def message(schema: Any, places: list[tuple[str | int, ...]], value: Any) -> Found:
    """A valid message that holds the value at one of these places, the first that can be made. Raises NoAnswerError."""
    valid = algebra.validator(schema)
    for place in places:
        found = around(schema, place, value, valid=valid)
        if found is not NOT_FOUND:
            return "found", found
    return "none", None


def as_text(value: Any) -> tuple[Any, ...]:
    """What a value that travels as text may be read as: itself, and with its scalars as texts."""
    if isinstance(value, bool):
        return (value, "true" if value else "false")
    if isinstance(value, int | float | Decimal):
        return (value, str(value))
    if isinstance(value, list):
        return (value, [as_text(one)[-1] for one in value])
    if isinstance(value, dict):
        return (value, {name: as_text(one)[-1] for name, one in value.items()})
    return (value,)


def _breaks_lines(value: Any) -> bool:
    if isinstance(value, str):
        return any(sign in value for sign in _LINE_BREAKS)
    if isinstance(value, dict):
        return any(_breaks_lines(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_breaks_lines(one) for one in value)
