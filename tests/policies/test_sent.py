"""What is noted of the exchanges of a call: bounded, and each with its own wait."""

import time

from policies.sent import note_ended, note_fault, note_sent, note_waited
from policies.step import MOST_SENT, Call, Exchange, Span


def exchange(call, method="GET", **more):
    return Exchange(call, method, b"/p", (), b"", safe=method == "GET", span=Span(), **more)


def a_call():
    return Call(id="c-1", uuid="u", method="GET", path=b"/p", query=b"", headers={}, read=None, span=Span())


def test_one_exchange():
    call = a_call()
    one = exchange(call, "POST", own=True)
    note_waited(one, time.perf_counter() - 2)
    sent = note_sent(one)
    sent.status = 200
    note_ended(call, sent)
    note_fault(call, "outage")

    assert call.attempts == 1
    assert call.sent == [sent]
    assert (sent.method, sent.own, sent.status, sent.fault) == ("POST", True, 200, "outage")
    assert 2 <= sent.waited_seconds == call.waited_seconds < 3
    assert 0 < sent.seconds == call.upstream_seconds < 1


def test_waits_add_up_and_belong_to_their_exchange():
    call = a_call()
    for seconds in (1, 2):
        one = exchange(call)
        note_waited(one, time.perf_counter() - seconds)
        note_ended(call, note_sent(one))

    assert [round(sent.waited_seconds) for sent in call.sent] == [1, 2]
    assert round(call.waited_seconds) == 3


def test_a_wait_is_not_told_of_the_next_attempt():
    one = exchange(a_call())
    note_waited(one, time.perf_counter() - 1)

    assert one.again().waited_seconds == 0


def test_the_list_is_bounded_and_all_are_counted():
    call = a_call()
    for _ in range(MOST_SENT + 5):
        sent = note_sent(exchange(call))
        note_ended(call, sent)
    note_fault(call, "outage")

    assert (len(call.sent), call.attempts) == (MOST_SENT, MOST_SENT + 5)
    assert {one.fault for one in call.sent} == {""}, "a fault is never told of another exchange"


def test_a_fault_before_anything_was_sent_is_told_of_nothing():
    call = a_call()
    note_fault(call, "outage")

    assert call.sent == []
