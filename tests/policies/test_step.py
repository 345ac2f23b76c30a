"""Spans end once, by one owner, and run what hangs on them whatever fails."""

from policies.step import Span


def test_closers_run_last_in_first_out_with_the_end():
    span, seen = Span(), []
    span.on_close(lambda end: seen.append(("first", end)))
    span.on_close(lambda end: seen.append(("second", end)))

    span.close("cut")

    assert seen == [("second", "cut"), ("first", "cut")]


def test_a_second_close_does_nothing():
    span, seen = Span(), []
    span.on_close(seen.append)
    span.close("complete")

    span.close("left")

    assert (seen, span.end) == (["complete"], "complete")


def test_too_late_is_at_once():
    span, seen = Span(), []
    span.close("left")

    span.on_close(seen.append)

    assert seen == ["left"]


def test_one_failing_closer_does_not_stop_the_others():
    span, seen = Span(), []
    span.on_close(seen.append)
    span.on_close(lambda end: 1 / 0)

    span.close("complete")

    assert seen == ["complete"]
