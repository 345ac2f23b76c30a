"""Generated source, read again: it holds the classes that were asked for, and nothing else."""

import ast
from collections.abc import Iterable, Sequence
from typing import Final

from codegen.shapes.shape import EnumShape, ObjectShape

_MODULES: Final = frozenset(["__future__", "pydantic", "typing", "datetime", "uuid", "decimal", "enum"])
_CALLS: Final = frozenset(["Field", "ConfigDict"])


class UnfaithfulError(Exception):
    """The generator wrote something else than it was asked for; the message says what."""


def verify_objects(source: str, objects: Sequence[ObjectShape]) -> None:
    """Raises UnfaithfulError where classes, members, wire names, imports or calls are not those expected."""
    found = _classes(source)
    wanted = {shape.name: shape for shape in objects}
    _same("classes", found.keys(), wanted.keys())
    for name, shape in wanted.items():
        members = {
            node.target.id: _alias(node) or node.target.id
            for node in found[name].body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        _same(f"members of {name}", members.items(), {member.name: member.wire for member in shape.members}.items())


def verify_enums(source: str, enums: Sequence[EnumShape]) -> None:
    """As `verify_objects`, for enumerations."""
    found = _classes(source)
    _same("enumerations", found.keys(), {enum.name for enum in enums})
    for enum in enums:
        values = {
            target.id: node.value.value if isinstance(node.value, ast.Constant) else _negative(node.value)
            for node in found[enum.name].body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        _same(f"values of {enum.name}", values.items(), dict(enum.values).items())


def _classes(source: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(source)
    classes: dict[str, ast.ClassDef] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
        elif isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not _known(node)):
            raise UnfaithfulError(f"an import that nobody asked for: {ast.unparse(node)}")
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Call) and not _is_known_call(inner):
            raise UnfaithfulError(f"a call that nobody asked for: {ast.unparse(inner)[:80]}")
        if isinstance(inner, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.Await):
            raise UnfaithfulError("code that nobody asked for")
    return classes


def _known(node: ast.ImportFrom) -> bool:
    module = node.module or ""
    return module in _MODULES or module.endswith(("._runtime.values", ".enums", ".choices"))


def _is_known_call(node: ast.Call) -> bool:
    called = node.func
    if isinstance(called, ast.Name):
        return called.id in _CALLS
    return isinstance(called, ast.Attribute) and called.attr == "model_rebuild" and not node.args and not node.keywords


def _alias(node: ast.AnnAssign) -> str | None:
    for inner in ast.walk(node.annotation):
        if isinstance(inner, ast.Call):
            for keyword in inner.keywords:
                if keyword.arg == "alias" and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return None


def _negative(node: ast.expr) -> object:
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else None
    return -inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, int) else None


def _same(what: str, found: Iterable[object], wanted: Iterable[object]) -> None:
    have, want = set(found), set(wanted)
    if have != want:
        lacking = sorted(map(str, want - have))[:3]
        more = sorted(map(str, have - want))[:3]
        raise UnfaithfulError(f"{what} differ: missing {lacking}, unexpected {more}")
