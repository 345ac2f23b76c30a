"""Whether two values of documents are one value: numbers by what was written, everything else strictly."""

import json
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


def canonical(value: Any) -> str:
    """Equal values have one text: 1 and 1.0 are equal, 1 and true are not."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    if isinstance(value, float | Decimal) and value == int(value):
        return int(value)
    if isinstance(value, Decimal):
        return {"\0decimal": str(value.normalize())} if float(value) != value else float(value)
    return value
