"""What one key's change is called in a line."""

import json
from typing import Any, Final

from governance.changes.fields.leaf import ENTRY, MISSING, Leaf

_SHOWN: Final = 80
_HIDDEN: Final = frozenset(("hash", "password", "client_secret"))
_ABSENT: Final = "not set"


def message(leaf: Leaf) -> str:
    """`versions/1.0/stage was active, is deprecated`; values that prove somebody are not shown."""
    key = leaf.path[-1] if leaf.path[-1] != ENTRY else leaf.path[-2]
    what = "/".join(one for one in leaf.path if one != ENTRY) + (f" of {leaf.entry}" if leaf.entry else "")
    if key in _HIDDEN:
        return f"{what} is another one"
    if leaf.old is MISSING or leaf.new is MISSING:
        gone = leaf.new is MISSING
        value = leaf.old if gone else leaf.new
        is_told = isinstance(value, dict) or str(value) == leaf.entry
        return f"{what} is {'gone' if gone else 'new'}{'' if is_told else f': {shown(value)}'}"
    return f"{what} was {shown(leaf.old)}, is {shown(leaf.new)}"


def shown(value: Any) -> str:
    """A value of a file, short enough for a line."""
    if value is None:
        return _ABSENT
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a group of settings"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
