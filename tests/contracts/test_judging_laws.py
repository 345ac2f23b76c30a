"""Laws of judging, for whatever is sent: nothing raises, the outcome is one of three, lowering keeps the meaning."""

import json

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from laws import tried

from contracts.compile import Declined, compile_operation
from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document
from contracts.judgement import Judgement
from contracts.media import read_media_type
from contracts.settings import Bounds

THING = {
    "type": "object",
    "required": ["id", "kind"],
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "kind": {"type": "string"},
        "when": {"type": "string", "format": "date-time"},
        "price": {"type": "number", "multipleOf": 0.01},
        "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"},
        "next": {"$ref": "#/components/schemas/Thing"},
        "either": {"oneOf": [{"type": "string", "maxLength": 2}, {"type": "array", "items": {"type": "integer"}}]},
        "regex": {"type": "string", "format": "regex"},
    },
    "additionalProperties": False,
}


def listed(name, style, *, explode=False):
    return {
        "name": name,
        "in": "query",
        "style": style,
        "explode": explode,
        "schema": {"type": "array", "items": {"type": ["integer", "string"]}},
    }


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "components": {"schemas": {"Thing": THING}},
    "paths": {
        "/things/{id}/{point}": {
            "post": {
                "operationId": "it",
                "security": [],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "point", "in": "path", "required": True, "style": "matrix", "explode": True, "schema": {"type": "object", "properties": {"x": {"type": "integer"}}}},
                    listed("form", "form", explode=True),
                    listed("space", "spaceDelimited"),
                    listed("pipe", "pipeDelimited"),
                    {"name": "deep", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object", "additionalProperties": True, "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}},
                    {"name": "json", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
                    {"name": "X-List", "in": "header", "schema": {"type": "array", "items": {"type": "boolean"}}},
                    {"name": "c", "in": "cookie", "schema": {"type": "integer"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}},
                        "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Thing"}},
                        "text/*": {"schema": {"type": "string", "maxLength": 4}},
                        "application/jsonl": {"schema": {"type": "array", "items": {"type": "integer"}}},
                    }
                },
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {"X-N": {"schema": {"type": "array", "items": {"type": "number"}}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "4XX": {"description": "d", "content": {"*/*": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                },
            }
        }
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def operation(tmp_path_factory):
    path = tmp_path_factory.mktemp("laws") / "1.0.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    contract = read_contract(load_document(path))
    return compile_operation(contract, contract.operations[0], "things", "1.0", Bounds())


PIECES = st.sampled_from(
    [
        b"&",
        b"=",
        b"%",
        b"%5B",
        b"[",
        b"]",
        b"%00",
        b"%ff",
        b"+",
        b",",
        b"|",
        b";",
        b"'",
        b"deep",
        b"deep[a]",
        b"deep[a][]",
        b"form",
        b"json",
        b"space",
        b"1",
        b"-",
        b"e",
        b"9" * 500,
        b"{",
        b"}",
        b'"',
        b"id",
        b"x",
        b"\xff",
        b".",
        b"null",
        b"true",
        b":",
        b" ",
    ]
)
BYTES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=14).map(b"".join))
NAMES = st.sampled_from(
    [b"content-type", b"x-list", b"cookie", b"content-length", b"transfer-encoding", b"x-n", b"accept"]
)
TYPES = st.sampled_from(
    [
        b"application/json",
        b"application/x-www-form-urlencoded",
        b"text/plain",
        b"application/jsonl",
        b"application/json;charset=x",
    ]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8), st.sampled_from([10**30, "2026-01-01T00:00:00Z", "AB12", "(a*)*"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(sorted(THING["properties"])), st.text(max_size=3)), inner, max_size=6)),
    max_leaves=20,
)  # fmt: skip
BODIES = st.one_of(st.none(), BYTES, VALUES.map(lambda value: json.dumps(value).encode()))


def is_sound(judgement):
    assert isinstance(judgement, Judgement)
    assert (judgement.outcome == "violates") == bool(judgement.violations)
    assert judgement.reason or judgement.outcome != "could_not_check"
    assert not judgement.reason or judgement.outcome != "conforms"
    assert len(judgement.violations) <= 20
    assert all(violation.message and violation.rule for violation in judgement.violations)


@given(
    values=st.tuples(BYTES, BYTES),
    query=BYTES,
    headers=st.dictionaries(NAMES, st.one_of(BYTES, TYPES), max_size=4),
    body=BODIES,
)
@tried(100, HealthCheck.function_scoped_fixture)
def test_no_request_makes_it_raise(operation, values, query, headers, body):
    is_sound(operation.judge_request(values, query, headers, body))


@given(
    status=st.integers(0, 999),
    headers=st.lists(st.tuples(NAMES, st.one_of(BYTES, TYPES)), max_size=4),
    body=BODIES,
    head=st.booleans(),
)
@tried(75, HealthCheck.function_scoped_fixture)
def test_no_answer_makes_it_raise(operation, status, headers, body, head):
    is_sound(operation.judge_answer(status, headers, body, head=head))


@given(st.text(alphabet=st.sampled_from('a/b;c="\\ ,*+é\x00'), max_size=30))
def test_no_media_type_makes_it_raise(text):
    read_media_type(text)


@given(value=VALUES)
@tried(50, HealthCheck.function_scoped_fixture)
def test_the_same_value_is_judged_the_same_in_a_request_and_in_an_answer(operation, value):
    """The schema knows no direction."""
    body = json.dumps(value).encode()
    head = {b"content-type": b"application/json"}
    request = operation.judge_request((b"1", b";x=1"), b"", head, body)
    answer = operation.judge_answer(200, list(head.items()), body)
    assert request.outcome == answer.outcome
    assert [(v.pointer, v.rule, v.message) for v in request.violations] == [
        (v.pointer, v.rule, v.message) for v in answer.violations
    ]


SMALL = st.integers(0, 4)
LEAVES = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({}, optional={
        "type": st.one_of(st.sampled_from(["integer", "string", "object", "array", "null"]), st.just(["string", "null"])),
        "minimum": SMALL, "exclusiveMaximum": SMALL, "maxLength": SMALL, "minItems": SMALL, "maxProperties": SMALL,
        "pattern": st.sampled_from(["^a", "b$", "[\\w-.]"]), "enum": st.lists(st.sampled_from([1, "a", None, []]), min_size=1, max_size=3),
        "const": st.sampled_from([1, "a", None]), "required": st.lists(st.sampled_from("ab"), max_size=2), "description": st.just("said"),
    }),
)  # fmt: skip


def grown(inner):
    lists = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries({}, optional={
        "allOf": lists, "anyOf": lists, "oneOf": lists, "not": inner, "if": inner, "then": inner, "else": inner, "items": inner,
        "prefixItems": lists, "contains": inner, "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "additionalProperties": inner, "propertyNames": inner, "unevaluatedProperties": st.booleans(), "unevaluatedItems": st.booleans(),
        "type": st.sampled_from(["object", "array"]), "$ref": st.sampled_from(["#/components/schemas/T", "#/components/schemas/U"]),
    })  # fmt: skip


SCHEMAS = st.recursive(LEAVES, grown, max_leaves=8)
INSTANCES = st.recursive(
    st.sampled_from([None, 0, 1, 3, 2.5, "", "a", "ab", "xyz", True]),
    lambda i: st.one_of(st.lists(i, max_size=3), st.dictionaries(st.sampled_from("abc"), i, max_size=3)),
    max_leaves=6,
)


@given(schema=SCHEMAS, other=SCHEMAS, instances=st.lists(INSTANCES, min_size=1, max_size=5))
@tried(60, HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
def test_lowering_3_1_keeps_the_meaning(tmp_path, schema, other, instances):
    """Without what OpenAPI adds, a lowered schema judges as the schema itself does."""
    parts = {"T": schema, "U": other}
    document = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": parts},
        "paths": {"/t": {"post": {"operationId": "t", "security": [], "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}, "responses": {"200": {"description": "d"}}}}},
    }  # fmt: skip
    path = tmp_path / "1.0.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        contract = read_contract(load_document(path))
        compiled = compile_operation(contract, contract.operations[0], "t", "1.0", Bounds())
    except (Declined, InvalidInputError):  # a circle of nothing but references
        return
    text = json.dumps({"$ref": "#/components/schemas/T", "components": {"schemas": parts}}).replace(
        "[\\\\w-.]", "[\\\\w\\\\-.]"
    )
    oracle = jsonschema_rs.Draft202012Validator(json.loads(text))
    for instance in instances:
        judgement = compiled.judge_request(
            (), b"", {b"content-type": b"application/json"}, json.dumps(instance).encode()
        )
        assert (judgement.outcome == "conforms") == oracle.is_valid(instance), judgement


THEMSELVES = {"$ref": "#/components/schemas/T"}
OTHERS = {"$ref": "#/components/schemas/U"}


@pytest.mark.parametrize("parts", [
    {"T": {"allOf": [OTHERS, THEMSELVES]}, "U": {"type": "string"}},
    {"T": {"allOf": [THEMSELVES, OTHERS]}, "U": {"type": "string"}},
    {"T": {"allOf": [OTHERS, THEMSELVES]}, "U": {"allOf": [THEMSELVES, {"type": "string"}]}},
])  # fmt: skip
def test_a_schema_that_is_part_of_itself_judges_as_the_rest_of_it(tmp_path, parts):
    path = tmp_path / "1.0.json"
    body = {"content": {"application/json": {"schema": THEMSELVES}}}
    operation = {"operationId": "t", "security": [], "requestBody": body, "responses": {"200": {"description": "d"}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": parts},
                "paths": {"/t": {"post": operation}}}  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    contract = read_contract(load_document(path))
    compiled = compile_operation(contract, contract.operations[0], "t", "1.0", Bounds())
    head = {b"content-type": b"application/json"}
    outcomes = [compiled.judge_request((), b"", head, text).outcome for text in (b"1", b'"a"')]
    assert outcomes == ["violates", "conforms"]


KEYWORDS = [
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "pattern",
    "format",
    "minimum",
    "maxLength",
    "discriminator",
    "nullable",
    "readOnly",
    "writeOnly",
    "additionalProperties",
    "patternProperties",
    "prefixItems",
    "if",
    "then",
    "$dynamicRef",
    "$anchor",
    "$dynamicAnchor",
    "$schema",
    "dependentSchemas",
    "dependentRequired",
    "exclusiveMinimum",
    "multipleOf",
    "propertyName",
    "mapping",
    "x-any",
    "default",
]
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.just(1.5), st.sampled_from(["", "string", "object", "integer", "#x", "(", "a", "int32", "date"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)),
    max_leaves=15,
)  # fmt: skip


@given(
    version=st.sampled_from(["3.0.3", "3.1.0", "3.2.0"]),
    schema=st.dictionaries(st.sampled_from(KEYWORDS), ODD, max_size=5),
    style=st.sampled_from(["form", "deepObject", "spaceDelimited", "nonsense"]),
    value=INSTANCES,
)
@tried(75, HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
def test_an_odd_schema_is_compiled_or_declined(tmp_path, version, schema, style, value):
    body = {
        "content": {"application/json": {"schema": schema}, "application/x-www-form-urlencoded": {"schema": schema}}
    }
    operation = {
        "operationId": "t", "security": [], "requestBody": body, "responses": {"200": {"description": "d", "content": body["content"]}},
        "parameters": [{"name": "p", "in": "query", "style": style, "schema": schema}, {"name": "h", "in": "header", "schema": schema}],
    }  # fmt: skip
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/t": {"post": operation}}}
    path = tmp_path / "1.0.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    try:
        contract = read_contract(load_document(path))
        compiled = compile_operation(contract, contract.operations[0], "t", "1.0", Bounds())
    except (Declined, InvalidInputError):
        return
    compiled.build()
    raw = json.dumps(value).encode()
    head = {b"content-type": b"application/json", b"h": raw}
    judgement = compiled.judge_request((), b"p=" + raw.replace(b"&", b""), head, raw)
    is_sound(judgement)
    misfit = style in ("deepObject", "spaceDelimited") and "objects only" in judgement.reason
    assert judgement.outcome != "could_not_check" or misfit, judgement.reason
    is_sound(compiled.judge_answer(200, list(head.items()), raw))


@pytest.mark.parametrize("wrap", [lambda s: {"allOf": [s]}, lambda s: {"properties": {"a": s}}, lambda s: {"items": s}, lambda s: {"oneOf": [s]}, lambda s: {"not": s}])  # fmt: skip
def test_nesting_without_end_is_declined(workbench, wrap):
    schema: dict = {"type": "string", "readOnly": True}
    for _ in range(120):
        schema = wrap(schema)
    with pytest.raises((Declined, InvalidInputError)):
        workbench.operation(body=schema, parameters=[{"name": "p", "in": "query", "schema": schema}])
