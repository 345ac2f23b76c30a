"""A schema in words, for the portal's pages: what a value holds, member by member, with links to named schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.document import Document, UnresolvedReferenceError
from contracts.document_text import as_json

_DEPTH: Final = 4
"""Members inside members are shown so far down; what lies deeper is in the document."""
_MEMBERS: Final = 400
"""So many members of one value are shown."""
_VALUES: Final = 40
_VALUE_CHARACTERS: Final = 120
_BOUNDS: Final = (
    ("minLength", "at least {} characters"), ("maxLength", "at most {} characters"),
    ("minimum", "{} or more"), ("maximum", "{} or less"), ("multipleOf", "a multiple of {}"),
    ("minItems", "at least {} items"), ("maxItems", "at most {} items"),
    ("minProperties", "at least {} members"), ("maxProperties", "at most {} members"),
    ("pattern", "matches `{}`"), ("contentMediaType", "holds `{}`"), ("contentEncoding", "encoded as `{}`"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is, in a few words; `schema` names the schema that says more, where one is named."""

    words: str
    schema: str = ""
    before: str = ""
    """`list of`, before what is linked."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object. `depth` from 0."""

    name: str
    depth: int
    kind: Kind
    required: bool
    notes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One value."""

    kind: Kind
    notes: tuple[str, ...] = ()
    text: str = ""
    members: tuple[Member, ...] = ()
    choices: tuple[Kind, ...] = ()
    """Of `oneOf` and `anyOf`."""
    more: bool = False
    """Whether members are left out, because there are too many or they lie too deep."""


class Shapes:
    """Reads the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._followed: dict[str, dict[str, Any]] = {}
        """What references lead to, laid together; empty while that is being done, so that circles end."""

    def of(self, schema: Any) -> Shape:
        """A schema, one reference at its top followed."""
        kind = self.kind(schema)
        merged = self._merged(schema)
        found: list[Member] = []
        whole = self._members(merged, 0, found)
        items = merged.get("items")
        if not found and isinstance(items, dict) and not self._named(items):
            whole = self._members(self._merged(items), 0, found) and whole
        choices = tuple(self.kind(one) for key in ("oneOf", "anyOf") for one in _dicts(merged.get(key)))
        return Shape(kind, tuple(self._notes(merged)), _text(merged.get("description")), tuple(found), choices,
                     more=not whole)  # fmt: skip

    def kind(self, schema: Any, depth: int = 0) -> Kind:
        """What a value of a schema is."""
        if depth > _DEPTH:
            return Kind("what the document says")
        if schema is True or not isinstance(schema, dict):
            return Kind("anything" if schema is not False else "nothing")
        name = self._named(schema)
        if name:
            return Kind(name, name)
        parts = _dicts(schema.get("allOf"))
        if len(parts) == 1 and "properties" not in schema:
            return self.kind(parts[0], depth + 1)
        merged = self._merged(schema)
        types = _types(merged)
        if "array" in types and isinstance(merged.get("items"), dict):
            inner = self.kind(merged["items"], depth + 1)
            null = " or null" if "null" in types else ""
            return Kind(inner.words + null, inner.schema, f"list of {inner.before}".strip() + " ")
        for key in ("oneOf", "anyOf"):
            choices = [self.kind(one, depth + 1) for one in _dicts(merged.get(key))]
            if choices and not types:
                said = [one for one in choices if one.words != "null"]
                null = " or null" if len(said) < len(choices) else ""
                if len(said) == 1:
                    return Kind(said[0].words + null, said[0].schema, said[0].before)
                return Kind("one of several")
        words = " or ".join(types) or ("object" if "properties" in merged else "anything")
        form = merged.get("format")
        return Kind(f"{words} ({form})" if isinstance(form, str) and form else words)

    def _named(self, schema: Mapping[str, Any]) -> str:
        """The name of the schema under `components` that it refers to."""
        reference = schema.get("$ref")
        start = "#/components/schemas/"
        if isinstance(reference, str) and reference.startswith(start) and "/" not in reference[len(start) :]:
            return reference[len(start) :].replace("~1", "/").replace("~0", "~")
        return ""

    def _merged(self, schema: Any) -> dict[str, Any]:
        """The schema with what it refers to and all of its `allOf` laid together."""
        if not isinstance(schema, dict):
            return {}
        made: dict[str, Any] = {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in self._followed:
                self._followed[reference] = {}
                try:
                    self._followed[reference] = self._merged(self._document.resolve(reference))
                except UnresolvedReferenceError:
                    self._followed[reference] = {}
            _lay(made, self._followed[reference])
        for part in _dicts(schema.get("allOf")):
            _lay(made, self._merged(part))
        _lay(made, {key: value for key, value in schema.items() if key not in ("$ref", "allOf")})
        return made

    def _members(self, merged: Mapping[str, Any], depth: int, found: list[Member]) -> bool:
        """Append the members of an object; False where some are left out."""
        properties = merged.get("properties")
        required = merged.get("required")
        needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
        whole = True
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if len(found) >= _MEMBERS:
                return False
            inner = self._merged(schema)
            kind = self.kind(schema)
            found.append(
                Member(
                    str(name), depth, kind, name in needed, tuple(self._notes(inner)), _text(inner.get("description"))
                )
            )
            if kind.schema:
                continue
            held = self._merged(inner["items"]) if isinstance(inner.get("items"), dict) else inner
            if isinstance(held.get("properties"), dict):
                whole = depth + 1 < _DEPTH and self._members(held, depth + 1, found) and whole
        extra = merged.get("additionalProperties")
        if isinstance(extra, dict) and len(found) < _MEMBERS:
            found.append(Member("any other name", depth, self.kind(extra), False, (), ""))
        return whole

    def _notes(self, merged: Mapping[str, Any]) -> Iterator[str]:
        """What else is demanded of a value."""
        if merged.get("deprecated") is True:
            yield "deprecated"
        if merged.get("readOnly") is True:
            yield "only in answers"
        if merged.get("writeOnly") is True:
            yield "only in requests"
        if merged.get("nullable") is True:
            yield "may be null"
        if "const" in merged:
            yield f"always `{shown(merged['const'])}`"
        values = merged.get("enum")
        if isinstance(values, list) and values:
            more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
            yield f"one of {', '.join(f'`{shown(value)}`' for value in values[:_VALUES])}{more}"
        for keyword, words in _BOUNDS:
            value = merged.get(keyword)
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                yield words.format(shown(value) if not isinstance(value, str) else value[:_VALUE_CHARACTERS])
        for keyword, words in (("exclusiveMinimum", "more than {}"), ("exclusiveMaximum", "less than {}")):
            value = merged.get(keyword)
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield words.format(shown(value))
            elif value is True:
                yield f"{'minimum' if keyword.endswith('Minimum') else 'maximum'} itself not taken"
        if merged.get("uniqueItems") is True:
            yield "no item twice"
        if merged.get("additionalProperties") is False and "properties" in merged:
            yield "no other members"
        if "default" in merged:
            yield f"`{shown(merged['default'])}` where left out"
        if isinstance(merged.get("x-unit"), str):
            yield f"in {merged['x-unit'][:_VALUE_CHARACTERS]}"


def shown(value: Any) -> str:
    """A value on one line, cut where it is long."""
    text = value if isinstance(value, str) else as_json(value, indent=0)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}..."


def _lay(made: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        before = made.get(key)
        if key == "properties" and isinstance(before, dict) and isinstance(value, dict):
            made[key] = {**before, **value}
        elif key == "required" and isinstance(before, list) and isinstance(value, list):
            made[key] = [*before, *value]
        else:
            made[key] = value


def _dicts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _types(merged: Mapping[str, Any]) -> list[str]:
    stated = merged.get("type")
    types = stated if isinstance(stated, list) else [stated]
    return [name for name in types if isinstance(name, str)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
