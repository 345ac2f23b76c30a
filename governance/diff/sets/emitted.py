"""Spots as self-contained schemas, open as they are written or closed as a correct sender keeps to them.

A sender is taken as closed where it names members and states nothing about others: it sends what it declares. That is
said with `unevaluatedProperties: false` at each value, so that members named in any alternative that applies count.
"""

from typing import Any, Final
from urllib.parse import quote

from contracts.references import escape
from governance.diff.sets.lowered import LoweredSide, Source
from governance.diff.sets.node import Node, Spot, build

NEAR: Final = 60
"""So many definitions are looked into where values are tried; what lies deeper is taken as anything."""
ASKED: Final = 40
"""So many definitions the algebra is asked about at the most."""
_ONE: Final = ("additionalProperties", "items", "unevaluatedItems", "unevaluatedProperties")
_BY_NAME: Final = ("properties", "patternProperties")
_STATES: Final = ("additionalProperties", "patternProperties", "unevaluatedProperties")
_CLOSED: Final = "~"
"""Marks definitions of values that are closed here; what lies below them is closed where it names members."""
_STATED: Final = "!"
"""Marks definitions of values that say themselves what else they may hold; below them the same."""
_ALTERNATIVES: Final = ("anyOf", "oneOf")


class Emitter:
    """Writes schemas of one side. What was written is kept and must not be changed."""

    def __init__(self, side: LoweredSide, *, closing: bool) -> None:
        self.side = side
        self.closing = closing
        """Whether this side sends, and is closed where it names members."""
        self._closed: dict[str, Any] = {}
        self._closes: dict[Source, bool] = {}
        self._parts: dict[tuple[Source, str], Any] = {}

    def schema(self, spot: Spot, most: int = 10**9) -> tuple[dict[str, Any], bool]:
        """The schema of a spot, with `$defs`; False where more than `most` definitions were cut off as `true`.

        What the spot is part of is not among the definitions: only what it leads to.
        """
        closed, mark = self._mark(spot)
        parts = [self._part(source, mark) for source in _sources(spot)]
        definitions, whole = self.side.closure(_named(parts), most)
        known = {definition.key for definition in definitions}
        cut = {ref for definition in definitions for ref in definition.refs if ref not in known}
        marks = (_CLOSED, _STATED) if self.closing else ()
        defs: dict[str, Any] = {}
        for definition in definitions:
            defs[definition.key] = definition.schema
            for other in marks:
                defs[definition.key + other] = self._definition(definition.key, other)
        defs |= dict.fromkeys([ref + other for ref in cut for other in ("", *marks)], True)
        out: dict[str, Any] = {"allOf": parts, "$defs": defs} if parts else {"$defs": defs}
        if closed:
            out["unevaluatedProperties"] = False
        return out, whole

    def reference(self, spot: Spot, name: str) -> dict[str, Any]:
        """The schema of a spot by reference to definitions that are known as `name`."""
        closed, mark = self._mark(spot)
        out: dict[str, Any] = {"allOf": [{"$ref": f"{name}{_ref(key + mark, path)}"} for key, path in _sources(spot)]}
        if not out["allOf"]:
            return {}
        return {**out, "unevaluatedProperties": False} if closed else out

    def definitions(self) -> dict[str, Any]:
        """Every definition of this side, for `reference`."""
        marks = (_CLOSED, _STATED) if self.closing else ()
        defs: dict[str, Any] = {}
        for key, definition in self.side.lowering.definitions.items():
            defs[key] = definition.schema
            defs |= {key + mark: self._definition(key, mark) for mark in marks}
        return defs

    def _mark(self, spot: Spot) -> tuple[bool, str]:
        closed = self.closing and self.closes(spot)
        return closed, "" if not self.closing else _CLOSED if closed else _STATED

    def _part(self, source: Source, mark: str) -> Any:
        if (source, mark) not in self._parts:
            schema = self.side.schema(source)
            self._parts[source, mark] = self._in_place(source, schema, mark) if mark else schema
        return self._parts[source, mark]

    def closes(self, spot: Spot) -> bool:
        """Whether a sender keeps to the declared members here."""
        return self.closing and self.closes_node(build(self.side, spot))

    def closes_node(self, node: Node) -> bool:
        """As `closes`, for a node that is there already."""
        if not self.closing or "object" not in node.types:
            return False
        if any(keyword in node.keywords for keyword in _STATES):
            return False
        named = bool(node.names) or bool(self.conditional_names(node))
        return named or any(self._branch_names(group.source, group.keyword, group.size) for group in node.groups)

    def conditional_names(self, node: Node) -> dict[str, None]:
        """Members that only a condition declares."""
        found: dict[str, None] = {}
        for keyword in ("if", "then", "else"):
            for stated in node.keywords.get(keyword, ()):
                key, path = stated.source
                found |= build(self.side, Spot(((key, (*path, keyword)),))).names
        for stated in node.keywords.get("dependentSchemas", ()):
            key, path = stated.source
            for name in stated.value:
                found |= build(self.side, Spot(((key, (*path, "dependentSchemas", name)),))).names
        return found

    def _branch_names(self, source: Source, keyword: str, size: int) -> bool:
        key, path = source
        branches = [Spot(((key, (*path, keyword, number)),)) for number in range(size)]
        return any(self._names_somewhere(spot) for spot in branches)

    def _names_somewhere(self, spot: Spot, depth: int = 0) -> bool:
        node = build(self.side, spot)
        if node.names:
            return True
        return depth < 6 and any(
            self._names_somewhere(Spot(((g.source[0], (*g.source[1], g.keyword, n)),)), depth + 1)
            for g in node.groups
            for n in range(g.size)
        )

    def _definition(self, key: str, mark: str) -> Any:
        if key + mark not in self._closed:
            schema = self.side.lowering.definitions[key].schema
            self._closed[key + mark] = self._in_place((key, ()), schema, mark)
        return self._closed[key + mark]

    def _in_place(self, source: Source, schema: Any, mark: str) -> Any:
        """The same schema with what lies below each value closed."""
        if not isinstance(schema, dict):
            return schema
        key, path = source
        out = dict(schema)
        for keyword, value in schema.items():
            at = (*path, keyword)
            if keyword == "$ref":
                out[keyword] = value + mark
            elif keyword == "allOf":
                out[keyword] = [self._in_place((key, (*at, i)), part, mark) for i, part in enumerate(value)]
            elif keyword in _ALTERNATIVES:
                out[keyword] = [self._branch(source, (key, (*at, i)), part, mark) for i, part in enumerate(value)]
            elif keyword in ("then", "else"):
                out[keyword] = self._in_place((key, at), value, mark)
            elif keyword == "dependentSchemas":
                out[keyword] = {n: self._in_place((key, (*at, n)), part, mark) for n, part in value.items()}
            elif keyword in _BY_NAME:
                out[keyword] = {n: self._below((key, (*at, n)), part) for n, part in value.items()}
            elif keyword in _ONE:
                out[keyword] = self._below((key, at), value)
            elif keyword == "prefixItems":
                out[keyword] = [self._below((key, (*at, i)), part) for i, part in enumerate(value)]
        twice = schema.get("not")
        if isinstance(twice, dict) and twice.keys() == {"not"}:
            # Nothing below `not` counts as evaluated, so what is meant is said once more.
            meant = self._in_place((key, (*path, "not", "not")), twice["not"], mark)
            out["allOf"] = [*out.get("allOf", ()), meant]
        return out

    def _branch(self, holder: Source, source: Source, schema: Any, mark: str) -> Any:
        """A branch that speaks of other members, or of none at all, goes on doing so where the value is closed."""
        closed = self._in_place(source, schema, mark)
        if mark != _CLOSED or not isinstance(closed, dict) or "additionalProperties" in closed:
            return closed
        node = build(self.side, Spot((source,)))
        speaks = "patternProperties" in node.keywords and "additionalProperties" not in node.keywords
        if speaks or not (node.names or node.groups or build(self.side, Spot((holder,))).names):
            return {**closed, "additionalProperties": True}
        return closed

    def _below(self, source: Source, schema: Any) -> Any:
        if source not in self._closes:
            self._closes[source] = False  # one that leads back to itself in place adds nothing
            self._closes[source] = self.closes(Spot((source,)))
        shut = self._closes[source]
        closed = self._in_place(source, schema, _CLOSED if shut else _STATED)
        if not shut or not isinstance(closed, dict) or "unevaluatedProperties" in closed:
            return closed
        return {**closed, "unevaluatedProperties": False}


def _sources(spot: Spot) -> list[Source]:
    """What judges a value, the chosen alternatives with it."""
    return [*spot.sources, *((key, (*path, number)) for key, path, number in spot.choices)]


def _named(parts: list[Any]) -> list[str]:
    """The definitions that these name, without their marks."""
    found: dict[str, None] = {}
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            ref = part.get("$ref")
            if isinstance(ref, str):
                found[ref.rpartition("/")[2].rstrip(_CLOSED + _STATED)] = None
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return list(found)


def _ref(key: str, path: tuple[str | int, ...]) -> str:
    steps = "".join("/" + quote(escape(step), safe="~!$&'()*+,;=:@") for step in path)
    return f"#/$defs/{key}{steps}"
