"""Announced times of a system."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from contracts.maintenance import MaintenanceWindow, ahead
from contracts.systems import System
from policies.maintenance import check_maintenance
from policies.step import Refusal

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def window(start, hours=2.0):
    begin = NOON + timedelta(hours=start)
    return MaintenanceWindow.model_validate(
        {"from": begin, "until": begin + timedelta(hours=hours), "note": f"{start}"}
    )


def test_shown_ahead_are_those_that_are_open_or_near_the_next_first():
    windows = (window(300), window(24), window(-1), window(-5), window(160))
    assert [w.note for w in ahead(windows, NOON)] == ["-1", "24", "160"]


@pytest.mark.parametrize(
    "written",
    [
        {"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-02T00:00:00", "until": "2026-01-03T00:00:00"},
        {"begin": "2026-01-02T00:00:00Z", "until": "2026-01-03T00:00:00Z"},
    ],
)
def test_windows_run_forwards_and_say_their_offset(written):
    with pytest.raises(ValidationError):
        MaintenanceWindow.model_validate(written)


@pytest.fixture
def system():
    windows = [{"from": NOON.isoformat(), "until": (NOON + timedelta(hours=2)).isoformat()}]
    return System.model_validate({"owner": "it", "url": "http://127.0.0.1", "maintenance": windows})


@pytest.mark.parametrize(("seconds", "retry"), [(0, b"7200"), (7199.5, b"1"), (3600.5, b"3600")])
def test_refused_while_it_lasts_and_told_when_it_ends(seconds, retry, system):
    with pytest.raises(Refusal) as refused:
        check_maintenance(system, NOON.timestamp() + seconds)
    assert refused.value.headers == ((b"retry-after", retry),)


@pytest.mark.parametrize("seconds", [-0.001, 7200])
def test_not_refused_before_and_after(seconds, system):
    check_maintenance(system, NOON.timestamp() + seconds)
