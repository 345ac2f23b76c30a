"""Every rule is found by its own example, once, and is silent on the mended one."""

import json

import pytest

from contracts.document import parse_document
from governance.diff.rules.table import BY_ID
from governance.lint.documents import whole
from governance.lint.rule_sets import NEWEST, built_in
from governance.lint.subject import Subject
from governance.lint.table import LINT_RULES, TABLES, by_id


def found(rule, which):
    example = rule.example
    tree = whole(example)[which]
    visibility = example.visibility_after if which and example.visibility_after else example.visibility
    document = parse_document(json.dumps(tree).encode(), "openapi.json")
    return list(rule.find(Subject(document, layer=example.layer, visibility=visibility)))


@pytest.mark.parametrize("rule", list(LINT_RULES.values()), ids=list(LINT_RULES))
def test_a_rule_is_found_by_its_example_and_silent_on_the_mended_one(rule):
    (hit,) = found(rule, 0)
    assert hit.message
    assert found(rule, 1) == []


def test_rules_of_lint_and_of_a_diff_share_no_id():
    assert LINT_RULES.keys() & BY_ID.keys() == set()


def test_two_rules_of_one_id_are_refused():
    rules = TABLES["Names"]
    with pytest.raises(ValueError, match="two rules are called operation-id-missing"):
        by_id({"one": rules, "other": rules})


def test_the_newest_set_names_every_rule_with_its_severity():
    assert built_in(NEWEST).weights == {rule.id: rule.severity for rule in LINT_RULES.values()}
