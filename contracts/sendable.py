"""Headers of a caller that reach no system: owned by the gateway, by the connection, or a way around the gateway."""

from typing import Final

NEVER_SENT: Final = frozenset({
    b"accept", b"accept-encoding", b"api-version", b"authorization", b"baggage", b"connection", b"content-encoding",
    b"content-length", b"content-type", b"cookie", b"cookie2", b"expect", b"forwarded", b"host", b"http2-settings",
    b"keep-alive", b"max-forwards", b"mysapsso2", b"origin", b"proxy-authorization", b"proxy-connection", b"referer",
    b"sap-client", b"sap-user", b"te", b"traceparent", b"tracestate", b"trailer", b"transfer-encoding", b"upgrade",
    b"user-agent", b"via", b"x-api-key", b"x-correlation-id", b"x-csrf-token", b"x-entity", b"x-http-method",
    b"x-http-method-override", b"x-method-override", b"x-original-url", b"x-real-ip", b"x-rewrite-url",
})  # fmt: skip
"""Not even where a contract declares them."""

_BEGINNINGS: Final = (b"x-forwarded-", b"proxy-", b"sec-")


def may_be_sent(name: bytes) -> bool:
    """Whether a declared header of this name, in lower case, is passed on to a system."""
    name = name.replace(b"_", b"-")  # some systems read both as one
    return name not in NEVER_SENT and not name.startswith(_BEGINNINGS)
