"""Values as they were answered: where one stands, what type it has, how far a limit must go to hold it."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/ -]{0,39}")
"""A value that reads like one of a list, not like somebody's data."""


def value_at(tree: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where nothing does."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict):
            tree = tree.get(name)
        elif isinstance(tree, list) and name.isdecimal() and int(name) < len(tree):
            tree = tree[int(name)]
        else:
            return None
    return tree


def json_type(value: Any) -> str:
    """As JSON Schema calls it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def missing_members(value: Any, required: Any) -> set[str]:
    """Members that a list of `required` asks for and an object has not."""
    if not isinstance(value, Mapping) or not isinstance(required, list):
        return set()
    return {str(name) for name in required if name not in value}


def widened(keyword: str, values: Sequence[Any]) -> float | int | None:
    """The least limit that holds all values; None where they have no size."""
    sizes = [size for size in (_size(keyword, value) for value in values) if size is not None]
    if not sizes:
        return None
    limit = max(sizes) if keyword.startswith("max") else min(sizes)
    if keyword in ("maximum", "minimum") and isinstance(limit, float):
        return math.ceil(limit) if keyword == "maximum" else math.floor(limit)
    return limit


def _size(keyword: str, value: Any) -> float | int | None:
    if keyword in ("maximum", "minimum"):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    holds = {"Length": str, "Items": list, "Properties": dict}[keyword[3:]]
    return len(value) if isinstance(value, holds) else None
