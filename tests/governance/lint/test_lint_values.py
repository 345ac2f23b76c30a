"""Values are judged by all that holds for them, once for each root cause, with the operations that carry them."""

import pytest
from linted import document, hits, places

from governance.finding import Direction
from governance.lint.documents import OK, takes
from governance.lint.subject import Subject
from governance.lint.table import LINT_RULES

TEXT = "text-without-max-length"
SCHEMA = "/paths/~1orders/post/requestBody/content/application~1json/schema"


def component(schema, **others):
    return {"components": {"schemas": {"It": schema, **others}}}


IT = {"$ref": "#/components/schemas/It"}


def test_a_component_used_many_times_is_one_finding_with_its_reach():
    body = {"content": {"application/json": {"schema": IT}}}
    paths = {f"/p{n}": {"post": {"requestBody": body, "responses": OK}} for n in range(40)}
    tree = {"openapi": "3.1.0", "paths": paths, **component({"type": "string"})}
    (hit,) = LINT_RULES[TEXT].find(Subject(document(tree)))
    assert hit.pointer == "/components/schemas/It"
    assert len({use.path for use in hit.reach}) == 40
    assert hit.message == "It has no maxLength"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 5},
        {"type": "string", "enum": ["a"]},
        {"const": "a", "type": "string"},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[A-Z]{3,10}$"},
        {"type": "string", "pattern": "^(?:A|B{2,4})?$"},
        {"allOf": [{"type": "string"}, {"maxLength": 5}]},
        {"allOf": [IT, {"maxLength": 5}]},
        {"$ref": "#/components/schemas/It", "maxLength": 5},
        {"type": "string", "anyOf": [{"maxLength": 5}, {"enum": ["a"]}]},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "maxLength": 5},
        {"type": ["string", "null"], "maxLength": 5},
        {"maxLength": 5, "anyOf": [{"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "boolean"}]},
        {"type": "boolean"},
    ],
)
def test_what_bounds_a_text(schema):
    assert places(TEXT, takes(schema, **component({"type": "string"}))) == []


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ({"type": "string"}, SCHEMA),
        (IT, "/components/schemas/It"),
        ({"type": ["string", "null"]}, SCHEMA),
        ({"allOf": [IT, {"minLength": 5}]}, "/components/schemas/It"),
        ({"type": "string", "pattern": "^[A-Z]+$"}, SCHEMA),
        ({"type": "string", "pattern": "[A-Z]{3}"}, SCHEMA),
        ({"type": "string", "format": "email"}, SCHEMA),
        ({"anyOf": [{"type": "string"}, {"type": "string", "maxLength": 4}]}, f"{SCHEMA}/anyOf/0"),
        ({"type": "array", "items": {"type": "string"}}, f"{SCHEMA}/items"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, f"{SCHEMA}/additionalProperties"),
        ({"type": "object", "patternProperties": {"^x": {"type": "string"}}}, f"{SCHEMA}/patternProperties/^x"),
        ({"prefixItems": [{"type": "string"}]}, f"{SCHEMA}/prefixItems/0"),
    ],
)
def test_where_a_text_has_no_end(schema, at):
    assert places(TEXT, takes(schema, **component({"type": "string"}))) == [at]


def test_a_bound_of_the_same_property_elsewhere_counts():
    parts = [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"maxLength": 5}}}]
    assert places(TEXT, takes({"type": "object", "allOf": parts})) == []


def test_beside_a_reference_nothing_counts_in_3_0():
    tree = {**takes({**IT, "maxLength": 5}, **component({"type": "string"})), "openapi": "3.0.3"}
    assert places(TEXT, tree) == ["/components/schemas/It"]


def test_what_is_read_only_is_not_asked_of_callers():
    schema = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "of": IT}}
    other = {"type": "object", "readOnly": True, "properties": {"name": {"type": "string"}}}
    assert places(TEXT, takes(schema, **component(other))) == []


def test_answers_are_not_asked_for_bounds():
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string"}}}}}
    assert places(TEXT, {"paths": {"/orders": {"get": {"responses": answer}}}}) == []


def test_in_a_webhook_callers_send_the_answer():
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "string"}}}}}
    body = {"content": {"application/json": {"schema": {"type": "string"}}}}
    tree = {"webhooks": {"shipped": {"post": {"requestBody": body, "responses": answer}}}}
    assert places(TEXT, tree) == ["/webhooks/shipped/post/responses/200/content/application~1json/schema"]


def test_a_reference_that_leads_nowhere_lacks_nothing():
    assert hits(TEXT, takes({"allOf": [{"type": "string"}, {"$ref": "#/nowhere"}]})) == []


def test_circles_end():
    tree = {"type": "object", "properties": {"next": IT, "name": {"type": "string"}}, "allOf": [IT]}
    assert places(TEXT, takes(IT, **component(tree))) == ["/components/schemas/It/properties/name"]


def test_the_place_is_told_in_words():
    schema = {"type": "object", "properties": {"lines": {"type": "array", "items": {"type": "string"}}}}
    assert hits(TEXT, takes(IT, **component(schema)))[0][1] == "It.lines[] has no maxLength"
    assert hits(TEXT, takes(schema))[0][1] == "request body application/json lines[] has no maxLength"


def test_values_know_their_direction():
    subject = Subject(document({"openapi": "3.1.0", **takes({"type": "string"})}))
    ((value, operation, use),) = subject.values.roots
    assert (use.direction, operation.method) == (Direction.REQUEST, "POST")
    assert subject.values.reach(subject.values.sent(value)) == (use,)
