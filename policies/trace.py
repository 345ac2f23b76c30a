"""Correlation id and W3C trace context: taken where well-formed, else made."""

import os
import re
import uuid
from collections.abc import Iterable

from policies.step import Call, Header

_CORRELATION = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._\-]{7,127}")
_TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE = b"0" * 32
_NO_PARENT = b"0" * 16


def correlation_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's X-Correlation-ID where given once and well-formed (8 to 128 of `A-Za-z0-9._-`), else a new one."""
    given = [value for name, value in headers if name == b"x-correlation-id"]
    if len(given) == 1 and _CORRELATION.fullmatch(given[0]):
        return given[0].decode()
    return uuid.uuid4().hex


def child_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A traceparent of our own span in the caller's trace (Trace Context, section 3.2), or in a new trace."""
    given = [value for name, value in headers if name == b"traceparent"]
    match = _TRACEPARENT.fullmatch(given[0]) if len(given) == 1 else None
    if match and match[1] != _NO_TRACE and match[2] != _NO_PARENT:
        return b"00-" + match[1] + b"-" + os.urandom(8).hex().encode() + b"-" + match[3]
    return b"00-" + os.urandom(16).hex().encode() + b"-" + os.urandom(8).hex().encode() + b"-00"


def attempt_of(traceparent: bytes) -> bytes:
    """The traceparent of one attempt at a system: same trace, a span of its own."""
    return traceparent[:36] + os.urandom(8).hex().encode() + traceparent[52:]


def sent_trace(call: Call) -> tuple[Header, Header]:
    """What every request to a system carries of the call that caused it: a span of its own, and the correlation id."""
    return (b"traceparent", attempt_of(call.traceparent)), (b"x-correlation-id", call.id.encode("ascii"))
