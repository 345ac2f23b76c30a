"""The schemas of one document in one direction as plain JSON Schema 2020-12, with their places in the document."""

from collections.abc import Iterable
from typing import Any, Final

from contracts.definition import Definition, Path
from contracts.discriminator import Alternatives, Branch
from contracts.document import Document, UnresolvedReferenceError
from contracts.references import escape
from contracts.schema import Direction as Lowered
from contracts.schema import Lowering, Where
from governance.finding import Direction

Source = tuple[str, Path]
"""A schema inside a definition: the definition's key and the steps to it."""

_VERSIONS: Final = ("3.0", "3.1", "3.2")


class ByBranch(Lowering):
    """Lowers a discriminator to its alternatives. What names them is kept apart: it is compared as a fact of its own.

    A discriminator "cannot change the validation outcome" (OpenAPI 3.1.1, 4.8.25), but it chooses: one that is there
    makes `oneOf` an `anyOf`, for the member says which alternative is meant where several fit.
    """

    named: dict[Source, tuple[str, tuple[str, ...]]]
    """Alternatives that a discriminator names: its member, and the values."""
    receives: bool
    """Whether this side receives: what a sender should not send (`readOnly`, `writeOnly`) it takes and passes over."""

    def _forbidden(self, pointer: str, path: Path, where: Where) -> bool:
        super()._forbidden(pointer, path, where)
        return self.receives

    def _alternatives(self, found: Alternatives, pointer: str, path: Path, where: Where) -> dict[str, Any]:
        into = where.into
        into.origins[(*path, "anyOf")] = f"{pointer}/{found.keyword}"
        branches: list[Any] = []
        for branch in (*found.branches, *found.others, *([found.fallback] if found.fallback else [])):
            place = (*path, "anyOf", len(branches))
            into.origins[place] = branch.pointer
            branches.append(self._node(branch.schema, branch.pointer, place, where))
            if branch.values:
                self.named[into.key, place] = (found.member, _explicit(branch))
        for value in found.dangling:
            at = f"{pointer}/discriminator/mapping/{escape(value)}"
            self._fault(into, "the mapping names no schema of this document", at)
        into.origins[path] = pointer
        return {"anyOf": branches}


def _explicit(branch: Branch) -> tuple[str, ...]:
    """The values that name a branch; the name of its component only where the document gives it no other."""
    ref = branch.schema.get("$ref", "") if isinstance(branch.schema, dict) else ""
    stated = tuple(value for value in branch.values if not str(ref).endswith(f"/{value}"))
    return stated or branch.values


class LoweredSide:
    """One document, lowered on demand for one direction."""

    def __init__(self, document: Document, direction: Direction, *, receives: bool) -> None:
        self.document = document
        stated = str(document.tree.get("openapi", "3.1"))[:3]
        version = stated if stated in _VERSIONS else "3.1"
        kind: Lowered = "request" if direction is Direction.REQUEST else "answer"
        self.lowering = ByBranch(document, version, kind)
        self.nodes: dict[Any, Any] = {}
        """Normal forms by spot, kept by `node.build`."""
        self._circles: dict[str, bool] = {}
        self.lowering.named = {}
        self.lowering.receives = receives

    def root(self, pointer: str) -> Source:
        """The schema at a pointer of the document, lowered with all that it reaches."""
        value, at = self.document.step(pointer)
        return (self.lowering.root(value, at), ())

    def schema(self, source: Source) -> Any:
        """The lowered schema at a source."""
        value: Any = self.lowering.definitions[source[0]].schema
        for step in source[1]:
            value = value[step]
        return value

    def pointer(self, source: Source, *more: str | int) -> str:
        """Where a source stands in the document; `more` are steps below it."""
        definition = self.lowering.definitions[source[0]]
        path = (*source[1], *more)
        for length in range(len(path), 0, -1):
            note, origin = definition.notes.get(path[:length]), definition.origins.get(path[:length])
            if origin is not None:
                return origin + "".join(f"/{escape(step)}" for step in path[length:])
            if note is not None:
                return note.pointer
        return definition.pointer + "".join(f"/{escape(step)}" for step in path)

    def rule(self, source: Source) -> str:
        """The keyword of the document that a part was made from where it stands for no schema there (`format`)."""
        definition, path = self.lowering.definitions[source[0]], source[1]
        for length in range(len(path), 1, -1):
            note = definition.notes.get(path[:length])
            if note is not None and path[length - 2] == "allOf":
                return note.rule
        return ""

    def forbids(self, source: Source) -> bool:
        """Whether a member may not be sent in this direction (`readOnly`, `writeOnly`)."""
        note = self.lowering.definitions[source[0]].notes.get(source[1])
        return note is not None and note.rule in ("readOnly", "writeOnly")

    def raw(self, source: Source) -> Any:
        """The schema as the document has it; None where it stands for no schema there."""
        if self.rule(source):
            return None
        try:
            value, at = self.document.step(self.pointer(source))
            # What may not be sent is lowered to nothing, its reference with it.
            return self.document.follow(value, at)[0] if isinstance(self.schema(source), bool) else value
        except UnresolvedReferenceError:
            return None

    def circles(self, source: Source) -> bool:
        """Whether a schema leads back to itself while it judges one and the same value."""
        start = source[0]
        if start not in self._circles:
            seen: set[str] = set()
            waiting = list(self.lowering.definitions[start].in_place)
            while waiting:
                key = waiting.pop()
                if key not in seen:
                    seen.add(key)
                    waiting += self.lowering.definitions[key].in_place
            self._circles[start] = start in seen
        return self._circles[start]

    def fault(self, source: Source) -> str:
        """Why something at this very schema cannot be checked; empty for nothing."""
        definition = self.lowering.definitions[source[0]]
        if not source[1] and self.circles(source):
            return "it leads back to itself in place, so what it demands is not known"
        if not definition.faults:
            return ""
        at = self.pointer(source)
        for fault in definition.faults:
            # At the schema, at a keyword of it, or in the list of one.
            around = (fault.pointer, fault.pointer.rpartition("/")[0], fault.pointer.rsplit("/", 2)[0])
            if at in around or fault.pointer == "/jsonSchemaDialect":
                return fault.reason
        return ""

    def closure(self, keys: Iterable[str], most: int) -> tuple[list[Definition], bool]:
        """The definitions that these reach, nearest first, at most so many; whether these are all."""
        found: dict[str, Definition] = {}
        waiting = list(dict.fromkeys(keys))
        for key in waiting:
            if key in found or key not in self.lowering.definitions:
                continue
            if len(found) >= most:
                return list(found.values()), False
            found[key] = self.lowering.definitions[key]
            waiting.extend(ref for ref in found[key].refs if ref not in found)
        return list(found.values()), True
