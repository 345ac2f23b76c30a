"""How each operation of a pinned offer is kept inside its entity, or why it cannot be and is not served there."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.contract import Contract, Operation
from contracts.document import UnresolvedReferenceError
from contracts.media import is_json, read_media_type
from contracts.pins import Nested, Pins, Proof, RecordPin
from contracts.systems import Protocol

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_NEVER: Final = frozenset({"$batch", "$crossjoin", "$all", "$entity", "$links", "$ref", "$query", "$value", "$root"})
"""Segments that reach beyond what a template says."""

_ACROSS: Final = frozenset({"cross-company", "crosscompany"})
"""Parameters by which products leave the company that a call is for."""

How = Literal["address", "own", "parent"]


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the gateway does for one operation on one pinned offer."""

    pins: Pins
    protocol: Protocol
    template: str
    """The path of the contract with its pinned segments, at the system."""
    how: How
    record: RecordPin | None
    lists: bool
    """Whether it is asked for records by a query rather than by key."""
    parent: str = ""
    """The template of the record that is read first."""
    same: tuple[str, ...] = ()
    """Members of that record which each record of the answer repeats."""
    guarded: bool = False
    """A write by key: the record is read first, and the write goes with its ETag."""
    put_in: Mapping[str, str] = field(default_factory=dict)
    """Members put into the body."""
    body_names: frozenset[str] = frozenset()
    """Selectors that no body may name, folded."""
    body_members: frozenset[str] | None = None
    """The only members that a body may have, whatever the modes say; None where the contract leaves it open."""
    field_names: frozenset[str] = frozenset()
    """Members of records that no query option may name, folded."""
    templates: tuple[str, ...] = ()
    """All paths of the contract, for links between them."""
    asks_condition: bool = False
    """The contract answers 428 to a write without `If-Match`."""

    @property
    def nested(self) -> Mapping[str, Nested]:
        """By member: how what lies inside a record is proven."""
        return self.pins.nested


@dataclass(frozen=True, slots=True)
class Gap:
    """Why an operation is not served on an offer, and what would change that."""

    reason: str
    remedy: str


def fold(name: str) -> str:
    """A name as systems may compare it: without capitals, forms of letters, or white space around it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def isolate(contract: Contract, operation: Operation, pins: Pins, protocol: Protocol) -> Isolation | Gap:
    """The plan for one operation of the contract with its pins, or the gap."""
    return _Planner(contract, operation, pins, protocol).plan()


class _Planner:
    def __init__(self, contract: Contract, operation: Operation, pins: Pins, protocol: Protocol) -> None:
        self.contract = contract
        self.operation = operation
        self.pins = pins
        self.protocol = protocol
        self.odata = protocol != "rest"
        self.safe = operation.method in ("GET", "HEAD", "OPTIONS")
        self._open = False

    def plan(self) -> Isolation | Gap:
        operation, pins = self.operation, self.pins
        last = operation.path.rsplit("/", 1)[-1]
        for segment in operation.path.split("/"):
            if self.odata and segment.split("(", 1)[0].lower() in _NEVER:
                return Gap(f"`{segment}` reaches beyond one entity", "take the operation out of the contract")
        for parameter in operation.parameters:
            if parameter.location == "query" and fold(parameter.name).lstrip("$") in _ACROSS:
                return Gap(f"`{parameter.name}` reaches across entities", "take the parameter out of the contract")
        if operation.method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "MERGE", "DELETE"):
            return Gap(f"what {operation.method} does is not known to be kept apart", "take the operation out")
        if self.odata and last == "$count" and not self._addressed:
            return Gap("a bare number names no entity", "pin the address, or let consumers ask for a list with a count")
        if not self.safe and operation.request_body is not None and not self._json_body():
            return Gap("its body is not JSON, so selectors in it would not be seen", "take the operation out")
        if self._addressed:
            return self._made("address", lists=self._lists)
        if pins.record is None:
            remedy = "pin its address, or say which field of the record names the entity: `record: {field, value}`"
            return Gap("nothing in its address names the entity", remedy)
        proof = pins.proofs.get(operation.operation_id)
        if proof is not None and proof.parent is not None:
            return self._by_parent(proof, pins.record)
        return self._by_record(pins.record, declared=proof is not None)

    @property
    def _addressed(self) -> bool:
        """Whether the address of each call names the entity."""
        pins = self.pins
        return bool(pins.query or pins.header or set(_PARAMETER.findall(self.operation.path)) & pins.path.keys())

    def _by_parent(self, proof: Proof, record: RecordPin) -> Isolation | Gap:
        parent = proof.parent or ""
        known = set(_PARAMETER.findall(self.operation.path))
        strange = [name for name in _PARAMETER.findall(parent) if name not in known]
        if strange:
            return Gap(f"its path has no `{{{strange[0]}}}`, which the address of its parent asks for", "correct it")
        if not _PARAMETER.search(parent):
            return Gap("the address of its parent is the same for every call", "name the parent by a path parameter")
        if self.operation.method == "POST" and not record.unchanging:
            remedy = f"write `unchanging: true` where the system never changes {record.field} of a record"
            return Gap("nothing holds its parent fast while something is added to it", remedy)
        return self._made(
            "parent", lists=self._lists, parent=parent, same=proof.same,
            guarded=self.operation.method in ("PUT", "PATCH", "MERGE", "DELETE"),
        )  # fmt: skip

    def _by_record(self, record: RecordPin, *, declared: bool) -> Isolation | Gap:
        operation = self.operation
        segments = operation.path.split("/")[1:]
        if self.odata and len(segments) > 1 and not declared:
            remedy = f"declare it: `proofs: {{{operation.operation_id}: {{own: true}}}}`, or by its `parent`"
            return Gap("it goes by way of another record, and nothing says how what it finds is proven", remedy)
        missing = f"its records have no `{record.field}`"
        remedy = f"say how they are proven: `proofs: {{{operation.operation_id}: {{parent: ...}}}}`"
        if self.safe or operation.method == "POST":
            members = self._record_members(operation)
            if not declared and members is not None and record.field not in members:
                return Gap(missing, f"{remedy}, or `own: true` where the system has it all the same")
        if self.safe:
            if self._lists and not self.odata:
                return Gap("a list of this system cannot be narrowed", "pin a query parameter or a path segment")
            return self._made("own", lists=self._lists)
        if operation.method == "POST":
            if len(segments) > 1 or (self.odata and _PARAMETER.search(operation.path)):
                return Gap("it does something to another record, and nothing says whose that is", remedy)
            if self.pins.body.get(record.field) != record.value or not self._takes(record.field):
                remedy = f"pin it in the body: `body: {{{record.field}: ...}}`, a member that the contract has there"
                return Gap("nothing says for whom it creates a record", remedy)
            return self._made("own", lists=False)
        reader = self._reader()
        members = self._record_members(reader) if reader is not None else None
        if not declared and (reader is None or (members is not None and record.field not in members)):
            return Gap(f"the record that it changes cannot be read with its `{record.field}`", remedy)
        return self._made("own", lists=False, parent=operation.path, guarded=True)

    def _made(
        self, how: How, *, lists: bool, parent: str = "", same: tuple[str, ...] = (), guarded: bool = False
    ) -> Isolation:
        pins, operation = self.pins, self.operation
        own = {fold(name) for name in pins.places.members}
        members = self._names_in_body()
        declared = {fold(name) for name in members}
        # What names the parent in a body could hand what is written to another one.
        holders = {fold(name) for name in (*same, *(_PARAMETER.findall(parent) if how == "parent" else ()))}
        others = {fold(name) for name in (*pins.query, *pins.path, *pins.header)}
        adds = operation.method in ("POST", "PUT")
        return Isolation(
            pins, self.protocol, operation.path, how, pins.record, lists, parent, same, guarded,
            {name: value for name, value in pins.body.items() if adds and self._takes(name)},
            frozenset(own | holders | (others - declared)),
            None if self._open or not members else frozenset(members - pins.places.members),
            frozenset(own),
            tuple(dict.fromkeys(o.path for o in self.contract.operations)),
            "428" in operation.responses,
        )  # fmt: skip

    @property
    def _lists(self) -> bool:
        """By the contract's answer; where that says nothing, by the path: a key names one record."""
        if self.operation.method not in ("GET", "HEAD"):
            return False
        for schema in self._answers(self.operation):
            inner = _member(self.contract, schema, "d") if self.protocol == "odata-v2" else schema
            for top in self._flat(inner):
                if top.get("type") == "array" or top.get("type") == ["array"]:
                    return True
                name = "results" if self.protocol == "odata-v2" else "value"
                held = top.get("properties", {}).get(name) if self.odata else None
                if held is not None and any(s.get("type") == "array" for s in self._flat(held)):
                    return True
        return self.odata and not self.operation.path.endswith(")") and not self._answers(self.operation)

    def _reader(self) -> Operation | None:
        found = (o for o in self.contract.operations if o.path == self.operation.path and o.method == "GET")
        return next(found, None)

    def _answers(self, operation: Operation) -> list[Any]:
        """The schemas of its successful JSON answers."""
        return [
            media.schema
            for status, response in operation.responses.items()
            if status.startswith("2")
            for name, media in response.content.items()
            if media.schema is not None and _is_json(name)
        ]

    def _record_members(self, operation: Operation) -> frozenset[str] | None:
        """Members of the records of its answers; None where the contract does not say."""
        schemas = self._answers(operation)
        if not schemas:
            return None
        found: set[str] = set()
        for schema in schemas:
            records = [schema]
            for wrapper in ("d", "results") if self.protocol == "odata-v2" else ("value",) if self.odata else ():
                inner = [_member(self.contract, record, wrapper) for record in records]
                records = [one for one in inner if one is not None] or records
            for record in records:
                for one in self._flat(record):
                    items = [one["items"]] if isinstance(one.get("items"), dict) else []
                    for part in (one, *(p for item in items for p in self._flat(item))):
                        found |= set(part.get("properties", ()))
        return frozenset(found)

    def _flat(self, schema: Any) -> list[dict[str, Any]]:
        """A schema and what it is put together from."""
        return _flat(self.contract, schema)

    def _takes(self, name: str) -> bool:
        """Whether the contract's body has that member at its top."""
        body = self.operation.request_body
        schemas = [media.schema for media in body.content.values()] if body is not None else []
        return any(name in part.get("properties", ()) for schema in schemas for part in self._flat(schema))

    def _names_in_body(self) -> set[str]:
        """Every member that the contract's body may have, at any depth. Sets `_open` where it may have others."""
        body = self.operation.request_body
        level = [media.schema for media in body.content.values()] if body is not None else []
        found: set[str] = set()
        seen: set[int] = set()
        while level:
            following: list[Any] = []
            for schema in level:
                for part in self._flat(schema):
                    if id(part) in seen:
                        continue
                    seen.add(id(part))
                    properties = part.get("properties")
                    if isinstance(properties, dict):
                        found |= properties.keys()
                        following += properties.values()
                    following += [part[key] for key in ("items", "additionalProperties") if key in part]
                    prefix = part.get("prefixItems")
                    following += prefix if isinstance(prefix, list) else []
                    self._open = self._open or bool(part.get("additionalProperties") or part.get("patternProperties"))
            level = [schema for schema in following if isinstance(schema, dict)]
        return found

    def _json_body(self) -> bool:
        body = self.operation.request_body
        return body is not None and bool(body.content) and all(_is_json(name) for name in body.content)


def _is_json(name: str) -> bool:
    named = read_media_type(name)
    return named is not None and is_json(named.essence)


def _member(contract: Contract, schema: Any, name: str) -> Any:
    """The schema of a member; None where there is none."""
    for part in _flat(contract, schema):
        properties = part.get("properties")
        if isinstance(properties, dict) and name in properties:
            return properties[name]
    return None


def _flat(contract: Contract, schema: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    stack = [schema]
    while stack:
        value = stack.pop()
        if not isinstance(value, dict) or id(value) in seen:
            continue
        seen.add(id(value))
        found.append(value)
        reference = value.get("$ref")
        if isinstance(reference, str):
            try:
                stack.append(contract.document.step(reference)[0])
            except UnresolvedReferenceError:
                continue
        for key in ("allOf", "anyOf", "oneOf"):
            inner = value.get(key)
            stack += inner if isinstance(inner, list) else []
    return found
