"""Keys of a contract that its version of OpenAPI does not have where they stand: a misspelt one is read by nobody.

Objects are closed by the specification, and so are schemas of 3.0. In schemas of 3.1 and 3.2 an unknown keyword is an
annotation: there only what looks like a slip of the pen is told, and what is of another version and has no effect.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from contracts.contract import Contract
from contracts.dead_keywords import JUDGING
from contracts.diagnostic import Diagnostic
from contracts.document import UnresolvedReferenceError
from contracts.object_keys import BESIDE, KEYS, REFERRED, WITHOUT_EFFECT, Key, came_with
from contracts.suggestions import Action, suggested
from contracts.wording import nearest
from contracts.written import pointer_to
from contracts.yaml12 import shown

_OWN_NAMES: Final = {"paths": Key("path-item", "named"), "callback": Key("path-item", "named"),
                     "responses": Key("response", "named")}  # fmt: skip
"""Objects whose keys are templates, expressions and statuses, which are judged where they are read."""
_TOLD: Final = frozenset(("query", "additionalOperations"))
"""Told where operations are read."""
_METHODS: Final = frozenset(name for name, key in KEYS["3.2"]["path-item"].items() if key.kind == "operation")
_ONE_DEEPER: Final[Mapping[str, Callable[[str], object]]] = {
    "responses": re.compile(r"[1-5](?:\d\d|XX)|default").fullmatch,
    "content": re.compile(r"[\w*.+-]+/[\w*.+-]+.*").fullmatch,
    "schema": KEYS["3.2"]["schema"].__contains__,
}
"""Keys beside the one that they belong under: the work of a wrong indent, or of Swagger 2."""
_SHORT: Final = 4

Place = tuple[Any, str, str]
"""A value, what it has to be, and its pointer."""
_Told = tuple[str, str, str, str]
"""Code, key, what to say and what to do."""


def unknown_keys(contract: Contract) -> Iterator[Diagnostic]:
    """One warning for each key of each kind of object, at its first place, with how many there are."""
    document = contract.document
    ours = document.overlay.name if document.overlay is not None else ""
    found: dict[tuple[_Told, bool], list[str]] = {}
    actions: dict[tuple[_Told, bool], list[Action]] = {}
    for node, kind, at in _objects(contract):
        for told, right in _unknown(node, kind, contract.version):
            place = at + pointer_to(told[1])
            group = told, bool(ours) and document.position(place)[0] == ours
            found.setdefault(group, []).append(place)
            if group not in actions:
                actions[group] = [] if group[1] else _mending(node, told[1], right, at)
    for group, places in found.items():
        code, _, message, remedy = group[0]
        if len(places) > 1:
            (first, *_), (file, line, _) = (document.position(place) for place in places[:2])
            message += f" ({len(places)} places, the next at {'line ' if file == first else f'{file}:'}{line})"
        suggestion = suggested(document, *actions[group]) if len(places) == 1 else ""
        yield document.fault(places[0], code, message, remedy, "warning", suggestion)


def _mending(node: dict[str, Any], key: str, right: str | None, at: str) -> list[Action]:
    """What takes a key out, and puts its value under the right one; none where that is for people to see."""
    gone = Action(at + pointer_to(key), remove=True)
    if not right:
        return [gone] if right is not None else []
    if right in node or isinstance(node[key], dict | list):
        return []
    return [gone, Action(at, {right: node[key]})]


def _objects(contract: Contract) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every object with its kind and its place, each once; those that references lead to after all others."""
    document, keys = contract.document, KEYS[contract.version]
    waiting: list[Place] = [(document.tree, "document", "")]
    referred: list[tuple[str, str]] = []
    seen: set[int] = set()
    while waiting or referred:
        if not waiting:
            reference, kind = referred.pop()
            try:
                value, at = document.step(reference)
            except UnresolvedReferenceError:
                continue  # told with all references
            waiting.append((value, kind, at))
        node, kind, at = waiting.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node.get("$ref"), str):
            referred.append((node["$ref"], kind))
        if kind not in _OWN_NAMES:
            yield node, kind, at
        inside: list[Place] = []
        for key, value in node.items():
            held = _OWN_NAMES[kind] if kind in _OWN_NAMES else keys[kind].get(key)
            if held is None or not held.kind or key.startswith("x-"):
                continue
            place = at + pointer_to(key)
            if kind in _OWN_NAMES or held.form == "one":
                inside.append((value, held.kind, place))
            elif held.form == "list":
                items = value if isinstance(value, list) else ()
                inside += [(item, held.kind, f"{place}/{number}") for number, item in enumerate(items)]
            else:
                named = value.items() if isinstance(value, dict) else ()
                inside += [(item, held.kind, place + pointer_to(name)) for name, item in named]
        waiting += reversed(inside)


def _unknown(node: dict[str, Any], kind: str, version: str) -> Iterator[tuple[_Told, str | None]]:
    """What is told of one object, each with the key that was meant; None where its value is to be moved."""
    known = KEYS[version][kind]
    if isinstance(node.get("$ref"), str) and kind != "path-item" and (kind != "schema" or version == "3.0"):
        if kind in REFERRED:
            yield from _beside(node, kind, version)
        return
    for key in node:
        if key in known or key.startswith("x-") or key == "$ref" or (kind == "path-item" and key in _TOLD):
            continue
        later = came_with(kind, key, version)
        if later:
            yield _newer(key, kind, version, later), ""
        elif kind == "schema" and version != "3.0":
            yield from _annotation(node, key, version)
        else:
            yield _closed(key, kind, version)


def _beside(node: dict[str, Any], kind: str, version: str) -> Iterator[tuple[_Told, str]]:
    for key, value in node.items():
        # Keywords of schemas that judge, and `nullable`, are told with those that never fire.
        told = kind == "schema" and (key in JUDGING or key in ("nullable", "title"))
        if key not in BESIDE and not told and not key.startswith("x-") and value not in (False, None):
            message = f"`{shown(key)}` stands beside a `$ref`, where OpenAPI {version} passes over it"
            yield ("key-without-effect", key, message, "take it out, or put it where the reference leads"), ""


def _newer(key: str, kind: str, version: str, later: str) -> _Told:
    message = f"OpenAPI {version} has no `{shown(key)}` in {_named(kind)}: readers of {version} may pass over it"
    return "newer-key", key, message, f"say `openapi: {later}.0`, or take it out"


def _closed(key: str, kind: str, version: str) -> tuple[_Told, str | None]:
    known = KEYS[version][kind]
    right = nearest(key, (*known, "$ref") if kind in REFERRED else known) or ""
    around = next((name for name, looks in _ONE_DEEPER.items() if name in known and looks(key)), "")
    if around:
        remedy = f"put it under `{around}`"
    elif right:
        remedy = f"write `{right}`"
    else:
        remedy = "take it out, or begin its name with `x-`"
    message = f"OpenAPI {version} has no `{shown(key)}` in {_named(kind)}: {_harm(kind, '' if around else right)}"
    return ("unknown-key", key, message, remedy), None if around else right


def _annotation(node: dict[str, Any], key: str, version: str) -> Iterator[tuple[_Told, str]]:
    if key in WITHOUT_EFFECT:
        if key == "nullable" and "$ref" in node:
            return  # told as what stands beside a reference
        message = f"`{key}` has no effect in OpenAPI {version}"
        stated = node.get("type")
        if key == "nullable" and node[key] is True and (stated if isinstance(stated, str) else "null") != "null":
            message += ": null is refused"
        yield ("key-without-effect", key, message, WITHOUT_EFFECT[key]), ""
        return
    right = _meant(key, version)
    if right in WITHOUT_EFFECT:
        message = f"`{shown(key)}` is no keyword, and `{right}` has no effect in OpenAPI {version}"
        yield ("unknown-key", key, message, WITHOUT_EFFECT[right]), ""
    elif right and right not in node:
        message = f"`{shown(key)}` is no keyword: {_harm('schema', right)}"
        yield ("unknown-key", key, message, f"write `{right}`, or begin its name with `x-`"), right


@cache
def _meant(key: str, version: str) -> str:
    """The keyword of which an annotation is a slip; empty where it may be meant."""
    right = nearest(key, ("$ref", *KEYS[version]["schema"], *WITHOUT_EFFECT))
    return right if right is not None and _is_slip(key, right) else ""


def _harm(kind: str, right: str) -> str:
    """What follows from a key that nothing reads."""
    if kind == "schema" and (right in JUDGING or right == "$ref"):
        return "no value is judged by it, so more may pass than is meant"
    if kind == "path-item" and right in _METHODS:
        return "no operation is served from it"
    if right == "required" and kind in ("parameter", "request-body", "header"):
        return "calls without it may pass"
    if right == "schema":
        return "nothing is judged by it, so more may pass than is meant"
    if right == "security" and kind in ("document", "operation"):
        return "what it asks of callers is not asked"
    return "nothing reads it"


def _named(kind: str) -> str:
    words = kind.replace("-", " ")
    return f"{'an' if words[0] in 'aeioOX' else 'a'} {words} object"


def _is_slip(word: str, right: str) -> bool:
    """Whether a word is a known one but for the letters' case, a `$`, or one slip (two in a long word)."""
    one, other = (text.lower().replace("_", "").replace("-", "").lstrip("$") for text in (word, right))
    if one == other:
        return len(one) >= _SHORT - 1  # not `id` and the like
    if len(other) >= _SHORT and (_singular(one) == _singular(other) or one == other + other[-1]):
        return True
    if len(one) < _SHORT - 1:
        return False
    slips = _slips(one, other)
    if len(other) <= _SHORT or len(one) < _SHORT:
        return slips == 1 and (sorted(one) == sorted(other) or len(one) < len(other))
    shorter, longer = sorted((one, other), key=len)
    # A word with something before or after it is a name of its own: `deprecatedBy`.
    return slips == 1 or (slips == 2 and len(shorter) >= 2 * _SHORT and shorter not in longer)


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _slips(one: str, other: str) -> int:
    """How many letters were changed, put in, left out, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
