"""What an idle connection may hold that the next exchange on it would take for its answer."""

import select
from collections.abc import Container
from typing import Any, Final

_CLOSED: Final = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class LeftoverError(Exception):
    """Nothing may be sent on this connection. `event`: what to count."""

    def __init__(self, event: str) -> None:
        super().__init__(event)
        self.event = event


def refuse_leftover(protocol: Any, seen: Container[Any]) -> None:
    """Asked just before the first byte is written, of aiohttp's protocol; raises LeftoverError. `seen`: used before.

    Looks at what was read already, and on a connection used before also at what the kernel holds: a stray answer can
    lie there unread for less than a turn of the event loop, and tell somebody that a write was carried out which was
    never delivered. An unread end is found too, before a write is lost to it. On a fresh connection unread bytes may
    be TLS's own.
    """
    if protocol.should_close:
        raise LeftoverError("unasked_answer")
    transport = protocol.transport
    sock = transport.get_extra_info("socket") if transport is not None and protocol in seen else None
    if sock is None:
        return
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN | _CLOSED)
    for _, flags in poll.poll(0):
        raise LeftoverError("closed_connection" if flags & _CLOSED else "unasked_answer")
