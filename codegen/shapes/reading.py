"""Schemas of a contract -> shapes, for one direction: what a client sends, or what it is answered.

Objects and enumerations become classes, each named after where the contract describes it. Everything else is written
out where it is used, so giving a text or a list a name of its own changes nothing for those who use it.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal

from codegen.naming import OF_MODELS, Names, attribute_name, class_name, constant_name
from codegen.shapes.shape import (
    ANY,
    Constants,
    EnumShape,
    ListOf,
    MapOf,
    Member,
    Named,
    ObjectShape,
    OneOf,
    Scalar,
    ScalarKind,
    Shape,
    one_of,
    or_null,
)
from codegen.shapes.view import DEPTH, Part, Sight, View, only_null, says_no_type
from contracts.direction import Members
from contracts.document import Document
from contracts.references import References, escape, normal

Direction = Literal["request", "answer"]

_TEXTS: Final[dict[str, ScalarKind]] = {
    "date-time": "moment", "date": "day", "uuid": "uuid", "guid": "uuid", "byte": "base64", "base64": "base64",
    "decimal": "decimal",
}  # fmt: skip
_COMPONENTS: Final = "/components/schemas/"


class ClassNames:
    """The names of all classes of a client, by the pointers of their schemas."""

    def __init__(self, document: Document) -> None:
        self._names = Names()
        components = document.tree.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        for name in schemas if isinstance(schemas, dict) else ():
            if class_name(name) == name:  # whoever is written as in Python keeps the name
                self._names.give(_COMPONENTS + escape(name), name)

    def of(self, pointer: str, hint: str) -> str:
        """The name of the class for the schema there; `hint` where the contract gives it none."""
        head, _, last = pointer.rpartition("/")
        wanted = class_name(last.replace("~1", "/").replace("~0", "~")) if f"{head}/" == _COMPONENTS else hint
        return self._names.give(pointer, wanted)


class ShapeReader:
    """Reads the schemas of one contract for one direction. `objects` and `enums` grow with what is read."""

    def __init__(
        self, document: Document, version: str, direction: Direction, names: ClassNames, enums: dict[str, EnumShape]
    ) -> None:
        """`enums` is shared by both directions: a value that was answered can be sent."""
        old = version == "3.0"
        refs = References(document, named=not old)
        self._sight = Sight(document.tree, refs, old=old)
        flag: Literal["readOnly", "writeOnly"] = "readOnly" if direction == "request" else "writeOnly"
        self._left_out = Members(document.tree, refs, flag, old)
        self._direction = direction
        self._names = names
        self.objects: dict[str, ObjectShape] = {}
        self.enums = enums
        self._known: dict[str, Shape] = {}
        self._open: set[str] = set()
        self._waiting: list[tuple[str, View, bool]] = []
        self._alternative: set[str] = set()
        self._files = False

    def read(self, schema: Any, pointer: str, hint: str, *, files: bool = False) -> Shape:
        """The shape of a schema and of all that it reaches. `files`: binary text stands for a file.

        Raises DanglingError.
        """
        self._files = files
        shape = self._read([(schema, normal(pointer))], hint, 0)
        while self._waiting:
            name, view, nested_files = self._waiting.pop()
            self._files = nested_files
            self.objects[name] = self._object(name, view)
        return shape

    def finished(self) -> tuple[ObjectShape, ...]:
        """All objects, by name. Constants stay where they tell alternatives apart; else answers take any value."""
        return tuple(
            shape if self._direction == "request" or name in self._alternative else _opened(shape)
            for name, shape in sorted(self.objects.items())
        )

    def _read(self, parts: list[Part], hint: str, depth: int) -> Shape:
        if depth > DEPTH:
            return ANY
        nullable = False
        if len(parts) == 1:
            schema, pointer, nullable = self._sight.core(*parts[0])
            if not isinstance(schema, dict):
                return ANY
            parts = [(schema, pointer)]
        key = "+".join(pointer for _, pointer in parts) + ("#files" if self._files else "")
        if key in self._open:
            return ANY  # an alternative or a list that holds itself: cut here
        shape = self._known.get(key)
        if shape is None:
            self._open.add(key)
            shape = self._shape(parts, key.removesuffix("#files"), hint, depth)
            self._open.discard(key)
            self._known[key] = shape
        return or_null(shape) if nullable else shape

    def _shape(self, parts: list[Part], key: str, hint: str, depth: int) -> Shape:
        view = self._sight.view(parts)
        shape = self._of_view(view, key, hint, depth)
        return or_null(shape) if view.nullable else shape

    def _of_view(self, view: View, key: str, hint: str, depth: int) -> Shape:
        if view.values is not None:
            return self._values(view, key, hint)
        groups = [self._said(group, view) for group in view.alternatives]
        if view.members or (self._only_objects(groups) and view.types == frozenset({"object"}) and view.required):
            for group in groups:
                self._join(view, group)
        else:
            for group in groups:
                if group:
                    return self._alternatives(group, hint, depth)
        if view.members:
            return self._class(view, key, hint)
        kinds = view.types
        if kinds is None:
            kinds = frozenset({"array"}) if view.items else frozenset({"object"}) if view.additional else frozenset()
        return one_of([self._of_type(kind, view, hint, depth) for kind in sorted(kinds)])

    def _only_objects(self, groups: list[list[Part]]) -> bool:
        return not any(groups)

    def _said(self, group: list[Part], view: View) -> list[Part]:
        """The alternatives that say what a value is; null is noted. Empty where they only demand more."""
        if any(only_null(part) for part in group):
            view.nullable = True
        left = [part for part in group if not only_null(part)]
        if view.members or view.types is not None:
            left = [part for part in left if not self._demands_only(part, view)]
        return left

    def _demands_only(self, part: Part, view: View) -> bool:
        schema, pointer = part
        if says_no_type(schema):
            return True
        inner = self._sight.view([(schema, pointer)])
        if inner.members or inner.items or inner.values is not None or inner.additional or inner.alternatives:
            return False
        return inner.types is None or (view.types is not None and inner.types <= view.types and not inner.format)

    def _join(self, view: View, group: list[Part]) -> None:
        """Members of alternatives beside members: each may be there."""
        seen: set[str] = set()
        waiting = list(group)
        while waiting:
            part = waiting.pop(0)
            if part[1] in seen or len(seen) > DEPTH:
                continue
            seen.add(part[1])
            inner = self._sight.view([part])
            for name, described in inner.members.items():
                if name not in view.members:
                    view.members[name] = list(described[:1])
            for more in inner.alternatives:
                waiting += more

    def _alternatives(self, group: list[Part], hint: str, depth: int) -> Shape:
        found: list[Shape] = []
        for index, part in enumerate(group):
            own = hint if len(group) == 1 else f"{hint}{_variant(part, index)}"
            found.append(self._read([part], own, depth + 1))
        objects = [shape for shape in found if isinstance(shape, Named) and shape.of == "object"]
        if len(objects) > 1:
            self._alternative |= {shape.name for shape in objects}
        return one_of(found)

    def _class(self, view: View, key: str, hint: str) -> Shape:
        name = self._names.of(key, hint)
        if name not in self.objects:
            self.objects[name] = ObjectShape(name, view.text, (), closed=False)
            self._waiting.append((name, view, self._files))
        return Named(name, "object")

    def _object(self, name: str, view: View) -> ObjectShape:
        given = Names(OF_MODELS)
        given.give_all({wire: attribute_name(wire, OF_MODELS) for wire in view.members})
        members: list[Member] = []
        for wire, parts in view.members.items():
            states = {self._left_out.state(schema, pointer) for schema, pointer in parts}
            if "yes" in states:
                continue
            shape = self._read(parts, f"{name}{class_name(wire).removesuffix('_')}", 0)
            required = wire in view.required and "some" not in states
            text = self._text(parts)
            members.append(Member(wire, given.give(wire, ""), shape, required, text))
        return ObjectShape(name, view.text, tuple(members), view.closed)

    def _text(self, parts: Iterable[Part]) -> str:
        """What a member means: what stands beside a reference counts more than what it leads to."""
        for schema, pointer in parts:
            if isinstance(schema, dict) and isinstance(schema.get("description"), str):
                return str(schema["description"])
            found = self._sight.view([(schema, pointer)]).text
            if found:
                return found
        return ""

    def _of_type(self, kind: str, view: View, hint: str, depth: int) -> Shape:
        if kind == "object":
            if view.additional is None:
                return Scalar("object")
            return MapOf(self._read([view.additional], f"{hint}Value", depth + 1))
        if kind == "array":
            if not view.items:
                return ListOf(ANY)
            found = [self._read([part], f"{hint}Item", depth + 1) for part in view.items]
            return ListOf(one_of(found))
        if kind == "string":
            if self._files and (view.format == "binary" or (not view.format and view.media)):
                return Scalar("file")
            return Scalar("base64" if view.media else _TEXTS.get(view.format, "string"))
        if kind == "number":
            return Scalar("number")  # also of `format: double`: contracts say that of money too
        return Scalar("integer") if kind == "integer" else Scalar("boolean") if kind == "boolean" else ANY

    def _values(self, view: View, key: str, hint: str) -> Shape:
        values = view.values or ()
        kinds = {type(value) for value in values}
        if kinds == {bool}:
            return Scalar("boolean")
        if kinds not in ({str}, {int}):
            return one_of([_of_value(value) for value in values])
        if len(values) == 1:
            return Constants(values)
        name = self._names.of(key, hint)
        if name not in self.enums:
            given = Names()
            members = tuple((given.give(repr(value), _member_of(value)), value) for value in dict.fromkeys(values))
            self.enums[name] = EnumShape(name, view.text, members)
        return Named(name, "enum")


def _member_of(value: str | int) -> str:
    if isinstance(value, int):
        return f"MINUS_{-value}" if value < 0 else f"VALUE_{value}"
    return constant_name(value)


def _of_value(value: Any) -> Shape:
    if isinstance(value, bool):
        return Scalar("boolean")
    if isinstance(value, int):
        return Scalar("integer")
    kinds: tuple[tuple[type, ScalarKind], ...] = ((str, "string"), (float, "number"), (dict, "object"))
    for kind, scalar in kinds:
        if isinstance(value, kind):
            return Scalar(scalar)
    return ListOf(ANY) if isinstance(value, list) else ANY


def _variant(part: Part, index: int) -> str:
    """What tells an alternative without a name of its own from the others: its title, else its number."""
    title = part[0].get("title") if isinstance(part[0], dict) else None
    return class_name(title).removesuffix("_") if isinstance(title, str) and title.strip() else f"Option{index + 1}"


def _opened(shape: ObjectShape) -> ObjectShape:
    members = tuple(
        Member(one.wire, one.name, _without_constants(one.shape), one.required, one.text) for one in shape.members
    )
    return ObjectShape(shape.name, shape.text, members, shape.closed)


def _without_constants(shape: Shape) -> Shape:
    if isinstance(shape, Constants):
        return _of_value(shape.values[0])
    if isinstance(shape, ListOf):
        return ListOf(_without_constants(shape.item))
    if isinstance(shape, MapOf):
        return MapOf(_without_constants(shape.value))
    return one_of([_without_constants(part) for part in shape.parts]) if isinstance(shape, OneOf) else shape
