"""The rewriting rules themselves: each keeps the meaning of what it rewrites, judged without the diff."""

import json
from random import Random

import pytest
from document_places import copied
from laws import TIMES
from rewriting import RULES, Rewriting, rewritten
from rich_documents import RICH_3_0, RICH_3_1
from sampling import Sampler
from schema_oracle import Oracle
from wire_sites import wire_sites

from contracts.contract import read_contract
from contracts.document import parse_document

DOCUMENTS = (RICH_3_1, RICH_3_0)
SEEDS = range(6)


def sites(tree):
    return {site.name: site.pointer for site in wire_sites(tree)}


def test_there_are_rules_enough():
    assert len(RULES) >= 26
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason.endswith((".", ")")) for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_rule_finds_a_place_and_changes_the_document(rule):
    changed = False
    for tree in DOCUMENTS:
        for seed in SEEDS:
            new, used = rewritten(tree, [rule], Random(seed))
            assert bool(used) or new == tree
            changed = changed or json.dumps(new) != json.dumps(tree)
    assert changed


def differs(tree, new, seed, *, closed, known, names, times):
    """A message that one of the documents takes and the other does not, with its place; None where none was found."""
    before, after = Oracle(tree, closed=closed), Oracle(new, closed=closed)
    found = sites(new)
    sampler = Sampler(Random(seed), depth=3)
    for name in names:
        old, now = known[name], found[name]
        for _ in range(times):
            value = sampler.value([(before, before.at(old)), (after, after.at(now))])
            if before.accepts(old, value) != after.accepts(now, value):
                return name, value
    return None


@pytest.mark.parametrize("closed", [False, True], ids=["as-written", "as-its-sender-reads-it"])
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_rule_keeps_the_meaning_of_every_message(rule, closed):
    for tree in DOCUMENTS:
        known = sites(tree)
        for seed in range(2 * TIMES):
            random = Random(seed)
            new, used = rewritten(tree, [rule], random)
            if not used:
                continue
            found = sites(new)
            assert found.keys() - known.keys() <= {name for name in found if name.endswith("text/plain")}
            assert known.keys() <= found.keys()
            names = random.sample(sorted(known), 2)
            assert differs(tree, new, seed, closed=closed, known=known, names=names, times=5) is None


def lose_values(draft):
    place = draft.pick_schema(lambda _, node: "open" in node.get("enum", ()))
    del place.node["enum"]
    return True


def open_what_is_closed(draft):
    place = draft.pick_schema(lambda _, node: node.get("title") == "shut")
    place.node["additionalProperties"] = True
    return True


def test_a_rule_that_changes_the_meaning_would_be_caught():
    tree = copied(RICH_3_1)
    known = sites(tree)
    names = ["paths /things post 200 application/json"]
    new, _ = rewritten(tree, [Rewriting("wrong", "", lose_values)], Random(1))
    assert differs(tree, new, 1, closed=False, known=known, names=["paths /orders get query state schema"], times=60)
    tree["components"]["schemas"]["Tree"]["title"] = "shut"
    new, _ = rewritten(tree, [Rewriting("wrong", "", open_what_is_closed)], Random(1))
    assert differs(tree, new, 1, closed=False, known=known, names=names, times=60) is None
    assert differs(tree, new, 1, closed=True, known=known, names=names, times=60)


@pytest.mark.parametrize("tree", DOCUMENTS, ids=["3.1", "3.0"])
def test_rewritten_documents_are_contracts(tree):
    for seed in range(20):
        random = Random(seed)
        new, _ = rewritten(tree, random.choices(RULES, k=8), random)
        read_contract(parse_document(json.dumps(new).encode(), "openapi.json"))
