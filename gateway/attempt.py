"""One exchange under way: how far it is, and how long it may wait for what. No sockets."""

import asyncio
from collections.abc import AsyncIterator

from contracts.systems import Timeouts
from policies.step import CallerLeft, Exchange, Refusal
from policies.system_faults import timed_out

_PIECE_BYTES = 65_536
"""Larger bodies are handed over in pieces, so that a slow system holds up nobody else."""
_CONNECTION = "did not accept a connection"


class Attempt:
    """Whoever waits for an answer lends the attempt a timeout; each stage sets it anew. All times in seconds."""

    __slots__ = (
        "_loop", "_timeouts", "_total_at", "_watch", "answered", "exchange", "operation_at", "reused", "sent",
        "source_error", "uploaded", "waiting_for",
    )  # fmt: skip

    def __init__(self, exchange: Exchange, timeouts: Timeouts) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._watch: asyncio.Timeout | None = None
        started = self._loop.time()
        self._total_at = started + timeouts.total_seconds
        self.operation_at = started + timeouts.operation_seconds
        self.exchange = exchange
        self.sent = False
        """Whether the system may have read something of the message."""
        self.reused = False
        """Whether the connection had carried another exchange before."""
        self.answered = False
        self.uploaded = True
        self.source_error: BaseException | None = None
        """What went wrong while the caller's body was read."""
        self.waiting_for = (_CONNECTION, timeouts.connect_seconds)

    def lend(self, watch: asyncio.Timeout) -> None:
        """From here on `watch` ends the waiting."""
        self._watch = watch
        self._wait(*self.waiting_for)

    def take_back(self) -> None:
        """Nobody waits any more."""
        self._watch = None

    def _wait(self, what: str, seconds: float) -> None:
        until = self._loop.time() + seconds
        if until > self._total_at:
            until, what, seconds = self._total_at, "did not answer completely", self._timeouts.total_seconds
        self.waiting_for = (what, seconds)
        if self._watch is not None and not self._watch.expired():
            self._watch.reschedule(until)

    def connecting(self) -> None:
        """Begin anew: nothing was sent."""
        self.sent = self.reused = self.answered = False
        self._wait(_CONNECTION, self._timeouts.connect_seconds)

    def sending(self, *, reused: bool) -> None:
        """A connection is there; from here on the system may have read something."""
        self.sent, self.reused = True, reused
        self._wait("sent no answer", self._timeouts.first_byte_seconds)

    def reading(self) -> None:
        """About to wait for more of the answer's body."""
        self.answered = True
        self._wait("sent nothing more of its answer", self._timeouts.idle_seconds)

    def late(self) -> Refusal:
        """Why the waiting ended."""
        what, seconds = self.waiting_for
        return timed_out(what, seconds, "" if self.sent else "connection_timeout")

    async def pieces(self, body: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The request body piece by piece. The time for the answer counts anew with each piece that was taken."""
        self.uploaded = False
        try:
            async for piece in _in_pieces(body) if isinstance(body, bytes) else body:
                if piece:
                    yield piece
                    if not self.answered:
                        self._wait("sent no answer", self._timeouts.first_byte_seconds)
        except (Refusal, CallerLeft, OSError) as error:
            self.source_error = error
            raise
        self.uploaded = True


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), _PIECE_BYTES):
        yield body[start : start + _PIECE_BYTES]


def streams(body: bytes | AsyncIterator[bytes]) -> bool:
    """Whether a request body is handed over in pieces."""
    return not isinstance(body, bytes) or len(body) > _PIECE_BYTES
