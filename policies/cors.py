"""Which browser origins may call (Fetch standard, CORS protocol). Default: none."""

from collections.abc import Callable

from contracts.settings import Cors
from policies.step import Answer, Call, Header, Problem, Refusal

ORIGIN_DENIED = Problem(
    "origin-denied",
    403,
    "Calls from this browser origin are not allowed",
    "Call from a server, or ask for the origin to be added to `cors.origins` in tidewaiter.yaml.",
)
refuses = (ORIGIN_DENIED,)

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_EXPOSED = (
    b"API-Version, Deprecation, ETag, Link, Location, Proxy-Status, RateLimit, RateLimit-Policy, "
    b"Retry-After, Sunset, X-Correlation-ID"
)


def bind_cors(cors: Cors) -> Callable[[Call], Answer | None]:
    """A front function: the answer to a preflight, or None for a call that goes on (with its headers set)."""
    origins = frozenset(origin.rstrip("/").encode() for origin in cors.origins)
    allowed = (
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", ", ".join(cors.headers).encode()),
        (b"access-control-max-age", str(cors.max_age_seconds).encode()),
    )

    def check(call: Call) -> Answer | None:
        origin = call.headers.get(b"origin")
        if origin is None:
            return None
        preflight = call.method == "OPTIONS" and b"access-control-request-method" in call.headers
        if origin not in origins:
            if preflight:
                raise Refusal(ORIGIN_DENIED, fault="gateway")
            return None  # the browser withholds the answer; a call from a server may carry any Origin
        mine: tuple[Header, ...] = ((b"access-control-allow-origin", origin),)
        if preflight:
            return Answer(204, [*mine, *allowed])
        call.answer_headers.extend((*mine, (b"access-control-expose-headers", _EXPOSED)))
        return None

    return check
