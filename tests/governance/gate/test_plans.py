"""Plans held against each other: what lets through less, what more, and what says the same in other numbers."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.plans import Plan
from governance.changes.fields.limits import LOWERED, RAISED, shifts

CASES = yaml.safe_load((Path(__file__).parent / "plans.yaml").read_text())


def plan(told):
    rates = [
        {
            "name": name,
            "requests": requests,
            "window_seconds": window,
            "burst": burst,
            **({"per": per[0]} if per else {}),
        }
        for name, requests, window, burst, *per in told.get("rates", ())
    ]
    quotas = [dict(zip(("name", "requests", "window"), one, strict=True)) for one in told.get("quotas", ())]
    return Plan.model_validate({**told, "rates": rates, "quotas": quotas})


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_a_plan_beside_another(row):
    found = list(shifts(plan(row["was"]), plan(row["now"])))

    assert sorted(row.get("lower", [])) == sorted(one.about for one in found if one.rule == LOWERED)
    assert sorted(row.get("higher", [])) == sorted(one.about for one in found if one.rule == RAISED)
    for one in found:
        assert one.said


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["case"])
def test_the_way_back_is_the_other_way_about(row):
    there = {one.rule for one in shifts(plan(row["was"]), plan(row["now"]))}
    back = {one.rule for one in shifts(plan(row["now"]), plan(row["was"]))}

    assert {LOWERED: RAISED, RAISED: LOWERED}.keys() >= there
    assert back == {{LOWERED: RAISED, RAISED: LOWERED}[rule] for rule in there}


def passes(one, times):
    """Whether calls at these seconds keep a rate: GCRA as documented, in whole steps of time."""
    step, room = one.window_seconds / one.requests, one.at_once
    due = 0.0
    for time in times:
        due = max(due, time) + step
        if due - time > room * step + 1e-9:
            return False
    return True


RATES = st.builds(
    lambda requests, window, part: plan({"rates": [["a", requests, window, max(1, requests * part // 4)]]}),
    st.integers(1, 12), st.sampled_from([1, 2, 4, 8]), st.integers(0, 4),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(RATES, RATES, st.lists(st.integers(0, 20), max_size=12).map(sorted))
def test_calls_that_kept_a_rate_keep_one_that_is_not_lower(old, new, times):
    if passes(old.rates[0], times) and not any(one.rule == LOWERED for one in shifts(old, new)):
        assert passes(new.rates[0], times)
