"""Overlay actions that mend what is wrong with a vendor's document, as YAML to be pasted under `actions`."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from contracts.document import Document, UnresolvedReferenceError
from contracts.path_text import Location, quoted, written

_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Action:
    """One action at a place of a document; `path` instead of a pointer where many places are meant."""

    pointer: str
    update: Any = _NOTHING
    remove: bool = False
    path: str = ""


def suggested(document: Document, *actions: Action) -> str:
    """The actions as YAML; empty where the document is not a vendor's: there it is corrected itself."""
    if not document.is_vendors:
        return ""
    return "".join(_one(document, action) for action in actions)


def _one(document: Document, action: Action) -> str:
    lines = [f"- target: {_text(action.path or path_of(document, action.pointer))}"]
    if action.remove:
        lines.append("  remove: true")
    else:
        lines += ["  update:" + ("" if _is_block(action.update) else f" {_text(action.update)}")]
        lines += _block(action.update, "    ") if _is_block(action.update) else []
    return "".join(line + "\n" for line in lines)


def path_of(document: Document, pointer: str) -> str:
    """The JSONPath of a place as an overlay sees it: parameters by name, for an index changes with its list."""
    with contextlib.suppress(UnresolvedReferenceError):
        pointer = document.step(pointer)[1]
    location: list[str | int] = []
    path = ""
    value: Any = document.tree
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            chosen = _by_name(value, int(name))
            value = value[int(name)]
            if chosen:
                path, location = path + _rest(location) + chosen, []
            else:
                location.append(int(name))
        else:
            value = value.get(name) if isinstance(value, dict) else None
            location.append(name)
    return "$" + path + _rest(location)


def _rest(location: list[str | int]) -> str:
    return written(Location(location))[1:]


def _by_name(items: list[Any], index: int) -> str:
    """A filter that selects one item of a list; empty where there is none."""
    item = items[index]
    if item is None or isinstance(item, str | int | float):
        same = [other for other in items if type(other) is type(item) and other == item]
        return f"[?@ == {quoted(item) if isinstance(item, str) else json.dumps(item)}]" if len(same) == 1 else ""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not isinstance(item.get("in"), str):
        return ""
    alike = [o for o in items if isinstance(o, dict) and o.get("name") == item["name"] and o.get("in") == item["in"]]
    return f"[?@.name == {quoted(item['name'])} && @.in == {quoted(item['in'])}]" if len(alike) == 1 else ""


def _is_block(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _block(value: Any, indent: str) -> list[str]:
    lines: list[str] = []
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, inner in items:
        head = indent + ("-" if key is None else f"{_text(key)}:")
        if not _is_block(inner):
            lines.append(f"{head} {_text(inner)}")
        elif key is None and isinstance(inner, dict):
            first, *others = _block(inner, indent + "  ")
            lines += [f"{head} {first.lstrip()}", *others]
        else:
            lines += [head, *_block(inner, indent + "  ")]
    return lines


def _text(value: Any) -> str:
    """A scalar or an empty container; plain where YAML reads it as what it is."""
    if isinstance(value, str):
        try:
            if value.isprintable() and yaml12.parse(f"a: {value}".encode(), "") == {"a": value}:
                return value
        except (InvalidInputError, UnicodeEncodeError):
            pass
    return json.dumps(value)
