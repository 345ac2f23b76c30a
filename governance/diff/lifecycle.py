"""Dates and levels that operations, parameters and properties state of themselves, read from their extensions."""

import datetime as dt
import re
from typing import Final

from governance.diff.change import Traits

LEVELS: Final = ("draft", "alpha", "beta", "stable")
"""Values of `x-stability-level`, the least promise first. Who states none promises `stable`."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def sunset_of(written: object) -> dt.date | None:
    """The day of an `x-sunset` (RFC 3339: a date, or a time with its zone); None where it is none."""
    text = str(written)
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
        if _DATE.match(text):
            return dt.datetime.fromisoformat(text.upper()).date()
    except ValueError:
        pass
    return None


def level_of(written: object) -> int | None:
    """The place of a stability level in `LEVELS`; None where it is none of them."""
    text = "stable" if written in (None, "") else str(written)
    return LEVELS.index(text) if text in LEVELS else None


def promise_ended(traits: Traits, at: dt.date) -> bool:
    """Whether the old document deprecated the thing and announced a day for its end that has come."""
    day = sunset_of(traits.sunset_old)
    return traits.deprecated_old and day is not None and day <= at


def promise_stands(traits: Traits, at: dt.date) -> bool:
    """Whether the old document announced a day for its end that is still to come."""
    day = sunset_of(traits.sunset_old)
    return traits.deprecated_old and day is not None and day > at


def unreadable(written: object) -> bool:
    """Whether a sunset is stated that is no date."""
    return written not in (None, "") and sunset_of(written) is None
