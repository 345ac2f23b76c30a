"""A whole message round a value that stands somewhere inside it."""

from collections.abc import Callable
from typing import Any, Final

from governance.diff.examples.parts import Budget, Part, Schema, key
from governance.diff.examples.search import NOT_FOUND
from governance.diff.examples.solver import DEPTH
from governance.diff.examples.values import candidates

_STEPS: Final = 60_000
_TRIED: Final = 5
_LAST_INDEX: Final = 100


def around(
    schema: Schema, place: tuple[str | int, ...], value: Any, *, valid: Callable[[Any], bool], most: int = 60
) -> Any:
    """A small message of the schema that holds `value` at a place (`("items", 0, "price")`), or NOT_FOUND.

    At most `most` messages are put to `valid`.
    """
    asked: Schema = {"const": value}
    for step in reversed(place):
        if isinstance(step, str):
            asked = {"type": "object", "required": [step], "properties": {step: asked}}
        elif 0 <= step <= _LAST_INDEX:
            asked = {"type": "array", "minItems": step + 1, "prefixItems": [*[True] * step, asked]}
        else:
            return NOT_FOUND
    wanted = key(value)
    parts = Part(schema, schema), Part(asked, asked)
    for message in candidates(parts, Budget(_STEPS), most * _TRIED, len(place) + DEPTH):
        if most <= 0:
            break
        most -= 1
        if _holds(message, place, wanted) and valid(message):
            return message
    return NOT_FOUND


def _holds(message: Any, place: tuple[str | int, ...], wanted: str) -> bool:
    for step in place:
        if isinstance(step, str):
            if not isinstance(message, dict) or step not in message:
                return False
            message = message[step]
        else:
            if not isinstance(message, list) or step >= len(message):
                return False
            message = message[step]
    return key(message) == wanted
