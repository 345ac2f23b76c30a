"""`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), structured fields by http-sf.

Units are cost units of the plan; `w` and `t` are seconds. The month is said as 31 days. Limits of calls under way have
`qu="concurrent-requests"` and neither `w` nor `t`: nobody can tell when a call ends.
"""

import math
from collections.abc import Sequence
from typing import Any

import http_sf

from contracts.plans import CONCURRENCY, Plan
from policies.windows import SECOND_US, Taken

_SECONDS = {"hour": 3_600, "day": 86_400, "month": 31 * 86_400}


def policy_field(plan: Plan) -> bytes:
    """The value of RateLimit-Policy: rates, quotas, calls under way, in the order of the plan."""
    items: list[Any] = [(rate.name, {"q": rate.requests, "w": math.ceil(rate.window_seconds)}) for rate in plan.rates]
    items += [(quota.name, {"q": quota.requests, "w": _SECONDS[quota.window]}) for quota in plan.quotas]
    if plan.concurrency is not None:
        items.append((CONCURRENCY, {"q": plan.concurrency, "qu": "concurrent-requests"}))
    return http_sf.ser(items).encode("ascii")


def item_name(name: str) -> str:
    """The encoded name of one item of RateLimit, as far as its first parameter's value."""
    item: list[Any] = [(name, {"r": 0})]
    return http_sf.ser(item)[:-1]


def state_field(names: Sequence[str], each: Sequence[Taken]) -> bytes:
    """The value of RateLimit, from names made by `item_name`."""
    return ", ".join(
        [
            f"{name}{taken.remaining}" + (f";t={-(-taken.reset_us // SECOND_US)}" if taken.reset_us else "")
            for name, taken in zip(names, each, strict=True)
        ]
    ).encode("ascii")


def retry_after(retry_us: int) -> bytes:
    """The value of Retry-After: whole seconds, rounded up, at least 1."""
    return str(max(1, -(-retry_us // SECOND_US))).encode("ascii")
