"""Collects every problem that the policies declare, renders it (RFC 9457), and says who is at fault (RFC 9209)."""

import json
from collections.abc import Mapping
from typing import Any

from gateway import wire
from policies import cors, identify, limits, maintenance, order, select, stops, suspensions
from policies import forwarded as forwarded_policy
from policies.step import Answer, Call, Header, Problem, Refusal

INTERNAL = Problem(
    "internal-error",
    500,
    "The gateway failed",
    "This is a fault of the gateway. Report it with the correlation id. For writes look at `effect`.",
)
BODY_TIMEOUT = Problem(
    "body-timeout",
    408,
    "The request body did not arrive in time",
    "Send the body without pauses, on a new connection.",
)
UNSAFE_PATH = Problem(
    "unsafe-path",
    400,
    "The path cannot be read in one way only",
    "Leave out dot segments, empty segments, backslashes, `;`, control characters and double encoding; "
    "an encoded slash may stand inside a quoted OData key only.",
)
EMPTY_CHOICE = Problem(
    "empty-choice",
    400,
    "A header that chooses holds nothing",
    "Give X-Entity or API-Version a value, or leave the header out.",
)
_OWN = (INTERNAL, BODY_TIMEOUT, UNSAFE_PATH, EMPTY_CHOICE)


FRONT: Mapping[str, tuple[Problem, ...]] = {
    "wire": wire.refuses,
    "forwarded": forwarded_policy.refuses,
    "preflight": cors.refuses,
    "limit per address": limits.address_refuses,
    "path": (EMPTY_CHOICE, UNSAFE_PATH),
    "identify": identify.refuses,
    "select": select.refuses,
}
"""What is asked before a route is known, in its order (`gateway.app`)."""
ROUTED: Mapping[str, tuple[Problem, ...]] = {
    "suspensions": suspensions.refuses,
    "approval": stops.refuses,
    "maintenance": maintenance.refuses,
    **{policy.__module__.rpartition(".")[2]: policy.refuses for policy in (*order.ROUTE, order.JOINT, *order.SYSTEM)},
    "transport": order.TRANSPORT_REFUSES,
}
"""What is asked once the route is known, in its order."""


_OF_PINS, _OF_ODATA = "selectors", "options"


def step_of(problem: str, *, routed: bool, pinned: bool = False, odata: bool = False) -> str:
    """The step that refuses with it; `routed`: the call had its route. `gateway` where no step does.

    Of several, the first that looks at such a call: what only looks at queries of OData passes others on.
    """
    idle = {_OF_PINS} if odata and not pinned else set() if odata else {_OF_PINS, _OF_ODATA}
    parts = (ROUTED, FRONT) if routed else (FRONT, ROUTED)
    for part in parts:
        found = [name for name, problems in part.items() if any(one.name == problem for one in problems)]
        if found:
            return next((name for name in found if name not in idle), found[0])
    return "body" if problem == BODY_TIMEOUT.name else "gateway"


def _collect() -> dict[str, Problem]:
    """Problems by name. Raises ValueError where two of the same name differ."""
    found: dict[str, Problem] = {}
    for part in (*FRONT.values(), *ROUTED.values(), _OWN):
        for problem in part:
            if found.setdefault(problem.name, problem) != problem:
                raise ValueError(f"two problems named {problem.name}")
    return found


PROBLEMS: dict[str, Problem] = _collect()

_PROXY_ERROR = {
    "system-unreachable": "connection_refused",
    "system-timeout": "http_response_timeout",
    "system-busy": "connection_limit_reached",
    "system-answer-broken": "http_protocol_error",
    "internal-error": "proxy_internal_error",
    "not-served": "proxy_configuration_error",
}
"""Registered tokens of RFC 9209, section 2.3, where one says more than the status does."""


def proxy_status(refusal: Refusal) -> bytes:
    """The value of Proxy-Status for a refusal of the gateway; never names the next hop."""
    problem = refusal.problem
    token = refusal.proxy_error or _PROXY_ERROR.get(problem.name)
    if token is None:
        if problem.status in (401, 403, 429):
            token = "http_request_denied"  # noqa: S105 - a token of RFC 9209
        elif problem.status < 500:
            token = "http_request_error"  # noqa: S105
        else:
            token = "http_protocol_error" if problem.status == 502 else "destination_unavailable"
    return f"tidewaiter; error={token}".encode()


def body_of(base: str, problem: Problem, instance: str, correlation: str, detail: str = "", **members: Any) -> bytes:
    """The problem detail as bytes. `base` ends with `/`, `instance` is a URI; empty members are left out.

    Without a detail of its own a problem says what may be done about it, as its page does.
    """
    content: dict[str, Any] = {
        "type": base + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": detail or problem.remedy,
        "instance": instance,
        "correlation": correlation,
        **members,
    }
    return json.dumps({k: v for k, v in content.items() if v not in ("", (), None)}, ensure_ascii=False).encode()


def render(base: str, refusal: Refusal, call: Call) -> Answer:
    """A refusal as an answer. For unsafe methods it says what the call did to the system."""
    unsafe = call.method not in ("GET", "HEAD", "OPTIONS")
    body = body_of(
        base, refusal.problem, f"urn:uuid:{call.uuid}", call.id, refusal.detail,
        fault=refusal.fault, effect=call.effect if unsafe else "", errors=refusal.errors, **refusal.members,
    )  # fmt: skip
    headers: list[Header] = [
        (b"content-type", b"application/problem+json"),
        (b"proxy-status", proxy_status(refusal)),
        *refusal.headers,
    ]
    return Answer(refusal.problem.status, headers, body)
