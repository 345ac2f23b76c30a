"""Values that travel as text: a number is also its text, so a receiver of texts takes what a sender of numbers sends."""

import json

import pytest

from contracts.document import parse_document
from governance.diff.comparison import compare


def document(schema):
    operation = {
        "operationId": "list",
        "parameters": [{"name": "limit", "in": "query", "schema": schema}],
        "responses": {"200": {"description": "ok"}},
    }
    tree = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": operation}}}
    return parse_document(json.dumps(tree).encode(), "a.json")


@pytest.mark.parametrize(
    ("old", "new", "severity", "example"),
    [
        ({"type": "integer", "maximum": 100}, {"type": "integer", "maximum": 10}, "breaking", 12),
        ({"type": "integer"}, {"type": "integer", "minimum": 1}, "breaking", 0),
        ({"type": "string"}, {"type": "integer"}, "breaking", ""),
        ({"type": "integer"}, {"type": "string"}, "info", None),
        ({"type": "boolean"}, {"type": "string"}, "info", None),
        ({"type": "number"}, {"type": "integer"}, "breaking", 0.5),
        ({"type": "integer"}, {"type": "string", "maxLength": 2}, "breaking", -10),
        (
            {"type": "array", "items": {"type": "integer"}},
            {"type": "array", "items": {"type": "string"}}, "info", None,
        ),
    ],
)  # fmt: skip
def test_a_text_parameter(old, new, severity, example):
    findings = compare(document(old), document(new))

    assert [one.severity.value for one in findings] == [severity], findings
    found = findings[0].failing_example
    assert (found is None) == (example is None)
    assert example is None or found.value == example, found
