"""Spots as self-contained schemas, open as they are written or closed as a correct sender keeps to them.

A sender is taken as closed where it names members and states nothing about others: it sends what it declares. That is
said with `unevaluatedProperties: false` at each value, so that members named in any alternative that applies count.
"""

from typing import Any, Final
from urllib.parse import quote

from contracts.references import escape
from governance.diff.sets.lowered import LoweredSide, Source
from governance.diff.sets.node import Node, Spot, build

_ONE: Final = ("additionalProperties", "items", "unevaluatedItems", "unevaluatedProperties")
_BY_NAME: Final = ("properties", "patternProperties")
_STATES: Final = ("additionalProperties", "patternProperties", "unevaluatedProperties")
_CLOSED: Final = "~"
_ALTERNATIVES: Final = ("anyOf", "oneOf")


class Emitter:
    """Writes schemas of one side. What was written is kept and must not be changed."""

    def __init__(self, side: LoweredSide, *, closing: bool) -> None:
        self.side = side
        self.closing = closing
        """Whether this side sends, and is closed where it names members."""
        self._closed: dict[str, Any] = {}
        self._closes: dict[Source, bool] = {}

    def schema(self, spot: Spot, most: int = 10**9) -> tuple[dict[str, Any], bool]:
        """The schema of a spot, with `$defs`; False where more than `most` definitions were cut off as `true`."""
        sources = [*spot.sources, *((key, (*path, number)) for key, path, number in spot.choices)]
        definitions, whole = self.side.closure([key for key, _ in sources], most)
        known = {definition.key for definition in definitions}
        cut = {ref for definition in definitions for ref in definition.refs if ref not in known}
        mark = _CLOSED if self.closing else ""
        defs: dict[str, Any] = {}
        for definition in definitions:
            defs[definition.key] = definition.schema
            if mark:
                defs[definition.key + mark] = self._closed_definition(definition.key)
        defs |= dict.fromkeys([name for ref in cut for name in ((ref, ref + mark) if mark else (ref,))], True)
        out: dict[str, Any] = {"allOf": [{"$ref": _ref(key + mark, path)} for key, path in sources], "$defs": defs}
        if not sources:
            del out["allOf"]
        if self.closing and self.closes(spot):
            out["unevaluatedProperties"] = False
        return out, whole

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

    def _closed_definition(self, key: str) -> Any:
        if key not in self._closed:
            self._closed[key] = self._in_place((key, ()), self.side.lowering.definitions[key].schema)
        return self._closed[key]

    def _in_place(self, source: Source, schema: Any) -> Any:
        """The same schema with what lies below each value closed."""
        if not isinstance(schema, dict):
            return schema
        key, path = source
        out = dict(schema)
        for keyword, value in schema.items():
            at = (*path, keyword)
            if keyword == "$ref":
                out[keyword] = value + _CLOSED
            elif keyword == "allOf":
                out[keyword] = [self._in_place((key, (*at, i)), part) for i, part in enumerate(value)]
            elif keyword in _ALTERNATIVES:
                out[keyword] = [self._branch(source, (key, (*at, i)), part) for i, part in enumerate(value)]
            elif keyword in ("then", "else"):
                out[keyword] = self._in_place((key, at), value)
            elif keyword == "dependentSchemas":
                out[keyword] = {n: self._in_place((key, (*at, n)), part) for n, part in value.items()}
            elif keyword in _BY_NAME:
                out[keyword] = {n: self._below((key, (*at, n)), part) for n, part in value.items()}
            elif keyword in _ONE:
                out[keyword] = self._below((key, at), value)
            elif keyword == "prefixItems":
                out[keyword] = [self._below((key, (*at, i)), part) for i, part in enumerate(value)]
        return out

    def _branch(self, holder: Source, source: Source, schema: Any) -> Any:
        """A branch that speaks of other members, or of none at all, goes on doing so."""
        closed = self._in_place(source, schema)
        if not isinstance(closed, dict) or "additionalProperties" in closed:
            return closed
        node = build(self.side, Spot((source,)))
        speaks = "patternProperties" in node.keywords and not any(k in node.keywords for k in ("additionalProperties",))
        if speaks or not (node.names or node.groups or build(self.side, Spot((holder,))).names):
            return {**closed, "additionalProperties": True}
        return closed

    def _below(self, source: Source, schema: Any) -> Any:
        closed = self._in_place(source, schema)
        if not isinstance(closed, dict) or "unevaluatedProperties" in closed:
            return closed
        if source not in self._closes:
            self._closes[source] = False  # one that leads back to itself in place adds nothing
            self._closes[source] = self.closes(Spot((source,)))
        return {**closed, "unevaluatedProperties": False} if self._closes[source] else closed


def _ref(key: str, path: tuple[str | int, ...]) -> str:
    steps = "".join("/" + quote(escape(step), safe="~!$&'()*+,;=:@") for step in path)
    return f"#/$defs/{key}{steps}"
