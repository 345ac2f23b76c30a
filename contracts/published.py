"""The contract as consumers see it: pins are taken out of paths, parameters, bodies, records and examples.

One published contract a version: all its offers pin the same places, only the values differ.
"""

import re
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from contracts.contract import Contract, Operation, examine
from contracts.diagnostic import InvalidInputError
from contracts.document import Document, UnresolvedReferenceError
from contracts.pins import Places
from contracts.published_texts import Edit, text_editor

TOKEN_CHARACTERS: Final = 6_000
"""How long a sealed continuation may be."""
CONTINUATION: Final = "$skiptoken"
"""The parameter in which a sealed continuation comes back, so that clients just follow the link."""

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_WORD: Final = re.compile(r"\w+")


def published(contract: Contract, places: Places, *, odata: bool = False) -> Contract:
    """The contract without what is pinned; `odata` lets continuations of its lists come back sealed.

    The operations keep their ids. Raises InvalidInputError where two paths become one without their pins.
    """
    if not places:
        return contract
    document = contract.document
    tree = deepcopy(document.tree)
    for operation in contract.operations:
        _edit(document, tree, operation, odata=odata)
    paths: dict[str, Any] = {}
    for path, item in tree.get("paths", {}).items():
        new = published_path(path, places)
        if new in paths:
            message = f"without its pins {path} is the same path as another one"
            raise InvalidInputError(
                [document.fault(_pointer("paths", path), "paths-collapse", message, "pin less, or take one path out")]
            )
        paths[new] = item
    tree["paths"] = paths
    _without(tree, places, text_editor(document.tree.get("paths", {}), places))
    made, faults = examine(replace(document, tree=tree))
    known = {(fault.code, fault.pointer) for fault in contract.warnings}
    lost = made is None or len(made.operations) < len(contract.operations)  # of a vendor's document, only a warning
    errors = [f for f in faults if f.severity == "error" or (lost and (f.code, f.pointer) not in known)]
    if made is None or errors:
        raise InvalidInputError(errors)
    return made


def published_path(path: str, places: Places) -> str:
    """A path template without its pinned parameters: a segment that holds nothing else drops out, a key is left out."""
    if not places.path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        names = _PARAMETER.findall(segment)
        pinned = [name for name in names if name in places.path]
        if not pinned:
            kept.append(segment)
        elif len(pinned) < len(names):
            kept.append(_without_keys(segment, places))
    return "/" + "/".join(kept)


def _without_keys(segment: str, places: Places) -> str:
    """`X(A='{a}',B='{b}')` without its pinned key; other segments keep nothing between two parameters to drop."""
    head, opening, keys = segment.partition("(")
    if not opening or not keys.endswith(")"):
        return segment
    left = [key for key in keys[:-1].split(",") if not set(_PARAMETER.findall(key)) & places.path]
    return f"{head}({','.join(left)})"


def _edit(document: Document, tree: dict[str, Any], operation: Operation, *, odata: bool) -> None:
    """Its id is written down, for a made one would follow the path; a list takes sealed continuations."""
    value = _operation_at(tree, document, operation)
    if value is None:
        return
    value["operationId"] = operation.operation_id
    if not odata or operation.method != "GET":
        return
    stated = value.get("parameters")
    own = [p for p in stated if not _is_continuation(document, p)] if isinstance(stated, list) else []
    value["parameters"] = [*own, {
        "name": CONTINUATION, "in": "query",
        "description": "Where a page goes on. It stands in the link to the next page: follow that as it is.",
        "schema": {"type": "string", "maxLength": TOKEN_CHARACTERS},
    }]  # fmt: skip


def _operation_at(tree: dict[str, Any], document: Document, operation: Operation) -> dict[str, Any] | None:
    try:
        _, pointer = document.follow(*document.step(operation.pointer))
    except UnresolvedReferenceError:
        return None
    value: Any = tree
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value.get(name)
    return value if isinstance(value, dict) else None


def _is_continuation(document: Document, parameter: Any) -> bool:
    found = _followed(document, parameter)
    return found.get("name") == CONTINUATION and found.get("in") == "query"


def _followed(document: Document, value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        try:
            value = document.follow(value, "")[0]
        except UnresolvedReferenceError:
            return {}
    return value if isinstance(value, dict) else {}


def _without(tree: dict[str, Any], places: Places, edited: Edit) -> None:
    """Take pins out everywhere in the tree, in place. Level by level: a document may be deep."""
    before = Document("", deepcopy(tree), "", ())
    gone = {
        *(("path", name) for name in places.path),
        *(("query", name) for name in places.query),
        *(("header", name) for name in places.header),
    }
    members = places.members

    def pinned(parameter: Any) -> bool:
        found = _followed(before, parameter)
        name, location = found.get("name"), found.get("in")
        return isinstance(name, str) and (location, name.lower() if location == "header" else name) in gone

    held = tree.get("components", {}).get("parameters") if isinstance(tree.get("components"), dict) else None
    if isinstance(held, dict):
        for name in [name for name, parameter in held.items() if pinned(parameter)]:
            del held[name]
    seen: set[int] = set()
    level: list[tuple[Any, bool]] = [(tree, False)]
    while level:
        following: list[tuple[Any, bool]] = []
        for node, data in level:
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, list):
                if data:
                    node[:] = [_shown(child, edited) for child in node if not _says(child, members)]
                following += [(child, data) for child in node]
            elif isinstance(node, dict):
                if not data:
                    _node(node, members, pinned)
                for name in [name for name, child in node.items() if data or name in _DATA]:
                    if (data and name in members) or _says(node[name], members):
                        del node[name]
                    else:
                        node[name] = _shown(node[name], edited)
                following += [(child, data or key in _DATA) for key, child in node.items()]
        level = [(child, data) for child, data in following if isinstance(child, dict | list)]


_DATA: Final = ("example", "examples", "default")
"""Members under which no schema stands but data."""


def _shown(value: Any, edited: Edit) -> Any:
    return edited(value) if isinstance(value, str) else value


def _says(value: Any, members: frozenset[str]) -> bool:
    """Whether an example's text, such as that of a `$filter`, names a member."""
    return isinstance(value, str) and not members.isdisjoint(_WORD.findall(value))


def _node(node: dict[str, Any], members: frozenset[str], pinned: Any) -> None:
    """One object of the document: parameters, a schema, or anything else."""
    parameters = node.get("parameters")
    if isinstance(parameters, list):
        node["parameters"] = [parameter for parameter in parameters if not pinned(parameter)]
    properties = node.get("properties")
    if isinstance(properties, dict) and members:
        for name in members & properties.keys():
            del properties[name]
    narrowed = node.get("x-odata")
    if isinstance(narrowed, dict):
        for key, paths in narrowed.items():
            if isinstance(paths, list):
                narrowed[key] = [path for path in paths if not _says(path, members)]
    for key in ("required", "enum"):
        stated = node.get(key)
        if isinstance(stated, list) and members:
            left = [value for value in stated if not (isinstance(value, str) and value in members)]
            if len(left) < len(stated):
                node[key] = left
                if not left:
                    del node[key]


def _pointer(*names: str) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
