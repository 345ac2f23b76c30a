"""Numbers of a document that binary floats cannot hold: they keep the digits that were written.

A bound of `decimal(18,2)` is such a number: read as a float, 9999999999999999.99 is 10000000000000000.
"""

import math
from decimal import Decimal
from typing import Any


class Rounded(float):
    """A float that is not quite what was written."""

    __slots__ = ("written",)
    written: Decimal


def number(text: str) -> float:
    """A float; one that knows what was written where it is not the same."""
    value = float(text)
    if value == 0 or math.isinf(value):
        return value  # what reads the document refuses what is out of range
    written = Decimal(text)
    if written == Decimal(repr(value)):
        return value
    rounded = Rounded(value)
    rounded.written = written
    return rounded


def exact(value: Any) -> Any:
    """The value with every number as it was written."""
    if isinstance(value, Rounded):
        return value.written
    if isinstance(value, dict):
        return {name: exact(child) for name, child in value.items()}
    return [exact(child) for child in value] if isinstance(value, list) else value
