"""Waivers held against findings: what they cover, and what is found about the waivers themselves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from diff_findings import BREAKING

from contracts.written import Source
from governance.finding import Direction, Severity, Use
from governance.waiver import Waiver
from governance.waiver_files import Decided
from governance.waivers import Case, Subject, apply, too_wide

DAY = date(2026, 6, 1)
FAR = DAY + timedelta(days=90)
SUBJECT = Subject("orders", "1.1", frozenset({"shop", "edi"}))
USES = tuple(Use(m, p, Direction.REQUEST, "") for m, p in (("GET", "/orders"), ("POST", "/orders"), ("GET", "/items")))
FINDING = replace(BREAKING, rule="request-enum-narrowed", fingerprint="0123456789ab", reach=USES)
ALONE = replace(FINDING, fingerprint="0123456789ac", reach=(), method="", path="", rule="contract-version-changed")


def decided(name="one", **keys):
    keys = {
        "kind": "waiver", "api": "orders", "owner": "a@b.example", "reason": "It was agreed with all of them.",
        "until": FAR, "approved_by": ("the board",), **keys,
    }  # fmt: skip
    if "finding" not in keys and "rule" not in keys:
        keys["finding"] = FINDING.fingerprint
    return Decided(name, Source(f"decisions/{name}.yaml"), Waiver.model_validate(keys))


JUDGED = (FINDING.rule, ALONE.rule)


def held(*waivers, findings=(FINDING,), subject=SUBJECT, at=DAY, judged=JUDGED):
    done = apply([Case(tuple(findings), subject)], waivers, at, judged=judged)
    return done.cases[0], done


def rules_of(done):
    return [told.finding.rule for told in done.about]


def test_without_waivers_everything_is_as_it_was():
    (finding,), done = held()
    assert (finding, done.about, done.in_force) == (FINDING, (), ())


def test_a_fingerprint_lets_one_finding_pass():
    one = decided()
    (first, second), done = held(one, findings=(FINDING, ALONE))
    assert (first.waived, second.waived) == (("one",), ())
    assert replace(first, waived=()) == FINDING
    assert (done.in_force, done.about) == ((one,), ())


COVERS = [
    ({"finding": "0123456789ab"}, True),
    ({"finding": "0123456789ad"}, False),
    ({"finding": "0123456789ab", "rule": "request-*"}, True),
    ({"finding": "0123456789ab", "rule": "response-*"}, False),
    ({"api": "ord*"}, True),
    ({"api": "items"}, False),
    ({"versions": ["1.1"]}, True),
    ({"versions": ["1.*"]}, True),
    ({"versions": ["1.0", "2.*"]}, False),
    ({"paths": ["/orders", "/items"]}, True),
    ({"paths": ["/*"]}, True),
    ({"paths": ["/orders"]}, False),
    ({"methods": ["GET", "POST"]}, True),
    ({"methods": ["GET"]}, False),
    ({"consumers": ["shop", "edi"]}, True),
    ({"consumers": ["shop"]}, False),
    ({"consumers": ["other"]}, False),
    ({"rule": "request-enum-narrowed", "versions": ["1.1"]}, True),
    ({"rule": "request-*", "paths": ["/orders", "/items"]}, True),
    ({"rule": "response-*", "paths": ["/orders", "/items"]}, False),
]


@pytest.mark.parametrize(("keys", "covers"), COVERS)
def test_what_a_waiver_covers(keys, covers):
    (finding,), done = held(decided(**keys))
    assert bool(finding.waived) is covers
    assert bool(done.in_force) is covers


@pytest.mark.parametrize(
    ("keys", "still"),
    [
        ({"paths": ["/orders"]}, "it still counts for 1 of 3 operations"),
        ({"methods": ["POST"]}, "it still counts for 2 of 3 operations"),
        ({"consumers": ["shop"]}, "it still counts for edi"),
        ({"consumers": ["shop"], "methods": ["GET"]}, "it still counts for 1 of 3 operations and edi"),
    ],
)
def test_what_is_covered_in_part_counts_and_says_what_is_left(keys, still):
    (finding,), done = held(decided(**keys))
    assert finding.waived == ()
    assert finding.reason == f"waived in part (by one): {still}"
    assert (done.in_force, rules_of(done)) == ((), [])


def test_waivers_together_cover_what_none_covers_alone():
    parts = (
        decided("a", paths=["/orders"], consumers=["shop"]),
        decided("b", paths=["/orders"], consumers=["edi"]),
        decided("c", methods=["GET"], paths=["/items"]),
    )
    (finding,), _ = held(*parts)
    assert finding.waived == ("a", "b", "c")
    for left_out in range(3):
        (finding,), _ = held(*(one for number, one in enumerate(parts) if number != left_out))
        assert finding.waived == ()


def test_who_may_call_is_not_known_or_nobody():
    scoped = decided(consumers=["shop"])
    for subject in (replace(SUBJECT, consumers=None), replace(SUBJECT, consumers=frozenset())):
        (finding,), done = held(scoped, subject=subject)
        assert (finding.waived, rules_of(done)) == ((), ["waiver-unmatched"])


def test_a_finding_of_no_operation_is_covered_without_paths_only():
    (plain,), _ = held(decided(finding=ALONE.fingerprint), findings=(ALONE,))
    (placed,), _ = held(decided(finding=ALONE.fingerprint, paths=["/orders"]), findings=(ALONE,))
    assert (plain.waived, placed.waived) == (("one",), ())


def test_no_waiver_holds_where_the_api_is_not_known():
    for api in ("o*", "*"):
        (finding,), done = held(decided(api=api), subject=Subject("", "1.1"))
        assert (finding.waived, done.about) == ((), ())


def test_one_that_matches_nothing_is_a_finding():
    _, done = held(decided(finding="ffffffffffff"))
    (told,) = done.about
    assert (told.finding.rule, told.finding.severity) == ("waiver-unmatched", Severity.WARNING)
    assert told.file == "decisions/one.yaml"


def test_one_of_a_rule_that_was_not_judged_is_passed_over():
    for keys in ({"rule": "lifecycle-notice-short", "versions": ["1.1"]}, {"rule": "path-*", "paths": ["/orders"]}):
        assert rules_of(held(decided(**keys))[1]) == []
    assert rules_of(held(decided(finding="ffffffffffff", rule="lifecycle-notice-short"))[1]) == []
    assert rules_of(held(decided(finding="ffffffffffff", rule=FINDING.rule))[1]) == ["waiver-unmatched"]
    assert rules_of(held(decided(finding="ffffffffffff"), judged=())[1]) == []


def test_one_about_something_else_is_passed_over():
    for keys in ({"api": "items"}, {"versions": ["9.9"]}):
        assert rules_of(held(decided(**keys))[1]) == []


@pytest.mark.parametrize(
    ("days", "rule", "words"),
    [
        (400, "waiver-too-long", "to last 400 days"),
        (366, None, ""),
        (31, None, ""),
        (30, "waiver-ends-soon", "in 30 days, on 2026-07-01 (within 30 days)"),
        (8, "waiver-ends-soon", "(within 30 days)"),
        (7, "waiver-ends-soon", "(within 7 days)"),
        (2, "waiver-ends-soon", "(within 7 days)"),
        (1, "waiver-ends-soon", "in 1 day, on 2026-06-02 (within 1 day)"),
        (0, "waiver-ends-soon", "ends today"),
        (-1, "waiver-ended", "ended on 2026-05-31"),
        (-1000, "waiver-ended", "is still there"),
    ],
)
def test_the_end(days, rule, words):
    (finding,), done = held(decided(until=DAY + timedelta(days=days)))
    assert bool(finding.waived) is (days >= 0)
    assert rules_of(done) == ([rule] if rule else [])
    for told in done.about:
        assert words in told.finding.message
        assert told.finding.severity is (Severity.BREAKING if days < 0 else Severity.WARNING)


def test_an_end_long_past_asks_nothing_where_what_it_let_pass_is_gone():
    """Decisions stay in their folder for good."""
    _, done = held(decided(finding="ffffffffffff", until=DAY - timedelta(days=1)))
    assert done.about == ()


def test_stop_is_said_where_it_was_decided_only():
    ended = DAY - timedelta(days=1)
    (block,) = held(decided(until=ended))[1].about
    (stop,) = held(decided(until=ended, on_expiry="stop"))[1].about
    assert "answer that any more" not in block.finding.message
    assert "releases that rest on it do not answer that any more" in stop.finding.message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"api": "*"}, "every api"),
        ({"rule": "*", "paths": ["/orders"]}, "every rule"),
        ({"rule": "**"}, "every rule"),
        ({"rule": "request-*", "versions": ["1.1"]}, "many rules on every path"),
        ({"rule": "request-*", "paths": ["/orders", "/**"]}, "many rules on every path"),
        ({"rule": "request-*", "paths": ["**"]}, "many rules on every path"),
        ({"rule": "request-enum-narrowed"}, "every path of every version"),
        ({"rule": "request-enum-narrowed", "versions": ["*.*"]}, "every path of every version"),
        ({"rule": "request-enum-narrowed", "methods": ["GET", "POST"]}, "every path of every version"),
        ({"rule": "request-enum-narrowed", "paths": ["/*/**"]}, "every path of every version"),
        ({"rule": "request-enum-narrowed", "versions": ["1.1"]}, ""),
        ({"rule": "request-enum-narrowed", "paths": ["/orders/**"]}, ""),
        ({"rule": "request-enum-narrowed", "consumers": ["shop"]}, ""),
        ({"rule": "request-*", "paths": ["/orders"]}, ""),
        ({"finding": "0123456789ab"}, ""),
    ],
)
def test_too_wide(keys, words):
    one = decided(**keys)
    (finding,), done = held(one)
    assert words in too_wide(one.waiver)
    assert bool(too_wide(one.waiver)) is bool(words)
    if words:
        (told,) = done.about
        assert (finding.waived, told.finding.rule, told.finding.severity) == ((), "waiver-too-wide", Severity.BREAKING)
    else:
        assert "waiver-too-wide" not in rules_of(done)


def test_the_worst_about_waivers_comes_first():
    _, done = held(
        decided("a", finding="ffffffffffff"), decided("b", api="*"), decided("c", until=DAY - timedelta(days=1))
    )
    assert rules_of(done) == ["waiver-ended", "waiver-too-wide", "waiver-unmatched"]


def test_fingerprints_about_waivers_are_of_the_waiver():
    first, second = (held(decided(finding="ffffffffffff"), at=day)[1].about[0] for day in (DAY, DAY + timedelta(1)))
    other = held(decided("two", finding="ffffffffffff"))[1].about[0]
    assert first.finding.fingerprint == second.finding.fingerprint != other.finding.fingerprint
