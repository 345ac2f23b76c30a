"""The normal form of a schema at one place: everything that judges the same value, merged.

References are followed, `allOf` is flattened, alternatives of one are taken in, `const` is an `enum` of one, keywords
of types that are not admitted and keywords that demand nothing are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import re2

from governance.diff.same import canonical
from governance.diff.sets.lowered import LoweredSide, Source

Sources = tuple[Source, ...]
Choice = tuple[str, tuple[str | int, ...], int]
"""Definition key, path of the `anyOf` or `oneOf`, number of the branch."""

TYPES: Final = frozenset({"array", "boolean", "null", "number", "object", "string"})
_APPLIES: Final = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": (
        "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains",
        "unevaluatedItems",
    ),
    "object": (
        "properties", "patternProperties", "additionalProperties", "propertyNames", "minProperties", "maxProperties",
        "required", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
    ),
}  # fmt: skip
_SAME_FORMATS: Final = {"\0base64": "byte"}
"""`contentEncoding: base64` of 3.1 is `format: byte` of 3.0."""
_TYPE_OF: Final = {keyword: name for name, keywords in _APPLIES.items() for keyword in keywords}
_NOTHING: Final[dict[str, Any]] = {
    "minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "required": [], "pattern": "",
    "properties": {}, "patternProperties": {}, "dependentRequired": {}, "dependentSchemas": {}, "prefixItems": [],
    "items": True, "propertyNames": True, "unevaluatedItems": True,
}  # fmt: skip
"""What these keywords hold when they demand nothing."""


class Spot(NamedTuple):
    """A schema at one place: what judges the value, and which alternatives were chosen."""

    sources: Sources
    choices: tuple[Choice, ...] = ()


ANY: Final = Spot(())
"""Where nothing is stated: every value is valid."""


class Stated(NamedTuple):
    """A keyword as one schema states it."""

    value: Any
    source: Source
    """Of the schema that states it."""


class Group(NamedTuple):
    """Alternatives that are still open."""

    keyword: str
    source: Source
    """Of the schema that holds the list."""
    size: int


@dataclass(slots=True)
class Node:
    """The merged schema of a spot."""

    spot: Spot
    never: bool = False
    """Whether a `false` or contradicting types leave no value."""
    whole: bool = True
    """False where a schema leads back to itself in place, so that what it demands is not known."""
    types: frozenset[str] = TYPES
    integer: bool = False
    """Whether numbers are whole."""
    enum: tuple[Any, ...] | None = None
    keywords: dict[str, list[Stated]] = field(default_factory=dict)
    """All but `type`, `enum`, `const` and what joins schemas in place."""
    typed: list[Stated] = field(default_factory=list)
    """Where `type` is stated; likewise `listed` for `enum` and `const`."""
    listed: list[Stated] = field(default_factory=list)
    parts: list[Source] = field(default_factory=list)
    """All schemas that were merged, the outermost first."""
    groups: list[Group] = field(default_factory=list)

    def values(self, keyword: str) -> list[Any]:
        """What the parts state for a keyword."""
        return [stated.value for stated in self.keywords.get(keyword, ())]

    @property
    def names(self) -> dict[str, None]:
        """Names of declared members, in the order of the document."""
        return {name: None for value in self.values("properties") for name in value}


def build(side: LoweredSide, spot: Spot) -> Node:
    """Merge what judges the value at a spot, once for each."""
    node: Node | None = side.nodes.get(spot)
    if node is None:
        node = side.nodes[spot] = _build(side, spot)
    return node


def _build(side: LoweredSide, spot: Spot) -> Node:
    node = Node(spot)
    chosen = {(key, path): number for key, path, number in spot.choices}
    waiting = list(spot.sources)
    seen: set[Source] = set()
    while waiting:
        source = waiting.pop(0)
        if source in seen:
            continue
        seen.add(source)
        schema = side.schema(source)
        if isinstance(schema, bool):
            node.never = node.never or not schema
            if not schema or side.forbids(source) or side.fault(source):
                node.parts.append(source)
            continue
        node.parts.append(source)
        ahead: list[Source] = []
        for keyword, value in schema.items():
            _take(side, node, keyword, value, source, chosen, ahead)
        waiting[:0] = ahead
    _settle(node)
    return node


def _take(
    side: LoweredSide,
    node: Node, keyword: str, value: Any, source: Source,
    chosen: dict[tuple[str, tuple[str | int, ...]], int], ahead: list[Source],
) -> None:  # fmt: skip
    key, path = source
    if keyword == "$ref":
        ahead.append((value.rpartition("/")[2], ()))
    elif keyword == "allOf":
        ahead += [(key, (*path, keyword, i)) for i in range(len(value))]
    elif keyword in ("anyOf", "oneOf"):
        open_ = [i for i, branch in enumerate(value) if branch is not False]
        number = chosen.get((key, (*path, keyword)))
        if number is not None:
            ahead.append((key, (*path, keyword, number)))
        elif not open_:
            node.never = True
        elif keyword == "anyOf" and any(branch is True or branch == {} for branch in value):
            return
        elif len(open_) == 1 or (keyword == "anyOf" and _are_one(side, [(key, (*path, keyword, i)) for i in open_])):
            ahead.append((key, (*path, keyword, open_[0])))
        else:
            node.groups.append(Group(keyword, source, len(value)))
    elif keyword == "not" and (isinstance(value, bool) or value == {}):
        node.never = node.never or value is not False
    elif keyword == "not" and value.keys() == {"not"}:
        ahead.append((key, (*path, "not", "not")))
    elif keyword == "type":
        node.typed.append(Stated(value, source))
    elif keyword in ("enum", "const"):
        node.listed.append(Stated(value if keyword == "enum" else [value], source))
    elif not _demands_nothing(keyword, value):
        meant = _SAME_FORMATS.get(value, value) if keyword == "format" else value
        node.keywords.setdefault(keyword, []).append(Stated(meant, source))


def _are_one(side: LoweredSide, branches: list[Source]) -> bool:
    """Whether alternatives are written the same way, with all that they say beside their demands."""
    texts = {(canonical(side.schema(branch)), canonical(side.raw(branch))) for branch in branches}
    return len(texts) == 1


def _demands_nothing(keyword: str, value: Any) -> bool:
    if keyword not in _NOTHING:
        return False
    nothing = _NOTHING[keyword]
    return value is nothing if isinstance(nothing, bool) and value != {} else value in ({}, nothing)


def _settle(node: Node) -> None:
    admitted: set[str] = {*TYPES, "integer"}
    for stated in node.typed:
        names = stated.value if isinstance(stated.value, list) else [stated.value]
        wider = {*names, "integer"} if "number" in names else set(names)
        admitted &= wider
    if "number" not in admitted and "integer" in admitted:
        node.integer = True
        admitted.add("number")
    node.types = frozenset(admitted & TYPES)
    for stated in node.listed:
        known = None if node.enum is None else {canonical(value) for value in node.enum}
        node.enum = tuple({canonical(v): v for v in stated.value if known is None or canonical(v) in known}.values())
    if node.enum is not None:
        node.enum = tuple(value for value in node.enum if _admits(node, value))
        node.types &= frozenset(type_name(value) for value in node.enum)
        node.never = node.never or not node.enum
        if {canonical(value) for value in node.enum} in _ALL_VALUES:
            node.enum = None  # the type says as much
    node.never = node.never or not node.types
    for keyword in [k for k in node.keywords if _TYPE_OF.get(k, "string") not in node.types and k in _TYPE_OF]:
        del node.keywords[keyword]


def _admits(node: Node, value: Any) -> bool:
    name = type_name(value)
    return name in node.types and not (name == "number" and node.integer and value != int(value))


def type_name(value: Any) -> str:
    """The type of a value; `number` also for whole numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list | tuple) else "number"


def member(node: Node, name: str) -> Spot:
    """What a member of this name must be, as written; ANY where nothing is stated for it."""
    found: list[Source] = []
    loose: list[Source] = []
    for key, path in node.parts:
        own = {k: s.value for k in _MEMBERS for s in node.keywords.get(k, ()) if s.source == (key, path)}
        here = [(key, (*path, "properties", name))] if name in own.get("properties", ()) else []
        here += [
            (key, (*path, "patternProperties", pattern))
            for pattern in own.get("patternProperties", ())
            if matches(pattern, name)
        ]
        if not here and "additionalProperties" in own:
            here = [(key, (*path, "additionalProperties"))]
        found += here
        if "unevaluatedProperties" in own:
            loose.append((key, (*path, "unevaluatedProperties")))
    return Spot(tuple(found or loose))


_ITEMS: Final = ("prefixItems", "items", "unevaluatedItems")
_MEMBERS: Final = ("properties", "patternProperties", "additionalProperties", "unevaluatedProperties")


def item(node: Node, number: int | None) -> Spot:
    """What the item at this place must be; None: those behind every stated place."""
    found: list[Source] = []
    loose: list[Source] = []
    for key, path in node.parts:
        own = {k: s.value for k in _ITEMS for s in node.keywords.get(k, ()) if s.source == (key, path)}
        prefix = own.get("prefixItems", [])
        if number is not None and number < len(prefix):
            found.append((key, (*path, "prefixItems", number)))
        elif "items" in own:
            found.append((key, (*path, "items")))
        elif "unevaluatedItems" in own:
            loose.append((key, (*path, "unevaluatedItems")))
    return Spot(tuple(found or loose))


_ALL_VALUES: Final = ({"null"}, {"true", "false"}, {"true", "false", "null"})
"""Lists of values that hold every value of their types."""


@lru_cache(maxsize=4096)
def matches(pattern: str, name: str) -> bool:
    """Whether a pattern is found in a name. One that no linear engine runs matches nothing."""
    try:
        return re2.search(pattern, name) is not None
    except re2.error:
        return False


def choices_of(node: Node) -> Iterator[tuple[Group, list[Choice]]]:
    """The open alternatives, each with the choices that it offers."""
    for group in node.groups:
        key, path = group.source
        yield group, [(key, (*path, group.keyword), number) for number in range(group.size)]
