"""The keywords of JSON Schema 2020-12 and of the OpenAPI dialects: what kind of value each takes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value == value  # noqa: PLR0124


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_names_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_names(names) for names in value.values())


def _anything(value: Any) -> bool:  # noqa: ARG001 - const takes every value
    return True


PLAIN: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "multipleOf": (_is_positive, "a number above 0"),
    "maximum": (_is_number, "a number"),
    "minimum": (_is_number, "a number"),
    "exclusiveMaximum": (_is_number, "a number"),
    "exclusiveMinimum": (_is_number, "a number"),
    "maxLength": (_is_count, "a whole number of at least 0"),
    "minLength": (_is_count, "a whole number of at least 0"),
    "maxItems": (_is_count, "a whole number of at least 0"),
    "minItems": (_is_count, "a whole number of at least 0"),
    "maxContains": (_is_count, "a whole number of at least 0"),
    "minContains": (_is_count, "a whole number of at least 0"),
    "maxProperties": (_is_count, "a whole number of at least 0"),
    "minProperties": (_is_count, "a whole number of at least 0"),
    "uniqueItems": (_is_flag, "true or false"),
    "pattern": (_is_text, "a text"),
    "enum": (_is_list, "a list of values"),
    "const": (_anything, "a value"),
    "required": (_is_names, "a list of member names"),
    "dependentRequired": (_is_names_by_name, "a list of member names by member name"),
}
"""Keywords that hold no schema, with what they take. `type` and `format` are lowered by hand."""

COUNTS: Final = frozenset(name for name, (check, _) in PLAIN.items() if check is _is_count)

IN_PLACE: Final = ("allOf", "anyOf", "oneOf")
"""Lists of schemas that judge the same value."""

ONE: Final = ("if", "then", "else", "not", "contains", "propertyNames", "items", "unevaluatedItems")
"""Keywords that hold one schema that does not stand for a member of an object."""

MEMBER: Final = ("additionalProperties", "unevaluatedProperties")
"""Keywords that hold one schema for members of an object."""

BY_NAME: Final = ("properties", "patternProperties")
"""Keywords that hold schemas of members by name or by pattern."""
