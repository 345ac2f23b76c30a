"""Whether two values of documents are one value: numbers by what was written, everything else strictly."""

from decimal import Decimal
from typing import Any

from contracts.exact import Rounded


def same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON value: `1` is `1.0`, and neither is `true`; the order of members is none."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, int | float | Decimal):
        return isinstance(other, int | float | Decimal) and _number(one) == _number(other)
    if isinstance(one, dict):
        return (
            isinstance(other, dict) and one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _number(value: float | Decimal) -> float | Decimal:
    # A float stands for its shortest decimal, as it was written; else the digits that it lost are kept beside it.
    if isinstance(value, Rounded):
        return value.written
    return Decimal(repr(value)) if isinstance(value, float) else value
