"""What each field of the files that people write means: the docstring that stands under the field in its model.

Read from the model's source when a schema is asked for, so that nothing of it costs anything where calls are served.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any


@cache
def meanings(model: type) -> Mapping[str, str]:
    """By field: its docstring in one line, from the class and those that it is made of."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.split(".", 1)[0] in ("builtins", "pydantic", "typing"):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
        if isinstance(tree, ast.ClassDef):
            found.update(_documented(tree.body))
    return found


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, after in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            yield field.target.id, " ".join(after.value.value.split())


def describe(model: type, aliases: Mapping[str, str], schema: dict[str, Any]) -> None:
    """Put the meanings into the properties of the model's schema; `aliases` are the keys that people write."""
    for name, text in meanings(model).items():
        held = schema.get("properties", {}).get(aliases.get(name, name))
        if isinstance(held, dict):
            held["description"] = text
