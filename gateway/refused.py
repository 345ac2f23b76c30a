"""How the wire answers by itself: its problems beside those of `gateway.head`, and the bytes of a refusal."""

import secrets
from collections.abc import Callable
from email.utils import formatdate
from typing import Final

from gateway import head
from gateway.cycle import write_head
from gateway.headers import REPEATED_HEADER
from policies.step import Header, Problem, Refusal

HEAD_TIMEOUT = Problem(
    "head-timeout",
    408,
    "The head of the request did not come in time",
    "Send request line and headers at once. The detail names the bound in seconds.",
)
TOO_MANY_CONNECTIONS = Problem(
    "too-many-connections",
    503,
    "The gateway holds as many connections as it may",
    "Try again after the seconds in Retry-After, and keep fewer connections open.",
)
NO_ANSWER = Problem(
    "no-answer",
    500,
    "The gateway did not make an answer",
    "This is a fault of the gateway. Give its operator the `instance` of this problem.",
)

refuses: tuple[Problem, ...] = (*head.refuses, HEAD_TIMEOUT, TOO_MANY_CONNECTIONS, NO_ANSWER, REPEATED_HEADER)
"""Every problem that is answered without the app, and that of `gateway.headers`, raised on the app's behalf."""

SLOW_READER: Final = "slow-reader"
"""Told to `OnRefused` where a connection is cut because its caller took nothing of the answer."""

_PROXY_STATUS = {
    500: b"tidewaiter; error=proxy_internal_error",
    503: b"tidewaiter; error=connection_limit_reached",
}
"""Registered tokens of RFC 9209, section 2.3."""

Render = Callable[[Problem, str, str, str], bytes]
"""(problem, detail, instance, correlation id) -> the body of a problem detail. `instance` is `urn:uuid:...`."""
OnRefused = Callable[[str, str, str], None]
"""(name of the problem, address of the caller, correlation id), for a log line and a metric.

Also called with SLOW_READER; the correlation id is empty where nobody was answered.
"""


def refusal_bytes(
    refusal: Refusal, render: Render, defaults: list[Header], correlation: str, *, bodiless: bool
) -> bytes:
    """The whole answer; with `bodiless`, its head alone (HEAD).

    The correlation id, a UUID, is `instance` and trace id as well: the log has one line of it, found by any of them.
    """
    body = render(refusal.problem, refusal.detail, f"urn:uuid:{correlation}", correlation)
    head_bytes = write_head(
        refusal.problem.status,
        [
            *(defaults or [(b"date", formatdate(usegmt=True).encode())]),
            (b"content-type", b"application/problem+json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"proxy-status", _PROXY_STATUS.get(refusal.problem.status, b"tidewaiter; error=http_request_error")),
            (b"x-correlation-id", correlation.encode()),
            (b"traceparent", f"00-{correlation.replace('-', '')}-{secrets.token_hex(8)}-00".encode()),
            *refusal.headers,
            (b"connection", b"close"),
        ],
    )
    return head_bytes if bodiless else head_bytes + body
