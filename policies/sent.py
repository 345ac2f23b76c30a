"""What is noted of each exchange of a call while it is under way, for the access line; bounded, and no data in it."""

import time

from policies.step import MOST_SENT, Call, Exchange, Sent


def note_sent(exchange: Exchange) -> Sent:
    """The exchange begins now."""
    call = exchange.call
    sent = Sent(time.perf_counter(), exchange.method, exchange.own, exchange.waited_seconds)
    if call.attempts < MOST_SENT:
        call.sent.append(sent)
    call.attempts += 1
    return sent


def note_ended(call: Call, sent: Sent) -> None:
    """Its answer is there, or none will be."""
    sent.seconds = time.perf_counter() - sent.began
    call.upstream_seconds += sent.seconds


def note_waited(exchange: Exchange, began: float) -> None:
    """The exchange has waited for room since `began`, whether it found any or not."""
    exchange.waited_seconds = time.perf_counter() - began
    exchange.call.waited_seconds += exchange.waited_seconds


def note_fault(call: Call, kind: str) -> None:
    """What the product's profile made of the last answer."""
    if call.sent and call.attempts <= MOST_SENT:
        call.sent[-1].fault = kind
