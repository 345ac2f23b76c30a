"""Documents that are not as OpenAPI says: every rule ends, and none raises."""

import copy
import functools
import hashlib
import random
import time
from pathlib import Path

import pytest
from linted import ORDERS, document, report

from contracts.diagnostic import InvalidInputError
from governance.diff.side import Side
from governance.lint.documents import whole
from governance.lint.judge import lint
from governance.lint.rule_sets import NEWEST, RuleSet, built_in
from governance.lint.settings import LintSettings
from governance.lint.spectral.rules import rules_of
from governance.lint.spectral.sets import PinnedSpectral, read_set
from governance.lint.table import LINT_RULES

RULES = Path(__file__).with_name("spectral_rules.yaml")
ODD = (None, True, False, 0, -1, 1.5, "", "x", [], {}, [None], {"": None}, {"$ref": "#/nowhere"}, {"$ref": 5},
       {"$ref": "#/paths"}, [[]], {"type": {}}, {"allOf": 3})  # fmt: skip
TREES = [tree for rule in LINT_RULES.values() for tree in whole(rule.example)] + [ORDERS]


def all_places(tree):
    found = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = node.keys() if isinstance(node, dict) else range(len(node))
        for key in list(keys):
            found.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    return found


@functools.cache
def rule_set():
    """Tidewaiter's rules, and rules of Spectral's form with every function and every kind of path."""
    text = RULES.read_bytes()
    pinned = PinnedSpectral(file=RULES.name, digest=f"sha256:{hashlib.sha256(text).hexdigest()}")
    more = rules_of(read_set(pinned, RULES.parent))
    begun = built_in(NEWEST)
    return RuleSet("all", {**begun.weights, **{name: one.severity for name, one in more.items()}}, more)


def judge(tree, **side):
    return lint(Side(document(tree), "odd.json", **side), rule_set(), LintSettings())


@pytest.mark.parametrize("seed", range(8))
def test_no_odd_value_makes_a_rule_raise(seed):
    chance = random.Random(seed)
    for _ in range(60):
        tree = copy.deepcopy(chance.choice(TREES))
        for _ in range(chance.randint(1, 3)):
            node, key = chance.choice(all_places(tree))
            if not (node is tree and key == "openapi"):
                node[key] = copy.deepcopy(chance.choice(ODD))
        try:
            document(tree)
        except InvalidInputError:
            continue  # refused before any rule sees it
        judge(tree, layer=chance.choice(["", "experience", "process", "system"]), visibility="partner")


def test_schemas_that_lead_back_to_each_other_end():
    names = [f"S{n}" for n in range(40)]
    every = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schemas = {
        name: {"type": "object", "maxProperties": n, "oneOf": every, "allOf": every[:3], "properties": {"a": every[n]}}
        for n, name in enumerate(names)
    }
    tree = copy.deepcopy(ORDERS)
    tree["components"]["schemas"] |= schemas
    tree["components"]["schemas"]["Order"] = every[0]
    began = time.process_time()
    judge(tree)
    assert time.process_time() - began < 15


def test_deep_nesting_ends():
    schema = {"type": "string"}
    for _ in range(90):
        schema = {"type": "array", "items": schema}
    tree = copy.deepcopy(ORDERS)
    tree["components"]["schemas"]["Order"] = schema
    assert any(one.rule == "text-without-max-length" for one in judge(tree).findings)


def test_an_empty_document_has_no_finding():
    assert report({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}).findings == ()


def test_judging_examples_has_an_end():
    tree = copy.deepcopy(ORDERS)
    tree["components"]["schemas"]["Order"]["properties"]["note"]["example"] = 5
    side = Side(document(tree), "a.json")
    found = lint(side, built_in(NEWEST), LintSettings(), check_seconds=-1)
    assert found.limits == ("not all examples were judged: the time for them was over",)
    assert not any(one.rule.startswith("example-") for one in found.findings)
