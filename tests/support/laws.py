"""How often a law is tried: seldom where all tests run, TIDEWAITER_LAWS times as often in `make prove`."""

import os

from hypothesis import HealthCheck, settings

STEADY = "TIDEWAITER_LAWS_ANEW" not in os.environ
"""The same examples on each run, so that a run tells what changed; with TIDEWAITER_LAWS_ANEW=1 others are drawn."""
TIMES = int(os.environ.get("TIDEWAITER_LAWS", "1"))
ANY_SIZE = (HealthCheck.too_slow, HealthCheck.data_too_large)


def tried(examples: int, *allowed: HealthCheck) -> settings:
    """A law is tried with so many examples, times `TIMES`; `allowed` are checks of Hypothesis that do not matter to it."""
    return settings(
        max_examples=examples * TIMES, deadline=None, derandomize=STEADY, suppress_health_check=allowed, print_blob=True
    )
