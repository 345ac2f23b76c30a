"""Two states of a workspace: every cell of the table of stages, each condition, and what was announced."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from life import AT, COUNTED, SUCCESSOR, consumer, entity, landscape

from governance.finding import Proof, Severity
from governance.lifecycle.moves import moved, moves
from governance.lifecycle.rules import RULES
from governance.lifecycle.stages import STATES, TABLE, Condition
from governance.lifecycle.usage import Usage

PINNED = {"shop": consumer("shop", pinned=["orders@1.0"])}
CALLED = Usage({("orders", "1.0"): {"shop": AT - timedelta(days=3)}}, date(2020, 1, 1), AT)
NOT_COUNTED = Usage()
DATES = {"deprecated": "2025-01-01", "sunset": "2026-05-31", "successor": "1.1"}

# Of each stage what a good file says, so that the move from it is allowed where the table has it.
BEFORE = {
    "absent": None,
    "draft": {"stage": "draft"},
    "preview": {"stage": "preview"},
    "active": {"stage": "active"},
    "deprecated": {"stage": "deprecated", **DATES},
    "retired": {"stage": "retired", "deprecated": "2024-01-01", "sunset": "2025-05-01", "successor": "1.1"},
}
AFTER = {
    **BEFORE,
    "deprecated": {"stage": "deprecated", "deprecated": "2026-06-01", "sunset": "2027-06-01", "successor": "1.1"},
    "retired": {"stage": "retired", **DATES},
}

ALLOWED = {
    "absent": {"draft", "preview", "active"},
    "draft": {"absent", "preview", "active"},
    "preview": {"draft", "active", "retired"},
    "active": {"deprecated"},
    "deprecated": {"active", "retired"},
    "retired": {"absent", "deprecated"},
}
CELLS = [(before, after) for before, after in product(STATES, STATES) if before != after]


def versions(life, **others):
    return {**({"1.0": life} if life else {}), "1.1": SUCCESSOR, **others}


def between(before, after, *, usage=COUNTED, old=None, new=None, at=AT):
    """Findings about a version that was `before` and is `after`, both as the api's file has them."""
    first, second = landscape(versions(before), **(old or {})), landscape(versions(after), **(new or old or {}))
    return moves(first, second, at, usage)


def rules_of(found):
    return [told.finding.rule for told in found]


def test_the_table_has_every_cell_and_no_other():
    assert set(TABLE) == set(CELLS)
    assert all(bool(move.why) is not move.allowed for move in TABLE.values())
    assert all(not move.conditions for move in TABLE.values() if not move.allowed)
    assert {condition for move in TABLE.values() for condition in move.conditions} == set(Condition)


@pytest.mark.parametrize(("before", "after"), CELLS, ids=lambda state: state)
def test_each_cell(before, after):
    found = between(BEFORE[before], AFTER[after])

    if after in ALLOWED[before]:
        assert found == ()
    else:
        (told,) = found
        assert (told.finding.rule, told.finding.severity) == ("lifecycle-move-not-allowed", Severity.BREAKING)
        assert f"orders@1.0 may not go from {before} to {after}: " in told.finding.message


@pytest.mark.parametrize("state", STATES)
def test_who_stays_did_not_move(state):
    assert between(BEFORE[state], BEFORE[state]) == ()


ACTIVE, ENDING, ENDED = BEFORE["active"], BEFORE["deprecated"], BEFORE["retired"]
TO_ENDING, TO_ENDED = AFTER["deprecated"], AFTER["retired"]


def without(life, *keys, **more):
    return {**{key: value for key, value in life.items() if key not in keys}, **more}


LAGGING = {"entities": {"north": entity("north", "orders@1.0")}}
FAILING = [
    (ACTIVE, without(TO_ENDING, "sunset"), {}, {Condition.SUNSET_STATED, Condition.NOTICE_GIVEN}),
    (ACTIVE, without(TO_ENDING, sunset="2026-11-27"), {}, {Condition.NOTICE_GIVEN}),
    (ACTIVE, without(TO_ENDING, "successor"), {}, {Condition.SUCCESSOR_SERVED}),
    (ACTIVE, without(TO_ENDING, successor="9.9"), {}, {Condition.SUCCESSOR_SERVED}),
    (ACTIVE, TO_ENDING, {"old": LAGGING}, {Condition.SUCCESSOR_SERVED}),
    (without(ENDING, sunset="2026-06-02"), TO_ENDED, {}, {Condition.SUNSET_PASSED}),
    (without(ENDING, "sunset"), TO_ENDED, {}, {Condition.SUNSET_PASSED, Condition.NOTICE_GIVEN}),
    (without(ENDING, deprecated="2026-01-01"), TO_ENDED, {}, {Condition.NOTICE_GIVEN}),
    (ENDING, without(TO_ENDED, "successor"), {}, {Condition.SUCCESSOR_SERVED}),
    (ENDING, TO_ENDED, {"old": {"consumers": PINNED}}, {Condition.NOBODY_PINNED}),
    (ENDING, TO_ENDED, {"old": {"consumers": PINNED}, "new": {"consumers": {}}}, {Condition.NOBODY_PINNED}),
    (ENDING, TO_ENDED, {"usage": CALLED}, {Condition.NO_TRAFFIC}),
    (BEFORE["preview"], BEFORE["draft"], {"old": {"consumers": PINNED}}, {Condition.NOBODY_PINNED}),
    (BEFORE["preview"], BEFORE["draft"], {"usage": CALLED}, {Condition.NO_TRAFFIC}),
    (BEFORE["preview"], TO_ENDED, {"old": {"consumers": PINNED}}, {Condition.NOBODY_PINNED}),
    (BEFORE["preview"], TO_ENDED, {"usage": CALLED}, {Condition.NO_TRAFFIC}),
    (ENDED, None, {"at": date(2026, 4, 30)}, {Condition.GONE_LONG}),
    (without(ENDED, "sunset"), None, {}, {Condition.GONE_LONG}),
    (ENDED, None, {"old": {"consumers": PINNED}}, {Condition.NOBODY_PINNED}),
    (ENDED, without(TO_ENDING, sunset="2026-06-01"), {}, {Condition.SUNSET_AHEAD}),
    (ENDED, without(TO_ENDING, "sunset"), {}, {Condition.SUNSET_AHEAD}),
]


@pytest.mark.parametrize(("before", "after", "given", "conditions"), FAILING)
def test_each_condition_that_fails_is_told(before, after, given, conditions):
    found = between(before, after, **given)

    assert set(rules_of(found)) == {"lifecycle-condition-fails"}
    words = {told.finding.message.split(": ")[1] for told in found}
    assert words == {f"{condition.value} fails" for condition in conditions}
    assert all(told.finding.severity is Severity.BREAKING for told in found)


def test_every_condition_of_the_table_was_made_to_fail():
    named = {"retired absent": Condition.NO_SUCCESSOR}
    seen = {condition for *_, conditions in FAILING for condition in conditions} | set(named.values())
    assert seen == set(Condition)


def test_a_version_that_others_name_as_successor_stays():
    old = landscape({"0.9": {"stage": "active", "successor": "1.0"}, "1.0": ENDED, "1.1": SUCCESSOR})
    new = landscape({"0.9": {"stage": "active", "successor": "1.0"}, "1.1": SUCCESSOR})
    (told,) = moves(old, new, AT, COUNTED)
    assert "named-by-none fails: it is the successor of 0.9" in told.finding.message


@pytest.mark.parametrize(("before", "after"), [(ENDING, TO_ENDED), (BEFORE["preview"], BEFORE["draft"])])
def test_usage_that_nobody_knows_is_said_and_needs_a_person(before, after):
    (told,) = between(before, after, usage=NOT_COUNTED)
    finding = told.finding
    assert (finding.rule, finding.severity, finding.proof) == (
        "lifecycle-condition-unknown", Severity.WARNING, Proof.UNPROVEN,
    )  # fmt: skip
    assert "usage unknown: calls are not counted by version" in finding.message


@pytest.mark.parametrize(
    ("usage", "rules"),
    [
        (COUNTED, []),
        (replace(COUNTED, counted_since=AT - timedelta(days=30)), []),
        (replace(COUNTED, counted_since=AT - timedelta(days=29)), ["lifecycle-condition-unknown"]),
        (replace(COUNTED, counted_until=AT - timedelta(days=1)), ["lifecycle-condition-unknown"]),
        (replace(CALLED, counted_since=None), ["lifecycle-condition-fails"]),
        (replace(CALLED, seen={("orders", "1.0"): {"shop": AT - timedelta(days=30)}}), ["lifecycle-condition-fails"]),
        (replace(CALLED, seen={("orders", "1.0"): {"shop": AT - timedelta(days=31)}}), []),
        (replace(CALLED, seen={("orders", "1.1"): {"shop": AT}}), []),
    ],
)
def test_three_outcomes_of_usage(usage, rules):
    assert rules_of(between(ENDING, TO_ENDED, usage=usage)) == rules


NOTICES = [("internal", 30), ("partner", 180), ("public", 365)]


@pytest.mark.parametrize(("visibility", "days"), NOTICES)
def test_the_notice_is_that_of_the_visibility(visibility, days):
    for given, rules in ((days, []), (days - 1, ["lifecycle-condition-fails"])):
        after = without(TO_ENDING, sunset=str(AT + timedelta(days=given)))
        assert rules_of(between(ACTIVE, after, old={"visibility": visibility})) == rules


def test_a_visibility_or_notice_made_smaller_in_the_same_change_helps_nobody():
    after = without(TO_ENDING, sunset=str(AT + timedelta(days=100)))
    narrower = between(ACTIVE, after, old={"visibility": "partner"}, new={"visibility": "internal"})
    shorter = between(ACTIVE, after, old={}, new={"terms": {"notice_days": {"partner": 90}}})
    assert rules_of(narrower) == ["lifecycle-condition-fails"]
    assert rules_of(shorter) == ["lifecycle-condition-fails", "lifecycle-terms-weaker"]


def test_terms_made_weaker_are_found_and_stronger_ones_not():
    terms = {"notice_days": {"internal": 30, "partner": 180, "public": 365}, "quiet_days": 30, "gone_days": 365}
    for key, weaker in (("quiet_days", 29), ("gone_days", 364)):
        found = between(ACTIVE, ACTIVE, old={"terms": terms}, new={"terms": {**terms, key: weaker}})
        assert [told.finding.message for told in found] == [f"{key} was {weaker + 1}, is now {weaker}"]
        assert found[0].file == "governance/lifecycle.yaml"
    stronger = {"notice_days": {"internal": 31, "partner": 181, "public": 366}, "quiet_days": 31, "gone_days": 366}
    assert between(ACTIVE, ACTIVE, old={"terms": terms}, new={"terms": stronger}) == ()


def test_a_sunset_made_earlier_in_the_change_that_retires_is_judged_as_announced():
    later = without(ENDING, sunset="2027-01-01")
    found = between(later, without(TO_ENDED, sunset="2026-05-31"))
    assert ["sunset-passed fails" in told.finding.message for told in found] == [True]


ANNOUNCED = [
    (ENDING, without(ENDING, sunset="2026-05-01"), "lifecycle-sunset-earlier"),
    (without(ENDING, sunset="2027-06-01"), without(ENDING, sunset="2027-01-01"), None),
    (without(ENDING, sunset="2027-06-01"), without(ENDING, sunset="2026-11-01"), "lifecycle-sunset-earlier"),
    (ENDING, without(ENDING, sunset="2027-01-01"), None),
    (ENDING, without(ENDING, "sunset"), "lifecycle-sunset-withdrawn"),
    (ENDING, without(ENDING, "successor"), "lifecycle-successor-withdrawn"),
    (ENDED, without(ENDED, "successor"), "lifecycle-successor-withdrawn"),
    (without(ACTIVE, successor="1.1"), ACTIVE, None),
    (ENDING, without(ENDING, deprecated="2024-01-01"), "lifecycle-deprecation-backdated"),
    (ENDING, without(ENDING, deprecated="2025-06-01"), None),
    (ACTIVE, without(ACTIVE, deprecated="2026-06-01", sunset="2027-06-01"), None),
    (ACTIVE, without(ACTIVE, deprecated="2026-07-01", sunset="2026-12-01"), "lifecycle-notice-short"),
    (ACTIVE, without(ACTIVE, sunset="2026-07-01"), "lifecycle-notice-short"),
    (ACTIVE, without(ACTIVE, sunset="2026-11-28"), None),
]


@pytest.mark.parametrize(("before", "after", "rule"), ANNOUNCED)
def test_what_was_announced_is_kept(before, after, rule):
    assert rules_of(between(before, after)) == ([rule] if rule else [])


def test_a_date_in_the_past_that_is_written_now_gives_no_notice():
    """Split over two changes: first dates of the past on an active version, then its stage."""
    backdated = without(ACTIVE, deprecated="2025-01-01", sunset="2026-08-01", successor="1.1")
    assert rules_of(between(ACTIVE, backdated)) == ["lifecycle-notice-short", "lifecycle-deprecation-backdated"]
    at_once = {**backdated, "stage": "deprecated"}
    assert rules_of(between(ACTIVE, at_once)) == ["lifecycle-condition-fails", "lifecycle-deprecation-backdated"]


def test_what_was_announced_before_counts_from_its_day():
    announced = without(ACTIVE, deprecated="2026-05-25", sunset="2026-11-25", successor="1.1")
    assert between(announced, {**announced, "stage": "deprecated"}) == ()
    shortened = {**announced, "stage": "deprecated", "sunset": "2026-11-24"}
    assert rules_of(between(announced, shortened)) == ["lifecycle-condition-fails"]


def test_an_api_that_goes_or_comes():
    old, new = landscape(versions(ACTIVE)), landscape(versions(ACTIVE), api="sales")
    found = moves(old, new, AT, COUNTED)
    assert rules_of(found) == ["lifecycle-move-not-allowed"] * 2
    assert {told.file for told in found} == {"contracts/orders/api.yaml"}
    assert [(one.api, one.version, one.before, one.after) for one in moved(old, new, AT)] == [
        ("orders", "1.0", "active", "absent"), ("orders", "1.1", "active", "absent"),
        ("sales", "1.0", "absent", "active"), ("sales", "1.1", "absent", "active"),
    ]  # fmt: skip


def test_moves_that_are_allowed_are_told_with_their_conditions():
    (one,) = moved(landscape(versions(ENDING)), landscape(versions(TO_ENDED)), AT, COUNTED)
    assert (one.before, one.after, one.findings) == ("deprecated", "retired", ())
    assert [held.outcome for held in one.held] == ["holds"] * 5


def test_fingerprints_are_of_the_thing_and_not_of_the_day():
    first = between(ACTIVE, None)
    later = between(ACTIVE, None, at=AT + timedelta(days=50))
    other = moves(landscape({"1.1": ACTIVE}), landscape({}), AT)
    assert first[0].finding.fingerprint == later[0].finding.fingerprint != other[0].finding.fingerprint


def test_every_rule_that_is_found_is_in_the_table():
    found = {rule for before, after, rule in ANNOUNCED if rule} | {
        "lifecycle-move-not-allowed", "lifecycle-condition-fails", "lifecycle-condition-unknown", "lifecycle-terms-weaker",
    }  # fmt: skip
    assert found <= set(RULES)


def test_the_day_itself_counts():
    assert between(ENDED, None, at=date(2026, 5, 1)) == ()
    assert between(without(ENDING, sunset="2026-06-01"), TO_ENDED) == ()
    assert between(ENDED, without(TO_ENDING, sunset="2026-06-02")) == ()
