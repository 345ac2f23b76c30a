"""The calendar: order, what comes next and when, who must be told, and each finding about a state."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from life import AT, COUNTED, SUCCESSOR, consumer, entity, landscape

from contracts.written import Source
from governance.lifecycle.calendar import calendar
from governance.lifecycle.moves import moves
from governance.lifecycle.rules import RULES
from governance.lifecycle.usage import usage_of
from governance.waiver import Waiver
from governance.waiver_files import Decided
from policies.ledger import AuditRecord, Ledger

ENDING = {"stage": "deprecated", "deprecated": "2026-01-01", "sunset": "2026-12-31", "successor": "1.1"}


def made(versions, at=AT, usage=COUNTED, waivers=(), **given):
    return calendar(landscape(versions, **given), at, usage, waivers=waivers)


def rules_of(found):
    return [told.finding.rule for told in found.findings]


def test_what_comes_first_is_at_the_top():
    versions = {
        "1.0": {"stage": "retired", "deprecated": "2024-01-01", "sunset": "2025-03-01"},
        "1.1": {"stage": "deprecated", "deprecated": "2025-01-01"},
        "1.2": ENDING,
        "1.10": {"stage": "active", "deprecated": "2026-07-01", "sunset": "2027-07-01"},
        "2.0": {"stage": "active"},
        "2.1": {"stage": "preview"},
        "3.0": {"stage": "draft"},
    }
    rows = made(versions).rows
    assert [(row.version, row.next, str(row.when)) for row in rows] == [
        ("1.0", "absent", "2026-03-01"), ("1.10", "deprecated", "2026-07-01"), ("1.2", "retired", "2026-12-31"),
        ("1.1", "retired", "None"), ("2.0", None, "None"), ("2.1", None, "None"), ("3.0", None, "None"),
    ]  # fmt: skip


PEOPLE = {
    "pinned": consumer("pinned", pinned=["orders@1.0"], apis=["orders"]),
    "inside": consumer("inside", audience="internal"),
    "outside": consumer("outside", audience="public"),
    "unsubscribed": consumer("unsubscribed", apis=["other"]),
    "elsewhere": consumer("elsewhere", entities=["south"]),
    "asleep": consumer("asleep", suspended_since="2026-01-01T00:00:00Z"),
}
FIRMS = {
    "north": entity("north", "orders@1.0", "orders@1.1"),
    "south": entity("south", "orders@1.0", "orders@1.1", stage="candidate"),
    "west": entity("west", "orders@1.1"),
}


def test_who_may_call_must_be_told():
    found = made({"1.0": ENDING, "1.1": SUCCESSOR}, consumers=PEOPLE, entities=FIRMS)
    first, second = found.rows
    assert [(one.consumer, one.pinned, one.suspended) for one in first.callers] == [
        ("asleep", False, True), ("inside", False, False), ("pinned", True, False),
    ]  # fmt: skip
    assert first.entities == (("north", "north@b.example"),)
    assert first.told == ("asleep@b.example", "inside@b.example", "pinned@b.example", "north@b.example")
    assert second.told == ()
    assert len(second.callers) == 3


@pytest.mark.parametrize(
    ("visibility", "names"),
    [("public", {"asleep", "inside", "outside", "pinned"}), ("internal", {"inside", "pinned"})],
)
def test_visibility_decides_who_may_call(visibility, names):
    found = made({"1.0": ENDING, "1.1": SUCCESSOR}, consumers=PEOPLE, entities=FIRMS, visibility=visibility)
    assert {one.consumer for one in found.rows[0].callers} == names


def test_a_draft_has_no_callers():
    assert made({"1.0": {"stage": "draft"}}).rows[0].callers == ()


def test_each_condition_is_shown_as_it_stands():
    (row, _) = made({"1.0": ENDING, "1.1": SUCCESSOR}, consumers=PEOPLE).rows
    assert [(one.condition.value, one.outcome) for one in row.held] == [
        ("sunset-passed", "fails"), ("notice-given", "holds"), ("successor-served", "holds"),
        ("nobody-pinned", "fails"), ("no-traffic", "holds"),
    ]  # fmt: skip


def life(**keys):
    return {key: value for key, value in {**ENDING, **keys}.items() if value is not None}


FOUND = [
    ({"1.0": ENDING, "1.1": SUCCESSOR}, []),
    ({"1.0": life(sunset="2026-06-29"), "1.1": SUCCESSOR}, ["lifecycle-notice-short", "lifecycle-sunset-near"]),
    ({"1.0": life(sunset="2026-06-30"), "1.1": SUCCESSOR}, []),
    ({"1.0": life(sunset=None), "1.1": SUCCESSOR}, ["lifecycle-sunset-missing"]),
    ({"1.0": life(successor=None), "1.1": SUCCESSOR}, ["lifecycle-successor-missing"]),
    ({"1.0": life(successor="9.9"), "1.1": SUCCESSOR}, ["lifecycle-successor-unknown"]),
    ({"1.0": ENDING, "1.1": {"stage": "retired"}, "1.2": SUCCESSOR}, ["lifecycle-successor-retired"]),
    ({"1.0": ENDING, "1.1": {"stage": "draft"}, "0.9": SUCCESSOR},
     ["lifecycle-newest-deprecated", "lifecycle-successor-not-served"]),
    ({"1.0": ENDING, "1.1": {"stage": "preview"}}, ["lifecycle-none-active", "lifecycle-successor-not-served"]),
    ({"1.0": ENDING, "1.1": SUCCESSOR, "1.10": SUCCESSOR}, ["lifecycle-successor-older"]),
    ({"1.0": life(stage="active", deprecated="2026-06-01"), "1.1": SUCCESSOR}, ["lifecycle-deprecation-due"]),
    ({"1.0": life(stage="active", deprecated="2026-06-02"), "1.1": SUCCESSOR}, []),
    ({"1.0": life(sunset="2026-06-01", deprecated="2025-01-01"), "1.1": SUCCESSOR}, ["lifecycle-sunset-passed"]),
    ({"1.0": {"stage": "retired", "successor": "1.1"}, "1.1": {"stage": "retired"}}, ["lifecycle-successor-retired"]),
    ({"1.0": {"stage": "retired", "successor": "1.1"}, "1.1": {"stage": "draft"}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("versions", "rules"), FOUND)
def test_findings_about_a_state(versions, rules):
    found = made(versions)
    assert sorted(rules_of(found)) == rules
    breaking = [rule for rule in rules_of(found) if RULES[rule].severity.value == "breaking"]
    assert found.exit_code == (1 if breaking else 0)


def test_an_entity_that_lags_behind():
    found = made({"1.0": ENDING, "1.1": SUCCESSOR}, entities={"north": entity("north", "orders@1.0")})
    (told,) = found.findings
    assert told.finding.message == "orders@1.0 is offered by north, and its successor 1.1 is not"


def test_a_consumer_that_is_pinned():
    (told,) = made({"1.0": ENDING, "1.1": SUCCESSOR}, consumers=PEOPLE).findings
    assert told.finding.rule == "lifecycle-pinned"
    assert "pinned@b.example" in told.finding.message


@pytest.mark.parametrize(("days", "within"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 1)])
def test_an_end_that_is_near_and_not_prepared(days, within):
    at = date(2026, 12, 31) - timedelta(days=days)
    versions = {"1.0": ENDING, "1.1": SUCCESSOR}
    assert made(versions, at).findings == ()
    near = [told for told in made(versions, at, consumers=PEOPLE).findings if told.finding.rule != "lifecycle-pinned"]
    assert [told.finding.rule for told in near] == (["lifecycle-sunset-near"] if within else [])
    for told in near:
        assert f"(within {within} day" in told.finding.message
        assert "nobody-pinned: pinned to it: pinned" in told.finding.message


def test_terms_of_the_workspace_count():
    short = {"1.0": life(sunset="2026-02-01"), "1.1": SUCCESSOR}
    assert "lifecycle-notice-short" in rules_of(made(short))
    assert "lifecycle-notice-short" not in rules_of(made(short, terms={"notice_days": {"partner": 31}}))


def waiver(name="one", **keys):
    keys = {
        "kind": "waiver", "api": "orders", "owner": "a@b.example", "reason": "The only caller has agreed.",
        "until": AT + timedelta(days=99), "approved_by": ["the board"], **keys,
    }  # fmt: skip
    return Decided(name, Source(f"decisions/{name}.yaml"), Waiver.model_validate(keys))


def test_waivers_let_findings_pass():
    short = {"1.0": life(sunset="2026-06-29"), "1.1": SUCCESSOR}
    waived = made(short, waivers=[waiver(rule="lifecycle-notice-short", versions=["1.0"])])
    (told,) = [one for one in waived.findings if one.finding.rule == "lifecycle-notice-short"]
    assert (told.finding.waived, waived.exit_code) == (("one",), 0)
    assert made(short, waivers=[waiver(rule="lifecycle-notice-short", versions=["1.1"])]).exit_code == 1
    by_print = made(short, waivers=[waiver(finding=told.finding.fingerprint)])
    assert by_print.exit_code == 0
    too_wide = made(short, waivers=[waiver(rule="lifecycle-*")])
    assert (too_wide.exit_code, [one.finding.rule for one in too_wide.about]) == (1, ["waiver-too-wide"])


def test_waivers_of_a_diff_are_not_its_business():
    found = made({"1.0": ENDING, "1.1": SUCCESSOR}, waivers=[waiver(rule="path-*"), waiver("two", finding="f" * 12)])
    assert (found.about, found.exit_code) == ((), 0)


def test_what_a_ledger_shows_of_usage(tmp_path):
    path = tmp_path / "ledger.sqlite"
    now = time.time()
    today = datetime.fromtimestamp(now, UTC).date()
    ledger = Ledger(path, lambda: None)
    record = AuditRecord(now, "c", "shop", "k", "::1", "not-allowed", 403, "orders", "1.0", "o", "north", "gateway", "")
    ledger.refused(record)
    ledger.refused(replace(record, version="", problem="not-found"))
    ledger.would_refuse(now, "edi", "orders", "1.0", "o", (("request", "maxLength"),))
    ledger.would_refuse(now - 40 * 86_400, "edi", "orders", "1.1", "o", (("request", "maxLength"),))
    assert ledger.flush()
    ledger.close()

    usage = usage_of(path, today)

    assert set(usage.seen) == {("orders", "1.0"), ("orders", "1.1")}
    state, said = usage.asked("orders", "1.0", 30, today + timedelta(days=1))
    assert state == "called"
    assert "edi, shop" in said
    for version in ("1.1", "9.9"):
        state, said = usage.asked("orders", version, 30, today + timedelta(days=1))
        assert (state, "no others" in said) == ("unknown", True)
    assert usage_of(tmp_path / "none.sqlite", today).asked("orders", "1.0", 30, today)[0] == "unknown"
    (tmp_path / "bad.sqlite").write_bytes(b"no database at all")
    assert "cannot be read" in usage_of(tmp_path / "bad.sqlite", today).asked("orders", "1.0", 30, today)[1]


def test_every_rule_about_a_state_is_in_the_table_and_found_by_a_test():
    found = {rule for _, rules in FOUND for rule in rules} | {"lifecycle-pinned", "lifecycle-sunset-near"}
    of_moves = {
        "lifecycle-move-not-allowed", "lifecycle-condition-fails", "lifecycle-condition-unknown",
        "lifecycle-sunset-earlier", "lifecycle-sunset-withdrawn", "lifecycle-deprecation-backdated",
        "lifecycle-successor-withdrawn", "lifecycle-terms-weaker",
    }  # fmt: skip
    assert found | of_moves == set(RULES)
    assert moves(landscape({"1.0": ENDING}), landscape({"1.0": ENDING}), AT) == ()
