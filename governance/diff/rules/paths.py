"""Paths: the addresses of a contract."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, document, example
from governance.diff.rules.lifecycle import removal
from governance.diff.rules.writing import ADDS, CHANGES, NONE, REMOVES, B, I, documentation, extensions
from governance.diff.wording import says, valued
from governance.finding import Direction
from governance.rules import Rule


def _with(path: str, **fields: Any) -> dict[str, Any]:
    return document(paths={"/orders": {"get": {"responses": OK}}, path: {"get": {"responses": OK}, **fields}})


def _by(name: str) -> dict[str, Any]:
    stated = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return document(paths={f"/orders/{{{name}}}": {"get": {"parameters": [stated], "responses": OK}}})


def _deprecated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return document(paths={"/orders": {"get": {"responses": OK}}, "/old": {"get": {"responses": OK, **fields}}})


RULES: Final = (
    *removal(Area.PATH, "path", "path", Direction.NONE, _deprecated, document()),
    Rule(
        "path-added", Area.PATH, ("path",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="Nobody calls it yet; what it answers could not be asked for before.",
        do="You may now call it.",
        example=example(document(), _with("/stock")),
        message=says("the path was added"),
    ),
    Rule(
        "path-removed", Area.PATH, ("path",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Calls to it find nothing.",
        do="You must stop calling it.",
        example=example(_with("/stock"), document()),
        message=says("the path was removed"),
    ),
    Rule(
        "path-parameter-renamed", Area.PATH, ("parameter-name",), CHANGES, NONE, I, I, B,
        exposes=False,
        reason="Names of path parameters are not on the wire: the same URLs match. A generated client calls its "
        "argument otherwise.",
        do="Nothing on the wire; rename the argument where you use a generated client.",
        example=example(_by("id"), _by("number")),
        message=valued("the name of the path parameter"),
    ),
    documentation(
        Area.PATH, ("description",), NONE,
        example(_with("/stock", description="what is there"), _with("/stock", description="what is in store")),
    ),
    extensions(Area.PATH, NONE, example(_with("/stock"), _with("/stock", **{"x-team": "stock"}))),
)  # fmt: skip
