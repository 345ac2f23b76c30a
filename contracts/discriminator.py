"""Reads a `discriminator` (OpenAPI 3.x, "Discriminator Object"): which branch each value of the member names."""

from dataclasses import dataclass
from typing import Any

from contracts.direction import Members
from contracts.references import References, UnresolvedError


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative with the values that name it."""

    schema: Any
    pointer: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The alternatives of one `oneOf` or `anyOf`. `others` take no objects, so the member cannot name them."""

    keyword: str
    member: str
    branches: tuple[Branch, ...]
    others: tuple[Branch, ...]
    fallback: Branch | None
    dangling: tuple[str, ...]
    """Values whose mapping names nothing in the document."""


def read_alternatives(schema: dict[str, Any], pointer: str, refs: References, members: Members) -> Alternatives | None:
    """None where the member cannot choose: no list of alternatives, or one that takes objects and has no name.

    Then the alternatives judge as they stand, which OpenAPI allows: a discriminator is a shorter way to the same
    outcome. A discriminator on a parent of `allOf` does not judge at all (OpenAPI 3.0.4, "Models with Polymorphism").
    """
    stated = schema.get("discriminator")
    member = stated.get("propertyName") if isinstance(stated, dict) else None
    keyword = next((name for name in ("oneOf", "anyOf") if isinstance(schema.get(name), list)), None)
    if not isinstance(stated, dict) or not isinstance(member, str) or keyword is None:
        return None
    named, dangling = _mapped(stated.get("mapping"), pointer, refs)
    branches: list[Branch] = []
    others: list[Branch] = []
    for i, part in enumerate(schema[keyword]):
        at = f"{pointer}/{keyword}/{i}"
        values = _values(part, at, member, named, members)
        if values:
            branches.append(Branch(part, at, values))
        elif _takes_no_object(part):
            others.append(Branch(part, at))
        else:
            return None
    if not branches:
        return None
    fallback = None
    default = stated.get("defaultMapping")
    if isinstance(default, str):
        place = _place(default, pointer, refs)
        if place is None:
            return None
        fallback = Branch({"$ref": "#" + place}, f"{pointer}/discriminator/defaultMapping")
    return Alternatives(keyword, member, tuple(branches), tuple(others), fallback, dangling)


def _mapped(mapping: Any, pointer: str, refs: References) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Pointer of a schema -> the values that the mapping gives it; and the values that it gives to nothing."""
    found: dict[str, list[str]] = {}
    dangling: list[str] = []
    for value, name in mapping.items() if isinstance(mapping, dict) else ():
        place = _place(name, pointer, refs) if isinstance(name, str) else None
        if place is None:
            dangling.append(str(value))
        else:
            found.setdefault(place, []).append(str(value))
    return found, tuple(dangling)


def _place(name: str, pointer: str, refs: References) -> str | None:
    """A mapping holds the name of a component, or a reference; the name is tried first."""
    for ref in (f"#/components/schemas/{name}", name):
        try:
            return refs.find(ref, pointer)
        except UnresolvedError:
            continue
    return None


def _values(part: Any, at: str, member: str, named: dict[str, list[str]], members: Members) -> tuple[str, ...]:
    if not isinstance(part, dict):
        return ()
    target = members.target(part, at)
    if target is None:
        return _constants(part, member)
    _, place = target
    values = list(named.get(place, ()))
    if place.startswith("/components/schemas/"):
        values.append(place.rpartition("/")[2].replace("~1", "/").replace("~0", "~"))
    return tuple(dict.fromkeys(values))


def _constants(part: dict[str, Any], member: str) -> tuple[str, ...]:
    """An inline alternative is named by the constant that it asks of the member."""
    properties = part.get("properties")
    schema = properties.get(member) if isinstance(properties, dict) else None
    if not isinstance(schema, dict):
        return ()
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return ()
    return tuple(values)


def takes_objects_only(found: Alternatives, members: Members) -> bool:
    """Whether every alternative asks for an object, so that anything else can be told so in plain words."""
    for branch in found.branches:
        target = members.target(branch.schema, branch.pointer)
        schema = branch.schema if target is None else target[0]
        if not isinstance(schema, dict) or schema.get("type") != "object" or schema.get("nullable") is True:
            return False
    return not found.others


def _takes_no_object(part: Any) -> bool:
    if not isinstance(part, dict):
        return part is False
    types = part.get("type")
    return bool(types) and "object" not in (types if isinstance(types, list) else [types])
