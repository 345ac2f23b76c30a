"""A small judge for the parts of a value while it is being made. The engines judge the whole; this one saves work."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, Final

import re2

from contracts.probe.raw import UnknownError
from governance.diff.examples.format_texts import keeps
from governance.diff.examples.parts import Budget, Part, fraction, key, target, whole

_DEPTH: Final = 60
_Seen = set[Any] | None
"""The members or indices that a schema evaluated; None where the value breaks it."""


class Judge:
    """Judges values by schemas, by the benefit of the doubt: what it cannot say, it takes as kept."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def fits(self, parts: Iterable[Part], value: Any) -> bool:
        """Whether a value keeps to all that it must keep to, and breaks all that it must break."""
        for part in parts:
            try:
                if (self._seen(part.schema, part.root, value, 0) is not None) is not part.holds:
                    return False
            except (UnknownError, TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError):
                continue
        return True

    def _seen(self, schema: Any, root: Any, value: Any, depth: int, *, all_of_it: bool = False) -> _Seen:
        """`all_of_it`: whether a schema around it asks what was evaluated; else the first fitting branch is enough."""
        self._budget.spend()
        if depth > _DEPTH:
            raise UnknownError("too deep")
        if not isinstance(schema, dict):
            return None if schema is False else set()
        if not _plain(schema, value):
            return None
        seen: _Seen = set()
        if isinstance(value, dict):
            seen = self._members(schema, root, value, depth)
        elif isinstance(value, list):
            seen = self._items(schema, root, value, depth)
        if seen is None:
            return None
        all_of_it = all_of_it or "unevaluatedProperties" in schema or "unevaluatedItems" in schema
        for one in self._in_place(schema, root, value, depth, all_of_it):
            if one is None:
                return None
            seen |= one
        return self._unevaluated(schema, root, value, seen, depth)

    def _in_place(self, schema: dict[str, Any], root: Any, value: Any, depth: int, all_of_it: bool) -> Iterable[_Seen]:
        def judge(inner: Any) -> _Seen:
            return self._seen(inner, root, value, depth + 1, all_of_it=all_of_it)

        if "$ref" in schema:
            yield judge(target(root, schema["$ref"]))
        if "$dynamicRef" in schema:
            raise UnknownError("a dynamic reference")
        yield from map(judge, schema.get("allOf", ()))
        if "anyOf" in schema:
            fitting = (one for one in map(judge, schema["anyOf"]) if one is not None)
            first = next(fitting, None)
            yield first if first is None or not all_of_it else first.union(*fitting)
        if "oneOf" in schema:
            fitting = (one for one in map(judge, schema["oneOf"]) if one is not None)
            first = next(fitting, None)
            yield first if next(fitting, None) is None else None
        if "not" in schema:
            yield set() if judge(schema["not"]) is None else None
        if "if" in schema:
            condition = judge(schema["if"])
            yield condition or set()
            yield judge(schema.get("then" if condition is not None else "else", True))
        if isinstance(value, dict):
            yield from (judge(inner) for name, inner in schema.get("dependentSchemas", {}).items() if name in value)

    def _members(self, schema: dict[str, Any], root: Any, value: dict[str, Any], depth: int) -> _Seen:
        seen: set[Any] = set()
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for name, member in value.items():
            inner = [properties[name]] if name in properties else []
            inner += [patterns[pattern] for pattern in patterns if matches(pattern, name)]
            if not inner and "additionalProperties" in schema:
                inner = [schema["additionalProperties"]]
            if inner:
                seen.add(name)
            if any(self._seen(one, root, member, depth + 1) is None for one in inner):
                return None
            if "propertyNames" in schema and self._seen(schema["propertyNames"], root, name, depth + 1) is None:
                return None
        return seen

    def _items(self, schema: dict[str, Any], root: Any, value: list[Any], depth: int) -> _Seen:
        seen: set[Any] = set()
        first = schema.get("prefixItems", [])
        for i, item in enumerate(value):
            if i < len(first) or "items" in schema:
                seen.add(i)
                if self._seen(first[i] if i < len(first) else schema["items"], root, item, depth + 1) is None:
                    return None
        if "contains" in schema:
            fitting = {
                i for i, item in enumerate(value) if self._seen(schema["contains"], root, item, depth + 1) is not None
            }
            if not schema.get("minContains", 1) <= len(fitting) <= schema.get("maxContains", len(fitting)):
                return None
            seen |= fitting
        return seen

    def _unevaluated(self, schema: dict[str, Any], root: Any, value: Any, seen: set[Any], depth: int) -> _Seen:
        rest: Iterable[tuple[Any, Any]] = ()
        keyword = ""
        if isinstance(value, dict) and "unevaluatedProperties" in schema:
            keyword, rest = "unevaluatedProperties", value.items()
        elif isinstance(value, list) and "unevaluatedItems" in schema:
            keyword, rest = "unevaluatedItems", enumerate(value)
        for name, inner in rest:
            if name not in seen:
                if self._seen(schema[keyword], root, inner, depth + 1) is None:
                    return None
                seen.add(name)
        return seen


def _plain(schema: dict[str, Any], value: Any) -> bool:
    """Whether the value keeps to the keywords that hold no schema."""
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is(name, value) for name in types):
            return False
    if "enum" in schema and key(value) not in map(key, schema["enum"]):
        return False
    if "const" in schema and key(value) != key(schema["const"]):
        return False
    if isinstance(value, str):
        return _text(schema, value)
    if isinstance(value, dict):
        needed = [*schema.get("required", ())]
        for name, others in schema.get("dependentRequired", {}).items():
            needed += others if name in value else ()
        return all(name in value for name in needed) and _within(schema, "Properties", len(value))
    if isinstance(value, list):
        if schema.get("uniqueItems") is True and len(set(map(key, value))) < len(value):
            return False
        return _within(schema, "Items", len(value))
    if value is None or isinstance(value, bool) or not _NUMBER.intersection(schema):
        return True
    number = value if isinstance(value, int) else fraction(value)
    return number is None or all(rule(number, schema[name]) for name, rule in _RULES.items() if name in schema)


def _text(schema: dict[str, Any], value: str) -> bool:
    if not _within(schema, "Length", len(value)):
        return False
    if "pattern" in schema and not matches(schema["pattern"], value):
        return False
    name = schema.get("format")
    return not isinstance(name, str) or keeps(name, value)


def _within(schema: dict[str, Any], what: str, size: int) -> bool:
    least, most = whole(schema.get(f"min{what}")), whole(schema.get(f"max{what}"))
    return (least is None or size >= least) and (most is None or size <= most)


def _is(name: Any, value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return bool(name == ("null" if value is None else "boolean"))
    if isinstance(value, str | list | dict):
        return bool(name == _NAMES[type(value)])
    if name == "integer" and not isinstance(value, int):
        number = fraction(value)
        return number is not None and number.denominator == 1
    return name in {"number", "integer"}


def _rule(keeps_to: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def rule(number: Any, stated: Any) -> bool:
        bound = stated if type(stated) is int else fraction(stated)
        return bound is None or keeps_to(number, bound)

    return rule


_RULES: Final = {
    "minimum": _rule(ge), "maximum": _rule(le), "exclusiveMinimum": _rule(gt), "exclusiveMaximum": _rule(lt),
    "multipleOf": _rule(lambda number, step: step == 0 or number % step == 0),
}  # fmt: skip
_NUMBER: Final = frozenset(_RULES)
_NAMES: Final[dict[type, str]] = {str: "string", list: "array", dict: "object"}


_QUIET: Final = re2.Options()
_QUIET.log_errors = False


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _QUIET)
    except re2.error:
        return None


@lru_cache(maxsize=8192)
def matches(pattern: str, text: str) -> bool:
    """Whether a text holds a match, in linear time. Raises UnknownError for a pattern that the engine does not take."""
    compiled = _compiled(pattern)
    if compiled is None:
        raise UnknownError("a pattern that a second engine does not take")
    return compiled.search(text) is not None
