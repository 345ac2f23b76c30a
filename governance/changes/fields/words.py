"""What one key's change is called in a line."""

import json
from typing import Any, Final

from governance.changes.fields.leaf import ENTRY, MISSING, Leaf

_SHOWN: Final = 80
_HIDDEN: Final = frozenset(("hash", "password", "client_secret"))
_ENTRIES: Final = 3
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
    if isinstance(leaf.old, list) and isinstance(leaf.new, list):
        return f"{what}: {_entries(leaf.old, leaf.new)}"
    return f"{what} was {shown(leaf.old)}, is {shown(leaf.new)}"


def _entries(old: list[Any], new: list[Any]) -> str:
    """What came and what went, in the order of the file; a list of which the order alone is another one says so."""
    came, went = [one for one in new if one not in old], [one for one in old if one not in new]
    parts = [
        f"{word} {', '.join(_entry(one) for one in found[:_ENTRIES])}" + _more(len(found) - _ENTRIES)
        for word, found in (("gone:", went), ("new:", came)) if found
    ]  # fmt: skip
    return "; ".join(parts) or "the same entries in another order, or another number of times"


def _entry(value: Any) -> str:
    text = json.dumps(_open(value), ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _open(value: Any) -> Any:
    """Without what is not set, and without what proves somebody."""
    if isinstance(value, dict):
        return {
            key: "(not shown)" if key in _HIDDEN else _open(one) for key, one in value.items() if one not in (None, [])
        }
    return [_open(one) for one in value] if isinstance(value, list) else value


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


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
