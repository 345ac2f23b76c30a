"""What one of several processes grants is told: to who starts the gateway, and to the caller who meets it."""

import pytest

from contracts.plans import Plan
from contracts.settings import Settings
from policies.limit_shares import share_lines

MEMORY = {"name": "t", "public_url": "https://api.example.com", "store": {"kind": "memory"}}
REDIS = {**MEMORY, "store": {"kind": "redis", "url": "secret:STORE_URL"}}
PLANS = {
    "basic": Plan.model_validate(
        {
            "rates": [{"name": "per-minute", "requests": 600, "window_seconds": 60, "burst": 20}],
            "quotas": [{"name": "daily", "requests": 1001, "window": "day"}],
            "concurrency": 1,
        }
    ),
    "free": Plan(),
}


def test_two_workers_in_memory():
    head, basic = share_lines(Settings.model_validate(MEMORY), PLANS, 2)

    assert head.startswith("limits are counted in memory: each of 2 workers grants its share, 1/2 of every limit")
    assert basic == (
        "  plan basic: per-minute 10 of 20 at once, daily 500 of 1001 in each day, "
        "concurrency 0 of 1 under way (every call is refused)"
    )


def test_one_worker_of_several_replicas():
    settings = Settings.model_validate({**MEMORY, "store": {"kind": "memory", "replicas": 4}})

    assert "each of 4 processes (1 worker x 4 replicas) grants its share, 1/4" in share_lines(settings, PLANS, 1)[0]


@pytest.mark.parametrize(
    ("settings", "plans", "workers"), [(MEMORY, PLANS, 1), (REDIS, PLANS, 2), (MEMORY, {"free": Plan()}, 2)]
)
def test_nothing_is_divided(settings, plans, workers):
    assert share_lines(Settings.model_validate(settings), plans, workers) == []
