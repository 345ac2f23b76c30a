"""A small judge of its own over raw schemas: which keywords a value breaks, or that it cannot be said.

It is slow and knows less than the compiler; where it is not certain it says so. It is there to be wrong otherwise than
the compiler and its engine are.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.texts import keeps_to_format, matches

Broken = frozenset[str]
_DEPTH: Final = 40
_NOT_KNOWN: Final = (
    "unevaluatedProperties", "unevaluatedItems", "contentEncoding", "contentMediaType", "dependencies",
    "if", "additionalItems",
)  # fmt: skip


class Judge:
    """Judges values of one document in one direction. `most` visits a value, then it cannot be said."""

    def __init__(self, raw: Raw, most: int = 3_000) -> None:
        self.raw = raw
        self._most = most
        self._left = most
        self._known: dict[tuple[str, int], tuple[Any, Broken]] = {}
        """Changed values share what is unchanged in them."""

    def broken(self, place: Place, value: Any) -> Broken:
        """The keywords that the whole value breaks. Raises UnknownError."""
        self._left = self._most
        try:
            return self._broken(place, value, 0)
        except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError):
            raise UnknownError("a keyword with a value of another kind") from None

    def _broken(self, place: Place, value: Any, depth: int) -> Broken:
        key = place.pointer, id(value)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise UnknownError("too large or too deep a value")
        relaxed = self.raw.forbidden_names(place) if isinstance(value, dict) else frozenset()
        found: set[str] = set()
        for part in self.raw.parts(place):
            if part.node is True:
                continue
            if not isinstance(part.node, dict):
                if part.node is False:
                    found.add("false")
                    continue
                raise UnknownError("a schema that is none")
            found |= self._own(part, value, relaxed, depth)
        # Holds the value, so that no other one gets its identity.
        self._known[key] = value, frozenset(found)
        return self._known[key][1]

    def _own(self, part: Place, value: Any, relaxed: frozenset[str], depth: int) -> set[str]:
        schema = part.node
        for keyword in _NOT_KNOWN:
            if keyword in schema and schema[keyword] is not True:
                raise UnknownError(f"the keyword `{keyword}`")
        found = set(_plain(schema, value, old=self.raw.old))
        if isinstance(value, list):
            found |= set(self._items(part, value, depth))
        elif isinstance(value, dict):
            found |= set(self._members(part, value, relaxed, depth))
        found |= set(self._alternatives(part, value, depth))
        if "not" in schema and not self._broken(part.child("not"), value, depth + 1):
            found.add("not")
        return found

    def _items(self, part: Place, value: list[Any], depth: int) -> Iterator[str]:
        schema = part.node
        first = schema.get("prefixItems", []) if not self.raw.old else []
        for i, item in enumerate(value):
            if i < len(first):
                yield from self._broken(part.child("prefixItems", i), item, depth + 1)
            elif "items" in schema:
                if schema["items"] is False:
                    yield "items"
                else:
                    yield from self._broken(part.child("items"), item, depth + 1)
        if "contains" in schema:
            count = sum(not self._broken(part.child("contains"), item, depth + 1) for item in value)
            if count < schema.get("minContains", 1):
                yield "minContains" if "minContains" in schema else "contains"
            if count > schema.get("maxContains", count):
                yield "maxContains"

    def _members(self, part: Place, value: dict[str, Any], relaxed: frozenset[str], depth: int) -> Iterator[str]:
        schema = part.node
        properties = schema.get("properties", {})
        for name, member in value.items():
            known = name in properties
            if known:
                child = part.child("properties", name)
                if name in relaxed:
                    yield "readOnly" if self.raw.direction == "request" else "writeOnly"
                yield from self._broken(child, member, depth + 1)
            for pattern in schema.get("patternProperties", ()):
                if matches(pattern, name):
                    known = True
                    yield from self._broken(part.child("patternProperties", pattern), member, depth + 1)
            if not known and "additionalProperties" in schema:
                if schema["additionalProperties"] is False:
                    yield "additionalProperties"
                elif schema["additionalProperties"] is not True:
                    yield from self._broken(part.child("additionalProperties"), member, depth + 1)
            if "propertyNames" in schema and self._broken(part.child("propertyNames"), name, depth + 1):
                yield "propertyNames"
        required = schema.get("required", ())
        if isinstance(required, list | tuple):
            missing = [name for name in required if name not in value and name not in relaxed]
            yield from ["required"] if missing else []
        for name, others in schema.get("dependentRequired", {}).items():
            if name in value and any(other not in value for other in others):
                yield "dependentRequired"
        for name in schema.get("dependentSchemas", ()):
            if name in value:
                yield from self._broken(part.child("dependentSchemas", name), value, depth + 1)
        if len(value) < schema.get("minProperties", 0):
            yield "minProperties"
        if len(value) > schema.get("maxProperties", len(value)):
            yield "maxProperties"

    def _alternatives(self, part: Place, value: Any, depth: int) -> Iterator[str]:
        schema = part.node
        listed = [keyword for keyword in ("oneOf", "anyOf") if isinstance(schema.get(keyword), list)]
        if listed and "discriminator" in schema:
            if len(listed) > 1 or not isinstance(value, dict):
                raise UnknownError("a discriminator over both oneOf and anyOf, or over what is no object")
            branch = self.named_branch(part, listed[0], value.get(str(schema["discriminator"].get("propertyName"))))
            if branch is None or self._broken(branch, value, depth + 1):
                yield "discriminator"
            return
        for keyword in listed:
            fitting = 0
            for branch in part.each(keyword):
                fitting += not self._broken(branch, value, depth + 1)
                if fitting and keyword == "anyOf":
                    break
            if not fitting or (keyword == "oneOf" and fitting > 1):
                yield keyword

    def named_branch(self, part: Place, keyword: str, value: Any) -> Place | None:
        """The alternative that a discriminating member names. Raises UnknownError where all is not plain."""
        stated = part.node["discriminator"]
        mapping = stated.get("mapping", {})
        branches = list(part.each(keyword))
        if "defaultMapping" in stated or not all(isinstance(b.node, dict) and "$ref" in b.node for b in branches):
            raise UnknownError("a discriminator whose alternatives are not named")
        if value is None or not isinstance(value, str):
            return None
        name = mapping.get(value)
        wanted = name if isinstance(name, str) else value
        for branch in branches:
            ref = str(branch.node["$ref"])
            if ref in (wanted, f"#/components/schemas/{wanted}"):
                return branch
        return None


def _plain(schema: dict[str, Any], value: Any, *, old: bool) -> Iterator[str]:
    """The keywords that hold no schema."""
    stated = schema.get("type")
    if stated is not None:
        types = stated if isinstance(stated, list) else [stated]
        if not any(_is(name, value) for name in types) and not (old and value is None and schema.get("nullable")):
            yield "type"
    if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
        yield "enum"
    if "const" in schema and not old and not same(value, schema["const"]):
        yield "const"
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, _decimal(value))
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield "minLength"
        if len(value) > schema.get("maxLength", len(value)):
            yield "maxLength"
        if "pattern" in schema and not matches(schema["pattern"], value):
            yield "pattern"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield "minItems"
        if len(value) > schema.get("maxItems", len(value)):
            yield "maxItems"
        if schema.get("uniqueItems") is True and any(same(a, b) for i, a in enumerate(value) for b in value[:i]):
            yield "uniqueItems"
    if isinstance(schema.get("format"), str) and not keeps_to_format(schema["format"], value):
        yield "format"


def _number(schema: dict[str, Any], number: Decimal) -> Iterator[str]:
    for bound, sign in (("minimum", 1), ("maximum", -1)):
        strict = schema.get("exclusive" + bound.capitalize())
        if bound in schema:
            limit = _decimal(schema[bound])
            if strict is True and number == limit:
                yield "exclusive" + bound.capitalize()
            elif (number - limit) * sign < 0:
                yield bound
        if strict is not None and not isinstance(strict, bool) and (number - _decimal(strict)) * sign <= 0:
            yield "exclusive" + bound.capitalize()
    if "multipleOf" in schema and number % _decimal(schema["multipleOf"]):
        yield "multipleOf"


def _decimal(value: Any) -> Decimal:
    written = getattr(value, "written", None)
    try:
        return written if written is not None else Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        raise UnknownError("a bound that is no number") from None


def _is(name: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return bool(name == "boolean")
    if isinstance(value, int | float):
        return name == "number" or (name == "integer" and value == int(value))
    return (name, type(value)) in {("string", str), ("null", type(None)), ("array", list), ("object", dict)}


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, and true is not 1."""
    return _key(one) == _key(other)


def _key(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int | float):
        return str(_decimal(value).normalize())
    if isinstance(value, list):
        return f"[{','.join(map(_key, value))}]"
    return f"{{{','.join(sorted(f'{json.dumps(name)}:{_key(child)}' for name, child in value.items()))}}}"
