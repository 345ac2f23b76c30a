"""Correlation and trace context: taken where well-formed, else made."""

import re

import pytest

from policies.trace import attempt_of, child_of, correlation_of

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = b"00-" + TRACE + b"-00f067aa0ba902b7-01"


def test_a_well_formed_correlation_id_is_kept():
    assert correlation_of([(b"x-correlation-id", b"order-4711.retry_2")]) == "order-4711.retry_2"


@pytest.mark.parametrize("value", [b"short", b"x" * 129, b"has space in it", b"<script>alert", b"-leading-hyphen", b""])
def test_any_other_is_replaced(value):
    assert re.fullmatch("[0-9a-f]{32}", correlation_of([(b"x-correlation-id", value)]))


def test_two_are_replaced():
    assert correlation_of([(b"x-correlation-id", b"abcdefgh")] * 2) != "abcdefgh"


def test_the_callers_trace_goes_on_in_a_span_of_our_own():
    made = child_of([(b"traceparent", GIVEN)])

    assert (made[:36], made[52:]) == (b"00-" + TRACE + b"-", b"-01")
    assert made != GIVEN


@pytest.mark.parametrize(
    "value",
    [
        b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01",
        b"00-" + TRACE + b"-" + b"0" * 16 + b"-01",
        b"ff-" + TRACE + b"-00f067aa0ba902b7-01",
        GIVEN.upper(),
        GIVEN + b"-more",
        b"",
    ],
)
def test_a_malformed_trace_is_replaced(value):
    made = child_of([(b"traceparent", value)])

    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-00", made)
    assert TRACE not in made


def test_each_attempt_has_a_span_of_its_own():
    first, second = attempt_of(GIVEN), attempt_of(GIVEN)

    assert first != second
    assert first[:36] == second[:36] == GIVEN[:36]
    assert first[52:] == b"-01"
