"""Verdicts that somebody who tried the command found wrong, each as small as it can be."""

import json

import pytest

from contracts.document import parse_document
from governance.diff.comparison import compare

TEXT = {"type": "string"}
CAT = {"type": "object", "required": ["t"], "properties": {"t": TEXT, "kind": TEXT, "c": TEXT}}
DOG = {"type": "object", "required": ["t"], "properties": {"t": TEXT, "kind": TEXT, "d": TEXT}}
SHORT = {"type": "object", "required": ["t"], "properties": {"t": TEXT, "kind": TEXT, "d": {**TEXT, "maxLength": 2}}}


def document(schema, direction, components, media="application/json"):
    content = {"content": {media: {"schema": schema}}}
    operation = {"operationId": "o", "responses": {"200": {"description": "ok"}}}
    if direction == "request":
        operation["requestBody"] = {"required": True, **content}
    else:
        operation["responses"]["200"] |= content
    tree = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": operation}},
        "components": {"schemas": components},
    }  # fmt: skip
    return parse_document(json.dumps(tree).encode(), "a.json")


def one_of(*names, member="t"):
    alternatives = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return {"oneOf": alternatives, "discriminator": {"propertyName": member}}


def judged(direction, old, new, before=None, after=None, media=("application/json", "application/json")):
    sides = zip((old, new), (before or {}, after or before or {}), media, strict=True)
    return compare(*(document(schema, direction, components, name) for schema, components, name in sides))


def severities(findings):
    return {one.severity.value for one in findings}


@pytest.mark.parametrize("direction", ["request", "response"])
def test_a_reference_that_leads_nowhere_is_never_compatible(direction):
    old = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}
    new = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/B"}}}

    findings = judged(direction, old, new, {"A": TEXT})

    assert any(one.proof == "unproven" and "reference" in one.reason for one in findings), findings


@pytest.mark.parametrize("direction", ["request", "response"])
def test_another_member_that_names_alternatives_breaks(direction):
    parts = {"Cat": CAT, "Dog": DOG}
    findings = judged(direction, one_of("Cat", "Dog"), one_of("Cat", "Dog", member="kind"), parts)

    assert "breaking" in severities(findings)
    assert {one.rule for one in findings} == {f"{direction}-discriminator-changed"}


@pytest.mark.parametrize(
    ("direction", "old", "new", "breaks"),
    [
        ("request", ("Cat", "Dog", "Bird"), ("Cat", "Dog"), True),
        ("request", ("Cat", "Dog"), ("Cat", "Dog", "Bird"), False),
        ("response", ("Cat", "Dog"), ("Cat", "Dog", "Bird"), True),
        ("response", ("Cat", "Dog", "Bird"), ("Cat", "Dog"), False),
    ],
)
def test_alternatives_with_names_come_and_go(direction, old, new, breaks):
    bird = {"type": "object", "required": ["t"], "properties": {"t": TEXT, "kind": TEXT, "w": TEXT}}
    findings = judged(direction, one_of(*old), one_of(*new), {"Cat": CAT, "Dog": DOG, "Bird": bird})

    assert ("breaking" in severities(findings)) is breaks, findings


def test_what_another_alternative_takes_does_not_count_where_one_is_named():
    parts = {"Cat": CAT, "Dog": DOG}
    findings = judged("request", one_of("Cat", "Dog"), one_of("Cat", "Dog"), parts, {"Cat": CAT, "Dog": SHORT})

    assert [(one.rule, one.severity.value) for one in findings] == [("request-max-length-narrowed", "breaking")]


def test_a_schema_that_nothing_satisfies_hides_no_break():
    old = {"type": "object", "required": ["b"], "properties": {"a": TEXT, "b": {**TEXT, "enum": ["x"]}}}
    number = {"type": "integer"}
    new = {"type": "object", "required": ["b"], "properties": {"a": number, "b": {**number, "enum": ["x"]}}}

    findings = judged("response", old, new)

    assert any(one.proof == "unproven" for one in findings) or "breaking" in severities(findings), findings
    assert not any(one.rule == "response-property-removed" for one in findings)


def test_an_answer_of_another_type_of_json_is_no_narrower_one():
    findings = judged("response", TEXT, TEXT, media=("application/json", "application/hal+json"))

    assert [(one.rule, one.severity.value) for one in findings] == [("response-media-type-changed", "warning")]


def test_the_example_of_a_change_fails_at_its_place():
    old = {"type": "object", "required": ["a", "b"], "properties": {"a": TEXT, "b": TEXT}}
    new = {"type": "object", "required": ["a", "b"], "properties": {name: {"type": "integer"} for name in "ab"}}

    places = {
        one.pointer_new.split("/")[-2]: one.failing_example.instance_pointer for one in judged("request", old, new)
    }

    assert places == {"a": "/a", "b": "/b"}


def test_an_excluded_bound_is_told_as_one():
    old, new = {"type": "number", "maximum": 10}, {"type": "number", "exclusiveMaximum": 10}

    (found,) = judged("request", old, new)

    assert found.message.endswith('maximum was 10, is now "below 10"')


@pytest.mark.parametrize(
    ("direction", "old", "new"),
    [
        ("response", {**TEXT, "maxLength": 5}, {**TEXT, "pattern": "^.{0,5}$"}),
        ("request", {**TEXT, "pattern": "^[0-9]{3,8}$"}, {**TEXT, "minLength": 3, "maxLength": 8}),
    ],
)
def test_a_length_and_a_pattern_that_says_as_much(direction, old, new):
    findings = judged(direction, old, new)

    assert severities(findings) == {"info"}, findings
