"""Values of a schema, messages round a value, and what odd or hostile schemas do to the search: nothing."""

import json
import time
from decimal import Decimal
from itertools import islice

import pytest
from two_engines import TwoEngines

from contracts.engine import EngineRefusedError, make_engine
from governance.diff.examples.places import around
from governance.diff.examples.search import NOT_FOUND, failing
from governance.diff.examples.shrink import shrunk
from governance.diff.examples.values import Maker

ORDER = {
    "$ref": "#/$defs/s0",
    "$defs": {
        "s0": {
            "type": "object",
            "required": ["id", "lines"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/s1"}},
                "note": {"type": ["string", "null"], "maxLength": 20},
                "state": {"enum": ["open", "done"]},
                "pay": {"oneOf": [{"$ref": "#/$defs/s2"}, {"$ref": "#/$defs/s3"}]},
                "parent": {"$ref": "#/$defs/s0"},
            },
            "unevaluatedProperties": False,
        },
        "s1": {
            "type": "object",
            "required": ["sku", "quantity"],
            "properties": {
                "sku": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
                "quantity": {"type": "integer", "minimum": 1},
                "price": {"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0},
            },
        },
        "s2": {"allOf": [{"$ref": "#/$defs/s4"}, {"properties": {"type": {"const": "card"}, "number": {"type": "string"}}, "required": ["number"]}]},
        "s3": {"allOf": [{"$ref": "#/$defs/s4"}, {"properties": {"type": {"const": "iban"}, "iban": {"type": "string", "minLength": 15}}}]},
        "s4": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["card", "iban"]}}},
    },
}  # fmt: skip


def made(schema, most=200):
    engines = TwoEngines(schema)
    found = list(Maker(schema, valid=engines.valid, most=most).values())
    assert all(engines.both_take(value) for value in found)
    assert len(found) <= most
    return found


def test_values_vary_and_the_simplest_comes_first():
    found = made(ORDER)
    assert set(found[0]) == {"id", "lines"}
    assert {name for value in found for name in value} == {"id", "lines", "note", "state", "pay", "parent"}
    assert {value["state"] for value in found if "state" in value} == {"open", "done"}
    assert {value["pay"]["type"] for value in found if "pay" in value} == {"card", "iban"}
    assert any(value.get("note", "") is None for value in found)
    assert any("price" in value["lines"][0] for value in found)
    assert {len(value["lines"]) for value in found} >= {1, 2}


def test_a_schema_that_says_nothing_has_values_of_all_seven_types():
    found = made({}, 30)
    assert {type(value) for value in found} == {type(None), bool, int, float, str, list, dict}


@pytest.mark.parametrize(
    ("schema", "some"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 9}, [3, 9]),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 0.01}, [0.01]),
        ({"type": "number", "multipleOf": 0.25, "minimum": 10}, [10, 10.25]),
        ({"type": "integer", "minimum": 2**70, "maximum": 2**70}, [2**70]),
        ({"type": "number", "minimum": Decimal("0.12345678901234567890123"), "maximum": Decimal("0.12345678901234567890123")}, [Decimal("0.12345678901234567890123")]),
        ({"type": "string", "minLength": 2, "maxLength": 2}, ["aa"]),
        ({"type": "boolean"}, [True, False]),
        ({"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "uniqueItems": True}, [[1, 2]]),
        ({"type": "array", "prefixItems": [{"const": 1}], "items": False}, [[], [1]]),
        ({"type": "object", "maxProperties": 1, "properties": {"a": {"const": 1}}, "additionalProperties": False}, [{}, {"a": 1}]),
        ({"type": "object", "minProperties": 2, "additionalProperties": {"const": 0}}, [{"extra": 0, "other": 0}]),
        ({"not": {"type": ["string", "number", "array", "object", "null"]}}, [True, False]),
        ({"enum": [1, "1", None, [1], {"a": 1}]}, [1, "1", None, [1], {"a": 1}]),
        ({"const": {"deep": [1, 2]}}, [{"deep": [1, 2]}]),
        ({"type": "array", "not": {"prefixItems": [{"type": "string"}], "items": {"type": "boolean"}, "uniqueItems": True}}, [[None]]),
        ({"type": ["array", "object"], "not": {"type": "array", "items": {"type": "integer"}, "minItems": 0}}, [[None], {}]),
    ],
)  # fmt: skip
def test_values_at_the_bounds_are_made(schema, some):
    found = made(schema)
    assert [one for one in some if one not in found] == []


@pytest.mark.parametrize(
    "name",
    ["date", "date-time", "time", "duration", "uuid", "email", "ipv4", "ipv6", "hostname", "uri", "uri-reference", "iri", "iri-reference", "idn-email", "idn-hostname", "uri-template", "json-pointer", "relative-json-pointer", "regex", "byte", "base64url", "char", "decimal", "date-time-local", "time-local", "http-date", "media-range", "etag"],
)  # fmt: skip
def test_each_format_has_texts_and_texts_that_are_not_of_it(name):
    schema = {"type": "string", "format": name}
    valid = make_engine(schema).is_valid
    assert len(list(islice(Maker(schema, valid=valid).values(), 2))) == 2
    found = failing({"type": "string"}, schema, valid=make_engine({"type": "string"}).is_valid, accepted=valid)
    assert isinstance(found, str)
    assert not valid(found)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((), {"id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "lines": [{"sku": "AB-123", "quantity": 7}]}),
        (("note",), "a word"),
        (("note",), None),
        (("lines", 0, "price"), 0.07),
        (("lines", 3, "sku"), "XY-987"),
        (("lines", 1), {"sku": "XY-987", "quantity": 2, "colour": "red"}),
        (("pay", "number"), "4711"),
        (("pay", "iban"), "DE02120300000000202051"),
        (("parent", "parent", "parent", "state"), "done"),
        (("parent", "lines", 2, "quantity"), 99),
        (("parent", "pay", "type"), "iban"),
    ],
)
def test_a_message_holds_the_value_at_its_place(place, value):
    engines = TwoEngines(ORDER)
    message = around(ORDER, place, value, valid=engines.valid)
    assert engines.both_take(message)
    inner = message
    for step in place:
        inner = inner[step]
    assert inner == value
    assert len(json.dumps(message)) < 700


@pytest.mark.parametrize(
    ("place", "value"),
    [(("state",), "gone"), (("nowhere",), 1), (("lines", "first"), 1), (("lines", 10**9), 1), (("note", 0), 1)],
)
def test_no_message_is_made_up_where_there_is_none(place, value):
    assert around(ORDER, place, value, valid=TwoEngines(ORDER).valid) is NOT_FOUND


def test_a_failing_example_is_made_smaller_while_it_fails():
    def fails(value):
        return isinstance(value, dict) and isinstance(value.get("a"), list) and sum(value["a"]) > 10

    large = {"a": [1, 2, 77, 5], "b": {"c": ["d"] * 9}}
    small = shrunk(large, fails, time.monotonic() + 5)
    assert fails(small)
    assert len(json.dumps(small)) <= len('{"a": [19]}')
    assert large == {"a": [1, 2, 77, 5], "b": {"c": ["d"] * 9}}


def nested(levels, around_it):
    schema = {"type": "string"}
    for _ in range(levels):
        schema = around_it(schema)
    return schema


HOSTILE = {
    "deep": nested(90, lambda s: {"type": "object", "required": ["a"], "properties": {"a": s}}),
    "deep allOf": nested(90, lambda s: {"allOf": [s]}),
    "2^20 branches": {"allOf": [{"anyOf": [{"required": [f"p{i}"]}, {"required": [f"q{i}"]}]} for i in range(20)]},
    "2^20 oneOf": {"allOf": [{"oneOf": [{"required": [f"p{i}"]}, {"required": [f"q{i}"]}]} for i in range(20)]},
    "many branches": {"anyOf": [{"const": i} for i in range(5_000)]},
    "many unique items": {"type": "array", "uniqueItems": True, "minItems": 10**6},
    "long text": {"type": "string", "minLength": 10**7},
    "itself": {"$ref": "#/$defs/A", "$defs": {"A": {"allOf": [{"$ref": "#/$defs/A"}]}}},
    "each other": {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}},
    "without end": {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/A"}}}}},
    "not itself": {"$ref": "#/$defs/A", "$defs": {"A": {"not": {"$ref": "#/$defs/A"}}}},
    "a wide tree": {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {f"p{i}": {"$ref": "#/$defs/A"} for i in range(60)}}}},
    "a deep product": {"type": "array", "minItems": 200, "items": {"type": "array", "minItems": 200, "items": {"type": "array", "minItems": 200}}},
    "many patterns": {"patternProperties": {f"^{i}": {"type": "string"} for i in range(100)}, "minProperties": 100},
    "hard patterns": {"type": "string", "pattern": "^(a+)+$", "minLength": 30, "not": {"pattern": "^(a|aa)+$"}},
    "no value": False,
}  # fmt: skip
ODD = {
    "keywords of other kinds": {"type": 17, "minimum": "x", "properties": [], "required": "abc", "allOf": {}, "oneOf": 5, "enum": 7, "items": [1], "pattern": 3},
    "children of other kinds": {"properties": {"a": 7}, "required": [1, None], "dependentRequired": {"a": 1}, "dependentSchemas": [], "prefixItems": {}, "patternProperties": {"(": {}}, "$ref": 4},
    "odd numbers": {"minLength": -1, "maxLength": 1e400, "minItems": "5", "multipleOf": 0, "minimum": float("nan"), "maximum": Decimal("1e999999")},
    "a reference to nothing": {"$ref": "#/$defs/nothing/at/all"},
    "no schema": 5,
}  # fmt: skip


def engine(schema):
    try:
        return make_engine(schema).is_valid
    except (EngineRefusedError, TypeError):
        return lambda _: True


@pytest.mark.parametrize("schema", [*HOSTILE.values(), *ODD.values()], ids=[*HOSTILE, *ODD])
def test_the_search_ends(schema):
    valid = engine(schema)
    begun = time.process_time()
    others = [{"type": "null"}, HOSTILE["2^20 oneOf"], HOSTILE["a wide tree"]]
    assert all(valid(value) for value in Maker(schema, valid=valid, most=50).values())
    assert around(schema, ("a", "b", 3, "c"), 7, valid=lambda _: False) is NOT_FOUND
    for other in others:
        failing(schema, other, valid=valid, accepted=engine(other))
        failing(other, schema, valid=engine(other), accepted=valid)
    assert time.process_time() - begun < 12


@pytest.mark.parametrize("schema", [*HOSTILE.values(), *ODD.values()], ids=[*HOSTILE, *ODD])
def test_bounds_of_calls_hold(schema):
    asked = []
    failing(schema, {"not": {}}, valid=lambda value: asked.append(value) is None, accepted=lambda _: True, most=30)
    assert len(asked) <= 30
    assert len(list(Maker(schema, valid=lambda _: True, most=7).values())) <= 7
    tries = []
    around(schema, ("a",), 1, valid=lambda value: bool(tries.append(value)), most=5)
    assert len(tries) <= 5
