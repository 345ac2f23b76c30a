"""Which members of a body a contract names, place by place: the closed world of what it describes.

Made at load time from a lowered schema. A name is known where any part of the schema that judges the same value names
it, whether or not that part applies to this value: of `oneOf` all branches count, and so do `if`, `not` and what
`required` names. Everything is known where the contract leaves a place open: `additionalProperties` that is not false,
`unevaluatedProperties` likewise, `propertyNames`, an object among the values of `enum`, or no members named at all, be
it in one branch of a `oneOf` only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.definition import Definition
from contracts.engine import Engine, EngineRefusedError, make_engine

_MOST_PLACES: Final = 50_000


class TooManyPlacesError(Exception):
    """The schema describes more different places than are kept."""


class Place:
    """One place where a value can stand."""

    __slots__ = ("items", "names", "patterns", "rest")

    def __init__(self) -> None:
        self.names: dict[str, Place] = {}
        self.patterns: tuple[tuple[Engine, Place], ...] = ()
        self.rest: Place | None = None
        """What every other name leads to; None: other names are unknown."""
        self.items: Place = self

    def below(self, name: str) -> "Place | None":
        """The place of a member; None where the contract does not name it."""
        found = self.names.get(name)
        if found is not None:
            return found
        for pattern, place in self.patterns:
            if pattern.is_valid(name):
                return place
        return self.rest


ANYWHERE: Final = Place()
"""A place, and all below it, of which the contract leaves open what stands there."""
ANYWHERE.rest = ANYWHERE


Below = tuple[frozenset[int], frozenset[int]]
"""What judges a value, by the ids of schemas: all of the first, and one or several of the second."""

_NOTHING: Final[Below] = (frozenset(), frozenset())
_OPEN: Final[dict[str, Any]] = {}
"""Stands for a branch that says nothing of a value."""


@dataclass(slots=True)
class _Said:
    """What the parts of a schema that judge one value say together."""

    names: dict[str, Below] = field(default_factory=dict)
    patterns: dict[str, Below] = field(default_factory=dict)
    rest: Below = _NOTHING
    items: Below | None = None
    named: set[str] = field(default_factory=set)
    """Named, but by no schema of their own (`required`)."""
    open: bool = False
    firm: bool = False
    """It names members, or rules others out, whatever branch applies."""
    loose: bool = False
    """One branch names members, and another leaves them open."""
    objects: bool = True
    arrays: bool = True

    def also(self, other: "_Said") -> None:
        """Both hold."""
        for mine, its in ((self.names, other.names), (self.patterns, other.patterns)):
            for name, below in its.items():
                mine[name] = _both(mine.get(name, _NOTHING), below)
        self.rest = _both(self.rest, other.rest)
        self.items = other.items if self.items is None else _both(self.items, other.items or _NOTHING)
        self.named |= other.named
        self.open = self.open or other.open
        self.firm = self.firm or other.firm
        self.loose = self.loose or other.loose
        self.objects = self.objects and other.objects
        self.arrays = self.arrays and other.arrays


def _both(one: Below, other: Below) -> Below:
    return one[0] | other[0], one[1] | other[1]


def _one_of(several: Iterable[Below]) -> Below:
    return frozenset(), frozenset[int]().union(*(all_of | some_of for all_of, some_of in several))


def _either(branches: Sequence[_Said]) -> _Said:
    """One or several of the branches hold."""
    made = _Said()
    for kind in ("names", "patterns"):
        for name in {name: None for branch in branches for name in getattr(branch, kind)}:
            said = [getattr(b, kind).get(name) or (b.rest if b.open else None) for b in branches]
            getattr(made, kind)[name] = _one_of(below for below in said if below is not None)
    made.rest = _one_of(branch.rest for branch in branches if branch.open)
    items = [branch.items for branch in branches if branch.items is not None]
    if items:
        left_open = any(branch.arrays and branch.items is None for branch in branches)
        made.items = _one_of([*items, (frozenset({id(_OPEN)} if left_open else ()), frozenset())])
    made.named = set[str]().union(*(branch.named for branch in branches))
    made.open = any(branch.open for branch in branches)
    taking = [branch for branch in branches if branch.objects]
    made.firm = bool(taking) and all(branch.firm for branch in taking)
    made.loose = not made.firm and any(branch.firm or branch.loose for branch in taking)
    made.objects = bool(taking)
    made.arrays = any(branch.arrays for branch in branches)
    return made


class KnownMembers:
    """The places of the schemas of one direction of a contract, each made once. Not thread-safe: load time only."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self._definitions = definitions
        self._schemas: dict[int, Any] = {id(_OPEN): _OPEN}
        self._said: dict[int, _Said] = {}
        self._places: dict[Below, Place] = {}
        self._waiting: list[tuple[Place, Below]] = []
        self._engines: dict[str, Engine | None] = {}
        self._full = False

    def of(self, key: str) -> Place:
        """The place that a definition describes. Raises TooManyPlacesError."""
        return self._made(self._below(self._definitions[key].schema))

    def of_items(self, key: str | None, item_key: str | None) -> Place:
        """The place of each item of a list, by the schema of the list and that of an item."""
        below = _NOTHING
        if key is not None:
            below = self._of(self._definitions[key].schema).items or _NOTHING
        if item_key is not None:
            below = _both(below, self._below(self._definitions[item_key].schema))
        return self._made(below)

    def _made(self, below: Below) -> Place:
        if self._full:
            raise TooManyPlacesError
        place = self._place(below)
        while self._waiting:
            self._fill(*self._waiting.pop())
        return place

    def _below(self, schema: Any) -> Below:
        """What says nothing is left out, but not in a branch: there it leaves the value open."""
        if not isinstance(schema, dict) or not schema:
            return frozenset({id(_OPEN)} if schema is not False else ()), frozenset()
        self._schemas[id(schema)] = schema
        return frozenset({id(schema)}), frozenset()

    def _place(self, below: Below) -> Place:
        below = (below[0] - {id(_OPEN)}, below[1])
        if not below[0] and below[1] <= {id(_OPEN)}:
            return ANYWHERE
        known = self._places.get(below)
        if known is None:
            if len(self._places) >= _MOST_PLACES:
                self._full = True  # some places lead nowhere now, so none that comes after may be made of them
                raise TooManyPlacesError
            known = self._places[below] = Place()
            self._waiting.append((known, below))
        return known

    def _fill(self, place: Place, below: Below) -> None:
        said = _Said()
        for one in below[0]:
            said.also(self._of(self._schemas[one]))
        if below[1]:
            said.also(_either([self._of(self._schemas[one]) for one in below[1]]))
        place.items = ANYWHERE if said.items is None else self._place(said.items)
        patterns = [(self._engine(form), children) for form, children in said.patterns.items()]
        for name in {**said.names, **dict.fromkeys(said.named)}:
            child = _both(said.names.get(name, _NOTHING), said.rest)
            for engine, children in patterns:
                if engine is not None and engine.is_valid(name):
                    child = _both(child, children)
            place.names[name] = self._place(child)
        place.patterns = tuple((engine, self._place(_both(c, said.rest))) for engine, c in patterns if engine)
        if said.open or not said.firm or any(engine is None for engine, _ in patterns):
            place.rest = self._place(said.rest)

    def _engine(self, pattern: str) -> Engine | None:
        """None where the engine does not take it: then all names are known, and the contract itself is at fault."""
        if pattern not in self._engines:
            try:
                self._engines[pattern] = make_engine({"pattern": pattern})
            except EngineRefusedError:
                self._engines[pattern] = None
        return self._engines[pattern]

    def _of(self, schema: Any) -> _Said:
        """What a schema and all that judges the same value say."""
        known = self._said.get(id(schema))
        if known is not None:
            return known
        if not isinstance(schema, dict):
            return _Said(objects=schema is not False, arrays=schema is not False)
        # A schema that leads back to itself adds nothing, and must not count as a branch that leaves all open.
        self._said[id(schema)] = _Said(objects=False, arrays=False)
        branches = _chosen(schema)
        said = self._own(schema)
        if branches is not None:
            said.firm = False
            said.also(_either([self._of(branch) for branch in branches]))
        else:
            for part in schema.get("allOf", ()):
                said.also(self._of(part))
            self._tests(said, schema)
        target = schema.get("$ref")
        if isinstance(target, str):
            said.also(self._of(self._definitions[target.rpartition("/")[2]].schema))
        for keyword in ("anyOf", "oneOf"):
            if schema.get(keyword):
                said.also(_either([self._of(part) for part in schema[keyword]]))
        self._said[id(schema)] = said
        self._schemas[id(schema)] = schema
        return said

    def _own(self, schema: Mapping[str, Any]) -> _Said:
        said = _Said()
        stated = schema.get("type")
        if stated is not None:
            types = stated if isinstance(stated, list) else [stated]
            said.objects, said.arrays = "object" in types, "array" in types
        for name, child in schema.get("properties", {}).items():
            said.names[name] = self._below(child)
        for form, child in schema.get("patternProperties", {}).items():
            said.patterns[form] = self._below(child)
        said.named.update(schema.get("required", ()), schema.get("dependentSchemas", ()))
        for name, names in schema.get("dependentRequired", {}).items():
            said.named.update((name, *names))
        closed = False
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            if schema.get(keyword) is False:
                closed = True
            elif keyword in schema:
                said.open = True
                said.rest = _both(said.rest, self._below(schema[keyword]))
        values = [*schema.get("enum", ()), schema.get("const")]
        said.open = said.open or "propertyNames" in schema or any(isinstance(value, dict) for value in values)
        said.firm = closed or bool(said.names or said.patterns)
        items = [schema[word] for word in ("items", "contains", "unevaluatedItems") if word in schema]
        for child in (*items, *schema.get("prefixItems", ())):
            said.items = _both(said.items or _NOTHING, self._below(child))
        return said

    def _tests(self, said: _Said, schema: Mapping[str, Any]) -> None:
        """`if`, `not` and `dependentSchemas`, with what they lead to."""
        for keyword in ("if", "not"):
            if keyword in schema:
                tested = self._of(schema[keyword])
                said.named |= tested.named | tested.names.keys()
        then, other = self._of(schema.get("then", True)), self._of(schema.get("else", True))
        if schema.get("if") == {"type": "object"}:
            said.also(then)
            self._items_of(said, other)
        elif "then" in schema or "else" in schema:
            said.also(_either([then, other]))
        for child in schema.get("dependentSchemas", {}).values():
            said.also(_either([self._of(child), _Said()]))

    @staticmethod
    def _items_of(said: _Said, other: _Said) -> None:
        """Of what is no object, only the items of lists can have members."""
        if other.items is not None:
            said.items = _both(said.items or _NOTHING, other.items)


def _chosen(schema: Mapping[str, Any]) -> list[Any] | None:
    """The branches that a member chooses between, as a lowered `discriminator` has them; None for other schemas."""
    parts = schema.get("allOf")
    if not parts or not schema.keys() <= {"allOf", "required", "properties", "if", "else"}:
        return None
    names = set()
    for part in parts:
        test = part.get("if") if isinstance(part, dict) and part.keys() == {"if", "then"} else None
        if not isinstance(test, dict) or test.keys() != {"properties", "required"}:
            return None
        names.update(test["properties"])
    if len(names) != 1 or not schema.get("properties", {}).keys() <= names:
        return None
    return [part["then"] for part in parts] + ([schema["else"]] if "else" in schema else [])
