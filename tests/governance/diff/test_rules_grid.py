"""The table of rules held against the grid: no place without a rule or a reason, no two rules for one place."""

import re

import pytest
from diff_changes import AT, change, change_for, judged
from rows import over

from governance.diff.change import Area, Effect, Outcome, Traits
from governance.diff.grid import places
from governance.diff.rules.holes import HOLES
from governance.diff.rules.table import BY_ID, TABLES, judged_places, rule_of
from governance.finding import Direction, Proof, Severity
from governance.rules import index, places_of

PLACES = frozenset(places())
WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def test_every_place_has_a_rule_or_a_reason():
    assert sorted(map(str, PLACES - judged_places() - HOLES.keys())) == []


def test_no_reason_outlives_its_hole():
    assert [place for place in HOLES if place in judged_places() or place not in PLACES] == []
    assert all(len(reason) > 10 for reason in HOLES.values())


def test_no_rule_judges_what_cannot_change():
    stray = [(rule.id, place) for rule in BY_ID.values() for place in places_of(rule) if place not in PLACES]
    assert stray == []


@over("place", sorted(HOLES, key=str), ids=str)
def test_what_comes_into_a_hole_is_not_dropped(place):
    assert judged(change(*place)).rule == "unjudged-change"
    assert judged(change(*place)).severity is Severity.WARNING
    assert judged(change(*place)).proof is Proof.UNPROVEN
    assert judged(change(*place, outcome=Outcome.FAILS)).severity is Severity.BREAKING


def test_two_rules_for_one_place_are_refused():
    rule = BY_ID["path-removed"]
    twin = type(rule)(
        **{name: getattr(rule, name) for name in rule.__slots__ if name != "id"}, id="another"
    )  # fmt: skip
    with pytest.raises(ValueError, match="judge the same"):
        index({"a": (rule,), "b": (twin,)})
    with pytest.raises(ValueError, match="two rules are called"):
        index({"a": (rule,), "b": (rule,)})


@over("rule", BY_ID.values(), ids=lambda rule: rule.id)
def test_a_rule_is_written_whole(rule):
    assert WORD.fullmatch(rule.id)
    assert rule.reason.endswith(".")
    assert rule.do.endswith(".")
    assert rule.example.before != rule.example.after
    assert rule.example.form in ("document", "schema")
    if rule.example.form == "document":
        assert "paths" in rule.example.before
        assert "paths" in rule.example.after
    directed = [word for word in ("request", "response") if rule.id.startswith(f"{word}-")]
    assert [direction.value for direction in rule.directions] == directed if directed else True


@over("rule", BY_ID.values(), ids=lambda rule: rule.id)
def test_a_rule_judges_every_place_that_it_names(rule):
    for area, kind, effect, direction in places_of(rule):
        for value in ("2099-01-01", "stable"):  # neither an unreadable day nor an unknown level
            made = change(area, kind, effect, direction, old=value, new=value)
            for profile in ("wire", "strict", "sdk"):
                finding = judged(made, profile=profile)
                assert "member total: " in finding.message
                assert finding.direction is direction
                assert BY_ID[finding.rule].when is not None or finding.rule == rule.id or rule.when is not None


def test_special_cases_stand_where_a_general_rule_stands():
    special = [rule for rule in BY_ID.values() if rule.when is not None]
    assert special
    assert [rule.id for rule in special for place in places_of(rule) if place not in judged_places()] == []


def test_harm_is_a_matter_of_direction():
    """Narrowing what is sent and widening what is received are of one severity, and so are the two opposites."""
    for rule in BY_ID.values():
        if rule.area is not Area.SCHEMA or rule.effects not in ((Effect.NARROWS,), (Effect.WIDENS,)):
            continue
        harmful = (rule.effects == (Effect.NARROWS,)) == (rule.directions == (Direction.REQUEST,))
        assert rule.wire is (Severity.BREAKING if harmful else Severity.INFO), rule.id


def test_tables_hold_every_rule_once():
    assert sum(map(len, TABLES.values())) == len(BY_ID)


def test_the_first_special_case_that_holds_judges():
    traits = Traits(deprecated_old=True, sunset_old="2020-01-01")
    removed = change_for(BY_ID["request-parameter-removed"], subject="header parameter X-Region", traits=traits)
    rule = rule_of(removed, AT)
    assert rule is not None
    assert rule.id == "request-parameter-removed-after-sunset"
