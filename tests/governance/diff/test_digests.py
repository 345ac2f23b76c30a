"""Digests of parts with all that they reach: what differs anywhere below must differ above."""

import json

import pytest
from walked import document

from contracts.document import parse_document
from governance.diff.digests import Digests
from governance.diff.same import same


def schemas(version="3.1.0", **named):
    return document({"components": {"schemas": named}}, version)


def of(name, version="3.1.0", **named):
    return Digests(schemas(version, **named)).of(f"/components/schemas/{name}")


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def test_the_order_of_keys_does_not_count():
    assert of("A", A={"type": "string", "title": "a"}) == of("A", A={"title": "a", "type": "string"})


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1), (None, "null"), (["a", "b"], ["b", "a"])])
def test_values_that_differ(one, other):
    assert of("A", A={"default": one}) != of("A", A={"default": other})


def test_digits_that_a_float_does_not_hold_count():
    one, other = (
        Digests(parse_document(b'{"openapi": "3.1.0", "x-a": %b}' % number, "a.json")).of("/x-a")
        for number in (b"9999999999999999.98", b"9999999999999999.99")
    )

    assert one != other


def test_what_is_reached_counts():
    def chain(kind):
        return {"A": {"items": ref("B")}, "B": {"allOf": [ref("C")]}, "C": {"type": kind}, "D": {"type": "null"}}

    digests = [Digests(schemas(**chain(kind))) for kind in ("string", "integer")]

    for name, differs in (("A", True), ("B", True), ("C", True), ("D", False)):
        one, other = (each.of(f"/components/schemas/{name}") for each in digests)
        assert (one != other) is differs


@pytest.mark.parametrize("start", ["A", "B", "C"])
def test_circles(start):
    def ring(kind):
        return {
            "A": {"properties": {"b": ref("B"), "a": ref("A")}},
            "B": {"properties": {"c": ref("C"), "leaf": ref("Leaf")}},
            "C": {"properties": {"a": ref("A")}},
            "Leaf": {"type": kind},
        }

    assert of(start, **ring("string")) == of(start, **ring("string"))
    assert of(start, **ring("string")) != of(start, **ring("integer"))


def test_a_digest_does_not_depend_on_what_was_asked_before():
    named = {"A": {"items": ref("B")}, "B": {"items": ref("A"), "not": ref("C")}, "C": {"items": ref("C")}}
    pointers = [f"/components/schemas/{name}" for name in named]
    forth, back = Digests(schemas(**named)), Digests(schemas(**named))

    assert {p: forth.of(p) for p in pointers} == {p: back.of(p) for p in reversed(pointers)}


def test_members_of_one_circle_are_told_apart():
    digests = Digests(schemas(A={"items": ref("B")}, B={"not": ref("A")}))

    assert digests.of("/components/schemas/A") != digests.of("/components/schemas/B")


def test_a_long_chain_is_no_deep_recursion():
    named = {f"S{n}": {"items": ref(f"S{n + 1}")} for n in range(3000)}

    assert len(of("S0", **named)) == 32


@pytest.mark.parametrize("mapping", [{"a": "#/components/schemas/Leaf"}, {"a": "Leaf"}])
def test_what_a_discriminator_names_counts(mapping):
    def tree(kind):
        return {"A": {"discriminator": {"propertyName": "t", "mapping": mapping}}, "Leaf": {"type": kind}}

    assert of("A", **tree("string")) != of("A", **tree("integer"))


@pytest.mark.parametrize(
    "reference", [{"$ref": "#leaf"}, {"$dynamicRef": "#leaf"}, {"$ref": "https://example.com/leaf"}]
)
def test_what_is_reached_by_name_counts(reference):
    def tree(kind):
        named = {"$dynamicAnchor": "leaf", "$id": "https://example.com/leaf", "type": kind}
        return {"A": {"items": reference}, "Leaf": named}

    assert of("A", **tree("string")) != of("A", **tree("integer"))


def test_dangling_and_circular_references():
    assert of("A", A=ref("Nowhere")) != of("A", A=ref("Other"))
    assert of("A", A=ref("B"), B=ref("A")) == of("A", A=ref("B"), B=ref("A"))
    assert len(of("Nowhere")) == 32


def test_what_is_reached():
    digests = Digests(schemas(A={"items": ref("B")}, B={"items": ref("A"), "not": ref("C")}, C={}, D={}))

    assert digests.reached("/components/schemas/A") == {f"/components/schemas/{name}" for name in "ABC"}


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (1, 1.0, True), (1, True, False), (0, False, False), (1.5, 1.5, True), ("1", 1, False), (None, False, False),
        ([1, 2], [1.0, 2], True), ([1, 2], [2, 1], False), ([], {}, False), ({"a": 1}, {"a": True}, False),
        ({"a": None}, {}, False), ({"a": [{"b": 1}]}, {"a": [{"b": 1.0}]}, True), (None, None, True),
    ],
)  # fmt: skip
def test_same(one, other, are):
    assert same(one, other) is are
    assert same(json.loads(json.dumps(other)), one) is are


def test_same_numbers_of_many_digits():
    one, other, again = (
        parse_document(b'{"openapi": "3.1.0", "x-a": %b}' % number, "a.json").tree["x-a"]
        for number in (b"9999999999999999.98", b"9999999999999999.99", b"9999999999999999.990")
    )

    assert (same(one, other), same(other, again)) == (False, True)
