"""Values as JavaScript sees them: Spectral's filters and functions are written by its rules of truth and equality."""

import math
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any, Final


class Undefined:
    """What stands where nothing stands."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, ">": gt, "<=": le, ">=": ge}


def truthy(value: Any) -> bool:
    """Everything but undefined, null, false, 0, NaN and the empty text; an empty list or mapping is true."""
    if isinstance(value, list | dict):
        return True
    return not (value is UNDEFINED or value is None or value != value or not value)  # noqa: PLR0124 - NaN


def is_number(value: Any) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def strictly_equal(left: Any, right: Any) -> bool:
    """As `===`: of the same kind and equal; a list or a mapping is equal to itself only."""
    if isinstance(left, list | dict | Undefined) or left is None:
        return left is right
    if is_number(left) or is_number(right):
        return is_number(left) and is_number(right) and left == right
    return type(left) is type(right) and left == right


def loosely_equal(left: Any, right: Any) -> bool:
    """As `==`: null is undefined, and texts, numbers and truth values are compared as numbers."""
    nothing = (left is None or left is UNDEFINED, right is None or right is UNDEFINED)
    if any(nothing):
        return all(nothing)
    if type(left) is type(right) or isinstance(left, list | dict) or isinstance(right, list | dict):
        return strictly_equal(left, right)
    return to_number(left) == to_number(right)


def ordered(sign: str, left: Any, right: Any) -> bool:
    """As `<`, `>`, `<=` and `>=`: two texts by their letters, all else by number; false where there is none."""
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[sign](left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass"))
    return _ORDER[sign](to_number(left), to_number(right))


def to_number(value: Any) -> float:
    """As `Number(value)`; NaN where it is none."""
    if value is None or value is False:
        return 0
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return math.nan
    text = value.strip()
    if not text:
        return 0
    try:
        return int(text, 0) if text[:2].lower() in ("0x", "0o", "0b") else _decimal(text)
    except ValueError:
        return math.nan


def _decimal(text: str) -> float:
    if "_" in text or not text.isascii() or text.lower().lstrip("+-")[:3] in ("inf", "nan"):
        return math.inf if text in ("Infinity", "+Infinity") else -math.inf if text == "-Infinity" else math.nan
    return float(text)


def to_string(value: Any) -> str:
    """As `String(value)`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list):
        return ",".join("" if one is None else to_string(one) for one in value)
    if isinstance(value, dict):
        return "[object Object]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return repr(value)
