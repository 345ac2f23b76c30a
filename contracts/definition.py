"""What lowering makes: definitions, what their errors mean, and what in them cannot be checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Path = tuple[str | int, ...]
"""Steps inside a lowered schema."""

_DEPTH: Final = 100
# Composition that names the same schemas again and again takes time that doubles with every schema.
_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True)
class KeywordNotCheckable:
    """One place of a contract that cannot be checked, and why."""

    reason: str
    pointer: str


class Declined(Exception):  # noqa: N818 - the word for it: the operation is listed by `check` and answers 501
    """The compiler declines an operation. `reason` and `pointer` are those of the first place; `places` has all."""

    def __init__(self, reason: str, pointer: str, places: tuple[KeywordNotCheckable, ...] = ()) -> None:
        super().__init__(f"{reason} (at {pointer})")
        self.reason = reason
        self.pointer = pointer
        self.places = places or (KeywordNotCheckable(reason, pointer),)


@dataclass(frozen=True, slots=True)
class Note:
    """What an error at one lowered keyword means. `words` is what was expected; empty: the keyword's own words."""

    rule: str
    pointer: str
    words: str = ""


@dataclass(slots=True)
class Definition:
    """One lowered schema. `origins` and `notes` go by the path inside it."""

    key: str
    pointer: str
    schema: dict[str, Any] | bool = True
    refs: dict[str, None] = field(default_factory=dict)
    origins: dict[Path, str] = field(default_factory=dict)
    notes: dict[Path, Note] = field(default_factory=dict)
    in_place: list[str] = field(default_factory=list)
    """What judges the same value as this definition, once for each time that it is named."""
    faults: list[KeywordNotCheckable] = field(default_factory=list)
    alternatives: bool = False
    """Whether it has a oneOf or anyOf of more than plain values."""
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies below a definition: places that cannot be checked, how many schemas, whether any has alternatives.

    `circular`: some definition is part of itself, so that values nest as deep as a caller likes.
    """

    faults: tuple[KeywordNotCheckable, ...]
    nodes: int
    alternatives: bool
    circular: bool


class Definitions:
    """The definitions of one direction, and what can be asked of them."""

    def __init__(self) -> None:
        self.definitions: dict[str, Definition] = {}
        self._steps: dict[str, int] = {}
        self._surveys: dict[str, Survey] = {}

    def reachable(self, key: str) -> Iterator[Definition]:
        """The definition and all that it leads to, in a fixed order."""
        seen = {key}
        waiting = [key]
        while waiting:
            definition = self.definitions[waiting.pop()]
            yield definition
            for ref in definition.refs:
                if ref not in seen:
                    seen.add(ref)
                    waiting.append(ref)

    def plain(self, key: str) -> dict[str, Any]:
        """A self-contained plain schema of the definition."""
        return {"$ref": f"#/$defs/{key}", "$defs": {found.key: found.schema for found in self.reachable(key)}}

    def steps(self, key: str) -> int:
        """How many definitions judge one value, counted as often as they do; a circle is counted once."""
        known = self._steps
        waiting = [key]
        while waiting:
            at = waiting[-1]
            if at not in known:
                known[at] = 0  # before what it leads to is looked for: it may lead to itself
                waiting += [ref for ref in self.definitions[at].in_place if ref not in known]
            else:
                known[waiting.pop()] = 1 + sum(known[ref] for ref in self.definitions[at].in_place)
        return known[key]

    def is_trivial(self, key: str) -> bool:
        """Whether every value keeps to the definition."""
        schema = self._followed(key)
        return schema is True or schema == {}

    def is_any_text(self, key: str) -> bool:
        """Whether every text keeps to the definition, and so every sequence of bytes."""
        schema = self._followed(key)
        return schema is True or (isinstance(schema, dict) and schema.keys() <= {"type"} and "string" in _types(schema))

    def _followed(self, key: str) -> dict[str, Any] | bool:
        """The schema behind definitions that only refer to another one."""
        for _ in range(_DEPTH):
            schema = self.definitions[key].schema
            if self.definitions[key].faults or not isinstance(schema, dict) or schema.keys() != {"$ref"}:
                break
            key = schema["$ref"].rpartition("/")[2]
        return False if self.definitions[key].faults else self.definitions[key].schema

    def survey(self, key: str) -> Survey:
        """What a validator of the definition comes to."""
        known = self._surveys.get(key)
        if known is not None:
            return known
        own = self.definitions[key]
        if len(own.refs) == 1 and own.nodes == 1 and not own.faults:
            # Most roots only name a component, which other roots name too. The first value ends a circle of names.
            self._surveys[key] = Survey((), 1, alternatives=False, circular=True)
            inner = self.survey(next(iter(own.refs)))
            self._surveys[key] = Survey(inner.faults, inner.nodes + 1, inner.alternatives, inner.circular)
            return self._surveys[key]
        found: list[KeywordNotCheckable] = []
        nodes = 0
        alternatives = False
        for definition in self.reachable(key):
            nodes += definition.nodes
            alternatives = alternatives or definition.alternatives
            found += definition.faults
            if definition.in_place and self.steps(definition.key) > _STEPS:
                reason = f"its composition takes more than {_STEPS} steps for each value"
                found.append(KeywordNotCheckable(reason, definition.pointer))
        return self._surveys.setdefault(key, Survey(tuple(found), nodes, alternatives, self._circular(key)))

    def _circular(self, key: str) -> bool:
        on_the_way: set[str] = {key}
        done: set[str] = set()
        stack = [(key, iter(self.definitions[key].refs))]
        while stack:
            here, following = stack[-1]
            name = next(following, None)
            if name is None:
                stack.pop()
                on_the_way.discard(here)
                done.add(here)
            elif name in on_the_way:
                return True
            elif name not in done:
                on_the_way.add(name)
                stack.append((name, iter(self.definitions[name].refs)))
        return False


def _types(schema: Mapping[str, Any]) -> list[str]:
    stated = schema.get("type", "string")
    return stated if isinstance(stated, list) else [stated]
