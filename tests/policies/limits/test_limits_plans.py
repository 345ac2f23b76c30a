"""Plans that could not be kept are refused when they are read, in words that say what to write."""

import pytest
from pydantic import ValidationError

from contracts.plans import Plan, Rate


def test_the_published_bound_of_a_rate():
    assert Rate(name="a", requests=100, window_seconds=60).most_in_a_window == 199
    assert Rate(name="a", requests=100, window_seconds=60, burst=1).most_in_a_window == 100
    assert Rate(name="a", requests=100, window_seconds=60, burst=10).most_in_a_window == 109


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"rates": [{"name": "a", "requests": 5, "window_seconds": 1, "burst": 6}]}, "burst 6 is more than requests 5"),
        ({"rates": [{"name": "a", "requests": 200_000, "window_seconds": 1}]}, "at most 100000 requests a second"),
        ({"rates": [{"name": "a", "requests": 5, "window_seconds": 1, "per": []}]}, "at least 1 item"),
        ({"quotas": [{"name": "a", "requests": 5, "window": "day"}] * 2}, "two limits are named a"),
        (
            {"quotas": [{"name": "concurrency", "requests": 5, "window": "day"}], "concurrency": 2},
            "two limits are named concurrency",
        ),
        (
            {"rates": [{"name": "a", "requests": 5, "window_seconds": 1}], "costs": {"o:x": 6}},
            "o:x costs 6, and a never holds more than 5",
        ),
        (
            {"quotas": [{"name": "q", "requests": 5, "window": "day"}], "costs": {"o:x": 6}},
            "o:x costs 6, and q never holds more than 5",
        ),
        ({"costs": {"o:x": -1}}, "greater than or equal to 0"),
        ({"concurrency": 0}, "greater than or equal to 1"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(content, told):
    with pytest.raises(ValidationError) as caught:
        Plan.model_validate(content)
    assert told in str(caught.value)
