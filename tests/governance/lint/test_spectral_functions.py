"""Spectral's core functions: what they find, what they pass, and options that they refuse."""

import json

import pytest
from spectral import actives, findings

from contracts.diagnostic import InvalidInputError

SCHEMAS = {"components": {"schemas": {"Order": {"type": "object", "properties": {"id": {"type": "string"}}}}}}
ORDER = "/components/schemas/Order"


def rule(function, given="$.x-it", options=None, **more):
    then = {"function": function, **({"functionOptions": options} if options is not None else {}), **more}
    return {"given": given, "message": "{{error}}", "then": then}


FOUND = [
    ("truthy", None, ["", 0, None, False], ["a", 1, True, [], {}, "0"]),
    ("falsy", None, ["a", 1, [], {}], ["", 0, None, False]),
    ("undefined", None, ["a", None], []),
    ("defined", None, [], ["a", None, False]),
    ("pattern", {"match": "^a"}, ["b", ""], ["abc", 5, None, ["b"]]),
    ("pattern", {"match": "/^A/i"}, ["b"], ["abc", "ABC"]),
    ("pattern", {"notMatch": "x$"}, ["ax"], ["xa", 5]),
    ("pattern", {"match": "^a", "notMatch": "b"}, ["ab", "c"], ["ac"]),
    ("pattern", {"match": r"^[\w-.]+$"}, ["a b"], ["a-b.c"]),
    ("pattern", {"match": r"^\/v[0-9]+$"}, ["v1"], ["/v1"]),
    ("pattern", {"match": r"^.$"}, ["\n", "ab"], ["a"]),
    ("pattern", {"match": r"^A\sB$"}, ["AB"], ["A B", "A\u00a0B"]),
    ("pattern", {"match": " a"}, ["a"], ["b a"]),
    ("enumeration", {"values": ["a", 1, None, True]}, ["b", 2, False, "1"], ["a", 1, None, True, ["b"], {}]),
    ("length", {"min": 2}, ["a", [1], {"a": 1}, 1], ["ab", [1, 2], {"a": 1, "b": 2}, 2, None, True]),
    ("length", {"max": 2}, ["abc", 3], ["ab", 2]),
    ("length", {"max": 1}, ["\U0001f600"], ["a"]),
    ("casing", {"type": "camel"}, ["Ab", "a_b", "a-b"], ["ab", "aB", "aBc1", "", 5]),
    ("casing", {"type": "pascal"}, ["ab"], ["Ab", "AB"]),
    ("casing", {"type": "kebab"}, ["aB", "a_b", "-a"], ["a-b", "a1"]),
    ("casing", {"type": "snake"}, ["a-b"], ["a_b"]),
    ("casing", {"type": "macro"}, ["a_b"], ["A_B"]),
    ("casing", {"type": "cobol"}, ["A_B"], ["A-B"]),
    ("casing", {"type": "flat"}, ["aB"], ["ab"]),
    ("casing", {"type": "flat", "disallowDigits": True}, ["a1"], ["ab"]),
    ("casing", {"type": "kebab", "separator": {"char": "/"}}, ["/a/b"], ["a-b/c"]),
    ("casing", {"type": "kebab", "separator": {"char": "/", "allowLeading": True}}, ["//a"], ["/a/b", "/"]),
    ("alphabetical", None, [["b", "a"], {"b": 1, "a": 2}, [2, 1]], [["a", "B", "c"], ["a"], [1, 2], {}, "ba"]),
    ("alphabetical", None, [["a", "A", "a"], ["é", "e"]], [["a", "A", "b"], ["e", "é", "f"], ["a_b", "ab"]]),
    ("alphabetical", None, [[["a"], "b"]], [["10", "9"]]),
    ("alphabetical", {"keyedBy": "n"}, [[{"n": "b"}, {"n": "a"}], [{"n": "b"}, "a"]], [[{"n": "a"}, {"n": "b"}]]),
    ("or", {"properties": ["a", "b"]}, [{}, {"c": 1}], [{"a": 1}, {"a": 1, "b": 1}, "text"]),
    ("xor", {"properties": ["a", "b"]}, [{}, {"a": 1, "b": 1}], [{"a": 1}, "text"]),
    ("schema", {"schema": {"type": "string", "maxLength": 1}}, ["ab", 1], ["a"]),
    ("schema", {"schema": {"format": "date"}}, ["x"], ["2026-01-31"]),
    ("schema", {"schema": {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1,
                           "exclusiveMinimum": True}}, [1], [2]),
    ("schema", {"schema": {"prefixItems": [{"type": "string"}]}, "dialect": "draft2020-12"}, [[1]], [["a"]]),
    ("schema", {"schema": {"items": [{"type": "string"}]}}, [[1]], [["a", 1]]),
    ("typedEnum", None, [{"type": "string", "enum": ["a", 1]}, {"type": ["integer", "null"], "enum": [1.5]}],
     [{"type": "string", "enum": ["a"]}, {"type": "number", "enum": [1]}, {"enum": [1]}, "text"]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "options", "found", "passed"), FOUND)
def test_what_a_function_finds(tmp_path, function, options, found, passed):
    asked = rule(function, options=options)
    for value in found:
        assert findings(tmp_path, asked, {"x-it": value}), value
    for value in passed:
        assert findings(tmp_path, asked, {"x-it": value}) == [], value


SAID = [
    ("truthy", "$.info", {"field": "contact"}, {}, ("/info", '"info.contact" property must be truthy')),
    ("falsy", "$.info.title", {}, {}, ("/info/title", '"title" property must be falsy')),
    ("truthy", "$", {"field": "x"}, {}, ("", '"x" property must be truthy')),
    ("pattern", "$.info.title", {}, {"match": "^X"}, ("/info/title", '"Orders" must match the pattern "^X"')),
    ("enumeration", "$.openapi", {}, {"values": ["3.0.0", 2]},
     ("/openapi", '"3.1.0" must be equal to one of the allowed values: "3.0.0", 2')),
    ("length", "$.info", {"field": "title"}, {"max": 3}, ("/info/title", '"title" property must be shorter than 3')),
    ("alphabetical", "$.x-it", {}, None, ("/x-it/b", '"b" must be placed after "a"')),
    ("xor", "$.x-it", {}, {"properties": ["a", "b"]}, ("/x-it", 'Just one of "b" and "a" must be defined')),
    ("or", "$.info", {}, {"properties": ["a", "b", "c", "d", "e"]},
     ("/info", 'At least one of "a" or "b" or "c" or 2 other properties must be defined')),
    ("casing", "$.paths", {"field": "@key"}, {"type": "kebab"}, ("/paths/~1aB", "must be kebab case")),
    ("schema", "$.info", {"field": "title"}, {"schema": {"maxLength": 2}},
     ("/info/title", '"title" property is refused: is longer than 2 characters')),
    ("schema", "$.info", {"field": "x"}, {"schema": {}}, ("/info", '"info.x" property must exist')),
    ("schema", "$.info", {}, {"schema": {"required": ["x"]}}, ("/info", '"info" property is refused: "x" is a required property')),
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "then", "options", "told"), SAID)
def test_what_is_said_and_where(tmp_path, function, given, then, options, told):
    tree = {"x-it": {"b": 1, "a": 2}, "paths": {"/aB": {}}}
    assert findings(tmp_path, rule(function, given, options or None, **then), tree) == [told]


def test_all_errors_of_a_schema_are_told_where_that_is_asked(tmp_path):
    schema = {"properties": {"title": {"maxLength": 2}, "version": {"maxLength": 2}}}
    options = {"schema": schema, "allErrors": True}
    places = [place for place, _ in findings(tmp_path, rule("schema", "$.info", options), {})]
    assert sorted(places) == ["/info/title", "/info/version"]
    options["allErrors"] = False
    assert len(findings(tmp_path, rule("schema", "$.info", options), {})) == 1


def test_circles_are_finite_for_a_schema(tmp_path):
    tree = {"components": {"schemas": {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}}}
    schema = {"type": "object", "properties": {"properties": {"properties": {"next": {"required": ["type"]}}}}}
    found = findings(tmp_path, rule("schema", "$.components.schemas.Node", {"schema": schema}), tree)
    assert found == [("/components/schemas/Node", '"Node" property is refused: "type" is a required property')]


def test_what_nothing_refers_to(tmp_path):
    options = {"reusableObjectsLocation": "#/components/schemas"}
    asked = {**rule("unreferencedReusableObject", "$.components.schemas", options), "resolved": False}
    assert findings(tmp_path, asked, SCHEMAS) == [(ORDER, "Potential orphaned reusable object has been detected")]
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
    used = {**SCHEMAS, "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}}
    assert findings(tmp_path, asked, used) == []


REFUSED = [
    ("pattern", {}, "missing-key", "neither `match` nor `notMatch`"),
    ("pattern", {"match": "(?=a)"}, "pattern", "it looks ahead or behind"),
    ("pattern", {"match": r"(a)\1"}, "pattern", "refers back to a group"),
    ("pattern", {"match": "("}, "pattern", "missing )"),
    ("pattern", {"match": "/a/q"}, "pattern", "has a flag q"),
    ("pattern", {"match": "a", "flags": "i"}, "unknown-key", "`flags`"),
    ("length", {"min": "2"}, "wrong-value", "min"),
    ("length", {}, "missing-key", "neither `min` nor `max`"),
    ("casing", {"type": "title"}, "wrong-value", "title"),
    ("casing", {"type": "camel", "separator": {"char": "--"}}, "wrong-value", "char"),
    ("casing", {}, "missing-key", "`type`"),
    ("enumeration", {}, "missing-key", "`values`"),
    ("or", {"properties": ["a"]}, "too-few", "properties"),
    ("truthy", {"x": 1}, "options", "truthy takes no options"),
    ("schema", {"schema": {"type": 5}}, "schema", "cannot be used"),
    ("schema", {"schema": {"$ref": "other.json"}}, "schema", "no other file is read"),
    ("schema", {"schema": {"pattern": "(?=a)"}}, "schema", "cannot be used"),
    ("unreferencedReusableObject", {"reusableObjectsLocation": "x"}, "wrong-value", "reusableObjectsLocation"),
    ("alphabetical", {"keyedBy": 5}, "wrong-value", "keyedBy"),
    ("myFunction", None, "function", "myFunction is none of Spectral's core functions"),
    ("truthyy", None, "function", "none of Spectral's core functions"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "options", "code", "said"), REFUSED)
def test_options_and_functions_that_are_refused(tmp_path, function, options, code, said):
    with pytest.raises(InvalidInputError) as refused:
        actives(tmp_path, json.dumps({"rules": {"it": rule(function, options=options)}}, indent=1))
    (fault,) = refused.value.diagnostics
    assert fault.code == code
    assert said in fault.message
    assert fault.line > 1
    assert fault.remedy
    assert fault.file == "spectral.yaml"
