"""A signed text changed in one place: every value of its tree, found by walking it, in the ways that still make sense."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from contracts import yaml12

Path = tuple[str | int, ...]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")


def tree_of(text: bytes) -> dict[str, Any]:
    return dict(yaml12.parse(text, "signed"))


def text_of(tree: dict[str, Any]) -> bytes:
    """YAML again: a key a line, its value as JSON."""
    return "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in tree.items()).encode()


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each place of the tree with its value, those that hold others too."""
    if path:
        yield path, tree
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from leaves(value, (*path, number))


def others(value: Any, words: tuple[str, ...], people: tuple[str, ...]) -> Iterator[Any]:
    """Other values in its place: those that a schema lets stand there, other people, other times, one more, one less."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, dict):
        yield {}
        for key in value:
            yield {(f"{name}x" if name == key else name): one for name, one in value.items()}
            break
    elif isinstance(value, list):
        yield from ([], [*value, *value])
    elif not isinstance(value, str):
        yield "x"
    elif value in words:
        yield from (one for one in words if one != value)
        yield value + "x"
    elif value in people:
        yield from (one for one in people if one != value)
    elif DIGEST.fullmatch(value):
        yield value[:-1] + ("0" if value[-1] != "0" else "1")
    elif MOMENT.fullmatch(value):
        moment = datetime.fromisoformat(value)
        far = [moment + timedelta(days=days) for days in (-1, 1, -3000)]
        yield from (one.isoformat() if "T" in value else str(one.date()) for one in far)
    else:
        yield from (value + "x", "")


def changed(tree: Any, path: Path, value: Any) -> Any:
    """The tree with another value there."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = changed(tree[path[0]], path[1:], value)
    return copy


def without(tree: Any, path: Path) -> Any:
    """The tree with that place taken out."""
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = without(tree[path[0]], path[1:])
    return copy


def words_in(schema: Any, path: Path) -> tuple[str, ...]:
    """The texts that a JSON Schema lets stand at that place and no others; none where any may."""
    found = [schema]
    for step in path:
        found = [deeper for one in found for deeper in _deeper(schema, one, step)]
    return tuple(word for one in found for part in _whole(schema, one) for word in _words(part))


def _words(part: Any) -> list[str]:
    named = [*part.get("enum", ()), *([part["const"]] if "const" in part else [])]
    return [one for one in named if isinstance(one, str)]


def _whole(root: Any, one: Any) -> Iterator[Any]:
    """It, what it refers to, and its branches."""
    yield one
    if "$ref" in one:
        yield from _whole(root, root["$defs"][one["$ref"].rpartition("/")[2]])
    for branch in (*one.get("anyOf", ()), *one.get("allOf", ())):
        yield from _whole(root, branch)


def _deeper(root: Any, one: Any, step: str | int) -> Iterator[Any]:
    for part in _whole(root, one):
        if isinstance(step, int):
            yield from [part["items"]] if isinstance(part.get("items"), dict) else ()
        elif step in part.get("properties", {}):
            yield part["properties"][step]
        elif isinstance(part.get("additionalProperties"), dict):
            yield part["additionalProperties"]
