"""Headers that a gateway passes on neither way: its own, the connection's, a way around it, or a system's secret."""

from typing import Final

NEVER_SENT: Final = frozenset({
    b"accept", b"accept-encoding", b"api-version", b"authorization", b"baggage", b"connection", b"content-encoding",
    b"content-length", b"content-type", b"cookie", b"cookie2", b"expect", b"forwarded", b"host", b"http2-settings",
    b"keep-alive", b"max-forwards", b"mysapsso2", b"origin", b"proxy-authorization", b"proxy-connection", b"referer",
    b"sap-client", b"sap-user", b"te", b"traceparent", b"tracestate", b"trailer", b"transfer-encoding", b"upgrade",
    b"user-agent", b"via", b"x-api-key", b"x-contract-digest", b"x-correlation-id", b"x-csrf-token", b"x-entity",
    b"x-http-method", b"x-http-method-override", b"x-method-override", b"x-original-url", b"x-real-ip",
    b"x-rewrite-url",
})  # fmt: skip
"""Not even where a contract declares them."""

_BEGINNINGS: Final = (b"x-forwarded-", b"proxy-", b"sec-")


def may_be_sent(name: bytes) -> bool:
    """Whether a declared header of this name, in lower case, is passed on to a system."""
    name = name.replace(b"_", b"-")  # some systems read both as one
    return name not in NEVER_SENT and not name.startswith(_BEGINNINGS)


NEVER_ANSWERED: Final = frozenset({
    b"alt-svc", b"api-version", b"connection", b"content-encoding", b"content-length", b"deprecation", b"keep-alive",
    b"nel", b"proxy-authenticate", b"proxy-connection", b"proxy-status", b"ratelimit", b"ratelimit-policy",
    b"report-to", b"server", b"server-timing", b"set-cookie", b"set-cookie2", b"strict-transport-security", b"sunset",
    b"te", b"traceparent", b"tracestate", b"trailer", b"transfer-encoding", b"upgrade", b"via", b"www-authenticate",
    b"x-aspnet-version", b"x-aspnetmvc-version", b"x-correlation-id", b"x-csrf-token", b"x-powered-by",
})  # fmt: skip
"""Of a system's answer."""
_ANSWERED_BEGINNINGS: Final = (b"sap-", b"access-control-", b"proxy-")


def may_be_answered(name: bytes) -> bool:
    """Whether a declared header of this name, in lower case, is passed on to a caller."""
    return name not in NEVER_ANSWERED and not name.startswith(_ANSWERED_BEGINNINGS)
