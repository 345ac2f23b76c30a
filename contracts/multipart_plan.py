"""Multipart bodies judged: parts by name (`multipart/form-data`), or in their order as a list (all others).

A part that the contract only calls bytes stands in the value as an empty text: its bytes are neither copied nor read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.definition import Definitions
from contracts.judging_values import Engines, Found, judge_items, judge_value, shown_name
from contracts.media import Named, read_json, read_media_type
from contracts.multipart import Disposition, Part, boundary_of, cut, disposition_of
from contracts.parameters import MISSING, ReadPairs, UnreadableError, read_pairs, steps_of
from contracts.part_encoding import PartPlan, plan_part
from contracts.references import escape
from contracts.schema import Lowering
from contracts.settings import Bounds
from contracts.shape import Shape, is_ambiguous, reader_of, shape_of
from contracts.views import Encoding, MediaType

FORM_DATA: Final = "multipart/form-data"


class _UncheckedError(Exception):
    """The reason in words."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One property. `styled`: written as a query parameter is, with a second reading where text is ambiguous."""

    plan: PartPlan
    many: bool
    one: bool
    styled: tuple[ReadPairs, ...] = ()
    names: frozenset[str] = frozenset()
    deep: bool = False


@dataclass(frozen=True, slots=True)
class MultipartPlan:
    """`fields` and `other` are of a form; `prefix` and `rest` of parts in their order."""

    bounds: Bounds
    pointer: str
    by_name: bool
    fields: Mapping[str, _Field]
    other: _Field
    prefix: tuple[PartPlan, ...]
    rest: PartPlan
    ambiguous: bool

    def judge(
        self,
        body: bytes,
        named: Named,
        key: str | None,
        item_key: str | None,
        engines: Engines,
        definitions: Definitions,
        found: Found,
    ) -> None:
        """Judge the parts, then the value that they make. Never raises on what may be sent."""
        if self.by_name != (named.essence == FORM_DATA):
            found.unchecked(f"bodies of type {named.essence} cannot be checked under this entry of the contract")
            return
        try:
            parts = cut(body, boundary_of(named), self.bounds.body_parts, self.bounds.part_head_bytes)
            told = [disposition_of(part) for part in parts] if self.by_name else []
        except UnreadableError as error:
            found.add("body", error.name, error.rule, error.words, self.pointer)
            return
        before = len(found.violations)
        for number, part in enumerate(parts):
            plan = self._plan_of(told[number].name) if self.by_name else self._plan_at(number)
            place = f"/{escape(shown_name(told[number].name))}" if self.by_name else f"/{number}"
            _judge_head(part, plan, place, engines, definitions, found)
        if len(found.violations) > before:
            return
        readings = [self._reader(parts, told, plain=plain) for plain in ((False, True) if self.ambiguous else (False,))]
        try:
            value = judge_value(
                parts, readings, key, engines, definitions, "body", None, self.pointer, found
            )  # fmt: skip
        except _UncheckedError as error:
            found.unchecked(str(error))
            return
        if item_key is not None and isinstance(value, list):
            judge_items(value, item_key, engines[item_key], definitions, found)

    def value(self, body: bytes, named: Named) -> Any:
        """The value that the parts make, not judged. Raises UnreadableError."""
        parts = cut(body, boundary_of(named), self.bounds.body_parts, self.bounds.part_head_bytes)
        told = [disposition_of(part) for part in parts] if self.by_name else []
        try:
            return self._reader(parts, told, plain=False)(parts)
        except _UncheckedError as error:
            raise UnreadableError("multipart", str(error)) from None

    @property
    def keys(self) -> tuple[str, ...]:
        """The definitions that judge headers of parts."""
        plans = (*(field.plan for field in self.fields.values()), *self.prefix, self.rest)
        return tuple(argument.key for plan in plans for _, argument in plan.headers if argument.key is not None)

    def _plan_of(self, name: str) -> PartPlan | None:
        """How a named part is read; None for one that is read as a parameter is."""
        field = self._field(name)
        return None if field.styled else field.plan

    def _field(self, name: str) -> _Field:
        field = self.fields.get(name)
        if field is not None:
            return field
        for one in self.fields.values():
            if name in one.names:
                return one
        for prefix, one in self.fields.items():
            if one.deep and steps_of(prefix, name):
                return one
        return self.other

    def _plan_at(self, number: int) -> PartPlan:
        return self.prefix[number] if number < len(self.prefix) else self.rest

    def _reader(self, parts: list[Part], told: list[Disposition], *, plain: bool) -> Callable[[Any], Any]:
        depth = self.bounds.json_depth
        if not self.by_name:
            return lambda _: [_value(part, self._plan_at(n), depth, plain=plain) for n, part in enumerate(parts)]

        def read(_: Any) -> dict[str, Any]:
            held: dict[str, list[Part]] = {}
            for part, said in zip(parts, told, strict=True):
                held.setdefault(said.name, []).append(part)
            pairs = {name: [_escaped(part) for part in same] for name, same in held.items() if self._field(name).styled}
            value: dict[str, Any] = {}
            for name, same in held.items():
                field = self._field(name)
                if not field.styled:
                    try:
                        value[name] = _field_value(field, same, depth, plain=plain)
                    except UnreadableError as error:
                        raise UnreadableError(error.rule, error.words, f"/{escape(name)}") from None
            for name, field in self.fields.items():
                if field.styled:
                    try:
                        sent = field.styled[plain and len(field.styled) > 1](pairs)
                    except UnreadableError as error:
                        raise UnreadableError(error.rule, error.words, f"/{escape(name)}") from None
                    if sent is not MISSING:
                        value[name] = sent
            return value

        return read


def _field_value(field: _Field, parts: list[Part], depth: int, *, plain: bool) -> Any:
    if field.many and not (field.one and len(parts) == 1):
        return [_value(part, field.plan, depth, plain=plain) for part in parts]
    if len(parts) != 1:
        raise UnreadableError("multipart", "given more than once; expected one part")
    return _value(parts[0], field.plan, depth, plain=plain)


def _value(part: Part, plan: PartPlan, depth: int, *, plain: bool) -> Any:
    stated = part.headers.get("content-type")
    kind = plan.reads_as(None if stated is None else read_media_type(stated.decode("latin-1")))
    if kind == "binary":
        # One character an octet, so that a length in the schema counts octets (OpenAPI 3.2, "Binary Streams").
        return "" if plan.opaque else str(part.content, "latin-1")
    if kind == "json":
        return read_json(bytes(part.content), depth)
    if kind != "text":
        raise _UncheckedError(kind)
    try:
        text = str(part.content, "utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "it is not UTF-8") from None
    return text if plain else reader_of(plan.shape)(text)


def _judge_head(
    part: Part, plan: PartPlan | None, place: str, engines: Engines, definitions: Definitions, found: Found
) -> None:
    stated = part.headers.get("content-type")
    named = None if stated is None else read_media_type(stated.decode("latin-1"))
    pointer = "" if plan is None else plan.pointer
    if (stated is not None and named is None) or (named is not None and "*" in named.essence):
        found.add("body", place, "content", "the Content-Type of the part names no media type", pointer)
        return
    if plan is None:
        if named is not None and named.essence != "text/plain":
            found.add("body", place, "content", "expected a part of text/plain", pointer)
        return
    if not plan.takes(named):
        found.add("body", place, "content", f"expected a part of {plan.expected()}", pointer)
    elif named is not None and not named.utf8 and plan.reads_as(named) in ("json", "text"):
        found.add("body", place, "content", "expected the charset utf-8", pointer)
    for header in part.headers:
        if not plan.knows(header):
            words = "the contract does not declare this header of the part"
            found.add("body", place, "undeclared", f"{words}: {shown_name(header)}", pointer)
    for name, argument in plan.headers:
        sent = part.headers.get(name)
        if sent is None:
            if argument.required:
                found.add("body", place, "required", f"the header {name} of the part is missing", argument.pointer)
        elif argument.reason:
            found.unchecked(argument.reason)
        else:
            inner = Found(every=found.every)
            judge_value(
                sent, argument.readings, argument.key, engines, definitions, "header", name, argument.pointer, inner
            )
            for told in inner.violations:
                words = f"the header {name} of the part: {told.message}"
                found.add("body", place, told.rule, words, told.contract)


def _escaped(part: Part) -> bytes:
    """As a query would hold it: in a part nothing is percent-encoded (OpenAPI 3.2, "Encoding Object")."""
    return bytes(part.content).replace(b"%", b"%25").replace(b"+", b"%2B").replace(b"&", b"%26")


def plan_multipart(media: MediaType, essence: str, lowering: Lowering, bounds: Bounds) -> MultipartPlan | str:
    """How such a body is judged; a reason where it cannot be. Lowers the schemas of headers of its parts."""
    pointer = f"{media.pointer}/schema"
    shape = Shape() if media.schema is None else shape_of(media.schema, pointer, lowering.members)
    by_name = essence == FORM_DATA
    if by_name and (shape.is_array or media.item_schema is not None or media.item_parts or media.prefix_parts):
        return "parts of multipart/form-data in a fixed order cannot be checked"
    if not by_name and shape.stated and not shape.is_array:
        return f"parts of {essence} have no names, so an object cannot be checked"
    depth = bounds.json_depth

    def planned(part: Shape, stated: Encoding | None, at: str) -> PartPlan:
        return plan_part(part, stated, lowering, depth, at)

    fields: dict[str, _Field] = {}
    for name, member in shape.members.items() if by_name else ():
        fields[name] = _plan_field(name, member, media, lowering, depth)
    prefix = _prefix_shapes(media.schema, pointer, lowering)
    if media.item_schema is None:
        rest = shape.items or Shape()
    else:
        rest = shape_of(media.item_schema, f"{media.pointer}/itemSchema", lowering.members)
    positions = max(len(prefix), len(media.prefix_parts))
    prefix += [rest] * (positions - len(prefix))
    stated = (*media.prefix_parts, *[media.item_parts] * (positions - len(media.prefix_parts)))
    other = shape.open or Shape()
    return MultipartPlan(
        bounds,
        media.pointer,
        by_name,
        fields,
        _Field(planned(other.items or Shape() if other.is_array else other, None, pointer), other.is_array, False),
        tuple(planned(one, said, pointer) for one, said in zip(prefix, stated, strict=True)),
        planned(rest, media.item_parts, pointer),
        is_ambiguous(shape) or any(is_ambiguous(one) for one in (*prefix, rest)),
    )


def _plan_field(name: str, shape: Shape, media: MediaType, lowering: Lowering, depth: int) -> _Field:
    stated = media.parts.get(name)
    pointer = f"{media.pointer}/encoding/{escape(name)}" if stated is not None else f"{media.pointer}/schema"
    many = shape.is_array
    plan = plan_part(shape.items or Shape() if many else shape, stated, lowering, depth, pointer)
    if stated is None or not stated.by_style or lowering.old:  # 3.0 knows styles in forms of the other type only
        return _Field(plan, many, shape.is_scalar and shape.stated)
    kind = "array" if many else "object" if shape.is_object else "scalar"
    readings = [
        read_pairs(stated.style, name, shape, kind, explode=stated.explode, plain=plain)
        for plain in ((False, True) if is_ambiguous(shape) else (False,))
    ]
    spread = stated.style == "form" and stated.explode and kind == "object"
    return _Field(
        plan, many, False, tuple(readings), frozenset(shape.members) if spread else frozenset({name}),
        stated.style == "deepObject",
    )  # fmt: skip


def _prefix_shapes(schema: Any, pointer: str, lowering: Lowering) -> list[Shape]:
    """Of `prefixItems`, through one reference."""
    if isinstance(schema, dict) and "prefixItems" not in schema:
        target = lowering.members.target(schema, pointer)
        if target is not None:
            schema, pointer = target
    items = schema.get("prefixItems") if isinstance(schema, dict) else None
    return [
        shape_of(one, f"{pointer}/prefixItems/{n}", lowering.members)
        for n, one in enumerate(items if isinstance(items, list) else ())
    ]
