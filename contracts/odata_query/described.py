"""What the answers of an operation hold, as OData sees it: properties, and what they lead to.

Read from schemas through `$ref`, `allOf`, `anyOf`, `oneOf`, `d`, `results` and `value`. One graph a contract; a type
may lead back to itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.contract import Contract, Operation
from contracts.document import UnresolvedReferenceError
from contracts.references import escape

_COMPOSITION: Final = ("allOf", "anyOf", "oneOf")
_PAGE: Final = frozenset({"results", "__count", "__next", "__delta"})
_MOST_PARTS: Final = 500


@dataclass(slots=True, eq=False)
class Property:
    """`of` is where it leads to; None for a plain value. `plain`: it may be a plain value."""

    of: "Described | None"
    many: bool
    plain: bool


@dataclass(slots=True, eq=False)
class Described:
    """One type. `open`: the contract states no properties, or more than those it states."""

    properties: dict[str, Property] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What an operation answers: rows of a type (`many`) or one of it; None where no JSON is described."""

    of: Described | None
    many: bool


Part = tuple[Mapping[str, Any], str]


class Describer:
    """Makes the graph of one contract as far as it is asked for. Not thread-safe: used at load time."""

    def __init__(self, contract: Contract) -> None:
        self.document = contract.document
        self._made: dict[str, Described] = {}
        self._waiting: list[tuple[Described, list[Part]]] = []
        self.operations = {operation.pointer: operation for operation in contract.operations}
        self._gets = {o.path: o for o in contract.operations if o.method == "GET"}

    def answered(self, operation: Operation) -> Answered:
        """The rows or the record in the first success that is JSON; for `.../$count` those that are counted."""
        counted = operation.path.endswith("/$count")
        if counted:
            operation = self._gets.get(operation.path.removesuffix("/$count"), operation)
        for status in sorted(operation.responses, key=lambda s: (not s.startswith("2"), s)):
            if not status.startswith("2"):
                break
            for name, media in operation.responses[status].content.items():
                if media.schema is not None and name.split(";")[0].strip().lower().endswith("json"):
                    found = self._unwrapped(media.schema, f"{media.pointer}/schema")
                    self._fill()
                    return Answered(found.of, found.many and not counted)
        return Answered(None, many=False)

    def parts(self, schema: Any, pointer: str) -> list[Part]:
        """The schema and all that it is composed of, references followed. What leads nowhere is left out."""
        found: list[Part] = []
        seen: set[str] = set()
        waiting = [(schema, pointer)]
        while waiting and len(found) < _MOST_PARTS:
            node, at = waiting.pop(0)
            if not isinstance(node, Mapping) or at in seen:
                continue
            seen.add(at)
            found.append((node, at))
            ref = node.get("$ref")
            if isinstance(ref, str):
                try:
                    waiting.append(self.document.step(ref))
                except UnresolvedReferenceError:
                    continue
            for keyword in _COMPOSITION:
                several = node.get(keyword)
                if isinstance(several, list):
                    waiting += [(one, f"{at}/{keyword}/{i}") for i, one in enumerate(several)]
        return found

    def _unwrapped(self, schema: Any, pointer: str) -> Property:
        """V2 wraps in `d`, V4 puts rows into `value` beside annotations."""
        parts = self.parts(schema, pointer)
        members = dict(_members(parts))
        wrapped = members.get("d")
        if wrapped is not None and len(members) == 1:
            return self._property(*wrapped)
        rows = members.get("value")
        if rows is not None and all(name == "value" or "@" in name or name.startswith("odata.") for name in members):
            return self._property(*rows)
        return self._property(schema, pointer)

    def _property(self, schema: Any, pointer: str) -> Property:
        parts = self.parts(schema, pointer)
        listed = [(p["items"], f"{at}/items") for p, at in parts if "items" in p]
        pages = [
            (member, at) for name, (member, at) in _members(parts) if name == "results"
        ] if {name for name, _ in _members(parts)} - {"__deferred"} <= _PAGE else []  # fmt: skip
        for member, at in pages:
            listed += [(p["items"], f"{below}/items") for p, below in self.parts(member, at) if "items" in p]
        if listed:
            inner = [part for item in listed for part in self.parts(*item)]
            return Property(self._described(inner), many=True, plain=False)
        plain = not parts or any(_is_plain(part) for part, _ in parts)
        return Property(self._described(parts), many=False, plain=plain)

    def _described(self, parts: list[Part]) -> Described | None:
        objects = [(part, at) for part, at in parts if _is_object(part)]
        if not objects:
            return None
        key = " ".join(at for _, at in objects)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = Described()
            self._waiting.append((made, objects))
        return made

    def _fill(self) -> None:
        while self._waiting:
            described, parts = self._waiting.pop()
            described.open = not any(part.get("properties") for part, _ in parts) or any(
                part.get("additionalProperties") not in (None, False) or part.get("patternProperties")
                for part, _ in parts
            )
            for name, (schema, pointer) in _members(parts):
                if _is_annotation(name) or _is_hidden(self.parts(schema, pointer)):
                    continue
                found = self._property(schema, pointer)
                before = described.properties.get(name)
                if before is None:
                    described.properties[name] = found
                else:
                    before.of, before.many = before.of or found.of, before.many or found.many
                    before.plain = before.plain or found.plain


def _members(parts: list[Part]) -> Iterator[tuple[str, Part]]:
    for part, at in parts:
        properties = part.get("properties")
        if isinstance(properties, Mapping):
            for name, schema in properties.items():
                yield name, (schema, f"{at}/properties/{escape(name)}")


def _types(part: Mapping[str, Any]) -> tuple[Any, ...]:
    stated = part.get("type")
    return tuple(stated) if isinstance(stated, list) else (stated,)


def _is_object(part: Mapping[str, Any]) -> bool:
    return "properties" in part or "object" in _types(part) or isinstance(part.get("additionalProperties"), Mapping)


def _is_plain(part: Mapping[str, Any]) -> bool:
    if "$ref" in part or any(keyword in part for keyword in _COMPOSITION):
        return False
    beside = ("object", "array", "null")
    return any(kind not in beside for kind in _types(part)) and not _is_object(part)


def _is_annotation(name: str) -> bool:
    return "@" in name or name.startswith(("__", "odata."))


def _is_hidden(parts: list[Part]) -> bool:
    """Written only: a filter on it would tell what no answer does."""
    return any(part.get("writeOnly") is True for part, _ in parts)
