"""The identity of a finding: 12 hexadecimal digits that stay the same while the finding is about the same thing."""

import hashlib
import json
from typing import Any, Final

from governance.diff.change import Area, Change, Effect

_DIGITS: Final = 12
_NAMED: Final = frozenset(
    {
        "path", "operation", "parameter", "body", "response", "header", "media-type", "property", "component", "scheme",
        "flow", "callback", "expression", "webhook", "link",
    }
)  # fmt: skip
"""Things that have a name: what they hold inside may be edited without making another finding of it."""


def fingerprint(rule: str, change: Change) -> str:
    """Made of the rule, what the change is about by its names, and the values before and after.

    The order of keys, of lists without an order (`enum`, `required`, `tags`) and of parameters is left out, and so are
    files and the numbers in pointers.
    """
    about = change.identity or f"{change.subject} {_named(change.pointer_old)} {_named(change.pointer_new)}"
    parts = [rule, change.direction.value, about]
    if not _is_thing(change):
        parts += [_canonical(change.old), _canonical(change.new)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _is_thing(change: Change) -> bool:
    there = change.effect in (Effect.ADDS, Effect.REMOVES)
    return there and change.kind in _NAMED and change.area is not Area.SECURITY


def _named(pointer: str) -> str:
    """A pointer without numbers of lists; statuses of answers stay."""
    tokens = pointer.split("/")
    kept = [t for i, t in enumerate(tokens) if not t.isdecimal() or (i and tokens[i - 1] == "responses")]
    return "/".join(kept)


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(k))}:{_canonical(value[k])}" for k in sorted(value, key=str)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(sorted(map(_canonical, value))) + "]"
    return json.dumps(value, default=str)
