"""Schemas made to exhaust the proof: the comparison ends in time, and what it cannot prove it does not call compatible."""

import time

import pytest
from laws import TIMES
from schema_mutations import SPOTS, document
from written_forms import as_json

from governance.diff.comparison import compare
from governance.diff.sets import checks
from governance.finding import Proof, Severity

SECONDS = 20 if TIMES == 1 else 60
"""In which each of these pairs must be done with, on a slow machine; most take far less."""

STEPS = 14 if TIMES > 1 else 8
"""Of chains of alternatives: what each doubles."""

pytestmark = pytest.mark.timeout(120)

TEXT = {"type": "string"}
TOP = SPOTS[0]


def refer(name):
    return {"$ref": f"#/components/schemas/{name}"}


def chain(length, last):
    """Components that lead to the next one, each by two ways."""
    made = {f"C{i}": {"allOf": [refer(f"C{i + 1}"), refer(f"C{i + 1}")]} for i in range(length)}
    return {**made, f"C{length}": last}


def choice(length, last, word="anyOf"):
    """Components of two alternatives, each of which leads to the next one."""
    made = {
        f"C{i}": {word: [{"type": "object", "properties": {"a": refer(f"C{i + 1}")}, "required": ["a"]}, {"type": "object", "properties": {"b": refer(f"C{i + 1}")}, "required": ["b"]}]}
        for i in range(length)
    }  # fmt: skip
    return {**made, f"C{length}": last}


def product(count, last):
    """An object that must keep to so many choices at once: two to the power of it combinations."""
    parts = [
        {"anyOf": [{"required": [f"a{i}"], "properties": {f"a{i}": TEXT}}, {"required": [f"b{i}"], "properties": {f"b{i}": last}}]}
        for i in range(count)
    ]  # fmt: skip
    return {"C0": {"type": "object", "allOf": parts}}


def tree(leaf):
    return {
        "C0": {"type": "object", "properties": {"value": leaf, "children": {"type": "array", "items": refer("C0")}}}
    }


def nested(depth, leaf):
    schema = leaf
    for _ in range(depth):
        schema = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    return {"C0": schema}


LONG, SHORT = {**TEXT, "maxLength": 20}, {**TEXT, "maxLength": 10}
EVIL = {"type": "string", "pattern": "^(a+)+$"}
MUTUAL = [
    {
        "C0": {"oneOf": [{"type": "object", "properties": {"n": refer("C1")}, "required": ["n"]}, leaf]},
        "C1": {"oneOf": [{"type": "array", "items": refer("C0")}, {"type": "integer"}]},
    }
    for leaf in (LONG, SHORT)
]

NARROWED = {
    "a tree": (tree(LONG), tree(SHORT)),
    "two that lead to each other": tuple(MUTUAL),
    "a chain of allOf, doubled at each step": (chain(40, LONG), chain(40, SHORT)),
    "a chain of anyOf": (choice(STEPS, LONG), choice(STEPS, SHORT)),
    "a chain of oneOf": (choice(STEPS, LONG, "oneOf"), choice(STEPS, SHORT, "oneOf")),
    "so many choices at once": (product(14, LONG), product(14, SHORT)),
    "60 levels": (nested(60, LONG), nested(60, SHORT)),
    "a list of 20,000 values": ({"C0": {"enum": [f"v{i}" for i in range(20_000)]}}, {"C0": {"enum": [f"v{i}" for i in range(19_999)]}}),
    "a pattern that backtracks": ({"C0": TEXT}, {"C0": EVIL}),
    "two patterns that backtrack": ({"C0": {**TEXT, "pattern": "^(a|a)*b?$"}}, {"C0": {**TEXT, "pattern": "^(a|aa)+$"}}),
    "a pattern that counts": ({"C0": {**TEXT, "pattern": "^(ab{1,200}){1,200}$"}}, {"C0": {**TEXT, "pattern": "^(ab{1,199}){1,200}$"}}),
    "a pattern that looks back": ({"C0": TEXT}, {"C0": {**TEXT, "pattern": r"^(.+)\1+$"}}),
    "300 members": ({"C0": {"type": "object", "properties": {f"p{i}": LONG for i in range(300)}}}, {"C0": {"type": "object", "properties": {f"p{i}": SHORT if i == 150 else LONG for i in range(300)}}}),
    "40 alternatives": ({"C0": {"anyOf": [{"type": "object", "properties": {f"p{i}": LONG}, "required": [f"p{i}"]} for i in range(40)]}}, {"C0": {"anyOf": [{"type": "object", "properties": {f"p{i}": SHORT}, "required": [f"p{i}"]} for i in range(40)]}}),
    "not, of itself, of itself": ({"C0": {"not": {"not": {"not": {"not": LONG}}}}}, {"C0": {"not": {"not": {"not": {"not": SHORT}}}}}),
    "a step of many digits": ({"C0": {"type": "number"}}, {"C0": {"type": "number", "multipleOf": 1e-9}}),
    "unique items of unique items": ({"C0": {"type": "array", "items": {"type": "array"}}}, {"C0": {"type": "array", "uniqueItems": True, "items": {"type": "array", "uniqueItems": True, "minItems": 3}}}),
    "a list of a million": ({"C0": {"type": "array"}}, {"C0": {"type": "array", "minItems": 1_000_000}}),
    "a text of a million": ({"C0": TEXT}, {"C0": {**TEXT, "minLength": 1_000_000}}),
    "conditions in conditions": ({"C0": {**TEXT, "if": {"if": {"pattern": "^a"}, "then": {"minLength": 2}, "else": {"maxLength": 9}}, "then": LONG}}, {"C0": {**TEXT, "if": {"if": {"pattern": "^a"}, "then": {"minLength": 2}, "else": {"maxLength": 9}}, "then": SHORT}}),
    "contains of contains": ({"C0": {"type": "array", "contains": {"type": "array", "contains": TEXT}}}, {"C0": {"type": "array", "contains": {"type": "array", "contains": SHORT, "minContains": 3}, "minContains": 3}}),
    "only itself": ({"C0": {"type": "object", "properties": {"x": refer("C0")}}}, {"C0": {"type": "object", "properties": {"x": refer("C0")}, "required": ["x"]}}),
    "unevaluated in recursion": ({"C0": {"anyOf": [{"properties": {"l": refer("C0")}}, {"properties": {"r": refer("C0")}}], "type": "object"}}, {"C0": {"anyOf": [{"properties": {"l": refer("C0")}}, {"properties": {"r": refer("C0")}}], "type": "object", "unevaluatedProperties": False, "maxProperties": 1}}),
}  # fmt: skip
"""Pairs of components, `C0` the one that is sent. Each new one refuses something that the old one takes."""

CIRCLES = {
    "a reference to itself": {"C0": refer("C0")},
    "references in a circle": {"C0": refer("C1"), "C1": refer("C0")},
    "allOf of itself": {"C0": {"allOf": [refer("C0"), TEXT]}},
    "anyOf of itself": {"C0": {"anyOf": [refer("C0"), TEXT]}},
    "not itself": {"C0": {"not": refer("C0")}},
    "a reference to nothing": {"C0": refer("Gone")},
}


def taken(components, direction="request"):
    built = document([(refer("C0"), TOP)], direction)
    built["components"]["schemas"].update(components)
    return as_json(built)


def timed(old, new):
    started = time.monotonic()
    findings = compare(old, new)
    assert time.monotonic() - started < SECONDS
    return findings


def is_honest(finding):
    """A break, or a question that is left to a person, with the reason."""
    if finding.severity is Severity.BREAKING:
        return finding.proof is not Proof.PROVEN or finding.failing_example is not None
    return finding.severity is Severity.WARNING and finding.proof is Proof.UNPROVEN and bool(finding.reason)


@pytest.mark.parametrize("name", NARROWED)
def test_a_narrowing_is_never_taken_for_compatible(name, monkeypatch):
    if TIMES == 1:
        monkeypatch.setattr(checks, "QUESTION_SECONDS", 1.0)
        monkeypatch.setattr(checks, "SEARCH_SECONDS", 1.0)
    old, new = NARROWED[name]
    findings = timed(taken(old), taken(new))
    assert any(map(is_honest, findings)), findings
    widened = timed(taken(new, "response"), taken(old, "response"))
    assert any(map(is_honest, widened)), widened


@pytest.mark.parametrize("name", NARROWED)
def test_the_same_is_the_same_however_large(name):
    for components in NARROWED[name]:
        same = document([({**refer("C0"), "$comment": "c"}, TOP)], "request")
        same["components"]["schemas"].update(components)
        assert timed(taken(components), as_json(same)) == []


@pytest.mark.parametrize("name", CIRCLES)
def test_what_leads_nowhere_or_round_ends(name):
    circle = taken(CIRCLES[name])
    assert timed(circle, taken({"C0": TEXT})) != []
    assert timed(taken({"C0": TEXT}), circle) != []
    extended = taken({**CIRCLES[name], "Other": TEXT})
    assert [f for f in timed(circle, extended) if f.severity is not Severity.INFO] == []
