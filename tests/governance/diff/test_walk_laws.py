"""Laws of the walk: odd documents are walked, equal ones give nothing, the order of keys does not matter."""

import copy
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import tried
from outside_documents import CORPUS, EACH_VERSION, documents
from rows import over
from walked import document, walked

from contracts.diagnostic import InvalidInputError
from contracts.document import load_document
from governance.diff.grid import GRID
from governance.diff.walk.whole import walk

LARGE_BYTES = 2_000_000
TEXT = {"type": "string"}
PARAMETER = {"name": "id", "in": "path", "required": True, "schema": TEXT}
ANSWER = {
    "description": "Found",
    "headers": {"ETag": {"schema": TEXT, "required": True}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
    "links": {"next": {"operationId": "list", "parameters": {"page": "$response.body#/next"}}},
}
FORM = {"schema": {"properties": {"a": TEXT}}, "encoding": {"a": {"contentType": "text/csv", "headers": {}}}}
EVERYTHING = {
    "openapi": "3.2.0",
    "info": {"title": "Orders", "version": "1", "contact": {"name": "a"}},
    "servers": [{"url": "https://{r}.example/v1", "variables": {"r": {"default": "eu", "enum": ["eu"]}}}],
    "security": [{"oauth": ["read"]}, {"key": []}],
    "tags": [{"name": "orders", "description": "Orders"}],
    "paths": {
        "/orders/{id}": {
            "summary": "One order",
            "parameters": [PARAMETER, {"$ref": "#/components/parameters/Limit"}],
            "get": {
                "operationId": "one",
                "tags": ["orders"],
                "responses": {"200": ANSWER, "default": {"$ref": "#/components/responses/Wrong"}},
            },
            "put": {
                "security": [{}],
                "requestBody": {"content": {"multipart/form-data": FORM, "application/json": {"schema": TEXT}}},
                "responses": {"2XX": {"description": ""}},
                "callbacks": {"paid": {"{$request.body#/url}": {"post": {"responses": {"200": ANSWER}}}}},
                "x-odata": {"filterable": ["a"], "maxPageSize": 5},
            },
            "additionalOperations": {"COPY": {"servers": [{"url": "/"}], "responses": {}}},
        },
        "/items({id})": {"$ref": "#/components/pathItems/Items"},
    },
    "webhooks": {"sent": {"post": {"requestBody": {"$ref": "#/components/requestBodies/Sent"}, "responses": {}}}},
    "components": {
        "schemas": {"Order": {"properties": {"next": {"$ref": "#/components/schemas/Order"}}}, "Unused": {}},
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}, "explode": False}},
        "responses": {"Wrong": {"description": "Wrong", "content": {"application/*": {}}}},
        "requestBodies": {"Sent": {"required": True, "content": {"a/b": {"itemSchema": TEXT}}}},
        "pathItems": {"Items": {"parameters": [PARAMETER], "query": {"responses": {"200": {"description": ""}}}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "oauth": {"type": "oauth2", "flows": {"password": {"tokenUrl": "a", "scopes": {"read": ""}}}},
        },
    },
}
ODD = [None, True, 0, 1.5, "", "x", [], {}, [None], [[]], {"": None}, {"$ref": "#/paths"}, {"$ref": "#/nowhere"}, {"$ref": 1}]  # fmt: skip


def places(tree, found=()):
    """Every place of a tree but its root."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*found, key)
        yield from places(value, (*found, key))


ALL = [place for place in places(EVERYTHING) if place != ("openapi",)]
EDITED = [place for place in ALL if place[-1] != "$ref"]
"""A reference to another file is refused before anything is walked."""


def with_odd(changes):
    tree = copy.deepcopy(EVERYTHING)
    for place, value, removed in changes:
        holder = tree
        for key in place[:-1]:
            holder = holder[key] if isinstance(holder, dict | list) and _has(holder, key) else None
        if isinstance(holder, dict | list) and _has(holder, place[-1]):
            if removed:
                del holder[place[-1]]
            else:
                holder[place[-1]] = copy.deepcopy(value)
    return tree


def _has(holder, key):
    return key in holder if isinstance(holder, dict) else isinstance(key, int) and key < len(holder)


EDITS = st.lists(st.tuples(st.sampled_from(EDITED), st.sampled_from(ODD), st.booleans()), max_size=6)


@tried(25)
@given(EDITS, EDITS)
def test_odd_documents_are_walked(one, other):
    old, new = with_odd(one), with_odd(other)

    walked(old, new)

    assert (walked(old, old).changes, walked(old, old).sites) == ([], [])


@tried(20)
@given(EDITS, EDITS, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(one, other, source):
    old, new = with_odd(one), with_odd(other)

    assert walked(old, new) == walked(shuffled(old, source), shuffled(new, source))


def shuffled(tree, source):
    if isinstance(tree, dict):
        items = [(key, shuffled(value, source)) for key, value in tree.items()]
        source.shuffle(items)
        return dict(items)
    return [shuffled(value, source) for value in tree] if isinstance(tree, list) else tree


SAYS_NOTHING = frozenset((
    ("paths", "/orders/{id}", "parameters", 0, "required"),  # a path parameter always is
    ("components", "pathItems", "Items", "parameters", 0, "required"),
    ("paths", "/orders/{id}", "put", "security", 0),  # no alternative lets everybody in, and so does an empty one
    ("components", "parameters", "Limit", "explode"),  # a number is written in one way
    ("paths", "/orders/{id}", "put", "requestBody", "content", "multipart/form-data", "encoding", "a", "headers"),  # empty
    ("paths", "/orders/{id}", "additionalOperations", "COPY", "responses"),
    ("webhooks", "sent", "post", "responses"),
))  # fmt: skip


@over("place", ALL, ids=lambda place: "/".join(map(str, place)))
def test_nothing_is_skipped(place):
    """Each place that is taken out is a fact, or a schema to compare, in both directions."""
    less = with_odd([(place, None, True)])
    for pair in ((EVERYTHING, less), (less, EVERYTHING)):
        found = walked(*pair)
        assert bool(found.changes or found.sites) is (place not in SAYS_NOTHING)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set")
@pytest.mark.timeout(300)
def test_outside_documents():
    """Every document of the outside data against some other one of its folder: nothing is raised, all is in the grid."""
    source = random.Random(6)
    known = {}
    for path in documents(""):
        if path.stat().st_size > LARGE_BYTES and not EACH_VERSION:
            continue
        try:
            known.setdefault(path.parent, []).append(load_document(path))
        except InvalidInputError:
            continue
    assert sum(map(len, known.values())) > 500
    for beside in known.values():
        for old in beside:
            found = walk(old, source.choice(beside))
            for change in found.changes:
                effects, directions = GRID[change.area][change.kind]
                assert change.effect in effects
                assert change.direction in directions
            again = walk(old, old)
            assert (again.changes, again.sites) == ([], [])


def test_walking_needs_no_more_than_a_document():
    assert walk(document({}), document({})).operations == 0


def test_facts_of_one_walk_have_names_of_their_own():
    """A fingerprint is made of them."""
    old, new = copy.deepcopy(EVERYTHING), copy.deepcopy(EVERYTHING)
    one, other = (tree["paths"]["/orders/{id}"]["get"] for tree in (old, new))
    one["responses"] = {status: {"description": status, "content": {"a/b": {}, "a/c": {}, "d/e;v=1": {}, "d/e;v=2": {}}} for status in ("200", "201", "404")}  # fmt: skip
    other["responses"] = {
        "2XX": {"description": "", "summary": "a", "content": {"a/*": {}, "d/f;v=1": {}, "d/f;v=2": {}}}
    }
    other |= {"summary": "a", "description": "b"}

    found = walked(old, new).changes

    names = [(change.area, change.kind, change.effect, change.direction, change.identity) for change in found]
    assert len(names) == len(set(names))
    assert len(names) > 15
