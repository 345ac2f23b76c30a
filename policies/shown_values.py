"""The value that a caller sent at a place that was refused, where a policy lets errors show it: never of a secret."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from contracts.exposure import is_secret_name
from contracts.judgement import Violation
from contracts.media import read_json
from contracts.parameters import UnreadableError, pairs_of, text_of
from policies.step import Call

_MOST: Final = 100


def values_of(call: Call, path_names: Sequence[str], depth: int) -> Callable[[Violation], str | None]:
    """Values of bodies in JSON, queries and paths. Headers and cookies are never shown: they carry credentials."""
    body: list[Any] = []

    def inside(pointer: str) -> str | None:
        if not body:
            body.append(read_json(call.body, depth) if isinstance(call.body, bytes) else {})
        value = body[0]
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
        if isinstance(value, dict | list):
            return None
        return _text(str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False))

    def shown(violation: Violation) -> str | None:
        pointer = violation.pointer
        if any(is_secret_name(name) for name in pointer.split("/")):
            return None
        try:
            if violation.location == "body":
                return inside(pointer)
            if violation.location == "query":
                return _text(text_of(pairs_of(call.query)[pointer][0], plus=True))
            if violation.location == "path":
                return _text(text_of(call.values[path_names.index(pointer)]))
        except (UnreadableError, LookupError, TypeError, ValueError):
            return None  # it is missing, or could not be read at all
        return None

    return shown


def _text(text: str) -> str:
    return text if len(text) <= _MOST else text[:_MOST] + "..."
