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
        "prefixItems", "prefix-items", "lists whose first items fit one contract only",
        _LIST, _list(prefixItems=[_TEXT]),
        _list(prefixItems=[True, _TEXT]), _list(prefixItems=[_TEXT]), narrowed=B, widened=B, changed=B,
    ),
    Keyword(
        "items", "items", "lists whose items fit one contract only", _LIST, _list(items=_TEXT),
        _list(items=False), _list(items=_TEXT, minItems=1), narrowed=B, widened=B, changed=B, answers_more=True,
    ),
    Keyword(
        "unevaluatedItems", "unevaluated-items", "lists with items that no keyword names",
        _list(prefixItems=[_TEXT]), _list(prefixItems=[_TEXT], unevaluatedItems=False),
        _list(prefixItems=[_TEXT], unevaluatedItems={"type": "string"}),
        _list(prefixItems=[_TEXT], unevaluatedItems={"type": "integer"}), answers_more=True,
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
        _OBJECT, _object(patternProperties={"^x-": _TEXT}),
        _object(patternProperties={"^x-": _TEXT}), _object(patternProperties={"^y-": _TEXT}), answers_more=True,
    ),
    Keyword(
        "additionalProperties", "additional-properties", "properties that the schema does not name",
        {**_PAIR, "additionalProperties": True}, {**_PAIR, "additionalProperties": False},
        {**_PAIR, "additionalProperties": _TEXT}, {**_PAIR, "additionalProperties": {"type": "integer"}},
        narrowed=W, widened=W, changed=B, answers_more=True,
    ),
    Keyword(
        "unevaluatedProperties", "unevaluated-properties", "properties that no part of the schema names",
        {**_PAIR, "unevaluatedProperties": True}, {**_PAIR, "unevaluatedProperties": False},
        {**_PAIR, "unevaluatedProperties": _TEXT}, {**_PAIR, "unevaluatedProperties": {"type": "integer"}},
        narrowed=W, widened=W, changed=B, answers_more=True,
    ),
    Keyword(
        "required", "required", "objects without the properties that are asked for on one side only",
        _PAIR, {**_PAIR, "required": ["total"]}, {**_PAIR, "required": ["tax"]}, {**_PAIR, "required": ["total"]},
        narrowed=B, widened=B, changed=B,
        names=("property-became-required", "property-became-optional", "required-properties-changed"),
    ),
    Keyword(
        "dependentRequired", "dependent-required", "objects with one property and without those that it asks for",
        _PAIR, {**_PAIR, "dependentRequired": {"tax": ["total"]}},
        {**_PAIR, "dependentRequired": {"total": ["tax"]}}, {**_PAIR, "dependentRequired": {"tax": ["total"]}},
    ),
    Keyword(
        "dependentSchemas", "dependent-schemas", "objects with one property that do not fit what it asks for",
        _PAIR, {**_PAIR, "dependentSchemas": {"tax": {"required": ["total"]}}},
        {**_PAIR, "dependentSchemas": {"total": {"minProperties": 2}}},
        {**_PAIR, "dependentSchemas": {"tax": {"minProperties": 2}}},
    ),
)  # fmt: skip

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
        "composition", "composition", "values that fit the alternatives of one contract only",
        {"type": ["string", "integer"]}, {"type": ["string", "integer"], "oneOf": [{"maxLength": 5}, {"maximum": 5}]},
        {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "integer", "maximum": 5}]},
        {"oneOf": [{"type": "string", "minLength": 3}, {"type": "integer", "minimum": 3}]},
        narrowed=W, widened=W, changed=W, answers_more=True,
    ),
    Keyword(
        "discriminator", "discriminator", "objects that name their alternative as one contract says only",
        {"oneOf": [_object(properties={"kind": _TEXT}, required=["kind"], title="Order")]},
        {"oneOf": [_object(properties={"kind": _TEXT}, required=["kind"], title="Order")],
         "discriminator": {"propertyName": "kind"}},
        {"oneOf": [_object(properties={"kind": _TEXT, "sort": _TEXT}, required=["kind", "sort"])],
         "discriminator": {"propertyName": "sort"}},
        {"oneOf": [_object(properties={"kind": _TEXT, "sort": _TEXT}, required=["kind", "sort"])],
         "discriminator": {"propertyName": "kind"}},
        narrowed=B, widened=B, changed=B,
    ),
    Keyword(
        "reference", "reference", "values that nobody can judge, as a reference names nothing",
        True, {"$ref": "#/components/schemas/Missing"},
        {"$ref": "#/components/schemas/Gone"}, {"$ref": "#/components/schemas/Missing"},
        narrowed=W, widened=W, changed=W,
    ),
    Keyword(
        "dialect", "dialect", "values that are judged otherwise in the other dialect of JSON Schema",
        _TEXT, {**_TEXT, "$schema": "https://example.com/dialect"},
        {**_TEXT, "$schema": "https://example.com/old"}, {**_TEXT, "$schema": "https://example.com/new"},
    ),
)  # fmt: skip

RULES: Final = rules_of((*LISTS, *OBJECTS, *WHOLE))
