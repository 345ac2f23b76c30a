"""Keywords about lists, objects and how schemas are put together."""

from typing import Any, Final

from governance.diff.rules.keywords import Keyword, rules_of
from governance.diff.rules.writing import B, W

_LIST: Final = {"type": "array"}
_OBJECT: Final = {"type": "object"}
_TEXT: Final = {"type": "string"}
_PAIR: Final = {"type": "object", "properties": {"total": {"type": "number"}, "tax": {"type": "number"}}}


def _list(**keywords: Any) -> dict[str, Any]:
    return {**_LIST, **keywords}


def _object(**keywords: Any) -> dict[str, Any]:
    return {**_OBJECT, **keywords}


LISTS: Final = (
    Keyword("minItems", "min-items", "shorter lists", _list(minItems=1), _list(minItems=2)),
    Keyword("maxItems", "max-items", "longer lists", _list(maxItems=9), _list(maxItems=5)),
    Keyword("uniqueItems", "unique-items", "lists that hold an item twice", _LIST, _list(uniqueItems=True)),
    Keyword(
        "contains", "contains", "lists without the items that `contains` asks for",
        _list(items=_TEXT), _list(items=_TEXT, contains={"const": "total"}),
        _list(items=_TEXT, contains={"const": "total"}), _list(items=_TEXT, contains={"const": "tax"}),
    ),
    Keyword(
        "items", "items", "lists with more items than have a place of their own",
        _list(prefixItems=[_TEXT]), _list(prefixItems=[_TEXT], items=False), answers_more=True,
    ),
    Keyword(
        "unevaluatedItems", "unevaluated-items", "lists with items that no keyword names",
        _list(prefixItems=[_TEXT]), _list(prefixItems=[_TEXT], unevaluatedItems=False),
        answers_more=True,
    ),
)  # fmt: skip

OBJECTS: Final = (
    Keyword("minProperties", "min-properties", "objects with fewer properties",
            _object(minProperties=1), _object(minProperties=2)),
    Keyword("maxProperties", "max-properties", "objects with more properties",
            _object(maxProperties=9), _object(maxProperties=5)),
    Keyword(
        "propertyNames", "property-names", "objects with other names of properties",
        _OBJECT, _object(propertyNames={"maxLength": 5}),
        _object(propertyNames={"pattern": "^a"}), _object(propertyNames={"pattern": "^b"}), answers_more=True,
    ),
    Keyword(
        "patternProperties", "pattern-properties", "properties whose values fit one contract only",
        _OBJECT, _object(patternProperties={"^x-": _TEXT}), answers_more=True,
    ),
    Keyword(
        "additionalProperties", "additional-properties", "properties that the schema does not name",
        {**_PAIR, "additionalProperties": True}, {**_PAIR, "additionalProperties": False},
        narrowed=W, widened=W, answers_more=True,
    ),
    Keyword(
        "unevaluatedProperties", "unevaluated-properties", "properties that no part of the schema names",
        {**_PAIR, "unevaluatedProperties": True}, {**_PAIR, "unevaluatedProperties": False},
        narrowed=W, widened=W, answers_more=True,
    ),
    Keyword(
        "required", "required", "objects without the property",
        _PAIR, {**_PAIR, "required": ["total"]},
        narrowed=B, widened=B, names=("property-became-required", "property-became-optional", ""),
    ),
    Keyword(
        "dependentRequired", "dependent-required", "objects with one property and without those that it asks for",
        _PAIR, {**_PAIR, "dependentRequired": {"tax": ["total"]}},
        {**_PAIR, "dependentRequired": {"total": ["tax"]}}, {**_PAIR, "dependentRequired": {"tax": ["total"]}},
    ),
    Keyword(
        "dependentSchemas", "dependent-schemas", "objects with one property that do not fit what it asks for",
        _PAIR, {**_PAIR, "dependentSchemas": {"tax": {"required": ["total"]}}},
    ),
)  # fmt: skip


def _named(*values: str) -> dict[str, Any]:
    """Two alternatives that a discriminator tells apart, the first by these values."""
    branches = [_object(properties={"kind": {"enum": list(names)}}, required=["kind"]) for names in (values, ("z",))]
    return {"oneOf": branches, "discriminator": {"propertyName": "kind"}}


WHOLE: Final = (
    Keyword(
        "not", "not", "values that `not` rules out on one side only",
        _TEXT, {**_TEXT, "not": {"const": "none"}},
        {**_TEXT, "not": {"const": "all"}}, {**_TEXT, "not": {"const": "none"}},
    ),
    Keyword(
        "if", "if", "values that fit the condition and not what follows from it",
        _PAIR, {**_PAIR, "if": {"required": ["tax"]}, "then": {"required": ["total"]}},
        {**_PAIR, "if": {"required": ["total"]}, "then": {"required": ["tax"]}},
        {**_PAIR, "if": {"required": ["tax"]}, "then": {"required": ["total"]}},
    ),
    Keyword(
        "composition", "composition", "values that fit two alternatives of a `oneOf` on one side only",
        one={"oneOf": [{"type": "integer", "maximum": 5}, {"type": "integer", "minimum": 3}]},
        other={"oneOf": [{"type": "integer", "maximum": 6}, {"type": "integer", "minimum": 2}]},
        changed=W, answers_more=True, turned=True,
    ),
    Keyword(
        "discriminator", "discriminator", "the values that name an alternative in one contract only",
        _named("a", "b"), _named("a"), _named("a"), _named("b"), changed=W, narrowed=W, answers_more=True,
    ),
    Keyword(
        "reference", "unreadable-schema", "values that nobody can judge",
        one=_TEXT, other={**_TEXT, "$schema": "https://example.com/dialect"}, changed=W, wire=W,
    ),
)  # fmt: skip

RULES: Final = rules_of((*LISTS, *OBJECTS, *WHOLE))
