"""Keywords about single values: types, lists of values, numbers and texts."""

from typing import Final

from governance.diff.rules.keywords import Keyword, rules_of
from governance.diff.rules.writing import B, W

_NUMBER: Final = {"type": "number"}
_TEXT: Final = {"type": "string"}

KEYWORDS: Final = (
    Keyword(
        "type", "type", "values of the type that is not in the contract any more",
        {"type": ["string", "integer"]}, {"type": "string"}, {"type": "string"}, {"type": "integer"},
        narrowed=B, widened=B, changed=B, answers_more=True,
    ),
    Keyword(
        "null", "null", "null",
        {"type": ["string", "null"]}, {"type": "string"},
        narrowed=B, widened=B, names=("null-refused", "null-allowed", ""),
    ),
    Keyword(
        "enum", "enum", "values that are on one list only",
        {"enum": ["open", "closed"]}, {"enum": ["open"]}, {"enum": ["open"]}, {"enum": ["closed"]},
        narrowed=B, widened=W, changed=B, answers_more=True,
    ),
    Keyword("minimum", "minimum", "numbers under the higher minimum",
            {**_NUMBER, "minimum": 0}, {**_NUMBER, "minimum": 1}),
    Keyword("maximum", "maximum", "numbers over the lower maximum",
            {**_NUMBER, "maximum": 9}, {**_NUMBER, "maximum": 5}),
    Keyword(
        "multipleOf", "multiple-of", "numbers that are multiples of one step only",
        _NUMBER, {**_NUMBER, "multipleOf": 2}, {**_NUMBER, "multipleOf": 2}, {**_NUMBER, "multipleOf": 3},
    ),
    Keyword("minLength", "min-length", "shorter texts", {**_TEXT, "minLength": 1}, {**_TEXT, "minLength": 5}),
    Keyword("maxLength", "max-length", "longer texts", {**_TEXT, "maxLength": 20}, {**_TEXT, "maxLength": 10}),
    Keyword(
        "pattern", "pattern", "texts that match one pattern only",
        _TEXT, {**_TEXT, "pattern": "^[A-Z]+$"}, {**_TEXT, "pattern": "^[A-Z]+$"}, {**_TEXT, "pattern": "^[0-9]+$"},
    ),
    Keyword(
        "format", "format", "values that have one format only",
        _TEXT, {**_TEXT, "format": "date"}, {**_TEXT, "format": "date"}, {**_TEXT, "format": "uuid"},
        narrowed=B, widened=B, changed=B,
    ),
    Keyword(
        "contentEncoding", "content-encoding", "texts in one encoding only",
        _TEXT, {**_TEXT, "contentEncoding": "base64"},
        {**_TEXT, "contentEncoding": "base64"}, {**_TEXT, "contentEncoding": "base16"},
        narrowed=W, widened=W, changed=W,
    ),
    Keyword(
        "contentMediaType", "content-media-type", "texts that hold one media type only",
        _TEXT, {**_TEXT, "contentMediaType": "application/json"},
    ),
    Keyword(
        "contentSchema", "content-schema", "texts whose content fits one schema only",
        {**_TEXT, "contentMediaType": "application/json"},
        {**_TEXT, "contentMediaType": "application/json", "contentSchema": {"type": "object"}},
        {**_TEXT, "contentMediaType": "application/json", "contentSchema": {"type": "array"}},
        {**_TEXT, "contentMediaType": "application/json", "contentSchema": {"type": "object"}},
    ),
)  # fmt: skip

RULES: Final = rules_of(KEYWORDS)
