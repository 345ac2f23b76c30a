"""Documents for tests of the walk, and its facts in one line each."""

import copy
import json
from typing import Any

from contracts.document import Document, parse_document
from governance.diff.change import Change
from governance.diff.grid import GRID
from governance.diff.sites import Walked
from governance.diff.walk.whole import walk

OK = {"200": {"description": "Found"}}


def document(tree: dict[str, Any], version: str = "3.1.0") -> Document:
    """A document of this tree; `openapi` and `info` are put in where they are missing."""
    whole = {"openapi": version, "info": {"title": "Orders", "version": "1"}, **tree}
    return parse_document(json.dumps(whole).encode(), "openapi.json")


def of(operation: dict[str, Any], path: str = "/orders", method: str = "get", **rest: Any) -> dict[str, Any]:
    """A tree with one operation."""
    return {"paths": {path: {method: {"responses": copy.deepcopy(OK), **operation}}}, **rest}


def walked(old: dict[str, Any], new: dict[str, Any], version: str = "3.1.0", newer: str = "") -> Walked:
    """The walk over two trees. Every fact must have its place in the grid, and pointers that lead somewhere."""
    before, after = document(old, version), document(new, newer or version)
    found = walk(before, after)
    for change in found.changes:
        effects, directions = GRID[change.area][change.kind]
        assert change.effect in effects, change
        assert change.direction in directions, change
        assert change.identity, change
        before.resolve(change.pointer_old)
        after.resolve(change.pointer_new)
    for site in found.sites:
        for side, pointer in ((before, site.old), (after, site.new)):
            if pointer is not None:
                side.resolve(pointer)
    return found


def line(change: Change) -> str:
    """`parameter parameter adds request: query parameter limit`."""
    words = (change.area, change.kind, change.effect, change.direction)
    return " ".join(word for word in words if word) + f": {change.subject}"


def lines(old: dict[str, Any], new: dict[str, Any], version: str = "3.1.0", newer: str = "") -> list[str]:
    """All facts, sorted."""
    return sorted(line(change) for change in walked(old, new, version, newer).changes)
