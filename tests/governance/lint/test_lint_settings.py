"""Rule sets, their pins, and severities by rule, path, layer and visibility."""

import hashlib

import pytest
from linted import ORDERS, report
from pydantic import ValidationError

from contracts.diagnostic import InvalidInputError
from governance.finding import Severity
from governance.lint.rule_sets import NEWEST, PinnedRuleSet, built_in, pinned
from governance.lint.settings import LintSettings
from governance.severities import Lint

MONEY = "money-as-number"


def settings(*entries, **fields):
    return LintSettings(severities=[{"reason": "as agreed", **entry} for entry in entries], **fields)


def severity(rule, *entries, **side):
    found = {one.rule: one for one in report(settings=settings(*entries), **side).findings}
    return found[rule].severity if rule in found else None


def test_the_last_entry_that_matches_decides():
    assert severity(MONEY) is Severity.WARNING
    assert severity(MONEY, {"rule": MONEY, "severity": "error"}) is Severity.BREAKING
    entries = ({"rule": "money-*", "severity": "error"}, {"rule": MONEY, "severity": "off"})
    assert severity(MONEY, *entries) is None
    assert severity(MONEY, *reversed(entries)) is Severity.BREAKING


def test_the_reason_of_an_entry_is_told():
    (found,) = [
        one for one in report(settings=settings({"rule": MONEY, "severity": "info"})).findings if one.rule == MONEY
    ]
    assert found.reason == "as agreed"


@pytest.mark.parametrize(
    ("entry", "side", "expected"),
    [
        ({"layers": ["process"]}, {"layer": "process"}, Severity.BREAKING),
        ({"layers": ["process"]}, {"layer": "system"}, Severity.WARNING),
        ({"layers": ["process"]}, {}, Severity.WARNING),
        ({"visibilities": ["public"]}, {"visibility": "public"}, Severity.BREAKING),
        ({"visibilities": ["public"]}, {"visibility": "internal"}, Severity.WARNING),
        ({"paths": ["/orders"]}, {}, Severity.BREAKING),
        ({"paths": ["/stock/**"]}, {}, Severity.WARNING),
    ],
)
def test_an_entry_holds_where_all_that_it_names_matches(entry, side, expected):
    assert severity(MONEY, {"rule": MONEY, "severity": "error", **entry}, **side) is expected


def test_of_many_operations_the_worst_decides():
    tree = {**ORDERS, "paths": {**ORDERS["paths"], "/quotes": ORDERS["paths"]["/orders"]}}
    off = {"rule": MONEY, "severity": "off", "reason": "as agreed"}

    def left(*paths):
        found = report(tree, settings=settings({**off, "paths": list(paths)})).findings
        return [one.severity for one in found if one.rule == MONEY]

    assert left("/orders") == [Severity.WARNING]
    assert left("/orders", "/quotes") == []


def test_unknown_rules_and_sets_are_refused():
    with pytest.raises(ValidationError, match="there is no rule money-as-numbr"):
        settings({"rule": "money-as-numbr", "severity": "off"})
    with pytest.raises(ValidationError, match="there is no rule set tidewaiter/7"):
        LintSettings(extends="tidewaiter/7")
    with pytest.raises(ValidationError):
        settings({"rule": MONEY, "severity": "fatal"})


def write(folder, text):
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return PinnedRuleSet(file="rules.yaml", digest=f"sha256:{hashlib.sha256(text.encode()).hexdigest()}")


def test_a_set_of_your_own_begins_from_another(tmp_path):
    stated = write(tmp_path, f"rule_set: mine/3\nrules: {{{MONEY}: error, list-bare: off}}\n")
    found = pinned(stated, tmp_path)
    assert found.name == "mine/3"
    newest = built_in(NEWEST).weights
    assert found.weights == {**{k: v for k, v in newest.items() if k != "list-bare"}, MONEY: Severity.BREAKING}


def test_a_set_that_extends_nothing_asks_only_what_it_names(tmp_path):
    stated = write(tmp_path, f"rule_set: mine/3\nextends: nothing\nrules: {{{MONEY}: info}}\n")
    assert pinned(stated, tmp_path).weights == {MONEY: Severity.INFO}


def test_a_set_with_another_content_is_refused_with_its_digest(tmp_path):
    stated = write(tmp_path, "rule_set: mine/3\n")
    write(tmp_path, "rule_set: mine/3\nrules: {}\n")
    with pytest.raises(InvalidInputError, match="the rule set is not the one that was pinned: it has sha256:"):
        pinned(stated, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule_set: mine\n", "rule_set"),
        ("rule_set: mine/1\nrules: {no-such-rule: error}\n", "there is no rule no-such-rule"),
        ("rule_set: mine/1\nruels: {}\n", "ruels"),
        ("", "empty"),
    ],
)
def test_a_set_that_is_wrong_is_told(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match=message):
        pinned(write(tmp_path, text), tmp_path)


def test_a_set_outside_the_workspace_is_refused(tmp_path):
    stated = write(tmp_path, "rule_set: mine/1\n")
    inside = tmp_path / "ws"
    inside.mkdir()
    with pytest.raises(InvalidInputError, match="inside the workspace"):
        pinned(PinnedRuleSet(file="../rules.yaml", digest=stated.digest), inside)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        pinned(PinnedRuleSet(file="none.yaml", digest=stated.digest), inside)


def test_two_sets_at_once_are_refused():
    fields = {"extends": NEWEST, "rule_set": {"file": "rules.yaml", "digest": "sha256:" + "0" * 64}}
    with pytest.raises(ValidationError, match="both `extends` and `rule_set`"):
        Lint.model_validate({"lint": fields})
