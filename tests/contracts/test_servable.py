"""Operations that no gateway can serve as their contract states them: listed by `check`, answered with 501."""

import pytest

from contracts.contract import Operation, SchemeUse
from contracts.servable import BATCH, NEVER_SENT, NO_SECURITY, NOT_PROVABLE, TRACE, unservable
from contracts.views import Parameter


def use(kind):
    return SchemeUse(kind, kind, frozenset(), "")


def operation(*security, method="GET", path="/orders"):
    return Operation("op", method, path, "", (), None, {}, security, deprecated=False, extensions={})


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ((), None),
        (((),), None),
        (((use("oauth2"),),), None),
        (((use("bearer"), use("oauth2")),), None),
        (((use("api_key"),),), None),
        (((use("unsupported"),), (use("api_key"),)), None),
        (((use("unsupported"),), ()), None),
        (((use("unsupported"),),), NOT_PROVABLE),
        (((use("oauth2"), use("unsupported")),), NOT_PROVABLE),
        (((use("oauth2"), use("api_key")),), NOT_PROVABLE),
    ],
)
def test_security_that_nobody_can_prove(security, expected):
    """`basic` and `mutualTLS` are `unsupported` until an overlay maps them."""
    assert unservable(operation(*security)) is expected


def test_security_that_is_not_stated():
    stated = operation()
    assert unservable(stated) is None
    object.__setattr__(stated, "security", None)
    assert unservable(stated) is NO_SECURITY


def test_trace_and_batch():
    assert unservable(operation(method="TRACE")) is TRACE
    assert unservable(operation(method="POST", path="/svc/$batch")) is BATCH
    assert unservable(operation(method="POST", path="/svc/%24batch")) is BATCH
    assert unservable(operation(method="POST", path="/svc/$batch/x")) is None


@pytest.mark.parametrize(
    ("location", "name", "required", "expected"),
    [
        ("cookie", "session", True, NEVER_SENT),
        ("cookie", "session", False, None),
        ("header", "X-CSRF-Token", True, NEVER_SENT),
        ("header", "X_Forwarded_For", True, NEVER_SENT),
        ("header", "X-CSRF-Token", False, None),
        ("header", "If-Match", True, None),
        ("query", "cookie", True, None),
    ],
)
def test_what_a_system_never_gets_cannot_be_required(location, name, required, expected):
    """It would be demanded of the caller, judged, and dropped on the way."""
    parameter = Parameter(name, location, required, "simple", False, False, False, {"type": "string"}, {}, "")
    stated = Operation("op", "GET", "/orders", "", (parameter,), None, {}, (), deprecated=False, extensions={})
    assert unservable(stated) is expected
