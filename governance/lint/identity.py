"""The identity of a finding of lint: 12 hexadecimal digits that survive reordering, moved files and unrelated edits."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

_DIGITS: Final = 12


def fingerprint(rule: str, about: str, number: int = 0) -> str:
    """Made of the rule and what the finding is about; `number` tells apart what has the same names."""
    text = "\n".join((rule, about, *([str(number)] if number else [])))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def by_names(tree: Mapping[str, Any], pointer: str) -> str:
    """The pointer with items of lists called by their name, where they have one: parameters, tags, references."""
    value: Any = tree
    made: list[str] = []
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        shown = token
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
            shown = _named(value) or token
        else:
            value = None
        made.append(shown)
    return "/" + "/".join(made)


def _named(item: Any) -> str:
    if not isinstance(item, Mapping):
        return ""
    parts = [str(item[key]) for key in ("in", "name", "$ref", "url") if isinstance(item.get(key), str)]
    return " ".join(parts)
