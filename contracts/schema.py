"""OpenAPI schemas lowered to plain JSON Schema 2020-12, once per direction.

Every schema that is referenced becomes a definition of its own, lowered once for a whole contract; an operation takes
those that it reaches. A definition keeps the shape of what it was made from, and what deviates is traced, so that an
error of the engine can be said in words and with its place in the contract.

What OpenAPI adds is taken away here: `nullable` and boolean `exclusiveMinimum` of 3.0 (siblings of `$ref` do not count
there), `readOnly` and `writeOnly`, `discriminator`, formats of numbers. `nullable` widens `type` and nothing else, as
OpenAPI 3.0.4 states it: an `enum` without null or an `allOf` of a type without null goes on refusing null.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from contracts.definition import Definition, KeywordNotCheckable, Note, Path
from contracts.direction import Members
from contracts.discriminator import Alternatives, read_alternatives, takes_objects_only
from contracts.keywords import BY_NAME, IN_PLACE, MEMBER, ONE
from contracts.plain_keywords import Extra, PlainKeywords
from contracts.references import References, Scope, Tree, UnresolvedError, escape, normal

Direction = Literal["request", "answer"]
_DEPTH: Final = 100
_NESTING: Final = frozenset(
    {"$ref", "$dynamicRef", *IN_PLACE, *ONE, *MEMBER, *BY_NAME, "prefixItems", "dependentSchemas", "dependencies"}
)


@dataclass(frozen=True, slots=True)
class Where:
    """The surroundings of a schema: inside which definition, as a member or not, names not required any more."""

    into: Definition
    member: bool = False
    relaxed: frozenset[str] = frozenset()
    scope: Scope = ()
    depth: int = 0
    in_place: bool = True
    """Whether the schema judges the same value as the definition that it stands in."""


class Lowering(PlainKeywords):
    """Lowers the schemas of one contract for one direction, each once. Not thread-safe: done at load time."""

    def __init__(self, document: Tree, version: str, direction: Direction, *, asserted: bool = True) -> None:
        super().__init__(version, document.tree.get("jsonSchemaDialect"), asserted=asserted)
        self.direction = direction
        self._refs = References(document, named=not self.old)
        self._tree = document.tree
        self.members = Members(
            document.tree, self._refs, "readOnly" if direction == "request" else "writeOnly", self.old
        )
        self._keys: dict[tuple[Any, ...], str] = {}
        self._waiting: list[tuple[Definition, Any, Where]] = []

    def root(self, schema: Any, pointer: str) -> str:
        """Lower one schema and all that it reaches; the key of its definition."""
        pointer = normal(pointer)
        key = self._define(
            schema, pointer, ("", pointer), Where(Definition("", pointer), scope=self._refs.entered(pointer, ()))
        )
        while self._waiting:
            definition, value, where = self._waiting.pop()
            if self.foreign:
                definition.faults.append(KeywordNotCheckable(f"its dialect is {self.foreign}", "/jsonSchemaDialect"))
            definition.schema = self._node(value, definition.pointer, (), where)
        return key

    # From here on: one schema after the other.

    def _define(self, schema: Any, pointer: str, identity: tuple[Any, ...], where: Where) -> str:
        known = self._keys.get(identity)
        if known is not None:
            return known
        key = f"s{len(self._keys)}"
        self._keys[identity] = key
        definition = Definition(key, pointer)
        self.definitions[key] = definition
        self._waiting.append((definition, schema, Where(definition, where.member, where.relaxed, where.scope)))
        return key

    def _reference(self, ref: Any, pointer: str, where: Where, *, dynamic: bool = False) -> str | None:
        """The key of what a reference names; None where it names nothing (a fault is noted)."""
        at = f"{pointer}/{'$dynamicRef' if dynamic else '$ref'}"
        if not isinstance(ref, str):
            where.into.faults.append(KeywordNotCheckable("a reference must be a text", at))
            return None
        try:
            target = self._refs.find_dynamic(ref, pointer, where.scope) if dynamic else self._refs.find(ref, pointer)
            value = self.members.at(target)
        except UnresolvedError:
            where.into.faults.append(KeywordNotCheckable(f"the reference {ref} names nothing in this document", at))
            return None
        scope = self._refs.entered(target, where.scope)
        relaxed = self.members.relaxed_at(target, where.relaxed)
        member = where.member and self.members.state(value, target) == "some"
        key = self._define(
            value, target, (target, member, relaxed, scope),
            Where(where.into, member, relaxed, scope),
        )  # fmt: skip
        where.into.refs[key] = None
        if where.in_place:
            where.into.in_place.append(key)
        return key

    def _node(self, schema: Any, pointer: str, path: Path, where: Where) -> dict[str, Any] | bool:
        into = where.into
        into.nodes += 1
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            return self._fault(into, "a schema must be an object", pointer)
        if where.depth > _DEPTH:
            return self._fault(into, f"schemas are nested more than {_DEPTH} deep", pointer)
        if "$ref" in schema and (self.old or len(schema) == 1):
            key = self._reference(schema["$ref"], pointer, where)
            return True if key is None else {"$ref": f"#/$defs/{key}"}
        relaxed = where.relaxed | self.members.forbidden_names(schema, pointer)
        scope = self._refs.entered(pointer, where.scope) if "$id" in schema else where.scope
        inner = Where(into, where.member, relaxed, scope, where.depth + 1, where.in_place)
        below = Where(into, False, frozenset(), scope, where.depth + 1, in_place=False)
        out: dict[str, Any] = {}
        extra: list[Extra] = []
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                key = self._reference(schema[keyword], pointer, inner, dynamic=keyword == "$dynamicRef")
                if key is not None:
                    # Two references in one schema: the second goes where it does not displace the first.
                    if "$ref" in out:
                        extra.append(({"$ref": f"#/$defs/{key}"}, None))
                    else:
                        out["$ref"] = f"#/$defs/{key}"
                        into.origins[(*path, "$ref")] = f"{pointer}/{keyword}"
        self._dialect(schema, pointer, into)
        self._type(schema, pointer, out, into)
        self._plain(schema, pointer, out, into)
        if relaxed and "required" in out:
            out["required"] = [name for name in out["required"] if name not in relaxed]
        self._named_members(schema, pointer, path, out, below)
        alternatives = None
        if "discriminator" in schema:
            alternatives = read_alternatives(schema, pointer, self._refs, self.members)
        for keyword in IN_PLACE:
            if keyword in schema and not (alternatives is not None and alternatives.keyword == keyword):
                self._in_place(schema[keyword], f"{pointer}/{keyword}", (*path, keyword), keyword, out, inner)
        for keyword in ONE:
            if keyword == "items" and self.draft_4 and isinstance(schema.get("items"), list):
                self._items_of_draft_4(schema, pointer, path, out, below)
            elif keyword in schema:
                around = inner if keyword in ("then", "else") else below
                out[keyword] = self._node(schema[keyword], f"{pointer}/{keyword}", (*path, keyword), around)
        for name, child in _mapping(schema, "dependentSchemas"):
            at = f"{pointer}/dependentSchemas/{escape(name)}"
            out.setdefault("dependentSchemas", {})[name] = self._node(
                child, at, (*path, "dependentSchemas", name), inner
            )
        if "prefixItems" in schema:
            self._in_place(
                schema["prefixItems"], f"{pointer}/prefixItems", (*path, "prefixItems"), "prefixItems", out, below
            )
        self._most_contained(pointer, out, extra)
        self._dependencies(schema, pointer, path, out, extra, inner)
        self._format(schema, pointer, out, extra, into)
        self._content(schema, pointer, extra)
        self._counted(pointer, out, extra, into)
        if alternatives is not None:
            extra.append(
                (
                    self._alternatives(
                        alternatives, pointer, (*path, "allOf", len(out.get("allOf", ())) + len(extra)), inner
                    ),
                    None,
                )
            )
        for i, (added, note) in enumerate(extra, len(out.get("allOf", ()))):
            out.setdefault("allOf", []).append(added)
            if note is not None:
                into.notes[(*path, "allOf", i)] = note
        return out

    def _named_members(
        self, schema: Mapping[str, Any], pointer: str, path: Path, out: dict[str, Any], where: Where
    ) -> None:
        for keyword in BY_NAME:
            if keyword in schema and not isinstance(schema[keyword], dict):
                self._fault(where.into, f"`{keyword}` takes schemas by name", f"{pointer}/{keyword}")
            for name, child in _mapping(schema, keyword):
                at = f"{pointer}/{keyword}/{escape(name)}"
                form = self._pattern(name, at, where.into) if keyword == "patternProperties" else name
                if form != name:
                    where.into.origins[(*path, keyword, form)] = at
                out.setdefault(keyword, {})[form] = self._member(child, at, (*path, keyword, form), where)
        if schema.get("additionalProperties") is False:
            out.setdefault("properties", {})  # else the engine does not say which member it was
        for keyword in MEMBER:
            if keyword in schema:
                out[keyword] = self._member(schema[keyword], f"{pointer}/{keyword}", (*path, keyword), where)

    def _member(self, schema: Any, pointer: str, path: Path, where: Where) -> dict[str, Any] | bool:
        """A schema that stands for a member of an object: here `readOnly` and `writeOnly` count."""
        state = self.members.state(schema, pointer)
        if state == "yes":
            return self._forbidden(pointer, path, where)
        return self._node(
            schema,
            pointer,
            path,
            Where(where.into, state == "some", where.relaxed, where.scope, where.depth, where.in_place),
        )

    def _forbidden(self, pointer: str, path: Path, where: Where) -> bool:
        rule = self.members.flag
        words = "nothing: it is read-only, leave it out" if rule == "readOnly" else "nothing: it is write-only"
        where.into.notes[path] = Note(rule, pointer, words)
        return False

    def _in_place(
        self, schemas: Any, pointer: str, path: Path, keyword: str, out: dict[str, Any], where: Where
    ) -> None:
        if not isinstance(schemas, list):
            self._fault(where.into, f"`{keyword}` takes a list of schemas", pointer)
            return
        if not schemas and keyword in ("anyOf", "oneOf"):
            self._fault(where.into, f"`{keyword}` is empty, so nothing would fit", pointer)
        if keyword in ("anyOf", "oneOf") and not all(
            isinstance(s, dict) and s.keys().isdisjoint(_NESTING) for s in schemas
        ):
            where.into.alternatives = True
        if schemas:
            lowered: list[dict[str, Any] | bool] = []
            for i, child in enumerate(schemas):
                if where.member and self.members.state(child, f"{pointer}/{i}") == "yes":
                    lowered.append(self._forbidden(f"{pointer}/{i}", (*path, i), where))
                else:
                    lowered.append(self._node(child, f"{pointer}/{i}", (*path, i), where))
            out[keyword] = lowered

    def _items_of_draft_4(
        self, schema: Mapping[str, Any], pointer: str, path: Path, out: dict[str, Any], where: Where
    ) -> None:
        """A list under `items` is `prefixItems` today, and `additionalItems` beside it `items`."""
        where.into.origins[(*path, "prefixItems")] = f"{pointer}/items"
        self._in_place(schema["items"], f"{pointer}/items", (*path, "prefixItems"), "prefixItems", out, where)
        if "additionalItems" in schema:
            at = f"{pointer}/additionalItems"
            where.into.origins[(*path, "items")] = at
            out["items"] = self._node(schema["additionalItems"], at, (*path, "items"), where)
            if out["items"] is False:
                where.into.notes[(*path, "items")] = Note("additionalItems", at)

    def _most_contained(self, pointer: str, out: dict[str, Any], extra: list[Extra]) -> None:
        """Apart from `contains`: the engine does not say whether it were too many or too few."""
        if "contains" in out and "maxContains" in out:
            most = out.pop("maxContains")
            words = f"a list that contains at most {most} of what the contract counts"
            counted = {"contains": out["contains"], "minContains": 0, "maxContains": most}
            extra.append((counted, Note("maxContains", f"{pointer}/maxContains", words)))

    def _dependencies(
        self,
        schema: Mapping[str, Any],
        pointer: str,
        path: Path,
        out: Mapping[str, Any],
        extra: list[Extra],
        where: Where,
    ) -> None:
        """The keyword of earlier drafts, which 2020-12 lets live: names that a member asks for, or a schema."""
        for name, child in _mapping(schema, "dependencies"):
            at = f"{pointer}/dependencies/{escape(name)}"
            if isinstance(child, list):
                if not all(isinstance(other, str) for other in child):
                    self._fault(where.into, "`dependencies` takes schemas or lists of member names", at)
                    continue
                extra.append(({"dependentRequired": {name: child}}, Note("dependencies", at)))
                continue
            place = (*path, "allOf", len(out.get("allOf", ())) + len(extra), "dependentSchemas", name)
            where.into.origins[place] = at
            if child is False:
                where.into.notes[place] = Note("dependencies", at)
            extra.append(({"dependentSchemas": {name: self._node(child, at, place, where)}}, None))

    def _alternatives(self, found: Alternatives, pointer: str, path: Path, where: Where) -> dict[str, Any]:
        """Only the branch that the discriminating member names judges the value."""
        into = where.into
        at = f"{pointer}/discriminator"
        branches: list[dict[str, Any]] = []
        known: list[str] = []
        for branch in found.branches:
            i = len(branches)
            then = self._node(branch.schema, branch.pointer, (*path, "then", "allOf", i, "then"), where)
            into.origins[(*path, "then", "allOf", i, "then")] = branch.pointer
            names = list(branch.values)
            known.extend(names)
            test = {"properties": {found.member: {"enum": names}}, "required": [found.member]}
            branches.append({"if": test, "then": then})
        choose: dict[str, Any] = {"allOf": branches}
        if found.fallback is None:
            choose["required"] = [found.member]
            choose["properties"] = {found.member: {"enum": known}}
            into.notes[(*path, "then", "required")] = Note("discriminator", at)
            into.notes[(*path, "then", "properties", found.member, "enum")] = Note("discriminator", at)
        else:
            default = self._node(found.fallback.schema, found.fallback.pointer, (*path, "then", "else"), where)
            into.origins[(*path, "then", "else")] = found.fallback.pointer
            choose["if"] = {"properties": {found.member: {"enum": known}}, "required": [found.member]}
            choose["else"] = default
        for value in found.dangling:
            self._fault(into, "the mapping names no schema of this document", f"{at}/mapping/{escape(value)}")
        otherwise: dict[str, Any] = {"type": "object"}
        if not takes_objects_only(found, self.members):
            # What is no object has no member to choose by: the alternatives judge it as they stand.
            for i, other in enumerate((*found.branches, *found.others)):
                into.origins[(*path, "else", found.keyword, i)] = other.pointer
                lowered = self._node(other.schema, other.pointer, (*path, "else", found.keyword, i), where)
                otherwise.setdefault(found.keyword, []).append(lowered)
            del otherwise["type"]
        into.origins[path] = at
        into.notes[(*path, "else", "type")] = Note("type", f"{pointer}/{found.keyword}")
        return {"if": {"type": "object"}, "then": choose, "else": otherwise}


def _mapping(schema: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, Any]]:
    value = schema.get(keyword)
    if isinstance(value, dict):
        yield from value.items()
