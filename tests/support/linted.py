"""Documents judged by rules of lint, for tests."""

import json

from contracts.document import parse_document
from governance.diff.side import Side
from governance.finding import Severity
from governance.lint.judge import lint
from governance.lint.report import LintVerdict
from governance.lint.rule_sets import NEWEST, built_in
from governance.lint.settings import LintSettings
from governance.lint.subject import Subject
from governance.lint.table import LINT_RULES

HOSTILE = "</script><script>alert(1)</script> ::error::x \x1b[31m [a](b) {0} @team `x` ]]> & \u202e"
ORDERS = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1.0.0"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "placeOrder",
                "parameters": [{"name": "X-Reference", "in": "header", "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {"200": {"description": "ok"}, "default": {"description": "no"}},
            },
            "put": {
                "operationId": "changeOrder",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {"200": {"description": "ok"}, "default": {"description": "no"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "properties": {"note": {"type": "string"}, "price": {"type": "number"}},
                "additionalProperties": False,
            }
        }
    },
}


def document(tree):
    return parse_document(json.dumps(tree).encode(), "openapi.json")


def hits(rule, tree, **options):
    """What one rule finds in a document, as (pointer, message)."""
    tree = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0.0"}, **tree}
    return [(hit.pointer, hit.message) for hit in LINT_RULES[rule].find(Subject(document(tree), **options))]


def places(rule, tree, **options):
    return [pointer for pointer, _ in hits(rule, tree, **options)]


def report(tree=ORDERS, *, shown="openapi.json", settings=None, **side):
    """A document judged by the newest rule set."""
    return lint(Side(document(tree), shown, **side), built_in(NEWEST), settings or LintSettings())


def linted(tree=ORDERS, *, fail_on=Severity.BREAKING, **options):
    return LintVerdict((report(tree, **options),), fail_on, LINT_RULES)
