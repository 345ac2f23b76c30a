"""What the parts of a schema say together: references followed, `allOf` joined, each member with all its parts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.references import References, UnresolvedError, escape, walk_to

Part = tuple[Any, str]
"""A schema and its pointer."""

DEPTH: Final = 60
"""How deep parts may be nested before the rest counts as anything."""

_ANNOTATIONS: Final = frozenset((
    "title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "nullable",
    "externalDocs", "xml", "$comment", "discriminator", "$schema", "$id", "$anchor", "$defs", "definitions",
))  # fmt: skip
_NO_TYPE: Final = frozenset((
    "required", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "minProperties",
    "maxProperties", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "pattern", "minItems", "maxItems", "uniqueItems", "contains", "propertyNames",
    "unevaluatedProperties", "unevaluatedItems",
))  # fmt: skip


class DanglingError(Exception):
    """A reference that leads nowhere; the arguments are the reference and the pointer where it stands."""

    def __init__(self, reference: str, pointer: str) -> None:
        super().__init__(reference, pointer)
        self.reference = reference
        self.pointer = pointer


@dataclass(slots=True)
class View:
    """The parts of one schema, joined."""

    types: frozenset[str] | None = None
    """None: nothing is said of the type."""
    nullable: bool = False
    members: dict[str, list[Part]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    additional: Part | None = None
    closed: bool = False
    items: list[Part] = field(default_factory=list)
    values: tuple[Any, ...] | None = None
    """Of `enum` and `const`."""
    format: str = ""
    text: str = ""
    alternatives: list[list[Part]] = field(default_factory=list)
    media: bool = False
    """Whether a text is the base64 of something."""


class Sight:
    """Looks at schemas of one document."""

    def __init__(self, tree: dict[str, Any], refs: References, *, old: bool) -> None:
        """`old`: OpenAPI 3.0, where siblings of a reference do not count."""
        self._tree = tree
        self._refs = refs
        self._old = old

    def target(self, schema: Any, pointer: str) -> Part | None:
        """What the reference of a schema leads to. Raises DanglingError."""
        ref = schema.get("$ref", schema.get("$dynamicRef")) if isinstance(schema, dict) else None
        if not isinstance(ref, str):
            return None
        try:
            place = self._refs.find(ref, pointer)
            return walk_to(self._tree, place), place
        except UnresolvedError:
            raise DanglingError(ref, pointer) from None

    def core(self, schema: Any, pointer: str) -> tuple[Any, str, bool]:
        """The schema without wrappings that change no type, its own pointer, and whether they let null in."""
        nullable = False
        seen: set[str] = set()
        while isinstance(schema, dict) and pointer not in seen:
            seen.add(pointer)
            telling = _telling(schema)
            target = self.target(schema, pointer)
            if target is not None and (self._old or not telling - {"$ref", "$dynamicRef"}):
                schema, pointer = target
                continue
            nullable = nullable or schema.get("nullable") is True
            inner = self._wrapped(schema, pointer, telling)
            if inner is None:
                break
            nullable = nullable or inner[2]
            schema, pointer = inner[0], inner[1]
        return schema, pointer, nullable

    def _wrapped(self, schema: dict[str, Any], pointer: str, telling: set[str]) -> tuple[Any, str, bool] | None:
        """The one part of an `allOf`, `anyOf` or `oneOf` that says something, where nothing else does."""
        if len(telling) != 1 or not telling <= {"allOf", "anyOf", "oneOf"}:
            return None
        (key,) = telling
        parts = [part for part in _numbered(schema, key, pointer) if not _only_null(part[0])]
        nulls = len(_list(schema, key)) > len(parts)
        if key == "allOf":
            if any(isinstance(part[0], dict) and part[0].get("nullable") is True for part in parts):
                nulls = True
            parts = [part for part in parts if isinstance(part[0], dict) and _telling(part[0])]
        if len(parts) != 1:
            return None
        return parts[0][0], parts[0][1], nulls

    def view(self, parts: list[Part]) -> View:
        """What the parts say together. Raises DanglingError."""
        view = View()
        self._gather(view, parts, set())
        return view

    def _gather(self, view: View, parts: list[Part], seen: set[str]) -> None:
        waiting = list(reversed(parts))
        while waiting:
            schema, pointer = waiting.pop()
            if not isinstance(schema, dict) or pointer in seen:
                continue
            seen.add(pointer)
            target = self.target(schema, pointer)
            if target is None or not self._old:
                self._add(view, schema, pointer)
            waiting += reversed(list(_numbered(schema, "allOf", pointer)))
            if target is not None:
                waiting.append(target)

    def _add(self, view: View, schema: dict[str, Any], pointer: str) -> None:
        self._add_types(view, schema)
        properties = schema.get("properties")
        if isinstance(properties, dict):
            for name, child in properties.items():
                view.members.setdefault(name, []).append((child, f"{pointer}/properties/{escape(name)}"))
        view.required |= {name for name in _list(schema, "required") if isinstance(name, str)}
        additional = schema.get("additionalProperties")
        if additional is False or schema.get("unevaluatedProperties") is False:
            view.closed = True
        elif isinstance(additional, dict) and additional and view.additional is None:
            view.additional = (additional, f"{pointer}/additionalProperties")
        patterns = schema.get("patternProperties")
        if view.additional is None and isinstance(patterns, dict) and len(patterns) == 1:
            (name, child), *_ = patterns.items()
            view.additional = (child, f"{pointer}/patternProperties/{escape(name)}")
        view.items += list(_numbered(schema, "prefixItems", pointer))
        if isinstance(schema.get("items"), dict):
            view.items.append((schema["items"], f"{pointer}/items"))
        text = schema.get("description") or schema.get("title")
        if not view.text and isinstance(text, str):
            view.text = text
        for key in ("oneOf", "anyOf"):
            group = list(_numbered(schema, key, pointer))
            if group:
                view.alternatives.append(group)

    def _add_types(self, view: View, schema: dict[str, Any]) -> None:
        stated = schema.get("type")
        types = {stated} if isinstance(stated, str) else {t for t in _list(schema, "type") if isinstance(t, str)}
        if "null" in types or (schema.get("nullable") is True and types):
            view.nullable = True
        types -= {"null"}
        if types:
            both = view.types & types if view.types is not None else frozenset(types)
            view.types = both or frozenset(types)
        values = [schema["const"]] if "const" in schema else _list(schema, "enum")
        if values:
            if None in values:
                view.nullable = True
            stays = tuple(value for value in values if value is not None)
            if view.values is not None:
                stays = tuple(value for value in stays if value in view.values) or stays
            view.values = stays
        if isinstance(schema.get("format"), str) and not view.format:
            view.format = schema["format"]
        if schema.get("contentEncoding") == "base64":
            view.media = True


def _telling(schema: dict[str, Any]) -> set[str]:
    return {key for key in schema if key not in _ANNOTATIONS and not key.startswith("x-")}


def says_no_type(schema: Any) -> bool:
    """Whether a schema demands something but adds no type, member or value."""
    return not isinstance(schema, dict) or _telling(schema) <= _NO_TYPE


def _only_null(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    return (
        schema.get("type") in ("null", ["null"])
        or schema.get("enum") == [None]
        or ("const" in schema and schema["const"] is None)
    )


def only_null(part: Part) -> bool:
    """Whether null alone is taken."""
    return _only_null(part[0])


def _numbered(schema: dict[str, Any], key: str, pointer: str) -> Iterator[Part]:
    for index, part in enumerate(_list(schema, key)):
        yield part, f"{pointer}/{key}/{index}"


def _list(schema: dict[str, Any], key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []
