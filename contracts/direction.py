"""Which members a direction forbids: `readOnly` in requests, `writeOnly` in answers, seen through composition."""

from typing import Any, Literal

from contracts.references import References, UnresolvedError, escape, walk_to

State = Literal["no", "some", "yes"]
"""`some`: forbidden in some alternatives of a oneOf or anyOf."""


class Members:
    """Answers questions about the members of objects for one direction."""

    def __init__(
        self, tree: dict[str, Any], refs: References, flag: Literal["readOnly", "writeOnly", ""], old: bool
    ) -> None:
        """`flag` marks what is forbidden; without one nothing is."""
        self.flag = flag
        self._tree = tree
        self._refs = refs
        self.old = old
        self._used = _mentions(tree, flag)
        self._states: dict[str, State] = {}
        self._forbidden: dict[str, frozenset[str]] = {}
        self._required: dict[str, frozenset[str]] = {}

    def at(self, pointer: str) -> Any:
        """The value at a pointer. Raises UnresolvedError."""
        return walk_to(self._tree, pointer)

    def state(self, schema: Any, pointer: str) -> State:
        """Whether a member with this schema is forbidden."""
        return self._state(schema, pointer) if self._used else "no"

    def forbidden_names(self, schema: Any, pointer: str) -> frozenset[str]:
        """Names of members that are forbidden in an object of this schema."""
        return self._names(schema, pointer) if self._used else frozenset()

    def relaxed_at(self, pointer: str, relaxed: frozenset[str]) -> frozenset[str]:
        """Of names that are forbidden around a reference, those that its target requires without knowing better."""
        if not relaxed:
            return relaxed
        value = self.at(pointer)
        return (relaxed & self._requires(value, pointer)) - self.forbidden_names(value, pointer)

    def target(self, schema: dict[str, Any], pointer: str) -> tuple[Any, str] | None:
        """What `$ref` of this schema leads to, and its pointer."""
        ref = schema.get("$ref")
        if not isinstance(ref, str):
            return None
        try:
            place = self._refs.find(ref, pointer)
            return self.at(place), place
        except UnresolvedError:
            return None

    def _state(self, schema: Any, pointer: str) -> State:
        if not isinstance(schema, dict):
            return "no"
        if schema.get(self.flag) is True and not (self.old and "$ref" in schema):
            return "yes"
        found: State = "no"
        target = self.target(schema, pointer)
        if target is not None:
            value, place = target
            if place not in self._states:
                self._states[place] = "no"  # a schema that leads back to itself adds nothing
                self._states[place] = self._state(value, place)
            found = self._states[place]
            if found == "yes":
                return "yes"
        if self.old and "$ref" in schema:
            return found
        for i, part in enumerate(_list(schema, "allOf")):
            state = self._state(part, f"{pointer}/allOf/{i}")
            if state == "yes":
                return "yes"
            found = "some" if state == "some" else found
        for keyword in ("oneOf", "anyOf"):
            states = {self._state(part, f"{pointer}/{keyword}/{i}") for i, part in enumerate(_list(schema, keyword))}
            if states == {"yes"}:
                return "yes"
            if states - {"no"}:
                found = "some"
        return found

    def _names(self, schema: Any, pointer: str) -> frozenset[str]:
        if not isinstance(schema, dict):
            return frozenset()
        names: frozenset[str] = frozenset()
        target = self.target(schema, pointer)
        if target is not None:
            value, place = target
            if place not in self._forbidden:
                self._forbidden[place] = frozenset()
                self._forbidden[place] = self._names(value, place)
            names = self._forbidden[place]
        if self.old and "$ref" in schema:
            return names
        properties = schema.get("properties")
        if isinstance(properties, dict):
            names |= {
                name
                for name, child in properties.items()
                if self._state(child, f"{pointer}/properties/{escape(name)}") == "yes"
            }
        for i, part in enumerate(_list(schema, "allOf")):
            names |= self._names(part, f"{pointer}/allOf/{i}")
        for keyword in ("oneOf", "anyOf"):
            branches = [self._names(part, f"{pointer}/{keyword}/{i}") for i, part in enumerate(_list(schema, keyword))]
            if branches:
                names |= frozenset.intersection(*branches)
        return names

    def _requires(self, schema: Any, pointer: str) -> frozenset[str]:
        if not isinstance(schema, dict):
            return frozenset()
        names: frozenset[str] = frozenset()
        target = self.target(schema, pointer)
        if target is not None:
            value, place = target
            if place not in self._required:
                self._required[place] = frozenset()
                self._required[place] = self._requires(value, place)
            names = self._required[place]
        if self.old and "$ref" in schema:
            return names
        names |= {name for name in _list(schema, "required") if isinstance(name, str)}
        for keyword in ("allOf", "anyOf", "oneOf"):
            for i, part in enumerate(_list(schema, keyword)):
                names |= self._requires(part, f"{pointer}/{keyword}/{i}")
        for keyword in ("then", "else"):
            names |= self._requires(schema.get(keyword), f"{pointer}/{keyword}")
        return names


def _list(schema: dict[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _mentions(tree: Any, flag: str) -> bool:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get(flag) is True:
                return True
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False
