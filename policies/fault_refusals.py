"""What callers are told of a system's fault: an answer and its class as a refusal, or nothing where the answer passes.

No detail names a host, a path of the system or anything that the system wrote; its status is told.
"""

import math
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from policies.fault_profile import Told
from policies.step import Header, Problem, Refusal
from policies.system_faults import SYSTEM_TIMEOUT

SYSTEM_THROTTLED = Problem(
    "system-throttled",
    503,
    "The system takes no more calls for now",
    "All who call this system together asked more of it than it allows; nothing was carried out. Call again after the "
    "seconds in Retry-After.",
)
SYSTEM_UNAVAILABLE = Problem(
    "system-unavailable",
    503,
    "The system is not available",
    "It says that it is overloaded or in maintenance. Call again after the seconds in Retry-After. For writes look at "
    "`effect`: where it is unknown, read before writing again.",
)
SYSTEM_FAILED = Problem(
    "system-failed",
    502,
    "The system failed at the call",
    "The system is at fault, not the call. For writes look at `effect`: where it is unknown, read before writing "
    "again. Report it with the correlation id.",
)
SYSTEM_REJECTED = Problem(
    "system-rejected",
    422,
    "A rule of the system's business says no",
    "The system told so in its own way, so its status is not passed on. Sending the same again will not help. For "
    "writes look at `effect`: where it is unknown, a part may have been carried out.",
)
SYSTEM_DENIED = Problem(
    "system-denied",
    502,
    "The system does not let the gateway do this",
    "The call is not at fault and was not carried out. The system's owner must look at the rights of the gateway's "
    "user, or at its session.",
)
RECORD_NOT_THERE = Problem(
    "record-not-there",
    404,
    "There is no such record",
    "Check the key. A record of another entity answers the same.",
)
refuses = (
    SYSTEM_THROTTLED, SYSTEM_UNAVAILABLE, SYSTEM_FAILED, SYSTEM_REJECTED, SYSTEM_DENIED, SYSTEM_TIMEOUT,
    RECORD_NOT_THERE,
)  # fmt: skip

_LONGEST_SECONDS = 86_400.0
_DEFAULT_SECONDS = 5.0
"""Where the system does not say when to come again."""
_GAVE_UP = frozenset({408, 504})


def refusal_of(
    told: Told, status: int, wait_seconds: float | None, *, safe: bool, named: bool = True
) -> Refusal | None:  # fmt: skip
    """The refusal for an answer of that meaning; None where it passes, for the contract to judge.

    What a business says by a status of 4xx passes, unless it may have changed something all the same: that has to be
    told; or unless it is said by a page. A 429 of the system never passes: it would read as the caller's own. `named`:
    the call names a record by its path; where it names none, that none is there is a fault of the system's address.
    """
    passes = 400 <= status < 500 and (safe or told.effect == "none") and not told.page
    match told.kind:
        case "transient.capacity":
            detail = f"The system answered {status}: too much was asked of it."
            return Refusal(SYSTEM_THROTTLED, detail, headers=_again_in(wait_seconds), fault="system")
        case "outage":
            detail = f"The system answered {status}."
            return Refusal(SYSTEM_UNAVAILABLE, detail, headers=_again_in(wait_seconds), fault="system")
        case "transient.network" if status in _GAVE_UP:
            return Refusal(SYSTEM_TIMEOUT, f"The system gave up on the call ({status}).", fault="system")
        case "auth" | "transient.session":
            return Refusal(SYSTEM_DENIED, f"The system answered {status}.", fault="gateway")
        case "business.rejected" | "contract.violation" if passes:
            return None
        case "business.rejected" if told.not_there and named:
            return Refusal(RECORD_NOT_THERE, fault="business")
        case "business.rejected" if told.not_there and told.page:
            detail = f"The system answered {status} by a page, to a call that names no record: look at its address."
            return Refusal(SYSTEM_FAILED, detail, fault="system")
        case "business.rejected":
            detail = f"The system answered {status}, with an error of its business inside."
            return Refusal(SYSTEM_REJECTED, detail, fault="business")
        case "contract.violation" if told.page and 400 <= status < 500:
            detail = f"The system answered {status} by a page: it does not take what was sent."
            return Refusal(SYSTEM_REJECTED, detail, fault="contract")
        case _:
            inside = ", with an error inside" if status < 400 else ""
            return Refusal(SYSTEM_FAILED, f"The system answered {status}{inside}.", fault="system")


def retry_after(headers: Sequence[Header], now: float) -> float | None:
    """The seconds of Retry-After (RFC 9110, section 10.2.3), as number or date; None where there is none to be read."""
    for name, value in headers:
        if name != b"retry-after":
            continue
        text = value.decode("latin-1").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return min(float(text), _LONGEST_SECONDS)
        try:
            date = parsedate_to_datetime(text)
            return min(max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now), _LONGEST_SECONDS)
        except (ValueError, OverflowError):
            return None
    return None


def _again_in(seconds: float | None) -> tuple[Header, ...]:
    return ((b"retry-after", str(max(1, math.ceil(_DEFAULT_SECONDS if seconds is None else seconds))).encode()),)
